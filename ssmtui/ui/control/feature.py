"""The control room: every session that the service knows, to go to, take over and end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from ssmtui.ui.commands.base import LISTS, NODES, Command, CommandOn, Place
from ssmtui.ui.commands.feature import NOT_REACHED, Feature, Reaching
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.table import commands as table

if TYPE_CHECKING:
    from ssmtui.inventory.filters import Filters
    from ssmtui.model import Node
    from ssmtui.ui.control.actions import ControlActions, TakeOver
    from ssmtui.ui.control.state import ControlState
    from ssmtui.ui.control.view import ControlView
    from ssmtui.ui.nodes.view import NodesView
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.services import Clock, Services

CONTROL = Place("In the list of sessions", LISTS)


class ShowSessions(Reaching):
    """Show all sessions, yours and everybody's: go to them, take them over, end them; those of the last 30 days"""

    name = "sessions"
    place = LISTS
    keys = ("H",)
    leader_keys = ("H",)
    argument = "[filter]"

    def __init__(self, control: ControlFeature) -> None:
        super().__init__(control)
        self._control = control

    def run(self, argument: str = "") -> None:
        self._control.show(argument)


class NodeSessions(CommandOn["Node"]):
    """Show who is on the node and who was in the last 30 days"""

    name = "node-sessions"
    place = NODES
    keys = ("h",)
    missing = "There is no node under the cursor"

    def __init__(self, control: ControlFeature, nodes: NodesView) -> None:
        self._control = control
        self._nodes = nodes

    def subject(self) -> Node | None:
        return self._nodes.selected

    def reason_against(self, node: Node) -> str | None:
        return None if self._control.is_connected else NOT_REACHED

    def run_on(self, node: Node, argument: str) -> None:
        self._control.show_node(node)


class ControlCommand(CommandOn["ControlView"]):
    """A command on the list of sessions."""

    place = CONTROL
    missing = "The list of sessions is not in front"

    def __init__(self, control: ControlFeature) -> None:
        self._control = control

    def subject(self) -> ControlView | None:
        return self._control.view

    @property
    def stage(self) -> Stage:
        """The app's."""
        return self._control.panes.stage


class GoToSession(ControlCommand):
    """Go to the session's tab, or take the session over"""

    name = "session-go"
    keys = ("enter",)
    hint = "go, take over"

    def reason_against(self, view: ControlView) -> str | None:
        row = view.selected
        if row is None:
            return "There is no session under the cursor"
        return "The session is over" if row.is_over else None

    def run_on(self, view: ControlView, argument: str) -> None:
        row = view.selected
        if row is not None:
            self._control.actions.go_to(row)


class EndSessions(ControlCommand):
    """End the marked sessions, or the one under the cursor (asks first)"""

    name = "session-end"
    keys = ("x", "delete")
    hint = "end"

    def reason_against(self, view: ControlView) -> str | None:
        if not view.targets:
            return "There is no session under the cursor"
        return None if any(not row.is_over for row in view.targets) else "All of these are over"

    def run_on(self, view: ControlView, argument: str) -> None:
        self._control.actions.end(view.targets)


class SwitchHistory(ControlCommand):
    """Show the sessions of the last 30 days that are over, or those that run"""

    name = "session-history"
    keys = ("h",)
    hint = "history"

    def run_on(self, view: ControlView, argument: str) -> None:
        from ssmtui.ui.control.words import TimeSpan

        view.show_side(TimeSpan.RUNNING if view.is_past else TimeSpan.PAST)


class FilterSessions(ControlCommand):
    """Filter the sessions by words in owner, node, document, reason or id (esc clears)"""

    name = "session-filter"
    keys = ("slash",)
    hint = "filter"
    argument = "[words]"

    def run_on(self, view: ControlView, argument: str) -> None:
        if argument:
            view.set_filter(argument)
        else:
            view.edit_filter()


class SaveSessionFilter(ControlCommand, table.SaveFilter):
    """Give the filter of sessions a name, to be typed as @NAME in others"""

    name = "session-save-filter"
    argument = "[name]"

    @property
    def filters(self) -> Filters:
        """Those of sessions."""
        return self._control.state.filters


class ChooseSessionFilter(ControlCommand):
    """Choose or delete a saved filter of sessions"""

    name = "session-filters"
    keys = ("at",)

    def run_on(self, view: ControlView, argument: str) -> None:
        from ssmtui.ui.table.saving import choose_filter

        none = "There are none yet. Filter the sessions, then :session-save-filter NAME."
        choose_filter(self.stage, self._control.state.filters, none, view.set_filter)


class RefreshSessions(ControlCommand):
    """List the sessions again"""

    name = "session-refresh"
    keys = ("r", "ctrl+r")
    hint = "refresh"
    is_minor = True

    def run_on(self, view: ControlView, argument: str) -> None:
        self._control.actions.refresh(view)


class CopySession(ControlCommand):
    """Copy the ids of the marked sessions, or of the one under the cursor"""

    name = "session-copy"
    keys = ("y",)
    hint = "copy id"
    is_minor = True

    def reason_against(self, view: ControlView) -> str | None:
        return None if view.targets else "There is no session under the cursor"

    def run_on(self, view: ControlView, argument: str) -> None:
        self._control.actions.copy(view.targets)


class ClearSessions(ControlCommand):
    """Take back the range, then the marks, then the filter; then show all nodes' sessions again, then leave the list"""

    name = "session-all"
    keys = ("escape",)
    in_palette = False

    def run_on(self, view: ControlView, argument: str) -> None:
        if view.marks or view.filter_text:
            table.clear_step(view)
        elif view.node:
            view.show_side(view.state.side)
        else:
            self._control.close_view()


class SessionsOfAllNodes(ControlCommand):
    """Show the sessions of all nodes again, after those of one"""

    name = "session-all-nodes"

    def reason_against(self, view: ControlView) -> str | None:
        return None if view.node else "Those of all nodes are shown"

    def run_on(self, view: ControlView, argument: str) -> None:
        view.show_side(view.state.side)


class LeaveSessions(ControlCommand):
    """Close the list of sessions; all sessions go on"""

    name = "session-back"
    keys = ("q",)
    hint = "back"
    in_palette = False

    def run_on(self, view: ControlView, argument: str) -> None:
        self._control.close_view()


class MarkSession(ControlCommand, table.Mark):
    """Mark the session, and go to the next; commands then act on all marked ones"""

    name = "session-mark"
    keys = ("space",)
    hint = "mark"
    is_minor = True


class MarkSessions(ControlCommand, table.MarkRange):
    """Mark a range of sessions as the cursor moves; v again ends it, esc takes it back"""

    name = "session-mark-range"
    keys = ("v",)


class ExtendSessions(ControlCommand, table.Extend):
    """Mark a range of sessions"""

    name = "session-extend"
    keys = ("shift+down", "shift+up")


class MarkAllSessions(ControlCommand, table.MarkAll):
    """Mark all sessions that the filter shows; again: none of them"""

    name = "session-mark-all"
    keys = ("ctrl+a",)


class SortSessions(ControlCommand, table.Sort):
    """Sort the sessions by other columns: several keys"""

    name = "session-sort"
    keys = ("S",)
    argument = "[owner,-started]"


class SessionColumns(ControlCommand, table.Columns):
    """Choose, order and size the columns of the list of sessions"""

    name = "session-columns"
    keys = ("C",)
    argument = "[owner name]"


class TallSessionDetails(ControlCommand, table.TallDetails):
    """Show all that is known of the session, with where its output is, or only the few lines below the list"""

    name = "session-details"
    keys = ("d",)
    hint = "details"
    is_minor = True


class ScrollSessionDetails(ControlCommand, table.ScrollDetails):
    """Scroll the details of the session"""

    name = "session-scroll-details"
    keys = ("right_square_bracket", "left_square_bracket")


class ControlFeature(Feature):
    """The list of all sessions."""

    styles = dialog_sheets("table", "control")
    _state: ControlState | None = None
    _opened: ControlView | None = None

    def __init__(self, panes: Panes, nodes: NodesView, clock: Clock, take_over: TakeOver) -> None:
        self.panes = panes
        self._take_over = take_over
        self._clock = clock
        self.commands: tuple[Command, ...] = (
            ShowSessions(self),
            NodeSessions(self, nodes),
            GoToSession(self),
            EndSessions(self),
            SwitchHistory(self),
            FilterSessions(self),
            SaveSessionFilter(self),
            ChooseSessionFilter(self),
            RefreshSessions(self),
            CopySession(self),
            MarkSession(self),
            MarkSessions(self),
            ExtendSessions(self),
            MarkAllSessions(self),
            SortSessions(self),
            SessionColumns(self),
            TallSessionDetails(self),
            ScrollSessionDetails(self),
            ClearSessions(self),
            SessionsOfAllNodes(self),
            LeaveSessions(self),
        )

    def connect(self, services: Services) -> None:
        super().connect(services)
        from ssmtui.ui.control.holding import Holding

        self._holding = Holding(services, self.panes, services.ledger.holders)

    def nodes_changed(self, nodes: Iterable[Node]) -> None:
        """These have been listed, and may have other names than before."""
        if self._services is not None:
            self._holding.nodes_changed(nodes)

    async def close(self) -> None:
        if self._services is not None:
            self._holding.close()
        if self._state is not None:
            await self._state.filters.close()

    @property
    def view(self) -> ControlView | None:
        """The list, where it is in front."""
        return cast("ControlView", self.panes.front) if self.panes.place is CONTROL else None

    @property
    def opened(self) -> ControlView | None:
        """The list, wherever its tab is; None where it has none."""
        return self._opened if self._opened is not None and self._opened.is_attached else None

    @property
    def actions(self) -> ControlActions:
        """What is done with its rows."""
        from ssmtui.ui.control.actions import ControlActions

        return ControlActions(self.panes, self.services, self.state, lambda: self.opened, self._take_over)

    @property
    def state(self) -> ControlState:
        """How the list was left."""
        if self._state is None:
            from ssmtui.ui.control.state import recalled

            self._state = recalled(self.services.memory, self.panes.stage)
        return self._state

    def show(self, text: str = "") -> None:
        """Open the list as it was left; ``text`` is the filter to set."""
        from ssmtui.ui.control.view import ControlView

        state = self.state
        if text:
            state.text = text

        def made() -> ControlView:
            self._opened = ControlView(self.services, state, self._clock, self._holding.look)
            return self._opened

        self.panes.open_view(CONTROL, made)
        if text and self.view is not None:  # it was open
            self.view.set_filter(text)

    def show_node(self, node: Node) -> None:
        """Open the list with the sessions of one node."""
        self.state.node, self.state.history, self.state.failure, self.state.text = node.label, None, None, ""
        was_open = self.opened
        self.show()
        if was_open is not None:
            was_open.set_filter("")
            was_open.show_node(node.label)
        self.actions.read_history(node)

    def close_view(self) -> None:
        """Close the list; it opens as it is left."""
        self.panes.close_view(CONTROL)
