"""Where the styles of the screen are: each room keeps its own, beside what they are for.

A room has a ``main.tcss`` for what it has on the main screen, which is parsed before the first frame, a
``dialogs.tcss`` for what is laid over that, which is parsed after it, or both.
"""

from __future__ import annotations

from pathlib import Path, PurePath

ROOMS = Path(__file__).parents[1]


def main_sheets(*rooms: str) -> list[str | PurePath]:
    """The styles of the main screen, as Textual's ``CSS_PATH`` takes them."""
    return [ROOMS / room / "main.tcss" for room in rooms]


def dialog_sheets(*rooms: str) -> list[str | PurePath]:
    """The styles of dialogs that ``rooms`` have, in that order and after what all dialogs share: of rules that are
    equally specific, Textual takes the last."""
    return [ROOMS / room / "dialogs.tcss" for room in ("kit", *rooms)]
