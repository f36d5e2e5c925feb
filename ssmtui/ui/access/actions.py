"""What to do about a node that cannot be connected to: find out why, or ask for access to it."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ssmtui import inert
from ssmtui.errors import AccessDenied, ConfigurationError, SsmtuiError
from ssmtui.model import Node, Scope, StartRequest
from ssmtui.ui.start import just_in_time

if TYPE_CHECKING:
    from ssmtui.diagnosis.findings import Conclusion
    from ssmtui.diagnosis.run import Diagnosis
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.frame.app import SsmtuiApp


class Subject(NamedTuple):
    """What is shown now: the session of a tab, or the node under the cursor."""

    request: StartRequest
    node: Node
    error: SsmtuiError | None = None
    """What the session failed of."""
    tab: int | None = None
    """The session's key."""
    is_over: bool = False
    """Whether the session is."""


def subject(app: SsmtuiApp) -> Subject | None:
    """What commands on nodes mean now; None: no node."""
    assert app.services is not None
    session = app.panes.session
    if session is not None:
        return _of_session(session)
    node_under_cursor = app.main.nodes.selected
    if node_under_cursor is None:
        return None
    request = StartRequest(node_under_cursor.id, title=node_under_cursor.label, container=node_under_cursor.container)
    return Subject(request, node_under_cursor)


def diagnose(app: SsmtuiApp) -> None:
    """Find out why what is shown cannot be connected to."""
    from ssmtui.ui.access.diagnosis import DiagnosisScreen

    shown = subject(app)
    assert shown is not None
    node, request = shown.node, shown.request
    name = f"{node.name} {node.id}" if node.name else request.target
    is_denied = shown.is_over and isinstance(shown.error, AccessDenied) and request.container is None
    offers_access = is_denied and not reason_against_request(app, shown)

    def answered(asks: bool | None) -> None:
        if asks:
            request_access(app)

    app.push_screen(DiagnosisScreen(name, lambda: _diagnosis(app, shown), offers_access=offers_access), answered)


async def explain(app: SsmtuiApp, session: SessionSnapshot) -> Conclusion:
    """What a diagnosis of the node of ``session`` comes to."""
    from ssmtui.diagnosis.findings import conclude

    async with aclosing(_diagnosis(app, _of_session(session)).findings()) as findings:
        return conclude([finding async for finding in findings])


def _diagnosis(app: SsmtuiApp, shown: Subject) -> Diagnosis:
    from ssmtui.diagnosis.elsewhere import OtherScopes
    from ssmtui.diagnosis.run import Diagnosis, Question

    services, node, request = app.services, shown.node, shown.request
    assert services is not None
    listed = node if node.region else None  # else nobody has listed it
    question = Question(request.target, listed, request.document_name, shown.error)
    scope = request.scope or _scope(app, node) or services.scope
    elsewhere = OtherScopes(services.gateways, scope, list(services.fleet.states))
    return Diagnosis(question, services.gateways.gateway(scope), elsewhere=elsewhere, now=app.clock.now)


def _of_session(session: SessionSnapshot) -> Subject:
    node = session.node or Node(session.request.target, "")
    return Subject(session.request, node, session.error, session.key, not session.live)


def request_access(app: SsmtuiApp) -> None:
    """Ask for the reason, then for access to what is shown; a session that is over gives its tab."""
    from ssmtui.ui.access.request import AccessRequest

    shown = subject(app)
    assert shown is not None
    replaced = shown.tab if shown.is_over else None

    def answered(reason: str | None) -> None:
        if reason is None:
            return
        app.last_access_reason = reason
        try:
            scope = shown.request.scope or app.services.fleet.scope_of(shown.node)  # type: ignore[union-attr]
        except ConfigurationError as error:
            app.tell(inert.line(str(error)), severity="error", seconds=10)
            return
        asked = replace(just_in_time.as_shell(shown.request), reason=reason, scope=scope)
        key = app.panes.request_access(asked, reason, shown.node, replaced)
        app.main.access_offers.follow(app, key, scope)

    reason = app.last_access_reason or shown.request.reason or ""
    error = shown.error if isinstance(shown.error, AccessDenied) else None
    app.push_screen(AccessRequest(shown.node, reason, error, shown.request.document_name), answered)


def reason_against_request(app: SsmtuiApp, shown: Subject) -> str:
    """Why access to what is shown cannot be requested, as AWS has said in this run; empty where it has not."""
    return app.main.access_offers.reason_against(shown.request.scope or _scope(app, shown.node))


def _scope(app: SsmtuiApp, node: Node) -> Scope | None:
    """Where the node is; None where no AWS profile here is for its account, which the diagnosis will say."""
    assert app.services is not None
    try:
        return app.services.fleet.scope_of(node)
    except ConfigurationError:
        return None
