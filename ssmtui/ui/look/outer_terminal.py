"""What the outer terminal can show, as far as its environment says."""

from __future__ import annotations

from collections.abc import Mapping

from ssmtui import multiplexers

_NAMES = ("kitty", "ghostty", "foot", "alacritty", "wezterm", "contour", "rio")
_PROGRAMS = ("WezTerm", "ghostty", "iTerm.app", "rio", "vscode")
_VARIABLES = ("KITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR", "WEZTERM_PANE", "ALACRITTY_WINDOW_ID", "WT_SESSION")
_VTE = 5200
"""VTE 0.52 is the first with styles and colours of underlines."""


def knows_underlines(environment: Mapping[str, str], setting: str) -> bool:
    """Whether underlines may have a style and a colour (SGR 4:n and 58). A terminal that does not know them may take
    their numbers for other attributes, so only those that are known to are trusted; tmux and screen, which stand
    between, only where the setting says so."""
    if setting != "auto":
        return setting == "on"
    term = environment.get("TERM", "")
    has_multiplexer = multiplexers.is_in_tmux(environment) or multiplexers.is_in_screen(environment)
    if has_multiplexer or term.startswith(("tmux", "screen")):
        return False
    vte = environment.get("VTE_VERSION", "")
    return (
        any(name in term for name in _NAMES)
        or environment.get("TERM_PROGRAM") in _PROGRAMS
        or any(environment.get(name) for name in _VARIABLES)
        or (vte.isdecimal() and int(vte) >= _VTE)
    )
