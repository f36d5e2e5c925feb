"""What takes long is said to be waited for, and the line is gone afterwards."""

from __future__ import annotations

import os

import pyte
import pytest

from ssmtui.cli import long_wait
from ssmtui.cli.long_wait import LongWait
from ssmtui.cli.say import say
from tests.support.wait import wait_until


class Written:
    """Standard error as it was written, on a terminal or not."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.text = ""

    def has(self, wanted: str) -> bool:
        self.text += self._capsys.readouterr().err
        return wanted in self.text

    @property
    def rows(self) -> list[str]:
        """What a terminal of 80 columns shows of it."""
        self.has("")
        screen = pyte.Screen(80, 10)
        pyte.Stream(screen).feed(self.text.replace("\n", "\r\n"))
        return [row.rstrip() for row in screen.display]


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Written:
    monkeypatch.setattr(long_wait, "PATIENCE", 0.02)
    monkeypatch.setattr(long_wait, "TICK", 0.02)
    return Written(capsys)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssmtui.cli.long_wait.can_show_progress", lambda: True)
    monkeypatch.setattr("ssmtui.cli.say._columns", lambda: 80)


async def test_fault_22_elsewhere_than_on_a_terminal_each_thing_is_named_once(written: Written) -> None:
    awaited = ["AWS"]
    with LongWait(lambda: awaited[0]):
        await wait_until("the line", lambda: written.has("Waiting for AWS: 0 s. Ctrl-C gives up.\n"))
        awaited[0] = "the node"
        await wait_until("the other line", lambda: written.has("Waiting for the node"))
    assert written.text.count("\n") == 2
    assert "\x1b" not in written.text


@pytest.mark.usefixtures("terminal")
async def test_fault_22_on_a_terminal_one_line_counts_and_is_gone_in_the_end(written: Written) -> None:
    with LongWait(lambda: "AWS"):
        await wait_until("the line, twice", lambda: written.has("AWS") and written.text.count("AWS") >= 2)
        assert written.rows[:2] == ["ssmtui: Waiting for AWS: 0 s. Ctrl-C gives up.", ""]
    assert written.rows[0] == ""


@pytest.mark.usefixtures("terminal")
async def test_fault_22_what_is_said_meanwhile_has_a_line_of_its_own(written: Written) -> None:
    with LongWait(lambda: "AWS"):
        await wait_until("the line", lambda: written.has("Waiting"))
        say("AWS asks to slow down.")
        await wait_until("the line again", lambda: written.rows[1].startswith("ssmtui: Waiting"))
    assert written.rows[:2] == ["ssmtui: AWS asks to slow down.", ""]


@pytest.mark.usefixtures("terminal")
async def test_fault_22_a_narrow_terminal_has_one_line_too(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssmtui.cli.say._columns", lambda: 20)
    with LongWait(lambda: "\x1b[2Ja long name 中中中中"):
        await wait_until("the line", lambda: written.has("Waiting"))
    assert written.text.replace("\r\x1b[K", "").count("\x1b") == 0
    assert max(len(line) for line in written.text.split("\r\x1b[K")) <= 19


async def test_what_does_not_take_long_is_not_mentioned(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_wait, "PATIENCE", 60.0)
    with LongWait(lambda: "AWS"):
        pass
    assert not written.has("Waiting")
    assert written.text == ""


def test_progress_needs_a_terminal_that_can_replace_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from ssmtui.cli.say import can_show_progress

    assert not can_show_progress()
    main, end = os.openpty()
    with os.fdopen(end, "w") as stderr:
        monkeypatch.setattr("sys.stderr", stderr)
        monkeypatch.setenv("TERM", "xterm")
        assert can_show_progress()
        monkeypatch.setenv("TERM", "dumb")
        assert not can_show_progress()
    os.close(main)
