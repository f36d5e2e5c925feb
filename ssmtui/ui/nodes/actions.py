"""What is done with nodes of the list, marked ones or the one under the cursor: sessions, copies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ssmtui.errors import SsmtuiError
from ssmtui.layout import Arrangement
from ssmtui.model import Node, StartRequest
from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.nodes.copies import FEW, What, text_of
from ssmtui.ui.start.launch import Launch
from ssmtui.ui.start.spreading import MOST_SHARED, Spread

if TYPE_CHECKING:
    from ssmtui.ui.nodes.view import NodesView
    from ssmtui.ui.ports import ServiceOpener
    from ssmtui.ui.services import Clock
    from ssmtui.ui.start.starting import Starting


def _shell(node: Node) -> Launch:
    return Launch(StartRequest(target=node.id, title=node.label, container=node.container), node)


def _named(nodes: Sequence[Node]) -> str:
    return tidy(nodes[0].label, 40) if len(nodes) == 1 else words.count(len(nodes), "node")


class NodeActions(Feature):
    """What is done with the nodes of the list."""

    def __init__(self, view: NodesView, starting: Starting, opener: ServiceOpener, clock: Clock) -> None:
        self.view = view
        self.panes = starting.panes
        self.stage = starting.panes.stage
        self._starting = starting
        self._opener = opener
        self._clock = clock

    @property
    def is_opening(self) -> bool:
        """Whether AWS is still being reached."""
        return self._opener.opening

    def refresh(self) -> None:
        """List the nodes again; after a failed start of the program, reach AWS again."""
        if not self.is_connected:
            self._opener.open()
            return
        self.services.fleet.refresh()
        self.services.board.refresh()
        self._starting.offers.clear()

    def filter(self, text: str) -> None:
        """Show the list, filtered by ``text``."""
        self.panes.show(None)
        self.view.set_filter(text)

    def open_shells(self) -> None:
        """Sessions with the default shell."""
        if self.view.awaits_nodes:
            self._choose_from_listing("Open a shell on which node?", lambda node: self._start([_shell(node)]))
            return
        self._start([_shell(node) for node in self.view.targets])

    def open_found(self, text: str, *, tiled: bool = False) -> None:
        """Sessions with the default shell on all nodes that the filter ``text`` finds, as soon as they are listed, in
        tabs of their own or ``tiled`` in one; the list is filtered by it, too."""
        from ssmtui.ui.nodes.finding import nodes_found

        self.view.set_filter(text)
        release = self.stage.hold_keys()

        async def opened() -> None:
            try:
                nodes = await nodes_found(text, self.services, self.stage, self._clock)
                if tiled and len(nodes) > MOST_SHARED:
                    many = f"{len(nodes)} nodes are too many to tile: more than {MOST_SHARED} get a tab each"
                    self.stage.tell(many, severity="warning", seconds=8)
                if nodes:
                    spreading = Arrangement.TILED if tiled else Spread.TABS
                    self._starting.launch([_shell(node) for node in nodes], spreading)
            except SsmtuiError as error:
                self.stage.tell_error(error)
            finally:
                release()

        self.stage.run_worker(opened(), name="open what a filter finds", group="launch")

    def open_start_form(self) -> None:
        """Sessions as the form will say: the same on all nodes."""
        if self.view.awaits_nodes:
            form = self._starting.open_form
            self._choose_from_listing("Start on which node?", lambda node: form([_shell(node)]))
            return
        self._starting.open_form([_shell(node) for node in self.view.targets], then=self._clear_marks)

    def _start(self, launches: Sequence[Launch]) -> None:
        """Start sessions, then clear the marks."""
        self._starting.launch(launches, then=self._clear_marks)

    def _clear_marks(self) -> None:
        self.view.mark(lambda marks: marks.clear())

    # What features below ask of the list

    def targets(self) -> Sequence[Node]:
        """The marked nodes, or the one under the cursor."""
        return self.view.targets

    def done(self) -> None:
        """What was wanted of the marked nodes is done: they are marked no more."""
        self._clear_marks()

    def choose(self, title: str, chosen: Callable[[Node], None]) -> None:
        """Have one of all nodes chosen, under a ``title`` that asks for it."""
        from ssmtui.ui.nodes.node_choice import NodeChoice

        nodes = [row.item for row in self.view.index.rows]
        if not nodes:
            self.stage.tell("No node is listed yet", severity="warning")
            return

        def answered(node: Node | None) -> None:
            if node is not None:
                chosen(node)

        self.stage.push_screen(NodeChoice("", nodes, self._clock.now(), title=title, verb="choose"), answered)

    def _choose_from_listing(self, title: str, chosen: Callable[[Node], None]) -> None:
        """Have one of the nodes chosen that are being listed."""
        from ssmtui.ui.nodes.node_choice import NodeChoice

        def listed() -> Sequence[Node] | None:
            nodes = [row.item for row in self.view.index.rows]
            return nodes if nodes or self.view.awaits_nodes else None

        def answered(node: Node | None) -> None:
            if node is not None:
                chosen(node)

        dialog = NodeChoice("", (), self._clock.now(), title=title, verb="open", listed=listed)
        self.stage.push_screen(dialog, answered)

    # Copies

    def copy(self, argument: str) -> None:
        """Copy what ``argument`` names of the nodes, or ask what."""
        from ssmtui.ui.nodes.copy_menu import CopyMenu

        nodes = self.view.targets
        wanted = argument.casefold()
        if wanted:
            what = next((what for what in What if wanted in (what.name.casefold(), what.value.key)), None)
            if what is None:
                names = ", ".join(each.name.casefold() for each in What)
                self.stage.tell(f"There is no {argument} to copy; there are {names}", severity="warning")
            else:
                self._copy(what, nodes)
            return

        def chosen(what: What | None) -> None:
            if what is not None:
                self._copy(what, nodes)

        self.stage.push_screen(CopyMenu(nodes), chosen)

    def _copy(self, what: What, nodes: Sequence[Node]) -> None:
        if len(nodes) <= FEW:
            self._give(what, nodes, text_of(what, nodes))
            return

        async def gather() -> None:
            self._give(what, nodes, await asyncio.to_thread(text_of, what, nodes))

        self.stage.run_worker(gather(), name="copy of nodes")

    def _give(self, what: What, nodes: Sequence[Node], text: str) -> None:
        if not text:
            self.stage.tell(f"No {what.value.name} is known of {_named(nodes)}", severity="warning")
        elif len(nodes) == 1 and what is not What.JSON:
            self.stage.copy_to_clipboard(text, tidy(text, 60))
        else:
            self.stage.copy_to_clipboard(text, f"{what.value.name} of {_named(nodes)}")
