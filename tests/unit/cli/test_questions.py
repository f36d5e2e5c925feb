"""Questions on the terminal: what ends the wait for an answer."""

from __future__ import annotations

import io
import os
import pty
import select
import signal
import sys
from collections.abc import Iterator
from typing import IO, Any

import click
import pytest

from ssmtui.cli import questions

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="connect does not run there")


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Where to write what the person types."""
    reader, writer = os.pipe()
    with os.fdopen(reader) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield writer
    os.close(writer)


def once_waiting(monkeypatch: pytest.MonkeyPatch, *acts: Any) -> None:
    """Do one of ``acts`` each time that the question begins to wait, just before it does."""
    due, wait = list(acts), select.select

    def act_and_wait(readers: list[IO[str] | int], *others: Any) -> Any:
        due.pop(0)()
        return wait(readers, *others)

    monkeypatch.setattr("ssmtui.cli.questions.select.select", act_and_wait)


def test_ctrl_c_ends_a_question(typed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGINT), signal.set_wakeup_fd(-1)
    once_waiting(monkeypatch, lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(click.Abort):
        questions.answer("Why")
    assert (signal.getsignal(signal.SIGINT), signal.set_wakeup_fd(-1)) == before


def test_another_signal_ends_no_question(typed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGWINCH, lambda number, frame: seen.append(number))
    try:
        once_waiting(monkeypatch, lambda: signal.raise_signal(signal.SIGWINCH), lambda: os.write(typed, b" OPS-1 \n"))
        assert questions.answer("Ticket") == "OPS-1"
    finally:
        signal.signal(signal.SIGWINCH, before)
    assert seen == [signal.SIGWINCH]


class ContinuedWhileWritten(io.FileIO):
    """A terminal whose job is stopped and continued once, in the middle of a write."""

    continued = False

    def write(self, data: Any) -> int:
        if not self.continued:
            self.continued = True
            signal.raise_signal(signal.SIGCONT)
        return super().write(data) or 0


def test_a_job_that_is_continued_while_the_question_is_written_is_asked_again(
    typed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, follower = pty.openpty()
    with io.TextIOWrapper(io.BufferedWriter(ContinuedWhileWritten(follower, "w"))) as stderr, os.fdopen(leader, "rb"):
        monkeypatch.setattr("sys.stderr", stderr)
        monkeypatch.setattr("os.tcgetpgrp", lambda terminal: os.getpgrp())
        once_waiting(monkeypatch, lambda: os.write(typed, b"OPS-1\n"))
        assert questions.answer("Ticket") == "OPS-1"
        assert os.read(leader, 1024) == b"Ticket: Ticket: "
