"""Messages from workers and the bridges to the screen. Handlers own all state; messages only carry it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from ssmtui.errors import SsmtuiError
    from ssmtui.inventory.states import ScopeState
    from ssmtui.inventory.store import Delta
    from ssmtui.model import Node, Scope
    from ssmtui.sessions.snapshots import SessionChange
    from ssmtui.ui.services import Recollection, Services


class OpeningProgress(Message):
    """The services are being opened; ``text`` says what is being waited for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Recalled(Message):
    """The nodes of the last run are known."""

    def __init__(self, recollection: Recollection) -> None:
        super().__init__()
        self.recollection = recollection


class ServicesOpened(Message):
    """The services are open."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services


class ServicesFailed(Message):
    """Opening the services ended in ``error``."""

    def __init__(self, error: SsmtuiError) -> None:
        super().__init__()
        self.error = error


class InventoryChanged(Message):
    """Listings progressed: how nodes and scopes changed since the last such message."""

    def __init__(self, delta: Delta[Node], states: Mapping[Scope, ScopeState], scopes: frozenset[Scope]) -> None:
        super().__init__()
        self.delta = delta
        """Empty when only states changed."""
        self.states = states
        """Those of all chosen scopes, in the order chosen."""
        self.scopes = scopes
        """The scopes whose state differs, with those that are no longer chosen."""


class SessionsChanged(Message):
    """The changes of each session since the last such message."""

    def __init__(self, changes: Mapping[int, frozenset[SessionChange]]) -> None:
        super().__init__()
        self.changes = changes
