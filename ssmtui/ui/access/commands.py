"""Commands on what cannot be connected to: the node under the cursor, or the session of the shown tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import NODES, CommandOn
from ssmtui.ui.commands.feature import Reaching

if TYPE_CHECKING:
    from ssmtui.ui.access.actions import AccessActions, Subject


class AccessCommand(Reaching, CommandOn["Subject"]):
    """A command on the session of the shown tab, or on the node under the cursor."""

    place = NODES
    missing = "There is no node under the cursor"

    def __init__(self, access: AccessActions) -> None:
        super().__init__(access)
        self._access = access

    def subject(self) -> Subject | None:
        return self._access.subject()


class Why(AccessCommand):
    """Find out why the node cannot be connected to: state, agent, network, permissions"""

    name = "why"
    keys = ("w", "W")
    ended_keys = ("W",)  # the small one is the clipboard's there

    def run_on(self, shown: Subject, argument: str) -> None:
        self._access.diagnose(shown)


class RequestAccess(AccessCommand):
    """Ask for just-in-time access to the node, and start a session once it is approved"""

    name = "request-access"
    keys = ("a",)
    ended_keys = ("a",)

    def reason_against(self, shown: Subject) -> str | None:
        if shown.request.container is not None:
            return "Access with approval is for nodes, not for containers"
        if shown.tab is not None and not shown.is_over:
            return "The session still lives"
        return self._access.reason_against_request(shown) or None

    def run_on(self, shown: Subject, argument: str) -> None:
        self._access.request_access(shown)
