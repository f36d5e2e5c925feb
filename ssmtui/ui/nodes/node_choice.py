"""Which of several nodes is meant: a list that is filtered by typing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from rich.text import Text
from textual import events
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
LOOK = 0.2
"""Seconds between two looks at what is listed."""
SHOWN = 500
"""Rows of the list; the filter finds the others."""


class NodeChoice(NarrowingDialog[Node]):
    """Enter answers with the node of the row."""

    CSS_PATH = dialog_sheets("nodes")
    KEYS = (Key("enter", hint="start"), Key("down", hint="choose", shown="↑ ↓"))

    def __init__(
        self,
        what: str,
        nodes: Sequence[Node],
        now: datetime,
        *,
        title: str = "",
        verb: str = "",
        listed: Callable[[], Sequence[Node] | None] | None = None,
    ) -> None:
        """``what`` they are of, as a title says it; or the whole ``title``. ``verb`` is what enter does. With
        ``listed`` they are still being listed: it gives those that are known by now, None when there will be none."""
        super().__init__()
        self._title = title or f"Which node of {what}?"
        self._verb = verb
        self._listed = listed
        self._take_nodes(nodes)
        self._shown = list(nodes)
        self._facts = ColumnFacts(now)

    def _take_nodes(self, nodes: Sequence[Node]) -> None:
        self._all = [(f"{node.name} {node.id} {node.ip}".casefold(), node) for node in nodes]

    def on_mount(self) -> None:
        """Look again and again for nodes that are listed only now."""
        if self._listed is not None:
            self._look()
            self.set_interval(LOOK, self._look)

    def keep(self, event: events.Key | events.Paste) -> bool:
        """An enter from before anything was to be seen is no answer to a list that fills by itself."""
        early = self._listed is not None and not event.time > self._seen_at
        return (early and isinstance(event, events.Key) and event.key == "enter") or super().keep(event)

    def _look(self) -> None:
        if not self.query(Choices):
            return  # it is being removed
        nodes = self._listed() if self._listed is not None else ()
        if nodes is None:
            self.dismiss(None)
        elif len(nodes) != len(self._all):
            place = self.choices.highlighted
            chosen = self._shown[place].key if place else None
            self._take_nodes(nodes)
            self.offer(self._text or "")
            # The row that the person has moved to keeps the cursor.
            places = [number for number, node in enumerate(self._shown) if node.key == chosen]
            self.choices.highlighted = places[0] if places else self.choices.highlighted

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
        count = len(self._shown)
        of = f" of {len(self._all):,}" if count != len(self._all) else ""
        awaited = " so far" if not self._all and self._listed is not None else ""
        self.query_one("#box").border_subtitle = Text(f"{count:,}{of} nodes{awaited}")

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
