"""An invalid filter, and where it is wrong."""

from __future__ import annotations

from ssmtui.errors import UsageError


class QueryError(UsageError):
    """What was typed is not a valid filter; ``position`` and ``length`` are the characters at fault."""

    title = "That filter cannot be used"

    def __init__(self, detail: str, position: int, length: int = 1, *, remedy: str | None = None) -> None:
        super().__init__(detail, remedy=remedy)
        self.position = position
        self.length = max(1, length)
