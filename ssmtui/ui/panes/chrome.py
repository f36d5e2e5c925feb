"""How many lines are drawn around a session. Pure."""

from __future__ import annotations

from enum import Enum


class Chrome(Enum):
    """The setting ``chrome``. What is hidden comes back over the session while the leader is pending."""

    FULL = "full"
    SLIM = "slim"
    """Without the footer in the tab of a session."""
    NONE = "none"
    """Without the tab bar there too, and without a pane's own line where the tab has one pane."""

    @property
    def after(self) -> Chrome:
        """The next one, going round."""
        every = list(Chrome)
        return every[(every.index(self) + 1) % len(every)]
