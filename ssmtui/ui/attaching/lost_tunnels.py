"""What brings tunnels back beside the sessions that are: who keeps them lies above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ssmtui.ui.start.survivors import Survivor


class LostTunnels(Protocol):
    """The tunnels of the last run, which knows them by its workspace: they end with their program."""

    def count(self, survivors: Sequence[Survivor]) -> int:
        """How many :meth:`reopen` would open."""
        ...

    def is_revived(self, survivor: Survivor) -> bool:
        """Whether ``survivor`` is a port session whose tunnel :meth:`reopen` would open."""
        ...

    def reopen(self, survivors: Sequence[Survivor]) -> None:
        """Open those again that were open beside ``survivors``, which are back: to the same nodes, or of the same
        profiles; nothing else would bring them back with these."""
