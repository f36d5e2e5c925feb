"""What Textual's parser, as the app has it, makes of a terminal's input."""

from __future__ import annotations

from textual import events
from textual._xterm_parser import XTermParser

import ssmtui.ui.compat  # noqa: F401  (it changes the parser)


def keys_of(*chunks: str) -> list[tuple[str, str | None]]:
    """The keys in ``chunks`` of input, by Textual's name and with their characters."""
    parser = XTermParser()
    found = [event for chunk in chunks for event in parser.feed(chunk)]
    return [(event.key, event.character) for event in found if isinstance(event, events.Key)]
