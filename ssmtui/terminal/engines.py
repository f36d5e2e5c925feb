"""Which engine: libghostty-vt where there is a build for the system, otherwise bittty.

libghostty-vt parses 25 to 110 times as fast; bittty is pure Python, so it runs on musl and Windows, and no byte can
crash it. An engine's library is loaded with its first terminal or encoder, so that the start does not wait for it.
"""

from __future__ import annotations

from functools import cache

from ssmtui.model import TerminalSize
from ssmtui.terminal.engine import Engine

GHOSTTY, BITTTY = "ghostty", "bittty"
NAMES = (GHOSTTY, BITTTY)


@cache
def default_name() -> str:
    """The best engine that this system can load. The answer does not change while the program runs."""
    try:
        from ssmtui.terminal import ghostty_library  # noqa: F401  # loading is the test
    except ImportError:
        return BITTTY
    return GHOSTTY


def create(name: str | None, size: TerminalSize, scrollback_lines: int) -> Engine:
    """A new engine called ``name`` (None: the best one) that keeps ``scrollback_lines`` lines above its screen.

    Raises :class:`ValueError` for an unknown name and :class:`ImportError` where the library cannot be loaded.
    """
    name = name or default_name()
    if name == GHOSTTY:
        from ssmtui.terminal.ghostty import GhosttyEngine

        return GhosttyEngine(size, scrollback_lines)
    if name == BITTTY:
        from ssmtui.terminal.bittty_engine import BitttyEngine

        return BitttyEngine(size, scrollback_lines)
    raise ValueError(f"no engine is called {name!r}")
