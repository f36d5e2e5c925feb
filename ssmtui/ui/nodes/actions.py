"""What is done with nodes of the list, marked ones or the one under the cursor: sessions, copies, orders, columns.

Dialogs are imported here, when first opened: the first frame does not pay for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssmtui.model import Node, StartRequest
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.nodes.copies import FEW, What, text_of
from ssmtui.ui.nodes.table import preferences
from ssmtui.ui.start import launching as launch_flows
from ssmtui.ui.start.launch import Launch

if TYPE_CHECKING:
    from ssmtui.ui.frame.app import SsmtuiApp


def open_shells(app: SsmtuiApp) -> None:
    """Sessions with the default shell."""
    _start(app, [_shell(node) for node in app.main.nodes.targets])


def open_start_form(app: SsmtuiApp) -> None:
    """Sessions as the form will say: the same on all nodes."""
    from ssmtui.ui.start import form_actions as start_flows

    start_flows.open_form(app, [_shell(node) for node in app.main.nodes.targets], then=lambda: _clear_marks(app))


def _shell(node: Node) -> Launch:
    return Launch(StartRequest(target=node.id, title=node.label, container=node.container), node)


def _start(app: SsmtuiApp, launches: Sequence[Launch]) -> None:
    """Start them; the marks have served then."""
    launch_flows.launch(app, launches, then=lambda: _clear_marks(app))


def _clear_marks(app: SsmtuiApp) -> None:
    app.main.nodes.mark(lambda marks: marks.clear())


# Copies


def copy(app: SsmtuiApp, argument: str) -> None:
    """Copy what ``argument`` names of the nodes, or ask what."""
    from ssmtui.ui.nodes.copy_menu import CopyMenu

    nodes = app.main.nodes.targets
    wanted = argument.casefold()
    if wanted:
        what = next((what for what in What if wanted in (what.name.casefold(), what.value.key)), None)
        if what is None:
            names = ", ".join(each.name.casefold() for each in What)
            app.tell(f"There is no {argument} to copy; there are {names}", severity="warning")
        else:
            _copy(app, what, nodes)
        return

    def chosen(what: What | None) -> None:
        if what is not None:
            _copy(app, what, nodes)

    app.push_screen(CopyMenu(nodes), chosen)


def _copy(app: SsmtuiApp, what: What, nodes: Sequence[Node]) -> None:
    if len(nodes) <= FEW:
        _give(app, what, nodes, text_of(what, nodes))
        return

    async def gather() -> None:
        _give(app, what, nodes, await asyncio.to_thread(text_of, what, nodes))

    app.run_worker(gather(), name="copy of nodes")


def _give(app: SsmtuiApp, what: What, nodes: Sequence[Node], text: str) -> None:
    if not text:
        app.tell(f"No {what.value.name} is known of {_named(nodes)}", severity="warning")
    elif len(nodes) == 1 and what is not What.JSON:
        app.copy_to_clipboard(text, tidy(text, 60))
    else:
        app.copy_to_clipboard(text, f"{what.value.name} of {_named(nodes)}")


def _named(nodes: Sequence[Node]) -> str:
    return tidy(nodes[0].label, 40) if len(nodes) == 1 else words.count(len(nodes), "node")


# Order and columns


def sort(app: SsmtuiApp, argument: str) -> None:
    """Sort as ``argument`` says, or ask how."""
    from ssmtui.ui.nodes.table.order_dialog import OrderScreen

    nodes = app.main.nodes
    if not argument:
        app.push_screen(OrderScreen(nodes))
        return
    try:
        keys = preferences.parse_sort(argument)
    except KeyError as error:
        app.tell(f"Nodes cannot be sorted by {error.args[0]}", severity="warning")
    else:
        nodes.prefer(nodes.preferences.sorted_by(keys))


def choose_columns(app: SsmtuiApp, argument: str) -> None:
    """Have the columns that ``argument`` names, or ask which."""
    from ssmtui.ui.nodes.table.columns_dialog import ColumnsScreen

    nodes = app.main.nodes
    if not argument:
        app.push_screen(ColumnsScreen(nodes))
        return
    try:
        chosen = preferences.parse_columns("" if argument == "default" else argument)
    except KeyError as error:
        app.tell(f"There is no column {error.args[0]}", severity="warning")
    else:
        nodes.prefer(nodes.preferences.with_shown(chosen, () if argument == "default" else nodes.differing))


# Scopes
