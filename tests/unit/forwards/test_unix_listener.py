"""Unix sockets that are listened on: who may open them, what is in the way, and what is left behind."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from pathlib import Path

import pytest

from ssmtui.errors import UsageError
from ssmtui.forwards.unix_listener import UnixListener, listen_unix


def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"here")
    writer.close()


async def listen(path: Path) -> UnixListener:
    return await listen_unix(str(path), answer)


async def call(path: Path) -> bytes:
    """Connect, and read what is answered to the end."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    async with asyncio.timeout(10):
        answered = await reader.read()
        writer.close()
        await writer.wait_closed()
    return answered


async def test_it_is_for_its_owner_alone_and_gone_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "db.sock"
    before = os.umask(0o022)
    os.umask(before)
    listener = await listen(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert await call(path) == b"here"
    listener.close()
    assert not path.exists()
    assert os.umask(before) == before
    listener.close()


async def test_what_a_program_left_behind_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "db.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
        dead.listen()
    listener = await listen(path)
    assert await call(path) == b"here"
    listener.close()


async def test_a_socket_that_is_listened_on_stays(tmp_path: Path) -> None:
    path = tmp_path / "db.sock"
    first = await listen(path)
    with pytest.raises(UsageError, match="taken"):
        await listen(path)
    assert await call(path) == b"here"
    first.close()


async def test_a_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        await listen(path)
    assert path.read_text() == "mine"


async def test_the_socket_of_another_program_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "db.sock"
    first = await listen(path)
    path.rename(tmp_path / "moved")
    second = await listen(path)
    first.close()
    assert path.exists()
    second.close()


@pytest.mark.parametrize("path", ["", "\0abstract", "a\0b", "/nowhere/at/all/db.sock", "/tmp/" + "x" * 200])
async def test_paths_that_cannot_be(path: str) -> None:
    with pytest.raises(UsageError, match="Unix socket"):
        await listen_unix(path, lambda reader, writer: None)
