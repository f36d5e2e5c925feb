"""Reads lists page by page: over all scopes so many at once, each page with the time it may take, throttling waited out
without holding a thread, and a list whose token has expired begun once more."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

from ssmtui.aws.bulk import READING
from ssmtui.aws.caller import AwsCaller
from ssmtui.aws.listing import ListCall, Page
from ssmtui.aws.session import AwsSession
from ssmtui.aws.translate import EXPIRED_PAGE, no_answer
from ssmtui.errors import ServiceError

log = logging.getLogger(__name__)

T = TypeVar("T")

PAGE_LIMIT = 40.0
"""Seconds for one attempt at a page: an endpoint that is silent is not waited for longer."""
PATIENT = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before a throttled page is asked for again, where nothing can be done without it."""
FIRST_PAUSES = 2
"""How many of them a first page waits for: while nothing has been read, a failure is better reported soon."""
BRISK = (1.0, 3.0)
"""The same for a source that only adds to a list."""
JITTER = 0.3
"""Share of each by which it is shortened at random."""


class Pager:
    """The lists of one scope."""

    def __init__(self, caller: AwsCaller, endpoint: Callable[[], str]) -> None:
        """``endpoint`` is named when it does not answer."""
        self._caller = caller
        self._endpoint = endpoint

    async def all(self, choice: ListCall) -> list[Mapping[str, Any]]:
        """All elements of a list."""
        async with aclosing(self.pages(choice, list)) as pages:
            return [element async for page in pages for element in page]

    async def pages(
        self, choice: ListCall, convert: Callable[[Page], T], pauses: Sequence[float] = PATIENT
    ) -> AsyncGenerator[T, None]:
        """A list's pages, each converted in the thread that has read it.

        When the page token expires on the way the list is begun once more, with what it has shown: elements come twice
        then. Raises :class:`ServiceError` for a list that does not end.
        """
        token: str | None = None
        used: set[str] = set()
        begun_anew = False
        while True:
            try:
                page, following = await self._page(choice, token, convert, pauses)
            except ServiceError as error:
                if token is None or begun_anew or error.code not in EXPIRED_PAGE:
                    raise
                log.info("%s is begun once more: %s", choice.operation, error)
                token, begun_anew = None, True
                used.clear()
                continue
            yield page
            if following is None:
                return
            if following in used:
                raise _endless(choice)
            used.add(following)
            token = following

    async def _page(
        self, choice: ListCall, token: str | None, convert: Callable[[Page], T], pauses: Sequence[float]
    ) -> tuple[T, str | None]:
        for pause in pauses if token is not None else pauses[:FIRST_PAUSES]:
            try:
                return await self._attempt(choice, token, convert)
            except ServiceError as error:
                if not error.is_passing:
                    raise
                log.info("%s is asked again: %s", choice.operation, error)
            await asyncio.sleep(pause * (1 - JITTER * random.random()))  # noqa: S311 (spreads load; keeps no secret)
        return await self._attempt(choice, token, convert)

    async def _attempt(self, choice: ListCall, token: str | None, convert: Callable[[Page], T]) -> tuple[T, str | None]:
        def read(aws: AwsSession) -> tuple[T, str | None]:
            page, following = choice.read(aws, token)
            with READING:
                return convert(page), following

        # Neither a turn nor the time of the page goes to a wait for credentials.
        await self._caller.ready()
        pools = self._caller.pools
        async with pools.turns:
            try:
                async with asyncio.timeout(PAGE_LIMIT):
                    return await asyncio.wrap_future(self._caller.submit(choice.operation, read, pools.lists))
            except TimeoutError:
                raise no_answer(self._endpoint(), PAGE_LIMIT) from None


def _endless(choice: ListCall) -> ServiceError:
    return ServiceError(
        f"{choice.operation} gave the same page token twice",
        operation=choice.operation,
        title="The list does not end",
        remedy="Refresh; if it happens again, check the endpoint URL.",
    )
