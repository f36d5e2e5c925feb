"""What is done with nodes of the list, marked ones or the one under the cursor: sessions, copies, orders, columns.

Dialogs are imported here, when first opened: the first frame does not pay for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ssmtui.errors import SsmtuiError
from ssmtui.model import Node, StartRequest
from ssmtui.ui import words
from ssmtui.ui.cells import tidy
from ssmtui.ui.nodes import preferences
from ssmtui.ui.nodes.copies import FEW, What, text_of

if TYPE_CHECKING:
    from ssmtui.ui.app import SsmtuiApp

UNASKED = 5
"""Sessions that are opened at once without a question."""
MOST = 100
"""Sessions that are opened at once at all."""


def open_shells(app: SsmtuiApp) -> None:
    """Sessions with the default shell."""

    def shell(node: Node) -> StartRequest:
        return StartRequest(target=node.id, title=node.label)

    _start(app, app.main.nodes.targets, shell)


def open_start_form(app: SsmtuiApp) -> None:
    """Sessions as the form will say: the same on all nodes."""
    from ssmtui.ui.screens.start_form import StartForm

    assert app.services is not None
    nodes = app.main.nodes.targets
    first = _request_to(app, nodes[0], StartRequest(target=nodes[0].id, title=nodes[0].label))
    if first is None:
        return

    def submitted(answer: StartRequest | None) -> None:
        if answer is not None:
            _start(app, nodes, lambda node: answer if node is nodes[0] else replace(answer, title=node.label))

    gateway = app.services.gateways.gateway(first.scope)
    app.push_screen(StartForm(gateway, nodes[0], first, None, len(nodes) - 1), submitted)


def _request_to(app: SsmtuiApp, node: Node, request: StartRequest) -> StartRequest | None:
    """``request`` with ``node`` as its target; None, with a word about it, where nobody here may call that account."""
    assert app.services is not None
    try:
        scope = app.services.fleet.scope_of(node)
    except SsmtuiError as error:
        app.tell(f"{node.label}: {error.detail}. {error.remedy}", severity="error", seconds=8)
        return None
    return replace(request, target=node.id, scope=scope, container=node.container)


def _start(app: SsmtuiApp, nodes: Sequence[Node], request_for: Callable[[Node], StartRequest]) -> None:
    """A session on each of ``nodes``, after a question where they are many."""
    from ssmtui.ui.screens.open_question import OpenQuestion

    def start() -> None:
        assert app.services is not None
        requests = [(request, node) for node in nodes if (request := _request_to(app, node, request_for(node)))]
        for _, node in requests:
            app.services.usage.note_use(node.key)
        app.main.nodes.mark(lambda marks: marks.clear())
        app.main.start_all(requests)

    def answered(yes: bool | None) -> None:
        if yes:
            start()

    if len(nodes) > MOST:
        text = f"{len(nodes):,} nodes are marked, and at most {MOST} sessions are opened at once"
        app.tell(text, severity="warning")
    elif len(nodes) > UNASKED:
        app.push_screen(OpenQuestion(_told_apart(nodes)), answered)
    else:
        start()


def _told_apart(nodes: Sequence[Node]) -> list[str]:
    """Their names, with AWS profile and region where these are not the same for all."""
    profiles = len({node.aws_profile for node in nodes}) > 1
    regions = len({node.region for node in nodes}) > 1
    told = []
    for node in nodes:
        where = [node.aws_profile or "default credentials"] * profiles + [node.region] * regions
        told.append("  ".join([tidy(node.label, 30), *(tidy(part, 20) for part in where)]))
    return told


# Copies


def copy(app: SsmtuiApp, argument: str) -> None:
    """Copy what ``argument`` names of the nodes, or ask what."""
    from ssmtui.ui.screens.copy_menu import CopyMenu

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
    from ssmtui.ui.screens.order import OrderScreen

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
    from ssmtui.ui.screens.columns import ColumnsScreen

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


def choose_scopes(app: SsmtuiApp) -> None:
    """Ask which AWS profiles and regions to list."""
    from ssmtui.ui.screens.scopes import ScopesScreen

    services = app.services
    assert services is not None
    app.push_screen(ScopesScreen(services.gateways, services.fleet, app.main.nodes.now))


def show_troubles(app: SsmtuiApp) -> None:
    """Show all that is wrong with the chosen scopes."""
    from ssmtui.ui.screens.troubles import Troubles

    app.push_screen(Troubles(app.main.nodes.states, app.main.nodes.now))
