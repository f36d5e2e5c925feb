"""Programs on real ptys."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from ssmtui.model import TerminalSize
from tests.support.processes import is_running
from tests.support.wait import wait_until

if sys.platform == "win32":
    pytest.skip("there is no pty on Windows", allow_module_level=True)

from ssmtui.lab.pty_shell import PtyShell

StartShell = Callable[[str], Awaitable[PtyShell]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[StartShell]:
    shells = []

    async def start(command: str) -> PtyShell:
        shell = await PtyShell.start(["sh", "-c", command], {"PATH": os.environ["PATH"]}, tmp_path)
        shells.append(shell)
        return shell

    yield start
    for shell in shells:
        await shell.kill()


async def read_all(shell: PtyShell) -> bytes:
    text = b""
    async with asyncio.timeout(10):
        while chunk := await shell.read(1024):
            text += chunk
    return text


async def read_until(shell: PtyShell, text: bytes) -> None:
    found = b""
    async with asyncio.timeout(10):
        while text not in found:
            chunk = await shell.read(1024)
            assert chunk, found
            found += chunk


async def test_everything_a_program_prints_is_read_to_its_end(start: StartShell) -> None:
    shell = await start("seq 3000")
    assert (await read_all(shell)).split() == [str(n).encode() for n in range(1, 3001)]


async def test_a_read_takes_no_more_than_its_limit(start: StartShell) -> None:
    shell = await start("printf abcdef")
    assert await shell.read(4) in (b"abcd", b"a", b"ab", b"abc")


async def test_the_size_is_nothing_until_it_is_told(start: StartShell) -> None:
    shell = await start("stty size; trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.01; done")
    await read_until(shell, b"0 0\r\nready\r\n")
    shell.resize(TerminalSize(101, 33))
    assert await read_all(shell) == b"33 101\r\n"


async def test_the_program_leads_a_session_with_a_controlling_terminal(start: StartShell) -> None:
    shell = await start("ps -o sid= -p $$; echo through the terminal > /dev/tty")
    sid, rest = (await read_all(shell)).split(b"\r\n", 1)
    assert int(sid) == shell.pid
    assert rest == b"through the terminal\r\n"


async def test_a_program_that_reads_nothing_holds_up_nobody(start: StartShell) -> None:
    shell = await start("stty raw -echo; echo up; read start; exec wc -c")
    await read_until(shell, b"up")
    shell.write(b"x" * 100_000)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await shell.drained()
    await shell.kill()
    await shell.drained()


async def test_what_did_not_fit_at_once_is_typed_later(start: StartShell) -> None:
    shell = await start("stty raw -echo; echo up; head -c 100000 | wc -c")
    await read_until(shell, b"up")
    shell.write(b"x" * 100_000)
    await shell.drained()
    assert (await read_all(shell)).strip() == b"100000"


async def test_a_hang_up_ends_a_willing_program_gently(start: StartShell, tmp_path: Path) -> None:
    shell = await start("trap 'echo gone > told; exit' HUP; echo up; while :; do sleep 0.01; done")
    await read_until(shell, b"up")
    await shell.kill()
    assert (tmp_path / "told").read_text() == "gone\n"
    assert await shell.read(10) == b""


async def test_a_program_that_ignores_the_hang_up_is_killed_with_its_foreground_job(start: StartShell) -> None:
    shell = await start("trap '' HUP; sleep 600 & echo $!; wait")
    job = int(await shell.read(1024))
    await shell.kill()
    await wait_until("the shell and its job to be gone", lambda: not is_running(shell.pid) and not is_running(job))


async def test_killing_twice_and_typing_to_the_dead_are_harmless(start: StartShell) -> None:
    shell = await start("exit")
    assert await read_all(shell) == b""
    shell.write(b"anybody there?")
    await shell.kill()
    await shell.kill()
    shell.write(b"x")
    shell.resize(TerminalSize(80, 24))
    shell.kill_now()


async def test_kill_now_does_not_wait(start: StartShell) -> None:
    shell = await start("trap '' HUP; echo up; sleep 600")
    await read_until(shell, b"up")
    shell.kill_now()
    assert await read_all(shell) == b""


async def test_no_descriptor_is_left(start: StartShell) -> None:
    before = set(os.listdir("/dev/fd"))
    shell = await start("exit")
    await read_all(shell)
    await shell.kill()
    await wait_until("descriptors to be closed", lambda: set(os.listdir("/dev/fd")) <= before)
