"""Actions on a node that refuses a connection: diagnose it, or request access."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ssmtui.errors import AccessDenied, ConfigurationError, SsmtuiError
from ssmtui.model import Node, Scope, StartRequest
from ssmtui.ui.commands.base import NODES
from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.start import just_in_time

if TYPE_CHECKING:
    from ssmtui.diagnosis.findings import Conclusion
    from ssmtui.diagnosis.run import Diagnosis
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.services import Clock
    from ssmtui.ui.start.starting import Starting


class Subject(NamedTuple):
    """What is shown now: the session of a tab, or the node under the cursor."""

    request: StartRequest
    node: Node
    error: SsmtuiError | None = None
    """Why the session failed."""
    tab: int | None = None
    """The session's key."""
    is_over: bool = False
    """Whether the session is over."""


def _of_session(session: SessionSnapshot) -> Subject:
    node = session.node or Node(session.request.target, "")
    return Subject(session.request, node, session.error, session.key, not session.live)


class AccessActions(Feature):
    """Finds out why, and asks for access."""

    def __init__(
        self,
        starting: Starting,
        clock: Clock,
        selected: Callable[[], Node | None],
        message_endpoints: Sequence[str] = (),
    ) -> None:
        """``selected`` gives the node under the cursor, which is meant where no session is shown;
        ``message_endpoints`` are those of the settings."""
        self._message_endpoints = message_endpoints
        self.panes = starting.panes
        self._stage = starting.panes.stage
        self._starting = starting
        self._clock = clock
        self._selected = selected
        self._last_reason = ""
        """Why access to a node was asked for last."""

    def subject(self) -> Subject | None:
        """What commands on nodes mean now; None: no node."""
        session = self.panes.session
        if session is not None:
            return _of_session(session)
        node = self._selected() if self.panes.place is NODES else None
        if node is None:
            return None
        return Subject(StartRequest(node.id, title=node.label, container=node.container), node)

    def diagnose(self, shown: Subject) -> None:
        """Find out why ``shown`` cannot be connected to."""
        from ssmtui.ui.access.diagnosis import DiagnosisScreen

        node, request = shown.node, shown.request
        name = f"{node.name} {node.id}" if node.name else request.target
        is_denied = shown.is_over and isinstance(shown.error, AccessDenied) and request.container is None
        offers_access = is_denied and not self.reason_against_request(shown)

        def answered(asks: bool | None) -> None:
            if asks and (now := self.subject()) is not None:
                self.request_access(now)

        screen = DiagnosisScreen(name, lambda: self._diagnosis(shown), offers_access=offers_access)
        self._stage.push_screen(screen, answered)

    async def explain(self, session: SessionSnapshot) -> Conclusion:
        """What a diagnosis of the node of ``session`` comes to."""
        from ssmtui.diagnosis.findings import conclude

        async with aclosing(self._diagnosis(_of_session(session)).findings()) as findings:
            return conclude([finding async for finding in findings])

    def _diagnosis(self, shown: Subject) -> Diagnosis:
        from ssmtui.diagnosis.elsewhere import OtherScopes
        from ssmtui.diagnosis.run import Diagnosis, DiagnosisRequest

        services, node, request = self.services, shown.node, shown.request
        listed = node if node.region else None  # else it is not listed
        own = request.options.message_endpoint
        endpoints = [*([own] if own else []), *self._message_endpoints]
        question = DiagnosisRequest(request.target, listed, request.document_name, shown.error, endpoints)
        scope = request.scope or self._scope(node) or services.scope
        elsewhere = OtherScopes(services.gateways, scope, list(services.fleet.states))
        return Diagnosis(question, services.gateways.gateway(scope), elsewhere=elsewhere, now=self._clock.now)

    def request_access(self, shown: Subject) -> None:
        """Ask for the reason, then for access to ``shown``; a session that is over gives its tab."""
        from ssmtui.ui.access.request import AccessRequest

        replaced = shown.tab if shown.is_over else None

        def answered(reason: str | None) -> None:
            if reason is None:
                return
            self._last_reason = reason
            try:
                scope = shown.request.scope or self.services.fleet.scope_of(shown.node)
            except ConfigurationError as error:
                self._stage.tell_error(error)
                return
            shell = replace(just_in_time.as_shell(shown.request), reason=reason, scope=scope)
            asked = self._starting.gate.set_off(shell, shown.node)
            key = self.panes.request_access(asked, reason, shown.node, replaced)
            self._starting.offers.follow(key, scope)

        reason = self._last_reason or shown.request.reason or ""
        error = shown.error if isinstance(shown.error, AccessDenied) else None
        self._stage.push_screen(AccessRequest(shown.node, reason, error, shown.request.document_name), answered)

    def reason_against_request(self, shown: Subject) -> str:
        """Why access to what is shown cannot be requested, as AWS has said in this run; empty where it has not."""
        return self._starting.offers.reason_against(shown.request.scope or self._scope(shown.node))

    def _scope(self, node: Node) -> Scope | None:
        """Where the node is; None where no AWS profile here is for its account, which the diagnosis will say."""
        try:
            return self.services.fleet.scope_of(node)
        except ConfigurationError:
            return None
