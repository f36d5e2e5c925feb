"""What a node can reach, as the form of a tunnel asks for it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from ssmtui.model import Node

DESTINATIONS = "tunnels/destination"
"""What the history of forms calls the destinations that were typed."""


class ReachablePlace(NamedTuple):
    """A destination that somebody knows of. All texts are untrusted."""

    host: str
    """As the node knows it."""
    port: int
    name: str = ""
    """What it is called."""
    kind: str = ""
    """What it is, in a word or two."""
    database_user: str = ""
    """Whom programs log in as; empty: nobody said."""


class TunnelPlaces(Protocol):
    """Offers what nodes can reach."""

    def choose(self, node: Node, chosen: Callable[[ReachablePlace], None]) -> None:
        """Have one chosen that ``node`` can reach, in a dialog; ``chosen`` gets it, and nothing when there was none."""
