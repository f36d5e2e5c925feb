"""Commands on the panes of the shown tab: the letters after the leader are tmux's where tmux has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.config.settings import nearest
from ssmtui.layout import Arrangement, Side
from ssmtui.ui.commands.base import AFTER_LEADER, CommandOn
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.panes import actions
from ssmtui.ui.panes.commands import TabCommand

if TYPE_CHECKING:
    from ssmtui.layout import Layout
    from ssmtui.ui.panes.panes import Panes

GROWS_BY = 3
"""Cells by which a pane grows at each key: enough to see it, few enough to stop where it is wanted."""


class LayoutCommand(TabCommand, CommandOn["Layout"]):
    """A command on the panes of the shown tab."""

    place = AFTER_LEADER
    missing = "This tab holds no session"

    def subject(self) -> Layout | None:
        return self._panes.tabs.shown.layout


class SeveralPanesCommand(LayoutCommand):
    """A command that needs more than one pane."""

    def reason_against(self, layout: Layout) -> str | None:
        return None if len(layout.leaves) > 1 else "This tab has one pane only"


class FocusPane(SeveralPanesCommand):
    """Go to the pane on that side of this one"""

    name = "pane"
    leader_keys = ("left", "right", "up", "down")
    takes_key = True
    argument = "left|right|up|down"

    def run_on(self, layout: Layout, argument: str) -> None:
        if argument not in [side.value for side in Side]:
            self._panes.stage.tell("A pane is left, right, up or down of this one", severity="warning")
            return
        leaf = layout.neighbour(Side(argument), self._panes.area)
        if leaf is not None:
            self._panes.show(leaf)


class NextPane(SeveralPanesCommand):
    """Go to the next pane of this tab"""

    name = "next-pane"
    leader_keys = ("o",)

    def run_on(self, layout: Layout, argument: str) -> None:
        self._panes.show(layout.after(1))


class LastPane(SeveralPanesCommand):
    """Go back to the pane that had the focus before"""

    name = "last-pane"
    leader_keys = ("semicolon",)

    def run_on(self, layout: Layout, argument: str) -> None:
        self._panes.show(layout.after(1) if layout.before is None else layout.before)


class CoverPanes(SeveralPanesCommand):
    """Let this pane cover the others of its tab, or put it back in its place"""

    name = "alone"
    leader_keys = ("z",)

    def reason_against(self, layout: Layout) -> str | None:
        if (reason := super().reason_against(layout)) is not None or layout.alone or layout.fits(self._panes.area):
            return reason
        return "The window has no room for the other panes of this tab anyway"

    def run_on(self, layout: Layout, argument: str) -> None:
        self._panes.relay(layout.toggle_alone())


class SwapPanes(SeveralPanesCommand):
    """Let this pane change places with the one before it ({) or after it (})"""

    name = "swap"
    leader_keys = ("left_curly_bracket", "right_curly_bracket")
    takes_key = True
    argument = "before|after"

    def run_on(self, layout: Layout, argument: str) -> None:
        offset = -1 if argument in ("left_curly_bracket", "before") else 1
        self._panes.lay_out(layout.swap(layout.focused, layout.after(offset)))


class RotatePanes(SeveralPanesCommand):
    """Move each pane to the place of the next one"""

    name = "rotate"
    leader_keys = ("ctrl+o",)

    def run_on(self, layout: Layout, argument: str) -> None:
        self._panes.lay_out(layout.rotate(1))


class ResizePane(SeveralPanesCommand):
    """Move the border on that side of this pane; the key alone moves it on"""

    name = "resize"
    leader_keys = ("ctrl+left", "ctrl+right", "ctrl+up", "ctrl+down")
    takes_key = True
    repeats = True
    argument = "left|right|up|down"

    def __init__(self, panes: Panes) -> None:
        super().__init__(panes)
        self._done: tuple[object, Layout | None] = (None, None)
        """The change that was remembered last when this was done last, and the layout that it made."""

    def run_on(self, layout: Layout, argument: str) -> None:
        name = argument.removeprefix("ctrl+")
        if name not in [side.value for side in Side]:
            self._panes.stage.tell("A border moves left, right, up or down", severity="warning")
            return
        grown = layout.grow(Side(name), GROWS_BY, self._panes.area)
        if grown.root == layout.root:
            return
        # Keys that follow one another are one change, as all steps of a drag are.
        change, made = self._done
        if change is self._panes.tabs.last_change and made == layout:
            self._panes.relay(grown)
        else:
            self._panes.lay_out(grown)
        self._done = self._panes.tabs.last_change, grown


class EvenPanes(SeveralPanesCommand):
    """Give all panes of this tab the same room"""

    name = "even"
    leader_keys = ("equals_sign", "E")

    def run_on(self, layout: Layout, argument: str) -> None:
        self._panes.lay_out(layout.even())


class NextArrangement(SeveralPanesCommand):
    """Arrange the panes in the next way: tiled, side by side, one above the other, a large one beside the others"""

    name = "next-layout"
    leader_keys = ("space",)

    def run_on(self, layout: Layout, argument: str) -> None:
        arranged = layout.arrange_next(self._panes.area)
        if arranged.root == layout.root:
            self._panes.stage.tell("In no other arrangement do all panes fit into this window")
        self._panes.lay_out(arranged)


class ArrangePanes(SeveralPanesCommand):
    """Arrange the panes of this tab in a way that has a name"""

    name = "layout"
    argument = "|".join(each.value for each in Arrangement)

    def run_on(self, layout: Layout, argument: str) -> None:
        names = [each.value for each in Arrangement]
        if argument not in names:
            text = f"There is no layout {tidy(argument, 40) or 'without a name'}. {nearest(argument, names)}"
            self._panes.stage.tell(text, severity="warning", seconds=8)
            return
        area = self._panes.area
        arranged = layout.arrange(Arrangement(argument), area)
        if layout.fits(area) and not arranged.fits(area):
            panes = len(layout.leaves)
            text = f"The window is too small for {panes} panes in that layout: only one of them would be in sight"
            self._panes.stage.tell(text, severity="warning", seconds=8)
            return
        self._panes.lay_out(arranged)


class BreakPane(SeveralPanesCommand):
    """Put this pane into a tab of its own"""

    name = "break"
    leader_keys = ("exclamation_mark",)

    def run_on(self, layout: Layout, argument: str) -> None:
        self._panes.break_out(layout.focused)


class JoinTab(LayoutCommand):
    """Bring the panes of another tab into this one, beside this pane"""

    name = "join"
    leader_keys = ("j",)
    argument = "[NUMBER]"

    def reason_against(self, layout: Layout) -> str | None:
        return None if len(self._panes.tabs.of_sessions) > 1 else "There is no other tab with a session"

    def run_on(self, layout: Layout, argument: str) -> None:
        actions.join_tab(self._panes, argument)


class UndoLayout(TabCommand):
    """Take back the last change of where panes are"""

    name = "undo-layout"
    leader_keys = ("U",)

    def disabled_reason(self) -> str | None:
        return None if self._panes.tabs.can_undo else "No change of a layout is left to take back"

    def run(self, argument: str = "") -> None:
        if not self._panes.undo():
            self._panes.stage.tell("Nothing has changed that could be taken back")
