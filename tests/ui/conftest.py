"""What no test of the screen may leave behind."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator

import pytest


class _Unread(logging.Handler):
    """Keeps the failures of tests that asyncio reports because nobody has looked at them."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.failures: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, AssertionError | pytest.fail.Exception):
            self.failures.append(error)


@pytest.fixture(autouse=True, scope="module")
def a_failure_in_a_callback_is_one() -> Iterator[None]:
    """Fail for what a callback has found. ``pytest.fail`` raises no ``Exception``: no part of the program contains it,
    it ends the task whose turn it is, and the test would pass all the same."""
    unread, log = _Unread(), logging.getLogger("asyncio")
    log.addHandler(unread)
    yield
    gc.collect()  # asyncio reports a task once it is collected
    log.removeHandler(unread)
    if unread.failures:
        raise unread.failures[0]
