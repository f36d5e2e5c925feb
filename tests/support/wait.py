"""Waiting for a named condition: tests never sleep for a time and hope."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable

SCALE = float(os.environ.get("SSMTUI_TEST_SCALE", "1"))
"""Multiplies every limit: a slow machine sets it above 1."""


def _failure(what: str, limit: float, report: Callable[[], object] | None) -> AssertionError:
    told = f"\n{report()}" if report is not None else ""
    return AssertionError(f"waited {limit:.1f} s for: {what}{told}")


async def wait_until(
    what: str,
    predicate: Callable[[], object],
    timeout: float = 10.0,
    report: Callable[[], object] | None = None,
) -> None:
    """Return once ``predicate`` holds, letting the loop run; after ``timeout`` s fail with ``what`` and ``report``."""
    limit = timeout * SCALE
    end = time.monotonic() + limit
    while not predicate():
        if time.monotonic() > end:
            raise _failure(what, limit, report)
        await asyncio.sleep(0.005)


async def wait_until_answered(
    what: str,
    ask: Callable[[], Awaitable[object]],
    timeout: float = 10.0,
    report: Callable[[], object] | None = None,
) -> None:
    """The same for a condition that has to be awaited: return once what ``ask`` gives is true."""
    limit = timeout * SCALE
    end = time.monotonic() + limit
    while not await ask():
        if time.monotonic() > end:
            raise _failure(what, limit, report)
        await asyncio.sleep(0.005)


def wait_until_sync(
    what: str,
    predicate: Callable[[], object],
    timeout: float = 10.0,
    report: Callable[[], object] | None = None,
) -> None:
    """The same outside an event loop."""
    limit = timeout * SCALE
    end = time.monotonic() + limit
    while not predicate():
        if time.monotonic() > end:
            raise _failure(what, limit, report)
        time.sleep(0.005)
