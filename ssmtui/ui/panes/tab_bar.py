"""The top line: the tabs with what their sessions do, and on the right where all this happens."""

from __future__ import annotations

from typing import NamedTuple

from rich.cells import cell_len
from textual import events
from textual.geometry import Offset
from textual.message import Message

from ssmtui import inert
from ssmtui.ui.commands.messages import CommandWanted
from ssmtui.ui.kit.line import Line
from ssmtui.ui.look.pieces import FRAME_TONES, Piece, icon_words, length, longest_fit
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import fit
from ssmtui.ui.panes.needs import TabMark
from ssmtui.ui.panes.tabs import TabLabel, Tabs

MARK_TONES = {
    TabMark.STARTING: Tone.WARN,
    TabMark.QUIET: Tone.FAINT,
    TabMark.RUNNING: Tone.DIM,
    TabMark.ACTIVITY: Tone.PRIMARY,
    TabMark.DONE: Tone.GOOD,
    TabMark.SILENT: Tone.WARN,
    TabMark.LIMIT: Tone.WARN,
    TabMark.WRONG: Tone.BAD,
    TabMark.ASKS: Tone.ACCENT,
    TabMark.BELL: Tone.ACCENT,
    TabMark.WATCHED: Tone.ACCENT,
    TabMark.LOST: Tone.BAD,
    TabMark.ENDED: Tone.DIM,
    TabMark.DETACHED: Tone.ACCENT,
    TabMark.FAILED: Tone.BAD,
}

SIGNS = 4
"""Cells of the signs for tabs that do not fit, on both sides."""
TITLE_LIMIT = 24
"""Cells of a tab's title."""


class CallPlace(NamedTuple):
    """Where calls go and who makes them; empty where it is not known (yet)."""

    demo: bool = False
    read_only: bool = False
    who: str = ""
    account: str = ""
    region: str = ""
    aws_profile: str = ""
    expires: str = ""
    """How long the credentials last: ``exp 41 min``."""
    is_ending: bool = False
    """Whether a person should do something about that."""

    def variants(self) -> list[list[Piece]]:
        """The right side from its fullest to its tersest form. What is dangerous to mistake goes last."""
        badges = [Piece(" DEMO ", Tone.NOTICE)] if self.demo else []
        if self.read_only:
            badges.append(Piece(" READ-ONLY ", Tone.DANGER))
        expiry = [Piece(f"· {self.expires} ", Tone.WARN if self.is_ending else Tone.DIM)] if self.expires else []
        fullest = [part for part in (self.who, self.account, self.region, self.aws_profile) if part]
        without_who = [part for part in (self.account, self.region, self.aws_profile) if part]
        tersest = [part for part in (self.region, self.aws_profile) if part]
        forms = [(fullest, expiry), (without_who, expiry), (tersest, expiry)]
        forms += [(tersest, []), (tersest[:1], expiry if self.is_ending else []), (tersest[:1], [])]
        return [
            [Piece(" · ".join(inert.line(part, 40) for part in parts) + " ", Tone.DIM), *ends, *badges]
            for parts, ends in forms
        ]


class BadgeTag(NamedTuple):
    """A feature's word on the right, as the tag of its pieces."""

    command: str
    """Its name: a click runs it."""


class TabBar(Line):
    """Shows the tabs; a click chooses one. The shown tab is always in sight."""

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, tab: int) -> None:
            """``tab`` is its id."""
            super().__init__()
            self.tab = tab

    class Dragged(Message):
        """A tab is held over a cell of the screen, or was let go there."""

        def __init__(self, tab: int, cell: Offset | None, *, dropped: bool) -> None:
            """``tab`` is its id; ``cell`` None: it is over the bar, or is held no more."""
            super().__init__()
            self.tab = tab
            self.cell = cell
            self.dropped = dropped

    def __init__(self, place: CallPlace) -> None:
        super().__init__()
        self._held: int | None = None
        """The id of the tab on which the mouse was pressed."""
        self._place = place
        self._badges: dict[str, Piece] = {}
        """By the names of their commands."""
        self._tabs = Tabs().labels()

    def show_tabs(self, tabs: list[TabLabel]) -> None:
        """Draw these tabs."""
        if tabs != self._tabs:
            self._tabs = tabs
            self.refresh()

    def show_place(self, place: CallPlace) -> None:
        """Draw this on the right."""
        self._place = place
        self.refresh()

    def show_badge(self, command: str, text: str, tone: Tone) -> None:
        """Say ``text`` on the right; a click runs ``command``. Empty: nothing."""
        before = self._badges.pop(command, None)
        if text:
            self._badges[command] = Piece(f" {text} ", tone, tag=BadgeTag(command))
        if self._badges.get(command) != before:
            self.refresh()

    def right(self, width: int) -> list[Piece]:
        """As much of the place as leaves the tabs their room, the badges before it. Where there is no room for all tabs
        there still is for the shown one: the place and the badges give way to it, and what is dangerous to mistake
        last."""
        widths = [length(self._tab(number, tab)) + 1 for number, tab in enumerate(self._tabs, 1)]
        places = self._place.variants()
        badges = [piece for badge in self._badges.values() for piece in (badge, Piece(" "))]
        found = longest_fit([[*badges, *place] for place in places], width - sum(widths) - 1)
        room = width - widths[self._shown] - SIGNS
        return found if length(found) <= room else longest_fit([places[-1], places[-1][1:], []], room)

    def left(self, width: int) -> list[Piece]:
        """The tabs that fit around the shown one, with signs for those that do not."""
        drawn = [self._tab(number, tab) for number, tab in enumerate(self._tabs, 1)]
        first, last = self._window([length(pieces) + 1 for pieces in drawn], width - SIGNS)
        line = [Piece("‹ " if first else " ", Tone.FAINT)]
        for place in range(first, last + 1):
            line += drawn[place]
            if place < last:
                line.append(Piece("│", Tone.FAINT))
        if last < len(drawn) - 1:
            line.append(Piece(" ›", Tone.FAINT))
        return line

    @property
    def _shown(self) -> int:
        """The place of the shown tab."""
        return next(place for place, tab in enumerate(self._tabs) if tab.active)

    def _window(self, widths: list[int], room: int) -> tuple[int, int]:
        """The first and last tab shown: the shown one and its neighbours, alternately left and right."""
        first = last = self._shown
        room -= widths[self._shown]
        while True:
            grown = False
            if last + 1 < len(widths) and widths[last + 1] <= room:
                last += 1
                room -= widths[last]
                grown = True
            if first > 0 and widths[first - 1] <= room:
                first -= 1
                room -= widths[first]
                grown = True
            if not grown:
                return first, last

    def _tab(self, number: int, tab: TabLabel) -> list[Piece]:
        title = inert.line(tab.title, 80)
        title = fit(title, min(TITLE_LIMIT, cell_len(title)))
        under = Tone.HERE if tab.active else None
        tone = FRAME_TONES.get(tab.frame, under or Tone.PLAIN)
        icon = icon_words(tab.icon)
        name = f"{icon}{title}{tab.others} "
        pieces = [Piece(f" {number} ", under or Tone.PLAIN, tag=tab), Piece(name, tone, under, tab)]
        if tab.broadcast:
            pieces.append(Piece(f"{tab.broadcast} ", Tone.BAD, under, tab))
        if tab.mark is not TabMark.NONE:
            pieces.append(Piece(f"{tab.mark.value} ", MARK_TONES[tab.mark], under, tab))
        return pieces

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of a tab: it can be dragged into a pane."""
        tag = self.tag_at(event.x)
        if isinstance(tag, TabLabel) and event.button == 1:
            self._held = tag.tab
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say where the tab is held."""
        if self._held is None:
            return
        if event.button:
            self.post_message(self.Dragged(self._held, self._cell(event), dropped=False))
        else:  # it was let go where nothing was heard of it, as while another program had the terminal
            self.release_mouse()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go of the tab."""
        held, self._held = self._held, None
        if held is not None:
            self.post_message(self.Dragged(held, self._cell(event), dropped=True))
            self.release_mouse()

    def _cell(self, event: events.MouseEvent) -> Offset | None:
        # The bar may lie over a pane, which is not meant then.
        return None if self.region.contains_point(event.screen_offset) else event.screen_offset

    def on_mouse_release(self) -> None:
        """Something else has the mouse now."""
        held, self._held = self._held, None
        if held is not None:
            self.post_message(self.Dragged(held, None, dropped=False))

    def on_click(self, event: events.Click) -> None:
        """Choose the tab under the mouse, or do what a badge stands for."""
        if event.y:  # a tab was dropped elsewhere
            return
        tag = self.tag_at(event.x)
        if isinstance(tag, TabLabel):
            self.post_message(self.Chosen(tag.tab))
        elif isinstance(tag, BadgeTag):
            self.post_message(CommandWanted(tag.command))
