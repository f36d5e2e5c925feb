"""Which sessions of the ledger still live: AWS is asked, and what it knows no more is closed in the journal."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
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
FEW = 40
"""Sessions of one scope that are asked about one by one, and about their end; for more of them all that run there are
listed."""
ANSWERED_IN = 8.0
"""Seconds that AWS has to say whether a session lives; it is offered all the same after that."""
LOOKED_IN = 30.0
"""Seconds that it has for all sessions together."""
LISTED_IN = 60.0
"""Seconds after its start within which a session need not be listed yet."""


class Lookout:
    """Asks AWS about records of the ledger."""

    def __init__(
        self,
        ledger: Ledger,
        gateway: Callable[[Scope], Gateway],
        account_in: Callable[[Scope], Awaitable[str]],
        wall: Callable[[], float],
    ) -> None:
        """``gateway`` gives that of a record's scope, ``account_in`` the id of the account that its calls go to, empty
        where that is not known; ``wall`` returns seconds since the epoch."""
        self._ledger = ledger
        self._gateway = gateway
        self._account_in = account_in
        self._wall = wall
        self._calls = asyncio.Semaphore(AT_ONCE)
        self._asked: dict[Scope, int] = {}
        self._listing = asyncio.Lock()
        self._listed: dict[Scope, frozenset[str] | SsmtuiError] = {}

    async def look(
        self, scope_of: Callable[[LedgerRecord], Scope], of: Collection[str] | None = None, kept: Collection[str] = ()
    ) -> list[tuple[LedgerRecord, str]]:
        """The records of sessions that live or may live, the oldest first, each with the reason why that is not known,
        empty where AWS lists it; ``of`` are the ids of those that are asked about, None: all. Records of sessions that
        are over leave the ledger. ``kept`` are the ids of those that a keeper has, which knows that they live. Never
        raises."""
        records = [record for record in await self._ledger.survivors() if of is None or record.id in of]
        until = asyncio.get_running_loop().time() + LOOKED_IN
        named = {record.session_id for record in records if record.session_id}
        looks = await asyncio.gather(*(self._look(record, scope_of(record), named, until) for record in records))
        # A doubt must not have those of months ago offered for ever.
        found = [each for each in looks if each is not None and not (each[1] and self._ledger.is_old(each[0]))]
        if kept:
            held = [each.record for each in await self._ledger.holders() if each.owner is not None and not each.mine]
            # What it was just taking over has been found already.
            wanted = {each for each in kept if of is None or each in of} - {record.id for record, _ in found}
            found += [(record, "") for record in held if record.id in wanted]
        return sorted(found, key=lambda each: each[0].started)

    async def _look(
        self, record: LedgerRecord, scope: Scope, named: Collection[str], until: float
    ) -> tuple[LedgerRecord, str] | None:
        try:
            async with self._calls, asyncio.timeout_at(until), asyncio.timeout(ANSWERED_IN):
                account = await self._account_in(scope)
                if account and record.account and account != record.account:
                    # The AWS profile was changed since. What another account does not list may be alive all the same.
                    return record, f"it is in the account {record.account}, and calls go to {account} now"
                is_sure = bool(account) or not record.account
                if not record.session_id:
                    return await self._unnamed(record, scope, named, is_sure=is_sure)
                asked = self._asked[scope] = self._asked.get(scope, 0) + 1
                if asked > FEW:
                    is_active, past = record.session_id in await self._active(scope), None
                else:
                    gateway = self._gateway(scope)
                    is_active = await gateway.active_session(record.session_id) is not None
                    past = None if is_active else await gateway.past_session(record.session_id)
                if is_active:
                    return record, ""
        except AccessDenied:
            return record, "ssm:DescribeSessions is denied"
        except TimeoutError:
            return record, "AWS has not answered"
        except SsmtuiError as error:
            log.warning("session %s: %s", record.session_id, error)
            return record, f"AWS could not be asked: {error.title}"
        except Exception as error:
            # A defect of ours: it must not hide the others.
            log.error("session %s could not be looked for", record.session_id, exc_info=error)
            return record, "it could not be looked for because of a defect in ssmtui"
        if past is None and not is_sure:
            return record, "AWS does not list it, and which account was asked is not known"
        if past is None and self._wall() - record.started < LISTED_IN:
            return record, "AWS does not list it yet"
        await self._ledger.settle(record.id, ended=_seconds(past.ended) if past is not None else None)
        return None

    async def _active(self, scope: Scope) -> Collection[str]:
        """The ids of all sessions that run in ``scope``, which are listed once. Raises
        :class:`ssmtui.errors.SsmtuiError`, the same one to all who ask."""
        async with self._listing:
            if scope not in self._listed:
                try:
                    pages = self._gateway(scope).session_pages(active=True)
                    self._listed[scope] = frozenset([one.session_id async for page in pages for one in page])
                except SsmtuiError as error:
                    self._listed[scope] = error
        listed = self._listed[scope]
        if isinstance(listed, SsmtuiError):
            raise listed
        return listed

    async def _unnamed(
        self, record: LedgerRecord, scope: Scope, named: Collection[str], *, is_sure: bool
    ) -> tuple[LedgerRecord, str] | None:
        """A session whose program was killed before StartSession had answered: it has no id in the ledger. ``is_sure``:
        the account that is asked is the one that it is in."""
        listed = self._gateway(scope).session_pages(active=True, target=record.request.target)
        found = found_among(record, [one async for page in listed for one in page if one.session_id not in named])
        if found is not None:
            return replace(record, session_id=found.session_id), ""
        if is_sure and self._wall() - record.seen > LISTED_IN:
            await self._ledger.settle(record.id)
        return None


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment is not None else None
