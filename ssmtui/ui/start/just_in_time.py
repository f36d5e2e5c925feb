"""What just-in-time access opens, which tabs have it, and where AWS does not offer it.

An approved request allows StartSession with the account's default shell and no other document
(AWSSystemsManagerJustInTimeAccessTokenPolicy, since version 6), and those who may ask for it have no ssm:StartSession
of their own. AWS only answers "access denied" to the rest, so it is refused here, with the reason.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.errors import AccessDenied, ServiceError, SsmtuiError
from ssmtui.model import DEFAULT_SHELL
from ssmtui.sessions.snapshots import SessionChange
from ssmtui.sessions.states import SessionState

if TYPE_CHECKING:
    from ssmtui.model import Scope, StartRequest
    from ssmtui.sessions.manager import SessionManager
    from ssmtui.ui.panes.panes import Panes

ONLY_THE_SHELL = f"Approved access opens only the account's default shell ({DEFAULT_SHELL})."


def as_shell(request: StartRequest) -> StartRequest:
    """``request``, or the default shell in place of a document that no approval opens."""
    if request.is_default_shell:
        return request
    return replace(request, document_name=None, parameters=MappingProxyType({}))


def refused_document(name: str) -> AccessDenied:
    """Why a document is not started on a node with just-in-time access; AWS has not been asked."""
    return AccessDenied(
        f"{ONLY_THE_SHELL} {inert.line(name, 80)} is not started.",
        title="Approved access does not cover this document",
        remedy="Start the default shell, or have ssm:StartSession allowed on the node and the document.",
    )


def refused_forward() -> AccessDenied:
    """Why no port of a node with just-in-time access is forwarded; AWS has not been asked."""
    return AccessDenied(
        f"{ONLY_THE_SHELL} Ports are not forwarded.",
        title="Approved access does not cover port forwarding",
        remedy="Have ssm:StartSession allowed on the node and the documents that forward ports.",
    )


class Approvals:
    """Which nodes are reached by approval alone."""

    def __init__(self, manager: SessionManager, default: Scope) -> None:
        """``default``: a request without a scope is for this one, which the program was started for."""
        self._manager = manager
        self._default = default

    def is_approved(self, request: StartRequest) -> bool:
        """Whether all access to the node of ``request`` is by approval, which a tab has now or waits for. A session
        that was started there without one shows that the person has StartSession of their own."""
        node = self._node(request)
        sessions = [session for session in self._manager.snapshots() if self._node(session.request) == node]
        if any(session.session_id and not session.access_request for session in sessions):
            return False
        return any(session.access_is_good or session.state is SessionState.AWAITING_APPROVAL for session in sessions)

    def _node(self, request: StartRequest) -> tuple[str, Scope]:
        return request.target, request.scope or self._default

    def refusal(self, request: StartRequest) -> AccessDenied | None:
        """Why ``request`` would be denied on a node with just-in-time access; None where it may be started.

        Every start asks it anew, a repeated one too: access may have been requested since the last try.
        """
        if request.is_default_shell or not self.is_approved(request):
            return None
        return refused_document(request.document_name or "")

    def forward_refusal(self, request: StartRequest) -> AccessDenied | None:
        """The same for a port of the node of ``request``."""
        return refused_forward() if self.is_approved(request) else None


class AccessOffers:
    """Where StartAccessRequest was refused for a reason that holds for the whole scope, remembered for this run."""

    def __init__(self, panes: Panes) -> None:
        self._panes = panes
        self._refused: dict[Scope | None, str] = {}

    def reason_against(self, scope: Scope | None) -> str:
        """Why access cannot be requested in ``scope``; empty while no refusal is known."""
        return self._refused.get(scope, "")

    def note(self, scope: Scope | None, error: SsmtuiError) -> None:
        """Remember ``error`` of a request for access, if it holds for all nodes of ``scope``."""
        if not isinstance(error, ServiceError) or error.operation != "StartAccessRequest":
            return
        if error.is_unsupported:
            self._refused[scope] = "Just-in-time access is not available in this AWS region"
        elif error.is_not_enabled:
            self._refused[scope] = (
                "Just-in-time access is not enabled in this account: an administrator sets it up in Systems Manager's "
                "unified console"
            )

    def clear(self) -> None:
        """Forget what was refused: an administrator may have set it up since."""
        self._refused.clear()

    def follow(self, key: int, scope: Scope | None) -> None:
        """Learn from the result of the request for access of session ``key``."""
        panes, manager = self._panes, self._panes.manager

        def changed(changed_key: int, change: SessionChange) -> None:
            if changed_key == key and change in (SessionChange.STATE, SessionChange.REMOVED):
                # Sessions announce in the middle of their own work: look at it after that.
                panes.stage.call_later(look)

        def look() -> None:
            session = next((one for one in manager.snapshots() if one.key == key), None)
            if session is not None and session.state is SessionState.AWAITING_APPROVAL:
                return
            if session is not None and session.error is not None:
                self.note(scope, session.error)
                panes.refresh()
            end()

        unsubscribe = [manager.subscribe(changed)]

        def end() -> None:
            while unsubscribe:
                unsubscribe.pop()()
