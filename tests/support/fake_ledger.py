"""A ledger that holds what a test says, and remembers what was done with it. The interface is the ledger's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ssmtui.ledger.ledger import OLD, HeldElsewhere, HeldSession, NoSuchRecord
from ssmtui.ledger.owners import OwnerFacts
from ssmtui.ledger.record import Ending, LedgerRecord, Phase
from ssmtui.model import Scope, StartRequest
from tests.support.fakes import NOW, SCOPE

OTHER = OwnerFacts("other", 4711, "laptop", NOW.timestamp() - 3600)
ME = OwnerFacts("me", 1, "laptop", NOW.timestamp())


def record(number: int, title: str = "", *, scope: Scope = SCOPE, guarded: str = "", **facts: Any) -> LedgerRecord:
    """What a killed run left of a session on the node with that number."""
    request = StartRequest(facts.pop("target", f"i-{number:017x}"), scope=scope, **facts.pop("request", {}))
    if guarded:
        request = replace(request, options=replace(request.options, guarded=guarded))
    return LedgerRecord(
        **{
            "id": f"{number:032x}",
            "request": request,
            "title": title or f"tab {number}",
            "node_name": f"web-{number}",
            "started": NOW.timestamp() - 7200,
            "seen": NOW.timestamp() - 240,
            "session_id": f"jane-{number:017x}",
            "session_type": "Standard_Stream",
            "low": 10,
            "high": 266,
            "phase": Phase.OPEN,
            "owner": "dead",
            **facts,
        }
    )


class FakeEntry:
    """A record that this run holds."""

    notice = ""

    def __init__(self, record: LedgerRecord) -> None:
        self.id, self.record = record.id, record


class FakeLedger:
    """Holds ``left``, and what another running ssmtui has."""

    trouble = ""

    def __init__(self) -> None:
        self.left: list[LedgerRecord] = []
        """Of sessions that nobody holds."""
        self.elsewhere: list[LedgerRecord] = []
        """Of those that a running ssmtui holds."""
        self.mine: list[LedgerRecord] = []
        """Of those that were claimed."""
        self.claimed: list[tuple[str, bool]] = []
        """Ids of records, and whether it was insisted on."""
        self.settled: list[tuple[str, Ending | None, float | None]] = []

    async def survivors(self) -> list[LedgerRecord]:
        return [*self.left]

    def is_old(self, record: LedgerRecord) -> bool:
        return NOW.timestamp() - record.started > OLD

    async def holders(self) -> list[HeldSession]:
        return [
            *(HeldSession(each, None, mine=False) for each in self.left),
            *(HeldSession(each, OTHER, mine=False) for each in self.elsewhere),
            *(HeldSession(each, ME, mine=True) for each in self.mine),
        ]

    async def claim(self, record_id: str, *, insist: bool = False) -> FakeEntry:
        for known in self.elsewhere:
            if known.id == record_id and not insist:
                raise HeldElsewhere(known, OTHER)
        self.claimed.append((record_id, insist))
        for place in (self.left, self.elsewhere, self.mine):
            for known in place:
                if known.id == record_id:
                    place.remove(known)
                    self.mine.append(known)
                    return FakeEntry(known)
        raise NoSuchRecord

    async def settle(self, record_id: str, how: Ending | None = None, *, ended: float | None = None) -> bool:
        self.settled.append((record_id, how, ended))
        place = next((place for place, each in enumerate(self.left) if each.id == record_id), None)
        if place is not None:
            del self.left[place]
        return True

    async def close(self, timeout: float = 2.0) -> None:
        pass
