"""Commands on what cannot be connected to: the node under the cursor, or the session of the shown tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.access import actions as access_flows
from ssmtui.ui.commands.base import Command, Group

if TYPE_CHECKING:
    pass


class AccessCommand(Command):
    """A command on a node, or on the node of a session."""

    group = Group.NODES

    def disabled_reason(self) -> str | None:
        if self.app.services is None:
            return "AWS has not been reached yet"
        return None if access_flows.subject(self.app) else "There is no node under the cursor"


class Why(AccessCommand):
    """Find out why the node cannot be connected to: state, agent, network, permissions"""

    name = "why"
    keys = ("w", "W")
    ended_keys = ("W",)  # the small one is the clipboard's there
    aliases = ("doctor",)

    def run(self, argument: str = "") -> None:
        access_flows.diagnose(self.app)


class RequestAccess(AccessCommand):
    """Ask for just-in-time access to the node, and start a session once it is approved"""

    name = "request-access"
    keys = ("a",)
    ended_keys = ("a",)

    def disabled_reason(self) -> str | None:
        reason = super().disabled_reason()
        if reason is not None:
            return reason
        shown = access_flows.subject(self.app)
        assert shown is not None
        if shown.request.container is not None:
            return "Access with approval is for nodes, not for containers"
        if shown.tab is not None and not shown.is_over:
            return "The session still lives"
        return access_flows.reason_against_request(self.app, shown) or None

    def run(self, argument: str = "") -> None:
        access_flows.request_access(self.app)


COMMANDS: tuple[type[Command], ...] = (Why, RequestAccess)
