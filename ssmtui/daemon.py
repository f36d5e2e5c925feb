"""Blocking work that may never come back, such as reading a file on a network mount that has gone.

``asyncio.to_thread`` is no place for it: the loop waits for its threads when the program ends.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

FILE_LIMIT = 5.0
"""Seconds that a file of ours has to answer."""


async def in_daemon_thread(work: Callable[[], T], limit: float = FILE_LIMIT) -> T:
    """What ``work`` returns or raises; ``TimeoutError`` when it takes longer than ``limit`` seconds.

    It then goes on without effect, in a thread that does not keep the program from ending.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if answer.done():
            return  # nobody waits for it any more
        if error is None:
            answer.set_result(result)  # type: ignore[arg-type]
        else:
            answer.set_exception(error)

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:  # raised again where it is awaited
            error = raised
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name="ssmtui-file", daemon=True).start()
    async with asyncio.timeout(limit):
        return await answer
