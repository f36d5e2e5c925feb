"""A lab beside the test, for outages at the moment that the test is ready for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ssmtui.lab.fault_spec import parse_faults
from ssmtui.lab.lab import Lab, LabOptions
from tests.support.wait import wait_until_sync


class LabThread:
    """A lab that serves on a thread of its own."""

    def __init__(self, lab: Lab, loop: asyncio.AbstractEventLoop, environment: dict[str, str]) -> None:
        self.environment = environment
        """What its clients need in theirs."""
        self._lab = lab
        self._loop = loop

    def say_bye(self) -> None:
        """Close the socket of the one client, once it is there: for the client itself it is there a moment earlier."""

        async def is_said() -> bool:
            if not any(relay.connected for relay in self._lab._relays.values()):
                return False
            self._lab.say_bye()
            return True

        wait_until_sync(
            "a client", lambda: asyncio.run_coroutine_threadsafe(is_said(), self._loop).result(10), timeout=10
        )


@contextmanager
def lab_thread(*, nodes: int, faults: str = "") -> Iterator[LabThread]:
    """A lab of so many nodes; all of it is closed at the end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="lab")
    thread.start()
    try:
        lab = Lab(LabOptions(nodes=nodes, faults=parse_faults(faults)))
        address = asyncio.run_coroutine_threadsafe(lab.start(), loop).result(10)
        try:
            yield LabThread(lab, loop, dict(address.environment))
        finally:
            asyncio.run_coroutine_threadsafe(lab.close(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
