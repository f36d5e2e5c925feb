"""Which of several nodes is meant: a list that is filtered by typing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical

from ssmtui.model import Node
from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.choices import Choices
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.kit.narrowing import NarrowingDialog
from ssmtui.ui.look.cells import fit, tidy
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.nodes.table import columns
from ssmtui.ui.table.columns import ColumnFacts

NAME_WIDTH, ID_WIDTH = 22, 20
SHOWN = 500
"""Rows of the list; the filter finds the others."""


class NodeChoice(NarrowingDialog[Node]):
    """Enter answers with the node of the row."""

    CSS_PATH = dialog_sheets("nodes")
    KEYS = (Key("enter", hint="start"), Key("down", hint="choose", shown="↑ ↓"))

    def __init__(self, what: str, nodes: Sequence[Node], now: datetime, *, title: str = "", verb: str = "") -> None:
        """``what`` they are of, as a title says it; or the whole ``title``. ``verb`` is what enter does."""
        super().__init__()
        self._title = title or f"Which node of {what}?"
        self._verb = verb
        self._all = [(f"{node.name} {node.id} {node.ip}".casefold(), node) for node in nodes]
        self._shown = list(nodes)
        self._facts = ColumnFacts(now)

    def compose(self) -> ComposeResult:
        """The line to filter by, the nodes under it."""
        with Vertical(id="box") as box:
            box.border_title = Text(self._title)
            yield InertInput(placeholder="type to filter by name, id or address", compact=True)
            yield Choices()
            yield self.key_line()

    def hint(self, key: Key) -> str:
        """Enter may have a word of its own."""
        return self._verb if self._verb and key.keys == "enter" else super().hint(key)

    def offer(self, text: str) -> None:
        """Show those that have all the words."""
        wanted = text.casefold().split()
        self._shown = [node for text, node in self._all if all(word in text for word in wanted)]
        self.choices.show([self._line(node) for node in self._shown[:SHOWN]], 0)
        of = f" of {len(self._all):,}" if len(self._shown) != len(self._all) else ""
        self.query_one("#box").border_subtitle = Text(f"{len(self._shown):,}{of} nodes")

    def take(self, place: int) -> None:
        """Answer with its node."""
        self.dismiss(self._shown[place])

    def _line(self, node: Node) -> Text:
        palette = palette_of(self)
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(fit(tidy(node.label), NAME_WIDTH), "bold")
        line.append(f" {fit(tidy(node.id), ID_WIDTH)}", palette.style(Tone.DIM))
        for cell, width in ((columns.ping, 11), (columns.seen, 6), (columns.platform, 30)):
            text, tone = cell(node, self._facts)
            line.append(f" {fit(text, width)}", palette.style(tone))
        return line
