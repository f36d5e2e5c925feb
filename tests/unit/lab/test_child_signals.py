"""Programs of the lab begin as in a terminal emulator, whatever the lab was started by."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssmtui.lab.child_signals import RESET, default_signals
from ssmtui.lab.pty_shell import PtyShell

LOOK = ("grep", "-E", "Sig(Ign|Blk)", "/proc/self/status")


@pytest.fixture
def ignoring() -> Iterator[None]:
    """This process ignores all of them and blocks some, as nohup, cron and careless parents do."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in RESET if number != signal.SIGCHLD}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTSTP})
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    for number, handler in before.items():
        signal.signal(number, handler)


def ignored(text: bytes) -> set[int]:
    """What of :data:`RESET`, and SIGPIPE, is ignored or blocked by the text of LOOK."""
    masks = [int(line.split()[1], 16) for line in text.replace(b"\r", b"").split(b"\n") if line]
    assert len(masks) == 2
    return {number for number in (*RESET, signal.SIGPIPE) if any(mask >> number - 1 & 1 for mask in masks)}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux")
async def test_a7_a_program_in_a_pty_ignores_and_blocks_nothing(ignoring: None) -> None:
    shell = await PtyShell.start(LOOK, dict(os.environ), Path("/"))
    text = b""
    while data := await shell.read(4096):
        text += data
    await shell.kill()
    assert ignored(text) == set()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux")
async def test_a7_blocks_may_overlap_and_this_process_is_as_it_was(ignoring: None) -> None:
    async def look() -> set[int]:
        with default_signals():
            process = await asyncio.create_subprocess_exec(*LOOK, stdout=asyncio.subprocess.PIPE)
        text, _ = await process.communicate()
        return ignored(text)

    assert await asyncio.gather(look(), look(), look()) == [set(), set(), set()]
    assert signal.getsignal(signal.SIGQUIT) == signal.SIG_IGN
    assert signal.SIGTSTP in signal.pthread_sigmask(signal.SIG_BLOCK, ())
