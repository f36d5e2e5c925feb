"""Sessions that are started together: which tab each has, how each fares, and another try for those that failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from ssmtui.errors import SsmtuiError
from ssmtui.sessions.states import SessionState
from ssmtui.ui.bridge import Turns

if TYPE_CHECKING:
    from ssmtui.sessions.manager import SessionManager, Viewer
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.launch_flows import Launch
    from ssmtui.ui.screens.main import MainScreen


class Fate(Enum):
    """What has become of one start."""

    QUEUED = "queued"
    """Others are started first."""
    STARTING = "starting"
    OPEN = "open"
    FAILED = "failed"
    ENDED = "ended"
    """It was open, and is over."""
    CLOSED = "closed"
    """Its tab is gone."""


class Attempt:
    """One start and, after another try, the next one in its place."""

    def __init__(self, launch: Launch) -> None:
        self.launch = launch
        self.key: int | None = None
        """Of its session; None before there is one."""


class Refusal(NamedTuple):
    """What could not even be tried."""

    name: str
    error: SsmtuiError


class Progress(NamedTuple):
    """An attempt now."""

    fate: Fate
    ahead: int = 0
    """How many are started before, where that is known."""
    error: SsmtuiError | None = None
    """What it failed of."""


class Batch:
    """Starts ``launches`` in their order, a few each time the loop comes round, in tabs that are not shown."""

    def __init__(self, main: MainScreen, launches: Sequence[Launch], refusals: Sequence[Refusal] = ()) -> None:
        self.attempts = [Attempt(launch) for launch in launches]
        self.refusals = refusals
        self._main = main

    async def run(self) -> None:
        """Start all of them."""
        turns = Turns()
        for attempt in self.attempts:
            attempt.key = self._main.start_unseen(*attempt.launch)
            await turns.give()

    def progress(self) -> list[Progress]:
        """Of each attempt, in their order."""
        sessions = {session.key: session for session in self._manager.snapshots()}
        return [
            Progress(Fate.QUEUED) if attempt.key is None else progress_of(sessions.get(attempt.key))
            for attempt in self.attempts
        ]

    @property
    def names(self) -> list[str]:
        """What each is called."""
        return [attempt.launch.label for attempt in self.attempts]

    def subscribe(self, viewer: Viewer) -> Callable[[], None]:
        """Have ``viewer`` told of the sessions' changes; the returned function ends that."""
        return self._manager.subscribe(viewer)

    @property
    def failed(self) -> list[Attempt]:
        """Those that failed, and whose tabs are there."""
        told = zip(self.attempts, self.progress(), strict=True)
        return [attempt for attempt, progress in told if progress.fate is Fate.FAILED]

    def try_again(self) -> None:
        """Start those that failed once more, as they were."""
        for attempt in self.failed:
            assert attempt.key is not None
            attempt.key = self._manager.restart(attempt.key)

    def try_otherwise(self, changed: Callable[[Launch], Launch]) -> None:
        """Start those that failed once more, as ``changed`` makes of each."""
        for attempt in self.failed:
            assert attempt.key is not None
            attempt.launch = changed(attempt.launch)
            attempt.key = self._main.replace_unseen(attempt.key, *attempt.launch)

    @property
    def _manager(self) -> SessionManager:
        return self._main.manager


def progress_of(session: SessionSnapshot | None) -> Progress:
    """How the attempt fares that has this session, None where that is gone."""
    if session is None:
        return Progress(Fate.CLOSED)
    if session.state is SessionState.FAILED:
        return Progress(Fate.FAILED, error=session.error)
    if session.state in (SessionState.ENDED, SessionState.CLOSING):
        return Progress(Fate.ENDED)
    if session.ahead:
        return Progress(Fate.QUEUED, session.ahead)
    is_open = session.state is SessionState.OPEN or session.state.cut_off
    return Progress(Fate.OPEN if is_open else Fate.STARTING)
