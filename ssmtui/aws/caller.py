"""How a call gets to AWS: in a thread of one of the pools, its errors translated, and once more with credentials read
anew where AWS refuses the old ones."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from ssmtui.aws.calls import CallPool
from ssmtui.aws.remedies import explain
from ssmtui.aws.session import AwsSession, Source
from ssmtui.aws.sessions import AwsSessions
from ssmtui.aws.translate import RefusedCredentials, translate
from ssmtui.errors import ConnectionFailed, CredentialsError, SsmtuiError
from ssmtui.model import Grant

log = logging.getLogger(__name__)

T = TypeVar("T")

Work = Callable[[AwsSession], T]

LISTS_AT_ONCE = 8
"""Pages of lists that are asked for at once, over all scopes."""


class Pools:
    """The threads that calls run in, over all scopes. What a person waits for never waits behind lists, nor behind
    questions that an endpoint out of reach leaves without an answer."""

    def __init__(self) -> None:
        self.sessions = CallPool(8, "ssmtui-aws-sessions")
        self.facts = CallPool(8, "ssmtui-aws-facts")
        # Twice as many as are waited for: a call that was given up keeps its thread for as long as its timeouts last.
        self.lists = CallPool(2 * LISTS_AT_ONCE, "ssmtui-aws-lists")
        self.turns = asyncio.Semaphore(LISTS_AT_ONCE)
        """Taken for each page of a list."""
        self.starting: dict[Future[Grant], Callable[[str], None]] = {}
        """The calls that start a session and whose answer nobody has taken yet, with what ends it without the loop."""

    def close(self) -> None:
        """Cancel what waits; calls under way are abandoned."""
        for pool in (self.sessions, self.facts, self.lists):
            pool.close()


class AwsCaller:
    """The calls of one scope."""

    def __init__(self, source: Source, sessions: AwsSessions, pools: Pools) -> None:
        self.source = source
        self.pools = pools
        self._sessions = sessions

    async def open(self) -> AwsSession:
        """Read the AWS profile now; raises what is wrong with it."""
        return await self.pools.facts.run(partial(self._sessions.get, self.source))

    async def ready(self) -> None:
        """Wait for credentials, without a thread that others need; raises what is wrong with them."""
        if not self._sessions.is_ready(self.source):
            future: Future[None] = Future()
            self._sessions.prepare(self.source, partial(_settle, future))
            await asyncio.wrap_future(future)

    async def renew(self) -> None:
        """Have credentials fetched anew with the next call."""
        (await self.open()).renew_credentials()

    def submit(self, operation: str, work: Work[T], pool: CallPool | None = None) -> Future[T]:
        """Run ``work`` in a thread, by default one of those for sessions, once there are credentials."""
        future: Future[T] = Future()
        chosen = pool or self.pools.sessions
        if self._sessions.is_ready(self.source):
            chosen.enqueue(future, partial(self._first, future, operation, work, chosen))
        else:
            self._prepared(future, operation, work, chosen)
        return future

    def _prepared(self, future: Future[T], operation: str, work: Work[T], pool: CallPool) -> None:
        """Do ``work`` once there are credentials; the wait for them takes no thread of the pool."""
        first = partial(self._first, future, operation, work, pool, prepared=True)
        self._sessions.prepare(self.source, partial(_go_on, future, pool, first))

    def _first(
        self, future: Future[T], operation: str, work: Work[T], pool: CallPool, *, prepared: bool = False
    ) -> None:
        """Do ``work``; where AWS refuses the credentials, do it once more with those that are read anew. Without
        ``prepared`` credentials that have gone since are waited for elsewhere first."""
        if not prepared and not self._sessions.is_ready(self.source):
            self._prepared(future, operation, work, pool)
            return
        if not future.set_running_or_notify_cancel():
            return
        aws = None
        try:
            aws = self._sessions.get(self.source)
            result = _translating(operation, work, aws)
        except RefusedCredentials as error:
            if aws is None:
                future.set_exception(error)
                return
            self._sessions.forget(aws)
            self._sessions.prepare(
                self.source, partial(_go_on, future, pool, partial(self._last, future, operation, work))
            )
        except BaseException as error:  # the caller that waits gets it; the thread must survive
            future.set_exception(self._explained(aws, error))
        else:
            future.set_result(result)

    def _last(self, future: Future[T], operation: str, work: Work[T]) -> None:
        aws = None
        try:
            aws = self._sessions.get(self.source)
            result = _translating(operation, work, aws)
        except BaseException as error:  # the caller that waits gets it; the thread must survive
            future.set_exception(self._explained(aws, error))
        else:
            future.set_result(result)

    def _explained(self, aws: AwsSession | None, error: BaseException) -> BaseException:
        if aws is not None and isinstance(error, CredentialsError):
            self._sessions.forget(aws)
            explain(error, aws.profile)
        return error

    async def call(self, operation: str, work: Work[T]) -> T:
        """Do what a session waits for."""
        return await asyncio.wrap_future(self.submit(operation, work))

    async def ask(self, operation: str, work: Work[T]) -> T:
        """Ask for a fact that nothing else waits for."""
        return await asyncio.wrap_future(self.submit(operation, work, self.pools.facts))

    def perform(self, operation: str, work: Work[T]) -> T:
        """Do ``work`` in the thread that calls this. Blocks."""
        aws = self._sessions.get(self.source)
        try:
            return _translating(operation, work, aws)
        except CredentialsError as error:
            self._sessions.forget(aws)
            if not isinstance(error, RefusedCredentials):
                raise explain(error, aws.profile) from error.__cause__
        aws = self._sessions.get(self.source)
        try:
            return _translating(operation, work, aws)
        except CredentialsError as error:
            self._sessions.forget(aws)
            raise explain(error, aws.profile) from error.__cause__


def _settle(future: Future[None], problem: SsmtuiError | None) -> None:
    if future.set_running_or_notify_cancel():
        future.set_exception(problem) if problem is not None else future.set_result(None)


def _go_on(future: Future[T], pool: CallPool, job: Callable[[], None], problem: SsmtuiError | None) -> None:
    """Do ``job`` now that there are credentials, or say what is wrong with them."""
    if problem is None:
        try:
            pool.enqueue(future, job)
            return
        except ConnectionFailed as error:
            problem = error
    if future.running() or future.set_running_or_notify_cancel():
        future.set_exception(problem)


def _translating(operation: str, work: Work[T], aws: AwsSession) -> T:
    try:
        return work(aws)
    except Exception as error:
        raise translate(error, operation) from error
