"""Whole screens as text, at the two sizes that matter, with the clock standing still.

``SSMTUI_UPDATE_SNAPSHOTS=1`` writes what is shown now; the diff is then read by a person.
"""

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual import events

from ssmtui import loopback
from ssmtui.config.settings import Settings
from ssmtui.errors import AccessDenied, DocumentError, TargetNotConnected, UsageError
from ssmtui.forwards.tunnel import TunnelState
from ssmtui.layout import Arrangement, Layout
from ssmtui.model import PaneOptions, Scope, TerminalSize
from ssmtui.sessions.paste import PasteProgress
from ssmtui.sessions.plain_command import SILENT_UNTIL_THE_END
from ssmtui.sessions.snapshots import ClipboardRequest
from ssmtui.sessions.states import SessionState
from ssmtui.terminal.marks import CellSpan, MarkOverlay, SearchStatus, Shape, ViewLink
from ssmtui.terminal.screen import Attr, Modes, Run, Style
from ssmtui.ui.look.tones import Tone
from tests.support.fake_tunnels import FakeTunnels, tunnel
from tests.support.fakes import FakeGateway, fleet
from tests.support.sessions_listed import ListingGateway
from tests.support.wait import wait_until
from tests.ui.accounts.test_accounts import two_accounts
from tests.ui.forms.test_form_fields import EVERY, filled, gateway_of, in_view
from tests.ui.harness import Harness, listed

SNAPSHOTS = Path(__file__).parent / "snapshots"
UPDATE = os.environ.get("SSMTUI_UPDATE_SNAPSHOTS") == "1"
SIZES = [(80, 24), (120, 40)]


@pytest.fixture(params=SIZES, ids=str)
def size(request):
    return request.param


async def check(harness: Harness, name: str, shown: Callable[[], str] | None = None) -> None:
    """Compare the screen with its snapshot, once it has come to look like that: Textual places a scrollbar's thumb one
    refresh after everything else."""
    width, height = harness.app.size
    shown = shown or harness.text
    file = SNAPSHOTS / f"{name}-{width}x{height}.txt"
    if UPDATE:
        SNAPSHOTS.mkdir(exist_ok=True)
        file.write_text(shown(), encoding="utf-8")
    expected = file.read_text(encoding="utf-8")
    with contextlib.suppress(AssertionError):  # the comparison below tells what differs
        await wait_until("the screen looks like its snapshot", lambda: shown() == expected)
    assert shown() == expected


LS = (
    Run("drwxr-xr-x 2 root root 4096 ", 28),
    Run("log", 3, Style(fg=4, attrs=Attr.BOLD)),
)


async def test_nodes(size):
    async with Harness(FakeGateway(fleet(48)), demo=True).run(size) as harness:
        await listed(harness)
        await check(harness, "nodes")
        await harness.press("slash", *"web prod")
        await check(harness, "filter")


async def test_work_in_the_table(size):
    async with Harness(FakeGateway(fleet(48)), demo=True).run(size) as harness:
        await listed(harness)
        await harness.press("space", "j", "asterisk", "v", "j", "j", "S")
        await check(harness, "order")
        await harness.press("j", "space", "escape", "y")
        await check(harness, "copy-menu")
        await harness.press("escape", "C", "j", "plus")
        await check(harness, "columns")
        await harness.press("escape", "d")
        await check(harness, "details")
        await harness.press("ctrl+a", "enter")
        await check(harness, "open-question")


async def test_accounts(size):
    harness = two_accounts()
    staging = harness.gateways.others[Scope("staging", "eu-west-1")]
    async with harness.run(size):
        await listed(harness)
        await harness.press("A")
        await harness.shows("□ staging")
        await harness.press("down", "space")
        await harness.shows("999999999999")
        await check(harness, "accounts")
        await harness.press("tab")
        await harness.shows("the account has not enabled it")
        await check(harness, "account-regions")
        await harness.press("escape", "enter")
        await harness.shows("17 nodes")
        await check(harness, "two-accounts")
        staging.error = AccessDenied("ssm:DescribeInstanceInformation is not allowed", remedy="Ask for it.")
        harness.clock.move(130)
        await harness.press("r")
        await harness.shows("denied")
        await check(harness, "account-denied")
        await harness.press("e")
        await check(harness, "troubles")


def some_tunnels(now: float) -> FakeTunnels:
    """One in each state that a person has to tell apart, two of them groups."""
    even = tuple((place * 700, (place % 6) * 90_000) for place in range(30))
    return FakeTunnels(
        tunnel(
            1, "5432:orders.cluster-c1.eu-west-1.rds.amazonaws.com:5432", title="bastion-1", group="orders",
            connections=12, connections_made=140, sent=4_812_331, received=918_223_123, rate_sent=41_200.0,
            rate_received=1_240_000.0, history=even, sessions=3, started=now - 7300,
        ),
        tunnel(2, "6379:cache.internal:6379", title="bastion-1", group="orders", connections=2, received=12_000),
        tunnel(3, "own:5432:db.internal:5432", TunnelState.IDLE, received=812),
        tunnel(
            4, "own:5432:db.internal:5432", TunnelState.RETRYING, title="web-2", retry_in=12.0, restarts=3,
            last_error=TargetNotConnected("web-2 is not connected", remedy="Check that it runs."),
        ),
        tunnel(5, "*:8080:80", title="web-3", connections=1, rate_received=3400.0, received=88_000, history=even),
        tunnel(6, "5433:db.internal:5432", TunnelState.FAILED, title="db-1", error=UsageError(
            "another program on this machine listens on port 5433", title="The local port is taken",
            remedy="Stop it, or choose another local port.",
        )),
        tunnel(7, "socks:1080", title="bastion-1", connections=31, rate_received=340_000.0, rate_sent=9000.0),
        tunnel(8, "8443:vault.internal:8443", TunnelState.LOST, title="bastion-1", group="ops",
               notice="Connection lost (code 1006); trying again."),
        tunnel(9, "9090:prometheus.internal:9090", TunnelState.CLOSED, title="bastion-1", group="ops"),
    )  # fmt: skip


@pytest.mark.parametrize("size", [*SIZES, (200, 60)], ids=str)
async def test_tunnels(size):
    harness = Harness(FakeGateway(fleet(48)))
    harness.tunnels = some_tunnels(harness.wall_time())
    async with harness.run(size):
        await listed(harness)
        await harness.press("T")
        await wait_until("the list", lambda: "9 tunnels" in harness.text(), report=harness.text)
        await harness.press("j", "j")
        await check(harness, "tunnels")
        await harness.press("z")
        await check(harness, "tunnels-folded")
        await harness.press("z", "d")
        await check(harness, "tunnel-details")
        await harness.press("d", "j", "j", "j", "j", "j")
        await check(harness, "tunnel-failed")


async def test_tunnel_form(size):
    async with Harness(FakeGateway(fleet(48))).run(size) as harness:
        await listed(harness)
        await harness.press("space", "space", "f")
        await harness.shows("Forward a port through bastion-1 and 1 more")
        await harness.press(*"db.internal:5432", "tab")
        await check(harness, "tunnel-form")


async def test_errors(size):
    gateway = FakeGateway(fleet(5))
    async with Harness(gateway).run(size) as harness:
        await listed(harness)
        detail = "role/Ops may not call ssm:DescribeInstanceInformation on arn:aws:ssm:eu-west-1:123456789012:*"
        gateway.error = AccessDenied(detail, remedy="Ask for a policy that allows it.")
        await harness.press("r")
        await harness.shows("Access denied")
        await check(harness, "error")


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


async def test_sessions_that_are_set_off(size):
    async with Harness().run(size) as harness:
        await listed(harness)
        key = await harness.open_session("$ systemctl status nginx")
        request = harness.manager.snapshot(key).request
        options = PaneOptions(guarded="account:prod", icon="◆", keep_alive=True, largest=TerminalSize(60, 16))
        guarded = replace(request, options=options)
        harness.manager.becomes(key, SessionState.OPEN, request=guarded, kept_alive=True, is_recorded=True)
        await harness.press("f12", "d", "j")
        other = await harness.open_session("$ ")
        colored = replace(harness.manager.snapshot(other).request, options=PaneOptions(color="cyan", icon="db"))
        harness.manager.becomes(other, SessionState.OPEN, request=colored)
        await harness.press("f12", "2")
        await harness.settle()
        await check(harness, "guarded")
        harness.app.post_message(events.Paste("rm"))
        await harness.shows("Paste 1 line", "3 db")
        await check(harness, "guarded-paste")


async def test_dialogs(size):
    async with Harness().run(size) as harness:
        await listed(harness)
        await harness.press("s")
        await harness.shows("SSM-Session", "shell preferences")
        await check(harness, "form")
        await harness.press(*"acme-deb", "enter")
        await harness.shows("container")
        await harness.press("ctrl+s")
        await harness.looked_over()
        await check(harness, "form-wrong")
        await harness.press("escape", "colon", *"re")
        await check(harness, "palette")
        await harness.press("escape", "question_mark")
        await check(harness, "help")
        await harness.press("escape")
        await harness.open_session()
        await harness.press("f12", "d", "q")
        await check(harness, "quit")


async def test_form_of_a_document(size):
    async with Harness(gateway_of(EVERY)).run(size) as harness:
        await listed(harness)
        unit, *_, parts, _, port = await filled(harness)
        await check(harness, "form-fields")
        port.entry.focus()
        await in_view(port)
        await check(harness, "form-fields-end")
        parts.entry.focus()
        unit.entry.text = "sshd"
        await harness.press("ctrl+s")
        await wait_until("a session", lambda: harness.manager.snapshots(), report=harness.text)
        await harness.settle()
        await check(harness, "form-starting")
        detail = "Parameter 'unit': 'sshd' does not match the allowed pattern ^cron$."
        refused = DocumentError(detail, code="ValidationException", remedy="Check the parameters against the document.")
        harness.manager.becomes(1, SessionState.FAILED, error=refused)
        await wait_until("the refusal", lambda: harness.app.focused is unit.entry, report=harness.text)
        await harness.settle()
        await in_view(unit)
        await check(harness, "form-refused")


async def test_form_of_several_nodes(size, monkeypatch):
    monkeypatch.setattr(loopback, "is_free", lambda port: port != 5432)
    gateway = gateway_of(EVERY)
    async with Harness(gateway).run(size) as harness:
        await listed(harness)
        await harness.press("space", "j", "space", "j", "space")
        *_, port = await filled(harness)
        port.entry.focus()
        port.entry.text = "5432"
        await harness.shows("5432 is taken")
        await in_view(port)
        await check(harness, "form-port-taken")
        harness.app.screen.query_one("#document").focus()
        await harness.press("ctrl+u", *"Acme-Denied", "enter")
        await harness.shows("ssm:GetDocument")
        await check(harness, "form-denied")


async def test_questions_in_a_pane(size):
    async with Harness().run(size) as harness:
        await listed(harness)
        await harness.open_session("$ ")
        lines = ["cd /srv", "tar xzf release.tgz", "\x1b[201~rm -r old", *(f"touch {n}" for n in range(40))]
        harness.app.post_message(events.Paste("\n".join(lines) + "\n"))
        await harness.shows("Paste 43 lines", "1 Nodes")
        await check(harness, "paste-question")
        await harness.press("escape")
        key = harness.app.panes.session.key
        text = "export TOKEN=\\n  'curl https://example.com'\n" * 5
        harness.manager.becomes(key, SessionState.OPEN, clipboard=ClipboardRequest(text, 1))
        await harness.settle()
        await check(harness, "clipboard-wanted")
        await harness.press("f12", "w")
        await check(harness, "clipboard-question")
        await harness.press("escape")
        harness.manager.shown_links = (
            ViewLink("the docs", "https://docs.example.com/guide?page=2"),
            ViewLink("https://example.com/a", "https://example.com/a"),
        )
        await harness.press("f12", "u")
        await harness.shows("Links in sight")
        await check(harness, "links")
        await harness.press("enter")
        await harness.shows("Open a page")
        await check(harness, "link")
        await harness.press("escape", "f12", "y")
        await harness.shows("mark its prompts")
        await check(harness, "prompt-marks")


LOG = [
    f"10:00:{second:02} web-1 GET /api/items/{second} {'500 error' if second % 4 == 0 else '200'}"
    for second in range(21)
]
ERRORS = tuple(CellSpan(line, start, start + 5) for line in range(0, 21, 4) for start in [LOG[line].index("error")])


async def test_marks(size):
    async with Harness().run(size) as harness:
        await listed(harness)
        key = await harness.open_session(*LOG)
        selection = (CellSpan(3, 9, 80), CellSpan(4, 0, 20))
        harness.manager.prints(key, *LOG, overlay=MarkOverlay(selection=selection, shape=Shape.CHARACTER))
        await harness.settle()
        await check_marked(harness, "selection")
        await harness.press("f12", "left_square_bracket")
        block = MarkOverlay(tuple(CellSpan(line, 9, 14) for line in range(4, 9)), cursor=(13, 8), shape=Shape.BLOCK)
        harness.manager.prints(key, *LOG, overlay=block, scrolled_back=120, history=500)
        await harness.settle()
        await check_marked(harness, "copy-block")
        await harness.press("question_mark", *"error")
        found = MarkOverlay(
            matches=ERRORS, current=ERRORS[-1:], cursor=(ERRORS[-1].start, 20), found=SearchStatus(41, 41, True)
        )
        harness.manager.prints(key, *LOG, overlay=found, scrolled_back=120, history=512)
        await harness.settle()
        await check_marked(harness, "search")
        await harness.press("ctrl+r", "left_parenthesis")
        bad = MarkOverlay(cursor=(0, 4), found=SearchStatus(0, 0, True, "missing ), unterminated subpattern at 5"))
        harness.manager.prints(key, *LOG, overlay=bad)
        await harness.settle()
        await check_marked(harness, "search-bad")
        await harness.press("escape", "f12", "d", "j")
        other = await harness.open_session()
        harness.manager.counts = {key: SearchStatus(41, 0, True), other: SearchStatus(0, 0, True)}
        await harness.press("f12", "asterisk", *"error")
        await harness.shows("no match")
        await check(harness, "search-all")


async def check_marked(harness: Harness, name: str) -> None:
    """The same of a pane with marks: under each of its lines that has some, the letter of each cell's tone."""
    await check(harness, name, lambda: marked_text(harness))


def marked_text(harness: Harness) -> str:
    letters = {harness.app.palette.style(tone).bgcolor: letter for tone, letter in LETTERS.items()}
    shown = []
    for strip in harness.app.screen._compositor.render_strips():
        shown.append("".join(segment.text for segment in strip).rstrip())
        cells = [(letters.get(segment.style and segment.style.bgcolor, " "), segment.cell_length) for segment in strip]
        if marks := "".join(letter * width for letter, width in cells).rstrip():
            shown.append(marks)
    return "\n".join(shown) + "\n"


LETTERS = {Tone.SELECTED: "s", Tone.MATCH: "m", Tone.MATCH_HERE: "H", Tone.COPY_CURSOR: "C"}


async def test_broadcast(size):
    harness = Harness(settings=Settings(guard=("name:cache",)))
    async with harness.run(size):
        await harness.ready()
        keys = [await harness.open_session("jane@bastion-1:~$ ")]
        await harness.press("f12", "d", "j", "enter", *"cache-1")
        keys.append(await harness.open_session("jane@cache-1:~$ "))
        await harness.press("f12", "d", "j")
        keys.append(await harness.open_session("jane@db-1:~$ "))
        harness.app.panes.gather(Layout.of(keys, Arrangement.TILED))
        await harness.press("f12", "b")
        await check(harness, "broadcast-guarded")
        await harness.press(*"cache-1", "enter")
        harness.manager.becomes(keys[0], SessionState.OPEN, modes=Modes(alternate_screen=True))
        await harness.settle()
        harness.app.clear_notifications()
        await harness.press("u")
        await check(harness, "broadcast")
        await harness.press("f12", "C", *"sudo systemctl restart nginx")
        await check(harness, "compose")
        await harness.press("enter")
        await check(harness, "review")


async def test_sessions_of_everybody(size, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    async with Harness(ListingGateway(), demo=True).run(size) as harness:
        await listed(harness)
        await harness.press("H")
        await harness.shows("3 sessions")
        await check(harness, "sessions")
        await harness.press("ctrl+a", "x")
        await harness.shows("End 3 sessions")
        await check(harness, "sessions-end")
        await harness.press("escape", "escape", "h")
        await harness.shows("2 sessions")
        await check(harness, "sessions-history")
        await harness.press("d")
        await harness.shows("session       john")
        await check(harness, "sessions-details")
