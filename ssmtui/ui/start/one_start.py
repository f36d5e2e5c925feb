"""One session, or one tunnel, started while its form is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ssmtui.documents.port_forwards import Forward, given_by
from ssmtui.model import StartRequest
from ssmtui.sessions.agent_words import PortSessionInTerminal
from ssmtui.sessions.snapshots import SessionChange, SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.ui.start.launch import Launch

if TYPE_CHECKING:
    from ssmtui.forwards.tunnel import TunnelOptions
    from ssmtui.forwards.tunnels import Tunnels
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.start.form import StartForm
    from ssmtui.ui.start.gate import StartGate


def nothing() -> None:
    """For forms that nothing follows."""


class OneStart:
    """One session, started while its form is open: the form is closed once the service has given a session."""

    def __init__(
        self,
        panes: Panes,
        gate: StartGate,
        tunnels: Tunnels,
        launch: Launch,
        replaced: int | None,
        tunnel: TunnelOptions | None,
        then: Callable[[], None],
    ) -> None:
        self._panes = panes
        self._gate = gate
        self._tunnels = tunnels
        self._launch = launch
        self._replaced = replaced
        self._tunnel = tunnel
        self._then = then
        self._form: StartForm | None = None
        self._key: int | None = None
        self._unsubscribe = nothing
        self._looks = False

    def open(self, form: StartForm) -> None:
        """Show the form."""
        self._form = form
        self._panes.stage.push_screen(form, lambda _: self._closed())

    def begin(self, answer: StartRequest, forward: Forward | None) -> None:
        """Start what the form says, after what has to be asked; with ``forward`` that is a tunnel."""
        ready = self._gate.prepared([self._launch.with_answers(answer)])
        if not ready:
            return
        request = ready[0].request
        approvals = self._gate.approvals
        error = approvals.refusal(request) if forward is None else approvals.forward_refusal(request)
        assert self._form is not None
        if error is not None:
            self._panes.stage.call_later(self._form.show_refusal, error)
        elif forward is None:
            self._gate.ask(ready[0], lambda: self._start(ready[0]))
        else:
            self._gate.ask(ready[0], lambda: self._open_tunnel(forward, ready[0]))

    def _open_tunnel(self, forward: Forward, launch: Launch) -> None:
        from ssmtui.ui.start.one_tunnel import OneTunnel

        assert self._form is not None
        opening = OneTunnel(self._panes.stage, self._tunnels, self._form, self._tunnel_opened)
        opening.begin(forward, launch, self._tunnel)

    def _tunnel_opened(self) -> None:
        """Nothing is left to do for the tab whose start it was, if any."""
        replaced = next((one for one in self._panes.manager.snapshots() if one.key == self._replaced), None)
        if replaced is not None and not replaced.live:
            self._panes.remove(replaced.key)
        self._then()

    def stop(self) -> None:
        """End what was begun; no tab is left of it."""
        self._unsubscribe()
        self._unsubscribe = nothing
        key, self._key = self._key, None
        if key is not None:
            self._panes.remove(key)

    def _start(self, launch: Launch) -> None:
        self._unsubscribe = self._panes.manager.subscribe(self._changed)
        self._key = self._panes.manager.start(
            launch.request,
            self._panes.size_for(launch.request, self._replaced),
            launch.node,
            approval_of=self._replaced,
        )
        self._panes.stage.call_later(self._show_state)

    def _changed(self, key: int, change: SessionChange) -> None:
        # Told in the middle of the session's own doings: looked at after them.
        if key == self._key and change in (SessionChange.STATE, SessionChange.REMOVED) and not self._looks:
            self._looks = True
            self._panes.stage.call_later(self._show_state)

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
        elif isinstance(session.error, PortSessionInTerminal):
            # Nobody could read the document: only its session has said what it is.
            request = session.request
            self.stop()
            forward = Forward(0, document_name=request.document_name or "", given=given_by(request.parameters))
            self._open_tunnel(forward, Launch(request, session.node))
        else:
            self._unsubscribe()
            self._unsubscribe = nothing
            form.close()

    @property
    def _session(self) -> SessionSnapshot | None:
        sessions = self._panes.manager.snapshots() if self._key is not None else ()
        return next((session for session in sessions if session.key == self._key), None)

    def _closed(self) -> None:
        """The form is gone: show what was started, if anything."""
        if self._session is None or self._key is None:
            return
        if self._replaced is not None and any(s.key == self._replaced for s in self._panes.manager.snapshots()):
            self._panes.take_place(self._key, self._replaced)
        self._panes.show_new(self._key)
        self._then()
