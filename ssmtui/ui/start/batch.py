"""Sessions that are started together: which tab each has, how each fares, and another try for those that failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from ssmtui.errors import SsmtuiError
from ssmtui.sessions.states import SessionState
from ssmtui.ui.kit.turns import Turns
from ssmtui.ui.start.launch import Launch, Refusal

if TYPE_CHECKING:
    from ssmtui.layout import Layout
    from ssmtui.model import StartRequest
    from ssmtui.profiles.planned_tabs import PlannedTab
    from ssmtui.sessions.manager import SessionManager, Viewer
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.start.take_overs import Living


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
        self.refusal: SsmtuiError | None = None
        """Why the last try was not even begun; its failed tab is still there."""
        self.is_left = False
        """Whether it was to take over a session that lives, and that stays where it is."""


class Progress(NamedTuple):
    """An attempt now."""

    fate: Fate
    ahead: int = 0
    """How many are started before, where that is known."""
    error: SsmtuiError | None = None
    """What it failed of."""


class Batch:
    """Starts ``launches`` in the order of their tabs, a few each time the loop comes round, in tabs that are not
    shown."""

    def __init__(
        self,
        panes: Panes,
        launches: Sequence[Launch],
        tabs: Sequence[PlannedTab],
        refusals: Sequence[Refusal] = (),
        *,
        refusal: Callable[[StartRequest], SsmtuiError | None],
        living: Living | None = None,
    ) -> None:
        """``launches`` may be started now, and ``refusals`` may not. ``tabs`` are over places in ``launches``,
        each of which is in one of them. ``refusal`` gives the reason why a request may not be started at the time of
        another try, None where it may. ``living`` are those that still run."""
        self.attempts = [Attempt(launch) for launch in launches]
        self.refusals = refusals
        self._panes = panes
        self._tabs = tabs
        self._refusal = refusal
        self._living = living

    async def run(self) -> None:
        """Start all of them."""
        if self._living is not None:
            await self._living.claim()
            # Nobody has asked for a second shell beside one that lives, nor confirmed it where the node is guarded.
            for place in self._living.unclaimed:
                self.attempts[place].is_left = True
        places = {place for place, attempt in enumerate(self.attempts) if not attempt.is_left}
        turns = Turns()
        for tab in self._tabs:
            if (layout := tab.layout.only(places)) is None:
                continue
            # All of a tab before the loop comes round: none is seen in a tab of its own, or gets another size.
            keys = self._start_tab(layout)
            if len(keys) > 1 or tab.title:
                self._panes.open_together(layout.renamed(keys), tab.title)
            await turns.give()

    def _start_tab(self, layout: Layout) -> dict[int, int]:
        """Start the sessions of a tab; their keys, by place."""
        panes, keys = self._panes, {}
        # One alone has the size that its request decides.
        sizes = panes.sizes_in(layout) if len(layout.leaves) > 1 else {}
        for place in layout.leaves:
            attempt = self.attempts[place]
            key = self._living.begin(place, sizes.get(place)) if self._living is not None else None
            attempt.key = keys[place] = key or panes.start_unseen(*attempt.launch, sizes.get(place))
        return keys

    def progress(self) -> list[Progress]:
        """Of each attempt, in their order."""
        sessions = {session.key: session for session in self._manager.snapshots()}
        return [
            Progress(Fate.CLOSED if attempt.is_left else Fate.QUEUED)
            if attempt.key is None
            else _refused(progress_of(sessions.get(attempt.key)), attempt.refusal)
            for attempt in self.attempts
        ]

    @property
    def names(self) -> list[str]:
        """What each is called."""
        return [attempt.launch.label for attempt in self.attempts]

    def subscribe(self, viewer: Viewer) -> Callable[[], None]:
        """Call ``viewer`` for changes of the sessions; the returned function unsubscribes."""
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
            attempt.refusal = self._refusal(attempt.launch.request)
            if attempt.refusal is None:
                attempt.key = self._panes.restart_unseen(attempt.key)

    def try_otherwise(self, changed: Callable[[Launch], Launch]) -> None:
        """Start those that failed once more, as ``changed`` makes of each."""
        for attempt in self.failed:
            assert attempt.key is not None
            attempt.launch = changed(attempt.launch)
            attempt.refusal = self._refusal(attempt.launch.request)
            if attempt.refusal is None:
                attempt.key = self._panes.replace_unseen(attempt.key, *attempt.launch)

    @property
    def _manager(self) -> SessionManager:
        return self._panes.manager


def _refused(progress: Progress, refusal: SsmtuiError | None) -> Progress:
    """A failed attempt with the reason why it was not tried again, if there is one."""
    return progress if refusal is None or progress.fate is not Fate.FAILED else progress._replace(error=refusal)


def progress_of(session: SessionSnapshot | None) -> Progress:
    """How the attempt fares that has this session, None where that is gone."""
    if session is None:
        return Progress(Fate.CLOSED)
    if session.state is SessionState.FAILED:
        return Progress(Fate.FAILED, error=session.error)
    if session.state in (SessionState.ENDED, SessionState.CLOSING, SessionState.DETACHED):
        return Progress(Fate.ENDED)
    if session.ahead:
        return Progress(Fate.QUEUED, session.ahead)
    is_open = session.state is SessionState.OPEN or session.state.cut_off
    return Progress(Fate.OPEN if is_open else Fate.STARTING)
