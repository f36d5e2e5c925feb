"""Shells that outlive the real program, whatever it dies of, and come back in the next one: the same processes."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import official_client
from tests.support.lab_thread import LabThread, lab_thread
from tests.support.pty_app import PtyApp, clean_environment
from tests.support.wait import wait_until_sync

LEADER = "\x1d"
COLS, ROWS = 120, 40
FIVE = "name:=web-1|name:=web-2|name:=api-1|name:=api-2|name:=web-3"


@pytest.fixture
def lab() -> Iterator[LabThread]:
    with lab_thread(nodes=24) as lab:
        yield lab


@pytest.fixture
def environment(lab: LabThread, home: Path) -> dict[str, str]:
    """Of a person who works with that lab."""
    return clean_environment(home, **lab.environment)


@pytest.fixture
def state(home: Path) -> Path:
    return home / ".local" / "state" / "ssmtui"


class Shells:
    """Tabs of one program whose shells each know a word, and how to ask them for it."""

    def __init__(self) -> None:
        self.told: dict[int, str] = {}
        """Word and process id by the number of the tab."""

    def learn(self, app: PtyApp, tab: int) -> None:
        """Have the shell in that tab keep a word."""
        app.send(f"{LEADER}{tab}")
        app.wait_until(f"the prompt of tab {tab}", lambda: app.text.rstrip().count(":~$") == 1)
        app.send(f"word=of-{tab}; echo it''is $word $$\r")
        self.told[tab] = answer(app)

    def ask(self, app: PtyApp, tab: int, of: int | None = None) -> None:
        """Have the shell in that tab say what it said as tab ``of``: it is the same process."""
        app.send(f"{LEADER}{tab}")
        app.send("\x15clear\r")
        app.wait_until(f"tab {tab} to be clear", lambda: app.text.count(":~$") == 1 and "itis" not in app.text)
        app.send("echo it''is $word $$\r")
        assert answer(app) == self.told[of or tab]


def answer(app: PtyApp) -> str:
    """What a shell says of itself."""
    app.wait_until("an answer", lambda: re.search(r"^.*itis \S+ \d+ *[│ ]*$", app.text, re.MULTILINE))
    (found,) = set(re.findall(r"itis (\S+ \d+)", app.text))
    return str(found)


def kill(app: PtyApp) -> None:
    """As the kernel does when memory runs out."""
    os.kill(app.pid, signal.SIGKILL)
    app.wait_for_exit()


def records(state: Path) -> int:
    return len(list((state / "ledger").glob("*.json")))


def open_one(app: PtyApp) -> Shells:
    """The shell of web-1 in a tab that has a name of its own."""
    app.wait_for_text(":~$")
    app.send(LEADER + ",")
    app.wait_for_text("Rename the tab")
    app.send("\x15my shell\r")
    app.wait_for_text("my shell")
    shells = Shells()
    shells.learn(app, 2)
    return shells


def test_five_tabs_come_back_after_the_program_was_killed(
    lab: LabThread, environment: dict[str, str], state: Path
) -> None:
    shells = Shells()
    with PtyApp(["--open", FIVE], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text("5 open")
        app.send("\r")
        app.wait_until_gone("5 open")
        for tab in range(2, 7):
            shells.learn(app, tab)
        wait_until_sync("all on record", lambda: records(state) == 5)
        kill(app)
    before = sorted(lab.active)
    assert len(before) == 5
    with PtyApp([], environment, cols=COLS, rows=ROWS) as app:
        app.answer("5 sessions of an earlier run are still alive", "\r")
        app.wait_for_text("5 shells are back")
        for tab in range(2, 7):
            shells.ask(app, tab)
        assert sorted(lab.active) == before, "the same, and no others"
        app.send(LEADER + "d")
        app.wait_for_text("enter shell")
        app.send("q")
        app.wait_for_text("terminated")
        app.send("y")
        assert app.wait_for_exit() == 0
    assert lab.active == []
    assert records(state) == 0


def test_what_is_left_alive_comes_back_by_name(lab: LabThread, environment: dict[str, str]) -> None:
    with PtyApp(["--open", "name:=web-1"], environment, cols=COLS, rows=ROWS) as app:
        shells = open_one(app)
        app.send(LEADER + "D")
        assert app.wait_for_exit() == 0
        assert b"my shell stays alive" in app.output
        assert b"ssmtui attach" in app.output
    before = lab.active
    assert len(before) == 1
    with PtyApp(["attach", "my shell"], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text("2 my shell")
        app.wait_until("its screen", lambda: ":~$" in app.text)
        shells.ask(app, 2)
        assert lab.active == before


def test_quitting_can_leave_them_alive(lab: LabThread, environment: dict[str, str]) -> None:
    with PtyApp(["--open", "name:=web-1"], environment, cols=COLS, rows=ROWS) as app:
        shells = open_one(app)
        app.send(LEADER + "d")
        app.wait_for_text("enter shell")
        app.send("q")
        app.wait_for_text("leave alive")
        app.send("D")
        assert app.wait_for_exit() == 0
    assert len(lab.active) == 1
    with PtyApp(["attach"], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text("2 my shell")
        app.wait_until("its screen", lambda: ":~$" in app.text)
        shells.ask(app, 2)


def test_on_another_machine_by_its_id(lab: LabThread, environment: dict[str, str], tmp_path: Path) -> None:
    with PtyApp(["--open", "name:=web-1"], environment, cols=COLS, rows=ROWS) as app:
        shells = open_one(app)
        kill(app)
    (session_id,) = lab.active
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with PtyApp(["attach", session_id], clean_environment(elsewhere, **lab.environment), cols=COLS, rows=ROWS) as app:
        app.wait_for_text("2 web-1")
        app.wait_until("its screen", lambda: ":~$" in app.text)
        shells.ask(app, 2)
        assert lab.active == [session_id]


def test_a_long_program_has_gone_on(lab: LabThread, environment: dict[str, str]) -> None:
    with PtyApp(["--open", "name:=web-1"], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text(":~$")
        app.send("for n in 1 2 3 4 5 6 7 8 9; do echo step-$n; sleep 0.3; done; echo all-$((6*7))\r")
        app.wait_for_text("\nstep-2")
        kill(app)
    with PtyApp(["attach"], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text("all-42")
        shown = re.findall(r"step-(\d)", app.text)
        assert "".join(shown) in "123456789"
        assert shown[-1] == "9"


@pytest.mark.parametrize("insist", [True, False])
def test_a_second_program_is_told_who_has_it(lab: LabThread, environment: dict[str, str], insist: bool) -> None:
    with PtyApp(["--open", "name:=web-1"], environment, cols=COLS, rows=ROWS) as first:
        shells = open_one(first)
        with PtyApp(["attach", "my shell"], environment, cols=COLS, rows=ROWS) as second:
            second.wait_for_text(str(first.pid))
            second.send("y" if insist else "n")
            if insist:
                second.wait_for_text("2 my shell")
                first.wait_for_text("Another client has taken the session over")
                second.wait_until("its screen", lambda: ":~$" in second.text)
                shells.ask(second, 2)
            else:
                second.wait_until_gone(str(first.pid))
                shells.ask(first, 2)
            assert len(lab.active) == 1


@pytest.mark.skipif(shutil.which("vim") is None, reason="not on PATH: vim")
def test_in_the_middle_of_vim(lab: LabThread, environment: dict[str, str]) -> None:
    with PtyApp(["--open", "name:=web-1"], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text(":~$")
        app.send("vim -u NONE -n notes\r")
        app.wait_until("vim", lambda: app.text.count("\n ~") > 20 or app.text.count("\n~") > 20)
        app.send("ihello from the first")
        app.wait_for_text("hello from the first")
        kill(app)
    with PtyApp(["attach"], environment, cols=90, rows=30) as app:
        app.wait_for_text("hello from the first")
        app.send(" and the second\x1b:wq\r")
        app.wait_for_text(":~$")
        app.send("clear; stty size; cat notes\r")
        app.wait_for_text("hello from the first and the second")
        rows, cols = re.findall(r"^(\d+) (\d+)$", app.text, re.MULTILINE)[0]
        assert (int(cols), int(rows) < 30) == (90, True), "the size of the new terminal"


def test_in_the_middle_of_a_flood(lab: LabThread, environment: dict[str, str]) -> None:
    with PtyApp(["--open", "name:=web-1"], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text(":~$")
        app.send("seq 1 120000; echo all-$((6*7))\r")
        app.wait_until("it to flow", lambda: re.search(r"^\d{4,}$", app.text, re.MULTILINE))
        kill(app)
    with PtyApp(["attach"], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text("all-42", 40)
        shown = [int(line) for line in app.text.split("\n") if line.isdigit()]
        assert shown == list(range(shown[0], 120_001))
        assert len(shown) > 20
        assert len(lab.active) == 1


@pytest.mark.interop
@pytest.mark.skipif(bool(official_client.why_not()), reason=official_client.why_not())
def test_a_session_that_the_official_client_began(lab: LabThread, environment: dict[str, str]) -> None:
    official = ["aws", "ssm", "start-session", "--target", lab.target("web-1")]
    shells = Shells()
    with PtyApp([], environment, program=official, cols=COLS, rows=ROWS) as app:
        app.wait_for_text(":~$")
        app.send("word=official; echo it''is $word $$\r")
        shells.told[2] = answer(app)
        for pid in app.descendants():  # the plugin, which would end the session
            os.kill(pid, signal.SIGKILL)
        kill(app)
    (session_id,) = lab.active
    with PtyApp(["attach", session_id], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text("2 web-1")
        app.wait_until("its screen", lambda: ":~$" in app.text)
        shells.ask(app, 2)
        assert lab.active == [session_id]
