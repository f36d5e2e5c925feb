"""How a session comes to its line and is started there: the line it is given, or another once access is approved.

Approved credentials are valid for a limited time only. What has to be done later, such as ending the session, is done
with the person's own.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from ssmtui.aws.gateway import Gateway
from ssmtui.errors import AccessDenied, CredentialsError, SsmtuiError, TargetNotConnected, Throttled
from ssmtui.model import AccessCredentials, Grant, Node, Platform, Scope, SessionDocument, StartRequest
from ssmtui.sessions.farewell import terminate
from ssmtui.sessions.start_queue import StartQueue, TellAhead, Turn
from ssmtui.tasks import Tasks
from ssmtui.transport.link import Dialer

APPROVED_ATTEMPTS = 2
"""Calls of TerminateSession with approved credentials before the person's own are tried."""

THROTTLED_PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds before StartSession is called again after it was throttled, beyond botocore's own retries: where fifty
sessions are started the limit of calls is soon reached, and none of them may fail for that."""
CONNECTING_PAUSES = (2.0, 3.0, 5.0)
"""Seconds before each further call for a container whose task was started a moment ago (aws/containers-roadmap#187)."""
JITTER = 0.3
"""Share of a pause by which it is shortened at random, so that calls that were refused together do not return together.
"""

CONTAINERS = SessionDocument("AmazonECS-ExecuteInteractiveCommand", "", "InteractiveCommands", idle_minutes=20)
"""What ExecuteCommand starts, as far as it matters: the account's preferences do not change its idle timeout."""
WINDOWS_SHELL = "cmd.exe"
"""What every Windows image has. That of Linux is the gateway's default."""

Tell = Callable[[str], None]
"""Called with what is waited for, in one line, each time that changes. Must not block."""
TellWait = Callable[[Throttled | TargetNotConnected | None], None]
"""Called with the reason why a session cannot be started yet, and with None when it is tried again. Must not block."""


class ServiceLine(NamedTuple):
    """What a session needs of the world, for one scope: the AWS API to ask, and the way to open its data channel."""

    gateway: Gateway
    dialer: Dialer


Approve = Callable[[Tell], Coroutine[Any, Any, ServiceLine]]
"""Waits until access is approved and returns the line to use; the caller closes its gateway."""


class ServiceLines(Protocol):
    """The lines of all scopes."""

    def line(self, scope: Scope | None = None) -> ServiceLine:
        """The line of ``scope``; None: of the scope that the program was started for."""

    def approved(self, scope: Scope | None, credentials: AccessCredentials) -> ServiceLine:
        """A line with the credentials of an approved request for access. The caller closes its gateway."""


def entering(request: StartRequest, node: Node | None) -> StartRequest:
    """``request`` as it is sent for ``node``: a container is entered by ECS ExecuteCommand with a shell that it has; a
    named document is run there by StartSession, as on any node."""
    if request.document_name:
        return replace(request, container=None)
    if node is None or node.container is None:
        return request
    command = request.command or (WINDOWS_SHELL if node.platform is Platform.WINDOWS else "")
    return replace(request, container=node.container, command=command)


class SessionEntry:
    """One session's way to the service: its line, its turn to be started, and its end there."""

    def __init__(self, gateway: Gateway, approve: Approve | None, starts: StartQueue | None = None) -> None:
        """``gateway`` has the person's own credentials. ``approve`` is awaited before the start; None: access needs no
        approval. ``starts`` gives the turns to call StartSession; None: there is no wait for one."""
        self.gateway = gateway
        """The gateway for all calls of this session from now on: that of the approved line once there is one."""
        self.needs_approval = approve is not None
        self._own = gateway
        self._approve = approve
        self._approved: Gateway | None = None
        self._waiting: asyncio.Task[ServiceLine] | None = None
        self._starts = starts
        self._turn: Turn | None = None

    async def wait(self, tell: Tell) -> ServiceLine | None:
        """Wait until access is approved and return the line to use; None when :meth:`give_up` was called. Raises
        :class:`SsmtuiError` when access is not granted."""
        assert self._approve is not None
        tasks = Tasks("approval")
        self._waiting = tasks.start("wait", self._approve(tell), awaited=True)
        try:
            await asyncio.wait({self._waiting})
        finally:
            await tasks.close()
        if self._waiting.cancelled():
            return None
        line = self._waiting.result()
        self.gateway = self._approved = line.gateway
        return line

    async def start(
        self, call: Callable[[Gateway], Awaitable[Grant]], tell: TellAhead, waits: TellWait
    ) -> Grant | None:
        """Make ``call``, of StartSession or of what else gives a grant, when it is this session's turn, again after a
        pause if it cannot be started yet.

        ``tell`` is called with the number of sessions that come first, ``waits`` with the reason for a pause and then
        with None. Returns None when :meth:`give_up` was called first; raises :class:`SsmtuiError` when the session
        cannot be started. StartSession itself is never abandoned: only its answer names the session, and one whose
        name is not known cannot be terminated.
        """
        starts = StartQueue(1) if self._starts is None else self._starts
        turn = self._turn = starts.turn(tell)
        throttled = (pause * random.uniform(1 - JITTER, 1) for pause in THROTTLED_PAUSES if self._starts is not None)  # noqa: S311
        connecting = iter(CONNECTING_PAUSES)
        try:
            if not await turn.come():
                return None
            # The turn is kept through the pauses: another session that was let in would be throttled as well.
            while True:
                try:
                    return await call(self.gateway)
                except Throttled as error:
                    if (pause := next(throttled, None)) is None:
                        raise
                    waits(error)
                except TargetNotConnected as error:
                    if not error.is_connecting or (pause := next(connecting, None)) is None:
                        raise
                    waits(error)
                if not await turn.pause(pause):
                    return None
                waits(None)
        finally:
            turn.leave()

    def give_up(self) -> None:
        """Stop waiting, for the approval and for the turn."""
        if self._waiting is not None:
            self._waiting.cancel()
        if self._turn is not None:
            self._turn.give_up()

    async def terminate(self, session_id: str, denied: Callable[[AccessDenied], None]) -> bool:
        """End the session at the service. Returns whether that was confirmed. ``denied`` is called when the person's
        own policy forbids it."""
        # The person's own credentials often lack ssm:TerminateSession for such a session, so the approved ones come
        # first; but these may have expired hours ago.
        if self._approved is not None and await terminate(self._approved, session_id, attempts=APPROVED_ATTEMPTS):
            return True
        return await terminate(self._own, session_id, denied=denied)

    def end_without_loop(self, session_id: str) -> None:
        """End the session at the service in the thread that calls this. Blocks; raises where that was not confirmed."""
        if self._approved is not None:
            with suppress(SsmtuiError):
                self._approved.end_without_loop(session_id)
                return
        self._own.end_without_loop(session_id)

    def expired(self) -> CredentialsError | None:
        """Why a session that has lost its credentials cannot go on; None where it can, once somebody signs in again.
        Approved credentials do not come back by signing in."""
        if self._approved is None:
            return None
        return CredentialsError(
            "the approved access has expired, and the connection was lost",
            title="The session cannot be resumed",
            remedy="Ask for access to the node again.",
        )

    async def close(self) -> None:
        """Close the gateway of the approved line, if there is one. The session must be over."""
        if self._approved is not None:
            await self._approved.close()
