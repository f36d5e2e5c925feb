"""Just-in-time access to a node: ask for it, wait until somebody decides, and use what is granted.

StartAccessRequest once, then GetAccessToken again and again: AWS has no call that waits for the decision.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from weakref import WeakSet

from ssmtui import inert
from ssmtui.aws.gateway import Gateway
from ssmtui.errors import AccessDenied, ConnectionFailed, CredentialsError, ServiceError, SsmtuiError
from ssmtui.model import AccessCredentials, AccessStatus, AccessToken, StartRequest
from ssmtui.sessions.entry import ServiceLine, ServiceLines, Tell

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 15.0
"""Seconds between two looks, growing from one to the other: a quick decision is noticed quickly, a slow one costs few
calls."""
GROWTH = 1.5
JITTER = 0.2
"""Share of a pause by which it is shortened at random, so that many waiting sessions do not ask in step."""
SPARE = timedelta(seconds=60)
"""How long credentials must still be valid for another session to be started with them."""
BEFORE_END = timedelta(minutes=5)
"""How long before its end an approval is checked again."""
WATCH_PAUSE = 60.0
"""Seconds between two looks at the wall clock at most: the loop's own clock stands still while a laptop sleeps."""


class Approval:
    """One request for access to one node. What was granted serves further sessions for as long as it is valid.

    A session awaits :meth:`line` once, then runs :meth:`watch` in a task for as long as it lives. Sessions share an
    approval; one that needs another after this one has ended takes :meth:`again`.
    """

    def __init__(
        self,
        lines: ServiceLines,
        request: StartRequest,
        reason: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        earlier: str = "",
    ) -> None:
        """Asks for nothing yet. ``reason`` is what those who approve read, ``now`` returns the aware wall time.
        ``earlier`` is the id of a request that was approved for the same node, empty for none: if it still gives
        credentials, they are used and no new request is made."""
        self.reason = reason
        self.request_id = ""
        """The service's id of the request; empty until there is one."""
        self._lines = lines
        self._request = request
        self._now = now
        self._earlier = earlier
        self._credentials: AccessCredentials | None = None
        self._gateways: WeakSet[Gateway] = WeakSet()
        """The gateways that use the credentials."""
        self._over_since: datetime | None = None
        """When AWS said that the request is no longer approved; None if it has not."""
        self._asked: datetime | None = None
        self._hurry = asyncio.Event()

    @property
    def is_good(self) -> bool:
        """Whether it is granted and valid for long enough to start another session."""
        granted = self._credentials
        if granted is None or self._over_since is not None:
            return False
        return granted.expires is None or granted.expires - self._now() > SPARE

    @property
    def until(self) -> datetime | None:
        """When the access ends or has ended, according to AWS; None where it does not say, and before it is granted.

        GetAccessToken says when the credentials expire (``ExpirationTime``). AWS documents an access window of 1 to 336
        hours, but not whether the credentials of a long one are valid for as long: see :meth:`watch`.
        """
        if self._over_since is not None:
            return self._over_since
        return self._credentials.expires if self._credentials is not None else None

    @property
    def left(self) -> float | None:
        """Seconds until :attr:`until`, 0 once it has passed."""
        return None if self.until is None else max(0.0, (self.until - self._now()).total_seconds())

    def again(self) -> Approval:
        """A new approval of the same access, for a session that starts after this one has ended."""
        earlier = self.request_id if self._credentials is not None else self._earlier
        return Approval(self._lines, self._request, self.reason, self._now, earlier=earlier)

    async def watch(self, changed: Callable[[], None]) -> None:
        """Until the access ends, keep :attr:`until` right, and call ``changed`` when it changes and when it has passed.
        Sessions go on after that: AWS does not end them with the access window.

        Shortly before the end, and at it, GetAccessToken is called again: where the window is longer than its
        credentials are valid, it returns newer ones with a later time. Without that the next hourly resume of a session
        would be made with expired credentials, and the shell would be lost.
        """
        looked_for: set[datetime] = set()
        while (until := self.until) is not None:
            left = until - self._now()
            due = left <= timedelta(0)
            if due or (left <= BEFORE_END and until not in looked_for):
                looked_for.add(until)
                await self._renew()
                if self._over_since is not None or (due and self.until == until):
                    changed()
                    return
                if self.until not in (until, None):
                    changed()
                    # However soon the new end is, AWS is not asked in a loop without pauses.
                    await asyncio.sleep(WATCH_PAUSE)
                continue
            wait = left if until in looked_for else left - BEFORE_END
            await asyncio.sleep(min(WATCH_PAUSE, wait.total_seconds()))

    async def _renew(self) -> None:
        """Take in the present state of the approved request, if AWS can be asked; otherwise nothing changes."""
        try:
            token = await self._lines.line(self._request.scope).gateway.access_token(self.request_id)
        except SsmtuiError as error:
            log.info("access request %s: %s", self.request_id, error)
            return
        if token.credentials is not None:
            if token.credentials != self._credentials:
                # AWS closes each connection about once an hour: what resumes it then must not have expired before.
                for gateway in tuple(self._gateways):
                    gateway.replace_credentials(token.credentials)
            self._credentials = token.credentials
        elif token.status in (AccessStatus.REJECTED, AccessStatus.REVOKED, AccessStatus.EXPIRED):
            now = self._now()
            self._over_since = min(now, self.until or now)

    @property
    def waits(self) -> float | None:
        """Seconds since access was asked for, while nobody has decided; else None."""
        return None if self._asked is None else max(0.0, (self._now() - self._asked).total_seconds())

    def hurry(self) -> None:
        """Check now whether somebody has decided, instead of after the pause."""
        self._hurry.set()

    async def line(self, tell: Tell) -> ServiceLine:
        """The line to start the session with, whose gateway the caller closes. Waits for the approval through outages,
        throttling and expired sign-ins, and reports to ``tell`` what it waits for. Raises :class:`AccessDenied` when
        the request is rejected, revoked or expires, and another :class:`SsmtuiError` when it cannot be made or is no
        longer known."""
        if not self.is_good and self._earlier:
            self.request_id, self._earlier = self._earlier, ""
            await self._renew()
        if not self.is_good:
            self._credentials = self._over_since = None
            try:
                self._credentials = await self._granted(tell)
            finally:
                self._asked = None
        assert self._credentials is not None
        line = self._lines.approved(self._request.scope, self._credentials)
        self._gateways.add(line.gateway)
        return line

    async def _granted(self, tell: Tell) -> AccessCredentials:
        gateway = self._lines.line(self._request.scope).gateway
        tell("Requesting access.")
        self.request_id = await gateway.start_access_request(self._request.target, self.reason)
        self._asked = self._now()
        shown = inert.line(self.request_id, 60)
        waiting = f"Somebody has to approve the request for access, {shown}."
        tell(waiting)
        for pause in _pauses():
            await self._pause(pause)
            token = await self._look(gateway, waiting, tell)
            if token is None:
                continue
            if token.credentials is not None:
                return token.credentials
            if token.status is not AccessStatus.PENDING:
                raise _not_granted(token.status, shown)
        raise AssertionError("pauses do not end")

    async def _look(self, gateway: Gateway, waiting: str, tell: Tell) -> AccessToken | None:
        """The state of the request; None where AWS cannot be asked at present."""
        try:
            token = await gateway.access_token(self.request_id)
        except SsmtuiError as error:
            if not _may_pass(error):
                raise
            log.info("access request %s: %s", self.request_id, error)
            tell(f"{waiting} Whether it is approved cannot be checked now: {inert.line(str(error))}")
            return None
        tell(waiting)
        return token

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        self._hurry.clear()


def _pauses() -> Iterator[float]:
    pause = FIRST_PAUSE
    while True:
        yield pause * (1 - JITTER * random.random())  # noqa: S311 (spreads load; keeps no secret)
        pause = min(pause * GROWTH, LONGEST_PAUSE)


def _may_pass(error: SsmtuiError) -> bool:
    """Whether asking again may help: the service is out of reach or throttles, or somebody has to sign in again."""
    if isinstance(error, ServiceError):
        return error.is_passing
    return isinstance(error, (ConnectionFailed, CredentialsError))


def _not_granted(status: AccessStatus, request_id: str) -> AccessDenied:
    what, remedy = _VERDICTS[status]
    return AccessDenied(f"the request for access, {request_id}, {what}", title="No access to the node", remedy=remedy)


_VERDICTS = {
    AccessStatus.REJECTED: (
        "was rejected",
        "Ask those who approve access here why; a new request may give a better reason.",
    ),
    AccessStatus.REVOKED: ("was revoked", "Ask those who approve access here why."),
    AccessStatus.EXPIRED: ("has expired: nobody decided in time, or its time is over", "Ask for access again."),
    # An approval always comes with credentials; see ``aws.convert``.
    AccessStatus.APPROVED: ("was approved without credentials", "Ask for access again."),
}
