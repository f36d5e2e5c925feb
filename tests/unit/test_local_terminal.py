"""The terminal, or the pipes, that a verb runs in."""

from __future__ import annotations

import os
import pty
import signal
import termios
from collections.abc import Iterator

import pytest

from ssmtui import local_terminal, outbox
from ssmtui.local_terminal import UNKNOWN_SIZE, LocalTerminal, raw_attributes
from tests.support.wait import wait_until


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A reading and a writing end."""
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


async def test_a_reader_that_is_slow_is_waited_for(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "ROOM", 200_000)
    reader, writer = pipe
    terminal = LocalTerminal(stdin=reader, stdout=writer)
    terminal.write(b"x" * 300_000)
    room = terminal._outbox.room
    assert not room.is_set()
    seen = 0
    while seen < 300_000:
        seen += len(os.read(reader, 65536))
    await wait_until("room for more", room.is_set)
    await terminal.room()


async def test_a_reader_that_has_gone_is_told(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    terminal = LocalTerminal(stdin=reader, stdout=writer)
    told: list[bool] = []
    terminal.on_broken(lambda: told.append(True))
    os.close(reader)
    terminal.write(b"x")
    await wait_until("word of the closed pipe", lambda: told)
    await terminal.restore(1.0)


async def test_pipes_are_no_terminal(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.__stderr__", None)
    reader, writer = pipe
    terminal = LocalTerminal(stdin=reader, stdout=writer)
    monkeypatch.setattr(os, "get_terminal_size", _no_size)
    assert not terminal.is_interactive
    assert terminal.size == UNKNOWN_SIZE
    terminal.enter_raw()
    assert not terminal.is_raw
    os.write(writer, b"abc")
    assert await terminal.read() == b"abc"


def _no_size(descriptor: int) -> os.terminal_size:
    raise OSError


async def test_a_file_is_read_to_its_end(pipe: tuple[int, int], tmp_path: object) -> None:
    descriptor = os.open(f"{tmp_path}/input", os.O_RDWR | os.O_CREAT)
    os.write(descriptor, b"abc")
    os.lseek(descriptor, 0, os.SEEK_SET)
    terminal = LocalTerminal(stdin=descriptor, stdout=pipe[1])
    assert await terminal.read() == b"abc"
    assert await terminal.read() == b""
    os.close(descriptor)


async def test_raw_and_back() -> None:
    master, slave = pty.openpty()
    terminal = LocalTerminal(stdin=slave, stdout=slave)
    cooked = termios.tcgetattr(slave)
    terminal.enter_raw()
    assert terminal.is_raw
    assert termios.tcgetattr(slave) == raw_attributes(cooked)
    assert raw_attributes(cooked)[3] & (termios.ISIG | termios.ICANON | termios.ECHO) == 0
    await terminal.restore(1.0)
    await terminal.restore(1.0)
    assert termios.tcgetattr(slave) == cooked
    assert local_terminal.RESET_MODES in os.read(master, 1024)
    os.close(master)
    assert await terminal.read() == b""
    os.close(slave)


def test_a_job_whose_parent_ignores_ctrl_z_is_not_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getsid", lambda process: 7)
    monkeypatch.setattr(os, "getpgrp", lambda: 8)
    assert local_terminal.can_be_continued()
    before = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    try:
        assert not local_terminal.can_be_continued()
    finally:
        signal.signal(signal.SIGTSTP, before)
