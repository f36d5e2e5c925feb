"""How a session comes to its line: with the one it is given, or with another once access has been approved.

What was approved is good for a while only; what has to be done after that is done with the person's own credentials.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from ssmtui.aws.gateway import Gateway
from ssmtui.errors import AccessDenied, CredentialsError, SsmtuiError, TargetNotConnected, Throttled
from ssmtui.model import Grant, StartRequest
from ssmtui.sessions.approval import Tell
from ssmtui.sessions.farewell import terminate
from ssmtui.sessions.lines import Line
from ssmtui.sessions.start_queue import StartQueue, TellAhead, Turn
from ssmtui.tasks import Tasks

APPROVED_ATTEMPTS = 2
"""Calls of TerminateSession with approved credentials before the person's own are tried."""

THROTTLED_PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds before StartSession is called again that was throttled, beyond what botocore tries by itself: where fifty
sessions are started the limit of calls is soon reached, and none of them is to fail for that."""
CONNECTING_PAUSES = (2.0, 3.0, 5.0)
"""Seconds before each further call for a container whose task was started a moment ago (aws/containers-roadmap#187)."""
JITTER = 0.3
"""Share of a pause by which it is shortened at random, so that those who were refused together do not come back so."""

TellWait = Callable[[Throttled | TargetNotConnected | None], None]
"""Told why a session cannot be started yet, and None when it is tried again. Must not block."""
Approve = Callable[[Tell], Coroutine[Any, Any, Line]]
"""Waits until access is approved; the line's gateway is the caller's to close."""


class Entry:
    """One session's."""

    def __init__(self, gateway: Gateway, approve: Approve | None, starts: StartQueue | None = None) -> None:
        """``starts`` gives the turns to call StartSession; None: there is no wait for it."""
        self.gateway = gateway
        """Whom to ask now."""
        self.needs_approval = approve is not None
        self._own = gateway
        self._approve = approve
        self._approved: Gateway | None = None
        self._waiting: asyncio.Task[Line] | None = None
        self._starts = starts
        self._turn: Turn | None = None

    async def wait(self, tell: Tell) -> Line | None:
        """The line to go over once access is approved; None when the person has given up. Raises why there is none."""
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

    async def start(self, request: StartRequest, tell: TellAhead, waits: TellWait) -> Grant | None:
        """Start the session when it is its turn; ``tell`` is told how many come before it. Where the answer is that it
        cannot be started yet, the turn is kept and it is tried again; ``waits`` is told why, and None when that is.

        None when the person has given up by then. StartSession itself is not given up: its answer names the session
        that has to be ended.
        """
        starts = StartQueue(1) if self._starts is None else self._starts
        turn = self._turn = starts.turn(tell)
        throttled = (pause * random.uniform(1 - JITTER, 1) for pause in THROTTLED_PAUSES if self._starts is not None)  # noqa: S311
        connecting = iter(CONNECTING_PAUSES)
        try:
            if not await turn.come():
                return None
            while True:
                try:
                    return await self.gateway.start_session(request)
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
        """Wait no longer."""
        if self._waiting is not None:
            self._waiting.cancel()
        if self._turn is not None:
            self._turn.give_up()

    async def terminate(self, session_id: str, denied: Callable[[AccessDenied], None]) -> bool:
        """End the session at the service; whether that was confirmed. ``denied`` is called when the person's own policy
        forbids it."""
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
        """Why a session without credentials cannot go on; None where somebody has but to sign in again."""
        if self._approved is None:
            return None
        return CredentialsError(
            "the approved access has expired, and the connection was lost",
            title="The session cannot be resumed",
            remedy="Ask for access to the node again.",
        )

    async def close(self) -> None:
        """Let go of what was approved."""
        if self._approved is not None:
            await self._approved.close()
