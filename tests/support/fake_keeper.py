"""A keeper that has what a test says. The interface is that of KeeperClient."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ssmtui.sessions.engine_tail import PortableScreen
from tests.support.fake_ledger import FakeLedger
from tests.support.fakes import FakeManager


class FakeKeeper:
    """Holds sessions of ``ledger``, which count as another ssmtui's until they are released."""

    def __init__(self, ledger: FakeLedger | None = None, *, hands_over: bool = False) -> None:
        self.hands_over = hands_over
        self.trouble = ""
        self.fails = ""
        """Why it cannot be reached."""
        self.screens: dict[str, PortableScreen] = {}
        self.returned: list[str] = []
        """Ids of records that were released, and given back."""
        self._ledger = ledger

    async def held(self) -> frozenset[str]:
        return frozenset(self.screens)

    @asynccontextmanager
    async def released(self, record_id: str) -> AsyncIterator[PortableScreen | None]:
        screen = self.screens.pop(record_id, None)
        if screen is None or self._ledger is None:
            yield None
            return
        (record,) = [each for each in self._ledger.elsewhere if each.id == record_id]
        self._ledger.elsewhere.remove(record)
        self._ledger.left.append(record)
        try:
            yield screen
        except BaseException:
            self.screens[record_id] = screen
            self.returned.append(record_id)
            raise

    async def hand_over(self, manager: FakeManager) -> frozenset[str]:
        self.trouble = self.fails
        if self.fails or not self.hands_over:
            return frozenset()
        return frozenset(session.record for session in manager.left_alive)
