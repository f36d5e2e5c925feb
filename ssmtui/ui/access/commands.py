"""Commands on what cannot be connected to: the node under the cursor, or the session of the shown tab."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import NODES
from ssmtui.ui.commands.feature import Reaching

if TYPE_CHECKING:
    from ssmtui.ui.access.actions import AccessActions, Subject


class AccessCommand(Reaching):
    """A command on the session of the shown tab, or on the node under the cursor."""

    place = NODES

    def __init__(self, access: AccessActions) -> None:
        super().__init__(access)
        self._access = access

    def disabled_reason(self) -> str | None:
        if reason := super().disabled_reason():
            return reason
        shown = self._access.subject()
        return "There is no node under the cursor" if shown is None else self.reason_against(shown)

    def reason_against(self, shown: Subject) -> str | None:
        """Why it cannot be done with ``shown``, as :meth:`disabled_reason` says it."""
        return None

    def run(self, argument: str = "") -> None:
        shown = self._access.subject()
        if shown is not None:
            self.run_on(shown)

    @abstractmethod
    def run_on(self, shown: Subject) -> None:
        """Do it with ``shown``."""


class Why(AccessCommand):
    """Find out why the node cannot be connected to: state, agent, network, permissions"""

    name = "why"
    keys = ("w", "W")
    ended_keys = ("W",)  # the small one is the clipboard's there
    aliases = ("doctor",)

    def run_on(self, shown: Subject) -> None:
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

    def run_on(self, shown: Subject) -> None:
        self._access.request_access(shown)
