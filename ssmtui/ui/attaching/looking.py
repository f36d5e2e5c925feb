"""Which sessions of the ledger still live: AWS is asked, and what it knows no more is closed in the journal."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from ssmtui.errors import AccessDenied, SsmtuiError
from ssmtui.ledger.record import LedgerRecord, found_among
from ssmtui.model import Scope

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateway
    from ssmtui.ledger.ledger import Ledger

log = logging.getLogger(__name__)

AT_ONCE = 16
"""Calls of DescribeSessions that are under way together."""
ANSWERED_IN = 8.0
"""Seconds that AWS has to say whether a session lives; it is offered all the same after that."""
LISTED_IN = 60.0
"""Seconds after its start within which a session need not be listed yet."""


class Lookout:
    """Asks AWS about records of the ledger."""

    def __init__(self, ledger: Ledger, gateway: Callable[[Scope], Gateway], wall: Callable[[], float]) -> None:
        """``gateway`` gives that of a record's scope; ``wall`` returns seconds since the epoch."""
        self._ledger = ledger
        self._gateway = gateway
        self._wall = wall
        self._calls = asyncio.Semaphore(AT_ONCE)

    async def look(
        self, scope_of: Callable[[LedgerRecord], Scope], of: Collection[str] | None = None
    ) -> list[tuple[LedgerRecord, str]]:
        """The records of sessions that live or may live, the oldest first, each with the reason why that is not known,
        empty where AWS lists it; ``of`` are the ids of those that are asked about, None: all. Records of sessions that
        are over leave the ledger. Never raises."""
        records = [record for record in await self._ledger.survivors() if of is None or record.id in of]
        named = {record.session_id for record in records if record.session_id}
        looks = await asyncio.gather(*(self._look(record, scope_of(record), named) for record in records))
        return [found for found in looks if found is not None]

    async def _look(
        self, record: LedgerRecord, scope: Scope, named: Collection[str]
    ) -> tuple[LedgerRecord, str] | None:
        try:
            async with self._calls, asyncio.timeout(ANSWERED_IN):
                if not record.session_id:
                    return await self._unnamed(record, scope, named)
                gateway = self._gateway(scope)
                if await gateway.active_session(record.session_id) is not None:
                    return record, ""
                past = await gateway.past_session(record.session_id)
        except AccessDenied:
            return record, "you may not list sessions here (ssm:DescribeSessions)"
        except TimeoutError:
            return record, "AWS has not answered"
        except SsmtuiError as error:
            log.warning("session %s: %s", record.session_id, error)
            return record, f"AWS could not be asked: {error.title}"
        except Exception as error:
            # A defect of ours: it must not hide the others.
            log.error("session %s could not be looked for", record.session_id, exc_info=error)
            return record, "it could not be looked for because of a defect in ssmtui"
        if past is None and self._wall() - record.started < LISTED_IN:
            return record, "AWS does not list it yet"
        await self._ledger.settle(record.id, ended=_seconds(past.ended) if past is not None else None)
        return None

    async def _unnamed(
        self, record: LedgerRecord, scope: Scope, named: Collection[str]
    ) -> tuple[LedgerRecord, str] | None:
        """A session whose program was killed before StartSession had answered: it has no id in the ledger."""
        listed = self._gateway(scope).session_pages(active=True, target=record.request.target)
        found = found_among(record, [one async for page in listed for one in page if one.session_id not in named])
        if found is not None:
            return replace(record, session_id=found.session_id), ""
        if self._wall() - record.seen > LISTED_IN:
            await self._ledger.settle(record.id)
        return None


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment is not None else None
