"""The overview: all sessions as live tiles, with the keys of the list of nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ssmtui.ui.broadcast.commands import READ_ONLY
from ssmtui.ui.commands.base import LISTS, NODES, Command, CommandOn, Place
from ssmtui.ui.commands.feature import Feature, Reaching
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.panes import actions

if TYPE_CHECKING:
    from ssmtui.ui.broadcast.feature import BroadcastFeature
    from ssmtui.ui.overview.state import OverviewState
    from ssmtui.ui.overview.view import OverviewView
    from ssmtui.ui.ports import Keys
    from ssmtui.ui.services import Clock

OVERVIEW = Place("In the overview", LISTS)


class ShowOverview(Reaching):
    """Show all sessions as live tiles: filter, sort, mark, open, end them"""

    name = "overview"
    place = NODES
    keys = ("O",)
    leader_keys = ("O",)
    argument = "[filter]"

    def __init__(self, feature: OverviewFeature) -> None:
        super().__init__(feature)
        self._overview = feature

    def run(self, argument: str = "") -> None:
        self._overview.show(argument)


class BoardCommand(CommandOn["OverviewView"]):
    """A command on the overview."""

    place = OVERVIEW
    missing = "The overview is not in front"

    def __init__(self, feature: OverviewFeature) -> None:
        self._overview = feature

    def subject(self) -> OverviewView | None:
        return self._overview.view


class TileCommand(BoardCommand):
    """A command on the marked sessions, or on the one under the cursor."""

    def reason_against(self, view: OverviewView) -> str | None:
        return None if view.targets else "There is no session under the cursor"


class OpenTile(BoardCommand):
    """Show the session in its tab"""

    name = "overview-open"
    keys = ("enter",)
    hint = "open"

    def reason_against(self, view: OverviewView) -> str | None:
        return None if view.chosen else "There is no session under the cursor"

    def run_on(self, view: OverviewView, argument: str) -> None:
        if view.chosen is not None:
            self._overview.panes.show(view.chosen.key)


class FilterTiles(BoardCommand):
    """Filter the sessions by what finds their nodes, or by title, state and document (esc clears)"""

    name = "overview-filter"
    keys = ("slash",)
    hint = "filter"

    def run_on(self, view: OverviewView, argument: str) -> None:
        view.edit_filter()


class SortTiles(BoardCommand):
    """Sort by tab, by what needs me, by name"""

    name = "overview-order"
    keys = ("o",)
    hint = "sort"

    def run_on(self, view: OverviewView, argument: str) -> None:
        view.sort()


class MarkTile(TileCommand):
    """Mark the session, and go to the next; commands then act on all marked ones"""

    name = "overview-mark"
    keys = ("space",)
    hint = "mark"

    def run_on(self, view: OverviewView, argument: str) -> None:
        view.mark()


class MarkAllTiles(TileCommand):
    """Mark all sessions that are shown; again: none of them"""

    name = "overview-mark-all"
    keys = ("ctrl+a",)

    def run_on(self, view: OverviewView, argument: str) -> None:
        view.mark_all()


class EndTiles(TileCommand):
    """End the session, or all marked ones (asks first while they live), and close their tabs"""

    name = "overview-end"
    keys = ("x", "delete")
    hint = "end"

    def run_on(self, view: OverviewView, argument: str) -> None:
        panes = self._overview.panes
        if len(targets := view.targets) == 1:
            actions.close_pane(panes, targets[0])
        else:
            actions.close_panes(panes, targets, view.show_sessions)


class BroadcastTiles(TileCommand):
    """Have the marked sessions take part in the broadcast; without marks this one, or no more"""

    name = "overview-broadcast"
    keys = ("b",)
    hint = "broadcast"
    is_minor = True

    def reason_against(self, view: OverviewView) -> str | None:
        if (reason := super().reason_against(view)) is not None:
            return reason
        targets = view.targets
        if all(session.read_only for session in targets):
            return READ_ONLY
        return None if any(session.live for session in targets) else "The session is over"

    def run_on(self, view: OverviewView, argument: str) -> None:
        members, keys = self._overview.broadcast.members, [session.key for session in view.targets]
        if view.marked:
            members.join(keys)
            view.clear_marks()
        else:
            members.toggle(keys[0])
            view.show_sessions()


class SplitTiles(BoardCommand):
    """Put the marked sessions side by side into one tab"""

    name = "overview-split"
    keys = ("percent_sign",)
    hint = "split"
    is_minor = True

    def reason_against(self, view: OverviewView) -> str | None:
        return None if len(view.marked) > 1 else "Mark two sessions or more first"

    def run_on(self, view: OverviewView, argument: str) -> None:
        from ssmtui.ui.overview.actions import tile

        if tile(self._overview.panes, view.targets):
            view.clear_marks()


class TileBeside(BoardCommand):
    """Go to the tile at the left (h) or at the right (l)"""

    name = "overview-beside"
    keys = ("h", "left", "l", "right")
    takes_key = True
    in_palette = False

    def run_on(self, view: OverviewView, argument: str) -> None:
        view.board.step(-1 if argument in ("h", "left") else 1)


class LeaveOverview(BoardCommand):
    """Take back the marks, then the filter, then close the overview; the sessions go on"""

    name = "overview-back"
    keys = ("escape", "q")
    hint = "back"
    takes_key = True
    in_palette = False

    def run_on(self, view: OverviewView, argument: str) -> None:
        if argument == "q" or not view.take_back():
            self._overview.panes.close_view(OVERVIEW)


class OverviewFeature(Feature):
    """The view of all sessions."""

    styles = dialog_sheets("overview")

    def __init__(self, broadcast: BroadcastFeature, keys: Keys, clock: Clock) -> None:
        self.broadcast = broadcast
        self.panes = broadcast.panes
        self._keys = keys
        self._clock = clock
        self._state: OverviewState | None = None
        self.commands: tuple[Command, ...] = (
            ShowOverview(self),
            OpenTile(self),
            FilterTiles(self),
            SortTiles(self),
            MarkTile(self),
            MarkAllTiles(self),
            EndTiles(self),
            BroadcastTiles(self),
            SplitTiles(self),
            TileBeside(self),
            LeaveOverview(self),
        )

    @property
    def view(self) -> OverviewView | None:
        """The overview, where it is in front."""
        return cast("OverviewView", self.panes.front) if self.panes.place is OVERVIEW else None

    def show(self, text: str = "") -> None:
        """Open the overview as it was left, with the cursor on the session that was in front; ``text`` is the filter to
        set."""
        from ssmtui.ui.overview.state import OverviewState
        from ssmtui.ui.overview.view import OverviewView

        state = self._state = self._state or OverviewState()
        came_from = self.panes.tabs.session
        if came_from is not None:
            state.cursor = came_from
        if text:
            state.text = text
        key = self._keys.shown_key
        self.panes.open_view(OVERVIEW, lambda: OverviewView(self.panes, self.services, state, self._clock, key))
        view = self.view
        if view is not None:  # it was open
            if text:
                view.set_filter(text)
            view.show_sessions(cursor=came_from)
