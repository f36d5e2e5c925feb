"""Tunnels without a screen: what becomes of them is reported, until a signal ends them or all of them are over."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from typing import NamedTuple

from ssmtui.cli.long_wait import LongWait
from ssmtui.errors import ConnectionFailed, CredentialsError, ServiceError, SsmtuiError, TargetNotConnected
from ssmtui.forwards.tunnel import TunnelSnapshot, TunnelState
from ssmtui.forwards.tunnels import Tunnels
from ssmtui.tasks import Tasks

INTERRUPTED = 130
PAUSE = 0.1
"""Seconds between two looks at tunnels that change with every piece that they carry."""
COUNTED_EVERY = 1.0
"""Seconds between two reports of a tunnel's connections."""
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""Seconds before each further start of a tunnel that could not be opened."""
FAREWELL = 5.0
"""Seconds that the service has to confirm the end of the sessions."""


class Happening(Enum):
    """What becomes of a tunnel. The values are the names of the events of ``ssmtui forward --json``."""

    LISTENING = "listening"
    """The local port is open; connections wait for the session."""
    OPEN = "open"
    """Connections lead to the node, for the first time or again."""
    CONNECTIONS = "connections"
    """Their number has changed; at most one a second."""
    NOTICE = "notice"
    """Something goes wrong without ending it: the snapshot's notice."""
    WARNING = "warning"
    """The person's policy lacks something: the snapshot's warning."""
    LOST = "lost"
    """The connection to the node is gone, and is being resumed."""
    RETRYING = "retrying"
    """Its session has ended, or could not be started; it is tried again by itself."""
    IDLE = "idle"
    """Its session has ended; the next connection starts another one."""
    FAILED = "failed"
    """It is over, and nobody here wanted that."""
    CLOSED = "closed"


Report = Callable[[Happening, TunnelSnapshot], None]
"""Called on the event loop. Must not block."""


class TunnelsEnd(NamedTuple):
    """How a run of tunnels has ended."""

    interrupted: bool
    """Whether a signal or :meth:`TunnelsRun.stop` ended it, while one of them lived."""
    error: SsmtuiError | None
    """Of the first one that failed; None: none did."""
    left_behind: list[str]
    """Ids of sessions whose end the service has not confirmed."""

    @property
    def exit_code(self) -> int:
        """130 where it was interrupted, else that of the failure."""
        if self.interrupted:
            return INTERRUPTED
        return self.error.exit_code if self.error is not None else 0


class TunnelsRun:
    """A run of all tunnels of ``tunnels``, which are started before; it closes them at its end. On the event loop."""

    def __init__(self, tunnels: Tunnels, report: Report, *, all_needed: bool = False, patient: bool = False) -> None:
        """``all_needed``: the run ends as soon as one of them fails. ``patient``: one that could not be opened for
        what may pass is tried again, as one that was open is; otherwise it has failed."""
        self._tunnels = tunnels
        self._report = report
        self._all_needed = all_needed
        self._patient = patient
        self._followed: dict[int, FollowedTunnel] = {}
        self._stirred = asyncio.Event()
        self._stopped = asyncio.Event()
        self._hurried = asyncio.Event()
        self._error: SsmtuiError | None = None

    def stop(self) -> None:
        """End the tunnels; called again, do not wait until the service confirms that either."""
        (self._hurried if self._stopped.is_set() else self._stopped).set()
        self._stirred.set()

    async def run(self) -> TunnelsEnd:
        """Return once it is over; SIGINT, SIGTERM and SIGHUP end it. When the task is cancelled the tunnels are closed,
        too."""
        unsubscribe = self._tunnels.subscribe(self._stirred.set)
        with self._signals():
            try:
                with LongWait(self._awaited) as waiting:
                    while self._look(waiting) and not self._stopped.is_set():
                        await self._stirring()
                interrupted = self._stopped.is_set()
            finally:
                left_behind = await self._close()
                self._look()
                unsubscribe()
        return TunnelsEnd(interrupted, self._error, left_behind)

    async def _stirring(self) -> None:
        """Return at the next change, or once the connections have to be counted; not more often than each PAUSE."""
        counted = any(each.is_uncounted for each in self._followed.values())
        try:
            async with asyncio.timeout(COUNTED_EVERY if counted else None):
                await self._stirred.wait()
            async with asyncio.timeout(PAUSE):
                await self._stopped.wait()
        except TimeoutError:
            pass
        self._stirred.clear()

    def _look(self, waiting: LongWait | None = None) -> bool:
        """Report what has happened since; returns whether to go on."""
        now = time.monotonic()
        snapshots = self._tunnels.snapshots()
        if waiting is not None and not any(each.state is TunnelState.STARTING for each in snapshots):
            waiting.stop()
        goes_on = False
        for snapshot in snapshots:
            followed = self._followed.setdefault(snapshot.key, FollowedTunnel())
            if self._patient and snapshot.state is TunnelState.FAILED and _may_pass(snapshot.error):
                snapshot = self._tried_again(snapshot, followed)
            for happening in followed.happenings(snapshot, now):
                self._report(happening, snapshot)
            if snapshot.error is not None and self._error is None:
                self._error = snapshot.error
            goes_on = goes_on or snapshot.state.live
        return goes_on and not (self._error is not None and self._all_needed)

    def _tried_again(self, failed: TunnelSnapshot, followed: FollowedTunnel) -> TunnelSnapshot:
        """``failed`` as one that is retried, and is started anew once its time has come; after the end as closed."""
        if self._stopped.is_set():
            return failed._replace(state=TunnelState.CLOSED, local_port=0, error=None)
        if followed.retry is None:
            seconds = PAUSES[min(followed.retries, len(PAUSES) - 1)]
            followed.retries += 1
            followed.retry = asyncio.get_running_loop().call_later(seconds, self._restart, failed.key, followed)
        left = max(0.0, followed.retry.when() - asyncio.get_running_loop().time())
        return failed._replace(state=TunnelState.RETRYING, local_port=0, error=None, retry_in=left)

    def _restart(self, key: int, followed: FollowedTunnel) -> None:
        followed.retry = None
        if not self._stopped.is_set():
            self._tunnels.restart(key)

    def _awaited(self) -> str:
        """What a start waits for."""
        starting = [each for each in self._tunnels.snapshots() if each.state is TunnelState.STARTING]
        if not starting:
            return ""
        return "the tunnel" if len(starting) == 1 else f"{len(starting)} tunnels"

    async def _close(self) -> list[str]:
        for followed in self._followed.values():
            if followed.retry is not None:
                followed.retry.cancel()
        tasks = Tasks("forwarding")
        closing = tasks.start("close", self._tunnels.close(FAREWELL), awaited=True)
        hurried = tasks.start("hurried", self._hurried.wait(), awaited=True)
        try:
            await asyncio.wait({closing, hurried}, return_when=asyncio.FIRST_COMPLETED)
            return closing.result() if closing.done() else []
        finally:
            await tasks.close()

    def _signals(self) -> AbstractContextManager[None]:
        if sys.platform == "win32":
            return nullcontext()  # asyncio cancels the run at Ctrl-C
        from ssmtui.local_terminal import signals_handled

        return signals_handled(dict.fromkeys((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), self.stop))


class FollowedTunnel:
    """What has been reported of a tunnel."""

    def __init__(self) -> None:
        self._port = 0
        self._state = TunnelState.STARTING
        self._last_error: SsmtuiError | None = None
        self._notice = ""
        self._warned = False
        self._counts = (0, 0, 0)
        self._counted = float("-inf")
        self.retry: asyncio.TimerHandle | None = None
        """Starts it anew where it could not be opened."""
        self.retries = 0
        self.is_uncounted = False
        """Whether the number of connections has changed, and it is too early to report that."""

    def happenings(self, tunnel: TunnelSnapshot, now: float) -> Iterator[Happening]:
        """What has happened since the last call, in order. ``now`` in seconds."""
        if tunnel.state.live and tunnel.local_port not in (0, self._port):
            self._port = tunnel.local_port
            yield Happening.LISTENING
        is_new = tunnel.state is not self._state or self._fails_again(tunnel)
        self._state, self._last_error = tunnel.state, tunnel.last_error
        if is_new and tunnel.state in _REPORTED:
            yield _REPORTED[tunnel.state]
        if tunnel.state is TunnelState.OPEN:
            self.retries = 0
        if (notice := without_numbers(tunnel.notice)) != self._notice:
            self._notice = notice
            if notice:
                yield Happening.NOTICE
        if tunnel.warning is not None and not self._warned:
            self._warned = True
            yield Happening.WARNING
        counts = (tunnel.connections, tunnel.connections_made, tunnel.refused)
        self.is_uncounted = counts != self._counts
        if self.is_uncounted and now - self._counted >= COUNTED_EVERY:
            self._counts, self._counted, self.is_uncounted = counts, now, False
            yield Happening.CONNECTIONS

    def _fails_again(self, tunnel: TunnelSnapshot) -> bool:
        """Whether it was tried again between two looks, in vain."""
        tries = tunnel.state in (TunnelState.RETRYING, TunnelState.IDLE)
        return tries and tunnel.last_error is not self._last_error


def without_numbers(text: str) -> str:
    """``text`` as what it says whatever it counts: a notice with a number that grows is no other one each time."""
    return re.sub(r"\d+", "#", text)


def _may_pass(error: SsmtuiError | None) -> bool:
    """Whether a later start may succeed without the command line being another one."""
    if isinstance(error, ServiceError):
        return error.is_passing or isinstance(error, TargetNotConnected)
    if isinstance(error, ConnectionFailed):
        return error.is_passing
    return isinstance(error, CredentialsError)


_REPORTED = {
    TunnelState.OPEN: Happening.OPEN,
    TunnelState.LOST: Happening.LOST,
    TunnelState.RETRYING: Happening.RETRYING,
    TunnelState.IDLE: Happening.IDLE,
    TunnelState.FAILED: Happening.FAILED,
    TunnelState.CLOSED: Happening.CLOSED,
}
