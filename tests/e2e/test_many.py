"""Many sessions on one screen: splits, a broadcast and an outage under all of them, and full-screen programs side by
side as tmux draws them. The screen is read by an emulator that is neither of ours."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.lab_thread import lab_thread
from tests.support.pty_app import PtyApp, clean_environment

LEADER = "\x1d"
COLS, ROWS = 120, 40
LEFT, UP = "\x1b[D", "\x1b[A"
PROMPT, GUARDED = "ssm-user@web-1:~$", "ssm-user@api-1:~$"


def shown(app: PtyApp, text: str) -> int:
    """How often ``text`` is on the screen."""
    return app.text.count(text)


def wait_for_many(app: PtyApp, text: str, count: int) -> None:
    app.wait_until(f"{count} times {text!r}", lambda: shown(app, text) == count)


def below(app: PtyApp, prompt: str) -> str:
    """What a pane with a border at its left shows from that one prompt on, down to the end of that border."""
    rows = app.text.split("\n")
    (first,) = [place for place, row in enumerate(rows) if prompt in row]
    left = rows[first].index(prompt)
    width = (rows[first][left:] + "│").index("│")
    pane = itertools.takewhile(lambda row: row[left - 1 : left] == "│", rows[first:])
    return "\n".join(row[left : left + width].rstrip() for row in pane).rstrip()


def quit_all(app: PtyApp) -> None:
    """Leave, ending all sessions."""
    app.send(LEADER + "d")
    app.wait_for_text("enter shell")
    app.send("q")
    app.wait_for_text("will be terminated")
    app.send("y")
    assert app.wait_for_exit() == 0
    assert app.modes == app.cooked


def test_five_sessions_a_broadcast_to_three_and_a_cut_under_all(home: Path) -> None:
    settings = home / ".config" / "ssmtui" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('guard = ["name:api-1"]\n')
    with (
        lab_thread(nodes=6) as lab,
        PtyApp([], clean_environment(home, **lab.environment), cols=COLS, rows=ROWS) as app,
    ):
        app.wait_for_text("6 nodes")
        app.send("\r")
        app.wait_for_text("Type api-1")
        app.send("api-1\r")
        app.wait_for_text(GUARDED)
        app.send(LEADER + "d")
        app.wait_for_text("enter shell")
        app.send("j\r")
        wait_for_many(app, PROMPT, 1)

        # Four of one node by splits, then the guarded one from its own tab beside the last of them.
        app.send(LEADER + "%")
        wait_for_many(app, PROMPT, 2)
        app.send(LEADER + '"')
        wait_for_many(app, PROMPT, 3)
        app.send(LEADER + LEFT)
        app.send(LEADER + '"')
        wait_for_many(app, PROMPT, 4)
        app.send(LEADER + UP)  # where no message will cover it
        app.send(LEADER + "j")
        app.wait_for_text("2 api-1")
        app.send("\r")
        app.wait_for_text(GUARDED)
        wait_for_many(app, PROMPT, 4)
        assert len(lab.active) == 5
        untouched = below(app, GUARDED)
        assert untouched == GUARDED

        # The guarded one has the focus: it takes part only by its name, which is not typed.
        app.send(LEADER + "B")
        app.wait_for_text("Broadcast to api-1? It is guarded")
        app.send("\x1b")
        app.wait_until_gone("Broadcast to api-1?")
        for member in range(1, 4):
            app.send(LEADER + "o")
            app.send(LEADER + "B")
            app.wait_for_text(f"BROADCAST TO {member}" if member > 1 else "Only web-1 takes part so far")
        app.send("echo all-$((6*7))\r")
        wait_for_many(app, "all-42", 3)
        app.wait_until("the guarded one got nothing", lambda: below(app, GUARDED) == untouched)

        lab.cut(clients=5)
        app.wait_for_text("BROADCAST TO 3")
        app.wait_until("all take part again", lambda: "LEFT OUT" not in app.text)
        app.send("echo again-$((6*8))\r")
        wait_for_many(app, "again-48", 3)
        assert shown(app, "all-42") == 3
        app.wait_until("the guarded one got nothing", lambda: below(app, GUARDED) == untouched)

        # Now one by one: each of the five has outlived the cut, and the broadcast is over for all.
        app.send("\x1b")
        app.send("\x1b")
        app.wait_until_gone("BROADCAST")
        app.send("echo one-$((6*9))\r")
        wait_for_many(app, "one-54", 1)
        for answered in (2, 3, 4, 5):
            app.send(LEADER + "o")
            app.send("echo one-$((6*9))\r")
            wait_for_many(app, "one-54", answered)
        quit_all(app)
        app.wait_until("no session is left", lambda: not lab.active)


# Full-screen programs side by side

TEXT = "".join(
    f"{number:3} the quick brown fox jumps over the lazy dog, again and again and again\n" for number in range(200)
)
VIM = "vim -u NONE -N -n -i NONE --cmd 'set t_RV= t_u7=' -c 'set number ruler laststatus=2 hlsearch'"
EDITS = (
    ":split\r",
    "20G",
    "ozwischen 東京 é",
    "\x1b",
    "/lazy\r",
    "n",
    "\x17wG",
    "5k3dd",
    ":vsplit\r",
    "5\x19",
    "ggVG",
)
"""Keys for vim. After each both must show the same."""
TOP = 2
"""Rows of ours above the terminals: the tabs, and the line of the panes."""
HEIGHT = ROWS - TOP - 1


class Half:
    """The columns of a screen in which one of two programs is."""

    def __init__(self, app: PtyApp, top: int, left: int, right: int) -> None:
        self._app = app
        self._top, self._left, self._right = top, left, right

    @property
    def cells(self) -> list[list[str]]:
        """What it shows, cell by cell."""
        lines = self._app.cells[self._top : self._top + HEIGHT]
        return [line[self._left : self._right] for line in lines]

    @property
    def text(self) -> str:
        return "\n".join("".join(line).rstrip() for line in self.cells)

    def line(self, part: str) -> str:
        """The one line that holds ``part``; empty where there is none."""
        return next((line for line in self.text.split("\n") if part in line), "")


def halves(app: PtyApp, top: int) -> tuple[Half, Half]:
    """Left and right of the border that is there from row ``top`` on."""
    border = app.cells[top + 1].index("│")
    return Half(app, top, 0, border), Half(app, top, border + 1, COLS)


@pytest.fixture
def tmux(home: Path) -> Iterator[PtyApp]:
    """tmux with two shells side by side, of the same sizes as ours; the right one has the keys."""
    settings = home / "tmux.conf"
    settings.write_text(
        "set -g default-terminal xterm-256color\nset -g escape-time 10\nset -g default-command 'exec sh'\n"
    )
    environment = clean_environment(home, TMUX_TMPDIR=str(home))
    server = ("tmux", "-L", "beside", "-f", str(settings))

    def call(*arguments: str) -> None:
        subprocess.run([*server, *arguments], env=environment, cwd=home, check=True)

    call("new-session", "-d", "-x", str(COLS), "-y", str(HEIGHT + 1))
    try:
        call("split-window", "-h")
        call("resize-pane", "-t", "{left}", "-x", str(COLS // 2))
        with PtyApp(["attach"], environment, cols=COLS, rows=HEIGHT + 1, program=server) as app:
            app.wait_until("two prompts", lambda: re.search("^[#$] +│[#$]", app.text))
            yield app
    finally:
        call("kill-server")


@pytest.mark.skipif(not (shutil.which("tmux") and shutil.which("vim")), reason="tmux and vim are not installed")
@pytest.mark.timeout(120)
def test_programs_side_by_side_are_as_in_tmux(environment: dict[str, str], home: Path, tmux: PtyApp) -> None:
    (home / "text").write_text(TEXT)
    with PtyApp([], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text("20 nodes")
        app.send("\r")
        wait_for_many(app, ":~$", 1)
        app.send(LEADER + "%")
        wait_for_many(app, ":~$", 2)
        ours, theirs = halves(app, TOP), halves(tmux, 0)

        def both_show(what: str, predicate: Callable[[], bool]) -> None:
            def holds() -> bool:
                tmux._read(0)
                return predicate()

            try:
                app.wait_until(what, holds)
            except AssertionError as error:
                raise AssertionError(f"{error}\ntmux:\n{tmux.text}") from None

        is_htop = shutil.which("htop") is not None
        for terminal in (app, tmux):
            terminal.send(f"cd {home}; clear; {'HTOPRC=/nowhere htop' if is_htop else 'less -X text'}\r")
        if is_htop:  # the numbers change, its lines for columns and keys do not
            for part in ("PID", "F1Help"):
                both_show(part, lambda part=part: "" != ours[1].line(part) == theirs[1].line(part))
        else:
            both_show("less", lambda: "lazy" in ours[1].text and ours[1].cells == theirs[1].cells)

        for terminal, leader in ((app, LEADER), (tmux, "\x02")):
            terminal.send(leader + LEFT)
            terminal.send(f"cd {home}; clear; {VIM} text\r")
        both_show("vim", lambda: "  1   0 the quick" in ours[0].text and ours[0].cells == theirs[0].cells)
        for keys in EDITS:
            before = ours[0].cells
            for terminal in (app, tmux):
                terminal.send(keys)
            both_show(repr(keys), lambda before=before: before != ours[0].cells == theirs[0].cells)
        if not is_htop:
            assert ours[1].cells == theirs[1].cells
        assert "東京" in ours[0].text
        assert ours[0].text.count("VISUAL LINE") == 1
