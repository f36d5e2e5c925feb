"""Keeping a session from its idle timeout: a change of size counts as input for the service, and is none for the node.

Pure functions.
"""

from __future__ import annotations

MARGIN, SHARE = 60.0, 0.25
"""Seconds, and the share of the limit, that are left when something is sent: the lesser of both."""
UNKNOWN_EVERY = 240.0
"""Seconds between two signs of life where the limit is not known."""
LOOK_EVERY = 30.0
"""Seconds after which it is looked again at the latest: the limit may have become known meanwhile."""


def due_in(idle_for: float, idle_limit: float | None) -> float:
    """Seconds until something is to be sent, ``idle_for`` seconds after the last input; 0 for now."""
    every = UNKNOWN_EVERY if idle_limit is None else idle_limit - min(MARGIN, SHARE * idle_limit)
    return max(0.0, every - idle_for)
