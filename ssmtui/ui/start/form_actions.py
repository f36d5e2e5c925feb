"""The start form, and what follows from it: one session is started while the form waits, several as all others are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ssmtui.documents.reasons import NO_RULE, ReasonRule
from ssmtui.errors import SsmtuiError
from ssmtui.model import StartRequest
from ssmtui.sessions.snapshots import Change, SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.ui.start import just_in_time
from ssmtui.ui.start import launching as launch_flows
from ssmtui.ui.start.launch import Launch

if TYPE_CHECKING:
    from ssmtui.ui.frame.app import SsmtuiApp
    from ssmtui.ui.start.form import StartForm


def _nothing() -> None:
    """For forms that nothing follows."""


def open_form(
    app: SsmtuiApp,
    launches: Sequence[Launch],
    *,
    error: SsmtuiError | None = None,
    rule: ReasonRule = NO_RULE,
    replaced: int | None = None,
    then: Callable[[], None] = _nothing,
) -> None:
    """Have the form opened for these sessions, filled in as the first one's request is; ``error`` is why.

    What is answered holds for all of them. One session is started while the form is open, which tells what the service
    refuses; it takes the place of the tab ``replaced``, if any. Several are launched once the form is closed. ``then``
    is called when they have been started.
    """
    ready = launch_flows.prepared(app, launches)
    if not ready:
        return
    if len(ready) == 1:
        one = OneStart(app, ready[0], replaced, then)
        one.open(_form(app, ready, error, rule, one.begin))
        return

    def submitted(answer: StartRequest | None) -> None:
        if answer is not None:
            launch_flows.launch(app, [each.with_answers(answer) for each in ready], then=then)

    ask_form(app, ready, submitted, error=error, rule=rule)


def ask_form(
    app: SsmtuiApp,
    launches: Sequence[Launch],
    answered: Callable[[StartRequest | None], None],
    *,
    error: SsmtuiError | None = None,
    rule: ReasonRule = NO_RULE,
) -> None:
    """Have the form filled in for these sessions, one at least; ``answered`` is told what it says, None for nothing."""
    app.push_screen(_form(app, launches, error, rule), answered)


def _form(
    app: SsmtuiApp,
    launches: Sequence[Launch],
    error: SsmtuiError | None,
    rule: ReasonRule,
    begin: Callable[[StartRequest], None] | None = None,
) -> StartForm:
    from ssmtui.ui.start.form import StartForm

    assert app.services is not None
    library = app.services.documents.of(launches[0].request.scope)
    approved = [each for each in launches if just_in_time.is_approved(app, each.request)]
    return StartForm(
        library, app.services.histories, launches, error=error, rule=rule, begin=begin, only_the_shell=bool(approved)
    )


class OneStart:
    """One session, started while its form is open: the form is closed once the service has given a session."""

    def __init__(self, app: SsmtuiApp, launch: Launch, replaced: int | None, then: Callable[[], None]) -> None:
        self._app = app
        self._launch = launch
        self._replaced = replaced
        self._then = then
        self._form: StartForm | None = None
        self._key: int | None = None
        self._unsubscribe = _nothing
        self._looks = False

    def open(self, form: StartForm) -> None:
        """Show the form."""
        self._form = form
        self._app.push_screen(form, lambda _: self._closed())

    def begin(self, answer: StartRequest) -> None:
        """Start what the form says, after what has to be asked."""
        ready = launch_flows.prepared(self._app, [self._launch.with_answers(answer)])
        if not ready:
            return
        error = just_in_time.refusal(self._app, ready[0].request)
        if error is None:
            launch_flows.ask(self._app, ready, lambda: self._start(ready[0]))
        else:
            assert self._form is not None
            self._app.call_later(self._form.show_refusal, error)

    def stop(self) -> None:
        """End what was begun; no tab is left of it."""
        self._unsubscribe()
        self._unsubscribe = _nothing
        key, self._key = self._key, None
        if key is not None:
            self._app.panes.remove(key)

    def _start(self, launch: Launch) -> None:
        panes = self._app.panes
        self._unsubscribe = panes.manager.subscribe(self._changed)
        self._key = panes.manager.start(launch.request, panes.terminal_size, launch.node, approval_of=self._replaced)
        self._app.call_later(self._show_state)

    def _changed(self, key: int, change: Change) -> None:
        # Told in the middle of the session's own doings: looked at after them.
        if key == self._key and change in (Change.STATE, Change.REMOVED) and not self._looks:
            self._looks = True
            self._app.call_later(self._show_state)

    async def _show_state(self) -> None:
        self._looks = False
        session = self._session
        form = self._form
        assert form is not None
        if session is None:
            return
        if session.state in (SessionState.STARTING, SessionState.AWAITING_APPROVAL):
            form.show_starting(session.notice, self.stop)
        elif session.error is not None and not session.session_id:
            self.stop()
            await form.show_refusal(session.error)
        else:
            self._unsubscribe()
            self._unsubscribe = _nothing
            form.close()

    @property
    def _session(self) -> SessionSnapshot | None:
        sessions = self._app.panes.manager.snapshots() if self._key is not None else ()
        return next((session for session in sessions if session.key == self._key), None)

    def _closed(self) -> None:
        """The form is gone: show what was started, if anything."""
        if self._session is None or self._key is None:
            return
        panes = self._app.panes
        if self._replaced is not None and any(s.key == self._replaced for s in panes.manager.snapshots()):
            panes.take_place(self._key, self._replaced)
        panes.show_new(self._key)
        self._then()


def edit_request(app: SsmtuiApp) -> None:
    """The shown tab's request once more in the form; a new session then takes the tab's place."""
    session = app.panes.session
    assert session is not None
    from ssmtui.ui.start import form_actions as start_flows

    start_flows.open_form(app, [Launch(session.request, session.node)], error=session.error, replaced=session.key)
