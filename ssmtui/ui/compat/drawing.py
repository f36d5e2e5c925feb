"""How things get to the screen: strips that are known beforehand, lines without their detours, less layout."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import is_
from typing import Any, NamedTuple, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual._compositor import Compositor, CompositorMap
from textual._styles_cache import StylesCache
from textual.filter import ANSIToTruecolor
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from ssmtui.ui.compat.patching import swap

ReturnType = TypeVar("ReturnType")

_built_map = Compositor.full_map.fget  # type: ignore[attr-defined]


def _full_map(self: Compositor) -> CompositorMap:
    """Textual 8.2.8 builds this map anew when it is asked for after a hidden widget was refreshed, and marks nothing to
    be drawn then: what has gone meanwhile, a message that is over, stays on the screen."""
    before = self._full_map
    built: CompositorMap = _built_map(self)
    if built is not before:
        changed = (place.clip.intersection(place.region) for _, place in built.items() ^ before.items())
        self._dirty_regions.update(region for region in changed if region)
    return built


Compositor.full_map = property(_full_map)  # type: ignore[assignment, method-assign]


_divided = Strip.divide


def _divide(self: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    """Textual 8.2.8 divides each strip that it draws, and keeps the parts in the strip. The one part of a strip that is
    not cut is the strip itself: each line drawn referred to itself, and stayed until Python collected garbage, which it
    seldom does in this program."""
    cuts = list(cuts)
    if cuts and cuts[0] == self.cell_length and (len(cuts) == 1 or cuts[1] > cuts[0]):
        return [self]
    return _divided(self, cuts)


Strip.divide = _divide  # type: ignore[method-assign]


class _Drawn(NamedTuple):
    """What a widget gave for a part of it."""

    crop: Region
    size: Size
    known: list[Strip | None]
    """The lines that it was made of, as Textual keeps them."""
    strips: list[Strip]


def _drawn_again(render_widget: Callable[[StylesCache, Widget, Region], list[Strip]]) -> Any:
    """Textual 8.2.8 draws all widgets between two that have changed, and works out colours, sizes and borders of each
    for that, although it knows all of its lines and they are as before: half of the time of a frame where many panes
    are in sight. What such a widget gave the last time is given again."""

    def drawn(self: StylesCache, widget: Widget, crop: Region) -> list[Strip]:
        last: _Drawn | None = getattr(self, "_drawn_last", None)
        if (
            last is not None
            and last.crop == crop
            and last.size == widget._size
            and self._dirty_lines.isdisjoint(crop.line_range)
            and all(map(is_, map(self._cache.get, crop.line_range), last.known))
            and not widget.hover_style._link_id
        ):
            return last.strips
        strips = render_widget(self, widget, crop)
        known = [self._cache.get(y) for y in crop.line_range]
        # Lines that are under the pointer are coloured for as long as it is there.
        is_plain = None not in known and not widget.hover_style._link_id
        self._drawn_last = _Drawn(crop, widget._size, known, strips) if is_plain else None  # type: ignore[attr-defined]
        return strips

    return drawn


def _forgotten(clear: Callable[[StylesCache], None]) -> Any:
    """What is drawn anew is not kept: a hundred panes out of sight would keep all of their lines."""

    def cleared(self: StylesCache) -> None:
        self._drawn_last = None  # type: ignore[attr-defined]
        clear(self)

    return cleared


swap(StylesCache, "render_widget", _drawn_again)
swap(StylesCache, "clear", _forgotten)


class BakedStrip(Strip):
    """A strip that knows its escape sequences, and makes its segments when they are asked for.

    Textual 8.2.8 writes ``Strip._render_cache`` where there is one; whatever else is done with a strip begins at
    ``_segments``.
    """

    __slots__ = ("_make_segments",)

    def __init__(self, baked: str, cell_length: int, make_segments: Callable[[], list[Segment]]) -> None:
        super().__init__((), cell_length)
        del self._segments
        self._render_cache = baked
        self._make_segments = make_segments

    def __getattr__(self, name: str) -> Any:
        """The segments, made now."""
        if name != "_segments":
            raise AttributeError(name)
        self._segments = self._make_segments()
        return self._segments


def baked_style(style: Style, codes: str) -> Style:
    """``style``, written as the SGR parameters ``codes``: Rich 15.0.0 knows two kinds of underlines and no colour of
    one. ``Style._ansi`` is what Rich and Textual 8.2.8 write; a style that is made of this one has its own again."""
    style._ansi = codes
    return style


class LinesWidget(Widget):
    """A widget without border and padding, whose lines go to the screen as :meth:`lines` gives them.

    Textual 8.2.8 makes every segment of a line anew twice (``StylesCache.render_line``, ``ANSIToTruecolor``), which
    takes longer than all else where a program gives every cell a colour of its own. These lines have no ANSI colours.
    And it draws all lines between two that have changed, those of other widgets too: so what is the same for all of
    them, such as the size, is worked out once.
    """

    def lines(self, wanted: Iterable[int]) -> list[Strip]:
        """These lines of the widget."""
        return [self.render_line(y) for y in wanted]

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of ``crop``."""
        strips = self.lines(crop.line_range)
        for line_filter in self.app.get_line_filters():
            if not isinstance(line_filter, ANSIToTruecolor):
                background = self.background_colors[1]
                strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.column_span == (0, self.size.width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]


def resize_content(view: ScrollView, size: Size) -> None:
    """Set the size of what ``view`` scrolls over. Textual 8.2.8 lays out the whole screen for that
    (``Widget.virtual_size``); here only the scrollbar changes, and the layout where that comes or goes."""
    view.set_reactive(Widget.virtual_size, size)
    view._scroll_update(size)


class SteadyScreen(Screen[ReturnType]):
    """A screen that is laid out only when its size changes. Textual 8.2.8 does so whenever it tells a screen its size:
    twice for each dialog that opens, and for all screens that lie under it (``Screen._on_resize``)."""

    def _screen_resized(self, size: Size) -> None:
        if not self._size == size == self._compositor.size:
            super()._screen_resized(size)


class LeafWidget(Widget):
    """A widget with nothing in it: Textual 8.2.8 lays the whole screen out once more for what might be in one whose
    size has changed (``Widget._size_updated``)."""

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        return super()._size_updated(size, virtual_size, container_size, layout=False)
