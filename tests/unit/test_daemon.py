"""Work that may never come back keeps nobody waiting."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from ssmtui.daemon import in_daemon_thread


async def test_what_is_returned_and_what_is_raised_comes_back() -> None:
    assert await in_daemon_thread(lambda: threading.current_thread().daemon)
    with pytest.raises(ZeroDivisionError):
        await in_daemon_thread(lambda: 1 // 0)


async def test_what_takes_too_long_is_left_alone() -> None:
    let_go = threading.Event()
    with pytest.raises(TimeoutError):
        await in_daemon_thread(lambda: let_go.wait(60), limit=0.0)
    let_go.set()


PROGRAM = """
import asyncio, contextlib, threading
from ssmtui.daemon import in_daemon_thread

async def main():
    with contextlib.suppress(TimeoutError):
        await in_daemon_thread(threading.Event().wait, limit=0.0)

asyncio.run(main())
print("ended")
"""


def test_fault_11_it_does_not_keep_the_program_from_ending() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout == "ended\n"
