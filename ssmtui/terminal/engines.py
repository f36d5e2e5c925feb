"""Which engine: libghostty-vt where there is one for the system, else bittty. Loads only what is asked for."""

from __future__ import annotations

from functools import cache

from ssmtui.model import TerminalSize
from ssmtui.terminal.engine import Engine

GHOSTTY, BITTTY = "ghostty", "bittty"
NAMES = (GHOSTTY, BITTTY)


@cache
def default_name() -> str:
    """The best engine that this system can load."""
    try:
        from ssmtui.terminal import ghostty_library  # noqa: F401  # loading is the test
    except ImportError:
        return BITTTY
    return GHOSTTY


def create(name: str | None, size: TerminalSize, scrollback_lines: int) -> Engine:
    """A new engine; None means the best one."""
    name = name or default_name()
    if name == GHOSTTY:
        from ssmtui.terminal.ghostty import GhosttyEngine

        return GhosttyEngine(size, scrollback_lines)
    if name == BITTTY:
        from ssmtui.terminal.bittty_engine import BitttyEngine

        return BitttyEngine(size, scrollback_lines)
    raise ValueError(f"no engine is called {name!r}")
