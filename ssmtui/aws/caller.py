"""How a call gets to AWS: in a thread of one of the pools, its errors translated, and once more with credentials read
anew where AWS refuses the old ones."""

from __future__ import annotations

import asyncio
import logging
import shlex
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from ssmtui.aws.calls import CallPool
from ssmtui.aws.session import AwsSession, Source
from ssmtui.aws.sessions import AwsSessions
from ssmtui.aws.translate import RefusedCredentials, translate
from ssmtui.errors import CredentialsError
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

    def submit(self, operation: str, work: Work[T], pool: CallPool | None = None) -> Future[T]:
        """Run ``work`` in a thread, by default one of those for sessions."""
        return (pool or self.pools.sessions).submit(partial(self.perform, operation, work))

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
                raise _naming(aws.aws_profile, error) from error.__cause__
        aws = self._sessions.get(self.source)
        try:
            return _translating(operation, work, aws)
        except CredentialsError as error:
            self._sessions.forget(aws)
            raise _naming(aws.aws_profile, error) from error.__cause__


def _naming(aws_profile: str | None, error: CredentialsError) -> CredentialsError:
    """``error`` with the AWS profile to sign in to, which cannot be guessed among several."""
    if aws_profile is not None:
        option = f"--profile {shlex.quote(aws_profile)}`"
        error.remedy = error.remedy.replace("login`", f"login {option}")
    return error


def _translating(operation: str, work: Work[T], aws: AwsSession) -> T:
    try:
        return work(aws)
    except Exception as error:
        raise translate(error, operation) from error
