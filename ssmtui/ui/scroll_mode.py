"""The keys of scroll mode: less's and vi's, as movements over the scrollback. Pure."""

from __future__ import annotations

FAR = 10**6
"""More lines than any scrollback keeps."""

LEAVE = frozenset({"q", "escape", "enter"})
"""Keys that leave scroll mode and do nothing else."""

_LINES = {"up": -1, "k": -1, "down": 1, "j": 1, "g": -FAR, "home": -FAR, "G": FAR, "end": FAR}
_PAGES = {
    "pageup": -1.0,
    "ctrl+b": -1.0,
    "pagedown": 1.0,
    "ctrl+f": 1.0,
    "space": 1.0,
    "ctrl+u": -0.5,
    "ctrl+d": 0.5,
}


_ANYWHERE = {"shift+pageup": "pageup", "shift+pagedown": "pagedown"}


def movement_outside(key: str, page: int) -> int | None:
    """The same for the keys that move the view without scroll mode, as in every terminal."""
    return movement(_ANYWHERE[key], page) if key in _ANYWHERE else None


def movement(key: str, page: int) -> int | None:
    """Lines that ``key`` moves the view by, negative for back; None for a key that does not move it. ``page`` is the
    height of the view."""
    if key in _LINES:
        return _LINES[key]
    return round(_PAGES[key] * max(1, page - 1)) if key in _PAGES else None
