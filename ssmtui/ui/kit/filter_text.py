"""A filter in the colours of its parts, wherever one is typed or shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from ssmtui.inventory.field_sets import FieldSet
from ssmtui.inventory.query.errors import QueryError
from ssmtui.inventory.query.tokens import MAX_TEXT, Part, tokens
from ssmtui.ui.look.palette import Palette
from ssmtui.ui.look.tones import Tone

_TONES: Mapping[Part, Tone] = {
    Part.NOT: Tone.ACCENT,
    Part.OR: Tone.ACCENT,
    Part.OPEN: Tone.ACCENT,
    Part.CLOSE: Tone.ACCENT,
    Part.COMPARE: Tone.ACCENT,
    Part.COMMA: Tone.ACCENT,
    Part.SAVED: Tone.ACCENT,
    Part.KEY: Tone.PRIMARY,
    Part.TAG: Tone.PRIMARY,
    Part.QUOTED: Tone.GOOD,
    Part.REGEX: Tone.GOOD,
}


def colored(drawn: Text, text: str, fields: FieldSet[Any], error: QueryError | None, palette: Palette) -> Text:
    """A filter as it is ``drawn``, in the colours of its parts, with what is wrong underlined."""
    for token in tokens(text[:MAX_TEXT], fields):
        if (tone := _TONES.get(token.part)) is not None:
            drawn.stylize(palette.style(tone), token.start, token.end)
    if error is not None:
        drawn.stylize(palette.style(Tone.WRONG), error.position, error.position + error.length)
    return drawn
