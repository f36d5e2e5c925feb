"""Starts sessions: directly or by the form, one or several with their results; for nodes, forms, profiles, folders,
workspaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING

from ssmtui.documents.port_forwards import OWN
from ssmtui.documents.reasons import NO_RULE, ReasonRule
from ssmtui.errors import SsmtuiError
from ssmtui.layout import Arrangement
from ssmtui.model import StartRequest
from ssmtui.profiles.planned_tabs import narrowed
from ssmtui.sessions.states import SessionState
from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look import words
from ssmtui.ui.start.batch import Batch
from ssmtui.ui.start.gate import StartGate
from ssmtui.ui.start.just_in_time import AccessOffers
from ssmtui.ui.start.launch import Launch, Refusal
from ssmtui.ui.start.one_start import OneStart, nothing
from ssmtui.ui.start.spreading import Spread, Spreading, tabs_of
from ssmtui.ui.start.take_overs import TakeOvers

if TYPE_CHECKING:
    from ssmtui.config.settings import Settings
    from ssmtui.documents.port_forwards import Forward
    from ssmtui.forwards.tunnel import TunnelOptions
    from ssmtui.layout import Axis
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.services import Clock, Services
    from ssmtui.ui.start.form import Begin, StartForm
    from ssmtui.ui.start.survivors import Survivor

NONE_ALIVE: Mapping[int, Survivor] = MappingProxyType({})
MOST = 100
"""Sessions that are opened at once at all."""


class Starting(Feature):
    """All sessions are started here, but for those that ask for access first."""

    def __init__(self, panes: Panes, settings: Settings, clock: Clock) -> None:
        self.panes = panes
        self.gate = StartGate(panes.stage, settings, clock, lambda: panes.area)
        self.offers = AccessOffers(panes)
        """Where AWS has refused just-in-time access in this run."""
        self.take_overs = TakeOvers(panes, self.gate)

    def connect(self, services: Services) -> None:
        """Sessions can be started from here on."""
        super().connect(services)
        self.gate.connect(services)
        self.take_overs.connect(services)

    async def close(self) -> None:
        """Write what is remembered of starts."""
        await self.gate.close()

    def launch(
        self,
        launches: Sequence[Launch],
        spreading: Spreading = Spread.ASKED,
        *,
        were_listed: bool = False,
        front: int | None = None,
        then: Callable[[], None] = nothing,
        refusals: Sequence[Refusal] = (),
        alive: Mapping[int, Survivor] = NONE_ALIVE,
    ) -> None:
        """Start these sessions: one in a tab that is shown, several in tabs as ``spreading`` says, with their results
        over the list.

        Guarded nodes and more than a few sessions are asked about first; only guarded ones where all of them
        ``were_listed`` to the person just now. Where a request names no scope it is the node's, and what cannot be
        started is reported. Leaving the results of several shows the tab of the ``front`` one, by its place in
        ``launches``. ``then`` is called just before the sessions are started, and not when the answer was no.
        ``refusals`` were rejected before they were tried, and are listed among the results. Those that are ``alive``,
        by their places in ``launches``, are taken over instead of started.
        """
        if len(launches) > MOST:
            text = f"{len(launches):,} sessions are asked for, and at most {MOST} are opened at once"
            self.panes.stage.tell(text, severity="warning", seconds=8)
            return
        allowed, refused = self.gate.allowed(launches)
        if len(launches) == 1 and refused and not refusals:
            self.panes.stage.tell_error(refused[0].error, refused[0].name)
            return
        refusals = [*refusals, *refused]
        if not allowed and not refusals:
            return
        places, ready = list(allowed), list(allowed.values())
        living = {number: alive[place] for number, place in enumerate(places) if place in alive}
        if not isinstance(spreading, Spread | Arrangement):
            spreading = narrowed(spreading, places)

        def start(answer: Spreading) -> None:
            then()
            self._start(ready, answer, refusals, living, front=places.index(front) if front in allowed else None)

        self.gate.ask_all(ready, spreading, start, were_listed=were_listed, alive=living)

    def _start(
        self,
        ready: Sequence[Launch],
        spreading: Spreading,
        refusals: Sequence[Refusal],
        alive: Mapping[int, Survivor],
        *,
        front: int | None,
    ) -> None:
        if len(ready) == 1 and not refusals:
            if alive:
                self.take_overs.bring_one(alive[0])
            else:
                self.panes.start(*ready[0])
            return
        tabs = tabs_of(spreading, len(ready), self.panes.area)
        living = self.take_overs.among(alive, tells=True) if alive else None
        batch = Batch(self.panes, ready, tabs, refusals, refusal=self.gate.approvals.refusal, living=living)
        self.panes.stage.run_worker(batch.run(), name="start sessions", group="start sessions")
        self._show_starts(batch, front)

    def _show_starts(self, batch: Batch, front: int | None = None) -> None:
        """Show how the sessions of ``batch`` fare, over the list, and then the tab of the ``front`` one."""
        from ssmtui.ui.start.results import EditFailed, Starts

        def answered(answer: int | EditFailed | None) -> None:
            if isinstance(answer, EditFailed):
                self._edit_failed(batch)
            elif answer is not None:
                self.panes.show(answer)
            elif front is not None and (key := batch.attempts[front].key) in self.panes.tabs.sessions:
                self.panes.show(key)

        self.panes.stage.push_screen(Starts(batch, front or 0), answered)

    def _edit_failed(self, batch: Batch) -> None:
        """One form for all that failed; what it says is tried then, in their tabs."""
        failed = batch.failed
        error = next((progress.error for progress in batch.progress() if progress.error is not None), None)

        def submitted(answer: StartRequest | None) -> None:
            if answer is not None:
                batch.try_otherwise(lambda each: each.with_answers(answer))
            self._show_starts(batch)

        self._ask_sessions([attempt.launch for attempt in failed], submitted, error)

    def restart(self, session: SessionSnapshot) -> None:
        """Start ``session`` again in its pane, which is in sight; one on a guarded node is asked about again. One that
        another client has taken over still lives: it is taken back, which starts nothing and needs no question."""
        if session.state is SessionState.DETACHED:
            with suppress(KeyError):  # its tab has just been closed
                self.panes.restart_unseen(session.key)
        else:
            self._once_more(session, lambda: self.panes.restart_unseen(session.key))

    def restart_all(self, sessions: Sequence[SessionSnapshot]) -> None:
        """Start ``sessions``, which are over, again, each in its pane, with at most one question for all of them. What
        cannot be started is reported, and the focus stays where it is."""
        if len(sessions) > MOST:
            text = f"{len(sessions):,} sessions are over, and at most {MOST} are started at once"
            self.panes.stage.tell(text, severity="warning", seconds=8)
            return
        allowed = []
        for session in sessions:
            if (error := self.gate.approvals.refusal(session.request)) is None:
                allowed.append(session)
            else:
                self.panes.stage.tell_error(error, session.request.label)

        def start(_: Spreading) -> None:
            focused, started = self.panes.tabs.session, 0
            for session in allowed:
                with suppress(KeyError):  # its tab was closed while that was asked
                    new = self.panes.restart_unseen(session.key)
                    focused = new if focused == session.key else focused
                    started += 1
            if focused is not None and focused in self.panes.tabs.shown.sessions:
                self.panes.show(focused)
            self.panes.stage.tell(f"Started {words.count(started, 'session')} again")

        if allowed:
            self.gate.ask_all([Launch(each.request, each.node) for each in allowed], Spread.TABS, start)

    def split(self, session: SessionSnapshot, axis: Axis) -> None:
        """Start what ``session`` is once more, in half of its pane; one on a guarded node is asked about again."""

        def start() -> None:
            if self.panes.has_room_beside(session.key, axis):
                self.panes.start_beside(session.key, session.request, session.node, axis)
            else:  # the window has become smaller while that was asked
                self.panes.start(session.request, session.node)

        self._once_more(session, start)

    def _once_more(self, session: SessionSnapshot, begin: Callable[[], object]) -> None:
        again = Launch(session.request, session.node)
        error = self.gate.approvals.refusal(again.request)

        def start() -> None:
            with suppress(KeyError):  # its tab was closed while that was asked
                begin()

        if error is None:
            self.gate.ask(again, start)
        else:
            self.panes.stage.tell_error(error, again.label)

    # The form

    def open_form(
        self,
        launches: Sequence[Launch],
        *,
        error: SsmtuiError | None = None,
        rule: ReasonRule = NO_RULE,
        replaced: int | None = None,
        spreading: Spreading = Spread.ASKED,
        tunnel: TunnelOptions | None = None,
        then: Callable[[], None] = nothing,
    ) -> None:
        """Open the form for these sessions, filled in from the first one's request; ``error`` is why.

        What is answered holds for all of them. One session is started while the form is open, which shows what the
        service refuses; it takes the place of the tab ``replaced``, if any. Several are launched once the form is
        closed, in tabs as ``spreading`` says. A Port document is opened as a tunnel, kept as ``tunnel`` says. ``then``
        is called when they have been started.
        """
        ready = self.gate.prepared(launches)
        if not ready:
            return
        if len(ready) == 1:
            one = OneStart(self.panes, self.gate, self.services.tunnels, ready[0], replaced, tunnel, then)
            one.open(self._form(ready, error, rule, one.begin))
            return

        form = self._form(ready, error, rule)

        def submitted(answer: StartRequest | None) -> None:
            if answer is None:
                return
            answered = [each.with_answers(answer) for each in ready]
            if form.forward is None:
                self.launch(answered, spreading, then=then)
            else:
                self._open_tunnels(form.forward, answered, tunnel, then)

        self.panes.stage.push_screen(form, submitted)

    def _open_tunnels(
        self, forward: Forward, launches: Sequence[Launch], options: TunnelOptions | None, then: Callable[[], None]
    ) -> None:
        """Open a tunnel to each of these nodes, after what has to be asked; those to several nodes have the same port
        on addresses of their own. ``then`` is called when they have been opened."""
        allowed: list[Launch] = []
        for each in self.gate.prepared(launches):
            if (error := self.gate.approvals.forward_refusal(each.request)) is None:
                allowed.append(each)
            else:
                self.panes.stage.tell_error(error, each.label, severity="warning")
        if not allowed:
            return
        each_forward = forward._replace(bind=OWN) if len(launches) > 1 else forward

        def start(_: Spreading) -> None:
            from ssmtui.forwards.tunnel import TunnelOptions

            for each in allowed:
                try:
                    self.services.tunnels.start(each_forward, each.request, each.node, options or TunnelOptions())
                except SsmtuiError as error:
                    self.panes.stage.tell_error(error, severity="warning")
                    return
            then()

        self.gate.ask_all(allowed, Spread.TABS, start)

    def _ask_sessions(
        self, launches: Sequence[Launch], answered: Callable[[StartRequest | None], None], error: SsmtuiError | None
    ) -> None:
        """Open the form for sessions whose tabs are there; ``answered`` gets what it says, None for nothing."""
        self.panes.stage.push_screen(self._form(launches, error, NO_RULE, sessions_only=True), answered)

    def _form(
        self,
        launches: Sequence[Launch],
        error: SsmtuiError | None,
        rule: ReasonRule,
        begin: Begin | None = None,
        *,
        sessions_only: bool = False,
    ) -> StartForm:
        from ssmtui.ui.start.form import StartForm

        library = self.services.documents.of(launches[0].request.scope)
        return StartForm(
            self.panes.stage,
            library,
            self.services.histories,
            launches,
            error=error,
            rule=rule,
            begin=begin,
            sessions_only=sessions_only,
            only_the_shell=any(self.gate.approvals.is_approved(each.request) for each in launches),
        )

    def edit_request(self, session: SessionSnapshot) -> None:
        """The request of ``session`` once more in the form; a new session then takes its tab."""
        self.open_form([Launch(session.request, session.node)], error=session.error, replaced=session.key)
