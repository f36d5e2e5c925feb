"""The tones in one theme, and how widgets are painted with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, cast

from rich.style import Style
from textual.color import Color
from textual.widget import Widget

from ssmtui.ui.look.tones import PAINTS, Tone


class Palette:
    """The tones in one theme, made as they are first used."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._styles: dict[Tone, Style] = {}

    def style(self, tone: Tone) -> Style:
        """How ``tone`` is drawn, to be laid over what is under it."""
        if tone not in self._styles:
            paint = PAINTS[tone]
            self._styles[tone] = Style(
                color=Color.parse(self._variables[paint.color]).rich_color if paint.color else None,
                bgcolor=Color.parse(self._variables[paint.on]).rich_color if paint.on else None,
                bold=paint.bold,
                underline=paint.underline,
            )
        return self._styles[tone]


class Painted(Protocol):
    """An app with a palette."""

    palette: Palette


def palette_of(widget: Widget) -> Palette:
    """The tones in the theme of the widget's app."""
    return cast("Painted", widget.app).palette


def paint(widget: Widget, *tones: Tone) -> Style:
    """The widget's own style with ``tones`` laid over it, one after the other."""
    palette = palette_of(widget)
    style = widget.visual_style.rich_style
    for tone in tones:
        style += palette.style(tone)
    return style
