"""The list of nodes as many terminal programs draw theirs: everything anew at each change. A peer to measure against.

Each letter and each sort makes the cells of all nodes, filters them by a regular expression, sorts what matches and
fills Textual's own table with it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from textual.app import App, ComposeResult
from textual.widgets import DataTable

from ssmtui.inventory.fields import FIELDS
from ssmtui.model import Node

COLUMNS = ("name", "id", "ping", "platform", "agent", "ip", "seen")


class RedrawnTable(App[None]):
    """All nodes in a table that is made anew."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        super().__init__()
        self._fleet = nodes
        self.filter = ""
        self.sorted_by = "name"
        self.table: DataTable[str] = DataTable()
        self.painted = 0.0
        """When something was drawn last."""
        display = self._display

        def displayed(screen: Any, renderable: Any) -> None:
            display(screen, renderable)
            self.painted = time.perf_counter()

        self._display = displayed  # type: ignore[method-assign]  # Textual reports no painting

    def compose(self) -> ComposeResult:
        """Nothing but the table."""
        yield self.table

    def on_mount(self) -> None:
        """The heads stay."""
        self.table.add_columns(*(FIELDS[name].title for name in COLUMNS))

    def redraw(self) -> None:
        """Make the table anew."""
        matches = re.compile(self.filter, re.IGNORECASE).search
        texts: list[Callable[[Node], str]] = [FIELDS[name].text for name in COLUMNS]
        order = FIELDS[self.sorted_by].sort_key
        lines = [(order(node), [text(node) for text in texts]) for node in self._fleet]
        found = [line for line in lines if matches(" ".join(line[1]))]
        found.sort(key=lambda line: line[0])
        self.table.clear()
        self.table.add_rows(cells for _, cells in found)


async def measure_redrawing(nodes: Sequence[Node], typed: str, column: str) -> tuple[list[float], float]:
    """Seconds from each letter of ``typed`` to the painted table, and from the wish to sort by ``column``."""
    app = RedrawnTable(nodes)

    async def redrawn() -> float:
        began = time.perf_counter()
        app.redraw()
        await pilot.pause()
        assert app.painted > began
        return app.painted - began

    async with app.run_test(size=(120, 40)) as pilot:
        await redrawn()
        app.sorted_by = column
        sort = await redrawn()
        letters = []
        for end in range(1, len(typed) + 1):
            app.filter = typed[:end]
            letters.append(await redrawn())
    return letters, sort
