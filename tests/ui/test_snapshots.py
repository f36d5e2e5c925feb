"""Whole screens as text, at the two sizes that matter, with the clock standing still.

``SSMTUI_UPDATE_SNAPSHOTS=1`` writes what is shown now; the diff is then read by a person.
"""

import contextlib
import os
from pathlib import Path

import pytest
from textual import events

from ssmtui.errors import AccessDenied, TargetNotConnected
from ssmtui.sessions.paste import PasteProgress
from ssmtui.sessions.plain_command import SILENT_UNTIL_THE_END
from ssmtui.sessions.states import SessionState
from ssmtui.terminal.screen import Attr, Run, Style
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness

SNAPSHOTS = Path(__file__).parent / "snapshots"
UPDATE = os.environ.get("SSMTUI_UPDATE_SNAPSHOTS") == "1"
SIZES = [(80, 24), (120, 40)]


async def check(harness: Harness, name: str) -> None:
    """Compare the screen with its snapshot, once it has come to look like that: Textual places a scrollbar's thumb one
    refresh after everything else."""
    width, height = harness.app.size
    file = SNAPSHOTS / f"{name}-{width}x{height}.txt"
    if UPDATE:
        SNAPSHOTS.mkdir(exist_ok=True)
        file.write_text(harness.text(), encoding="utf-8")
    expected = file.read_text(encoding="utf-8")
    with contextlib.suppress(AssertionError):  # the comparison below tells what differs
        await wait_until("the screen looks like its snapshot", lambda: harness.text() == expected, timeout=3)
    assert harness.text() == expected


async def listed(harness: Harness) -> None:
    await harness.ready()
    await wait_until("the listing", lambda: "just now" in harness.text(), report=harness.text)
    await harness.settle()


LS = (
    Run("drwxr-xr-x 2 root root 4096 ", 28),
    Run("log", 3, Style(fg=4, attrs=Attr.BOLD)),
)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_nodes(size):
    async with Harness(FakeGateway(fleet(48)), demo=True).run(size) as harness:
        await listed(harness)
        await check(harness, "nodes")
        await harness.press("slash", *"web prod")
        await check(harness, "filter")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_errors(size):
    gateway = FakeGateway(fleet(5))
    async with Harness(gateway).run(size) as harness:
        await listed(harness)
        detail = "role/Ops may not call ssm:DescribeInstanceInformation on arn:aws:ssm:eu-west-1:123456789012:*"
        gateway.error = AccessDenied(detail, remedy="Ask for a policy that allows it.")
        await harness.press("r")
        await wait_until("the error", lambda: "Access denied" in harness.text(), report=harness.text)
        await harness.settle()
        await check(harness, "error")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_sessions(size):
    async with Harness().run(size) as harness:
        await listed(harness)
        await harness.press("enter")
        await harness.settle()
        await check(harness, "starting")
        harness.manager.becomes(1, SessionState.CONNECTING)
        harness.manager.becomes(1, SessionState.WAITING)
        harness.manager.becomes(1, SessionState.OPEN, round_trip=0.023, unacknowledged_bytes=12)
        harness.manager.prints(1, "$ ls -l /var", LS, "$ ")
        await harness.press("f12", "d", "j", "enter")
        harness.manager.becomes(2, SessionState.OPEN)
        harness.manager.rings(2)
        await harness.press("f12", "2")
        harness.manager.rings(2)
        await harness.settle()
        await check(harness, "open")
        await harness.press("f12")
        await check(harness, "leader")
        await harness.press("escape")
        trouble = "Connection lost (code 1006); trying again."
        harness.manager.becomes(1, SessionState.LOST, notice=trouble, unacknowledged_bytes=3)
        await harness.settle()
        await check(harness, "lost")
        harness.manager.becomes(1, SessionState.OPEN, notice="", unacknowledged_bytes=12)
        harness.manager.becomes(1, SessionState.ENDED, exit_code=0, end_reason="The shell exited.")
        await harness.settle()
        await check(harness, "ended")
        await harness.press("f12", "d", "j", "enter")
        error = TargetNotConnected("i-0000abc0000005ccd is not connected.", operation="StartSession")
        harness.manager.becomes(3, SessionState.FAILED, error=error)
        await harness.settle()
        await check(harness, "refused")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_lines_of_a_pane(size):
    async with Harness().run(size) as harness:
        await listed(harness)
        key = await harness.open_session("$ cat > notes.txt")
        clocks = {"idle_left": 1190.0, "idle_limit": 1200.0, "time_left": 20_000.0, "time_limit": 28_800.0}
        harness.manager.becomes(key, SessionState.OPEN, round_trip=0.023, **clocks)
        await harness.settle()
        await check(harness, "clocks")
        harness.manager.becomes(key, SessionState.OPEN, paste=PasteProgress(345_000, 1_000_000, 600_000))
        await harness.settle()
        await check(harness, "pasting")
        stopped = "Paste stopped: 604,464 bytes unsent."
        harness.manager.becomes(key, SessionState.OPEN, paste=None, notice=stopped, idle_left=280.0)
        await harness.settle()
        await check(harness, "paste-stopped")
        harness.manager.becomes(key, SessionState.OPEN, notice=SILENT_UNTIL_THE_END, idle_left=1190.0)
        await harness.settle()
        await check(harness, "silent")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_dialogs(size):
    async with Harness().run(size) as harness:
        await listed(harness)
        await harness.press("s")
        await wait_until("the documents", lambda: "SSM-Session" in harness.text(), report=harness.text)
        await harness.settle()
        await check(harness, "form")
        await harness.press(*"acme-deb", "enter")
        await wait_until("the fields", lambda: "container" in harness.text(), report=harness.text)
        await harness.press("ctrl+s")
        await check(harness, "form-wrong")
        await harness.press("escape", "colon", *"re")
        await check(harness, "palette")
        await harness.press("escape", "question_mark")
        await check(harness, "help")
        await harness.press("escape")
        await harness.open_session()
        await harness.press("f12", "d", "q")
        await check(harness, "quit")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_question_about_a_paste(size):
    async with Harness().run(size) as harness:
        await listed(harness)
        await harness.open_session("$ ")
        lines = ["cd /srv", "tar xzf release.tgz", "\x1b[201~rm -r old", *(f"touch {n}" for n in range(40))]
        harness.app.post_message(events.Paste("\n".join(lines) + "\n"))
        await wait_until("the question", lambda: "Paste 43 lines" in harness.text(), report=harness.text)
        await wait_until("what is behind it", lambda: "1 Nodes" in harness.text(), report=harness.text)
        await harness.settle()
        await check(harness, "paste-question")
