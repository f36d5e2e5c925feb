"""The fields of a saved connection's form: a line each, name, entry, and where the value comes from. An unset field
shows what it inherits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from ssmtui import inert
from ssmtui.inventory.fields import FIELDS
from ssmtui.inventory.query.errors import QueryError
from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.filter_text import colored
from ssmtui.ui.kit.line import Line
from ssmtui.ui.look.cells import fit, tidy
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.look.pieces import Piece, length
from ssmtui.ui.look.tones import Tone

PLACEHOLDER = 120
LEAST_INHERITED = 10
"""Cells that the words for what is inherited keep among the choices."""
LABEL_WIDTH, ORIGIN_WIDTH = 17, 16
"""Cells left and right of an entry, which the style sheet leaves as its margins."""
_ROUND: list[BindingType] = [
    Binding("up", "app.focus_previous", "Previous", show=False),
    Binding("down", "app.focus_next", "Next", show=False),
]


class TextValue(InertInput):
    """A text; empty inherits."""

    BINDINGS: ClassVar[list[BindingType]] = _ROUND


class QueryValue(TextValue):
    """A filter, coloured as it is read, with the character at fault underlined."""

    error: QueryError | None = None
    """What is wrong with it."""

    def show_error(self, error: QueryError | None) -> None:
        """Underline what is at fault."""
        self.error = error
        self.refresh()

    def drawn(self) -> Text:
        """The text in the colours of its parts."""
        return colored(super().drawn(), self.value, FIELDS, self.error, palette_of(self))


class ChoiceValue(Line, can_focus=True):
    """One of a few words, or none of them, which inherits; the sides and space choose."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *_ROUND,
        Binding("right,space,l", "step(1)", "Next", show=False),
        Binding("left,h", "step(-1)", "Previous", show=False),
        Binding("enter", "app.focus_next", "Next field", show=False),
    ]

    class Chosen(Message):
        """Another value was chosen."""

    def __init__(self, value: str, choices: Sequence[str], *, id: str) -> None:
        super().__init__()
        self.id = id
        self._choices = ("", *choices)
        self._taken = value
        self._inherited = ""

    @property
    def value(self) -> str:
        """What is chosen; empty inherits."""
        return self._taken

    @value.setter
    def value(self, value: str) -> None:
        if value != self._taken:
            self._taken = value
            self.refresh()
            self.post_message(self.Chosen())

    def show_inherited(self, words: str) -> None:
        """What holds where none is chosen."""
        self._inherited = f"({tidy(words, 30)})" if words else ""
        self.refresh()

    def left(self, width: int) -> list[Piece]:
        """The choices, the chosen one marked and in sight; what is inherited gives way to the others."""
        inherited = self._inherited or "not set"
        found: list[Piece] = []
        room = width - sum(len(choice) + 2 for choice in self._choices if choice) - 2
        for choice in self._choices:
            text = choice or fit(inherited, min(cell_len(inherited), max(room, LEAST_INHERITED)))
            here = choice == self._taken
            tone = Tone.HERE if here and self.has_focus else Tone.STRONG if here else Tone.FAINT
            found.append(Piece(f"[{text}]" if here else f" {text} ", tone, tag=(choice,)))
        before = found[: self._choices.index(self._taken) + 1] if self._taken in self._choices else []
        while length(before) > width > 0 and len(before) > 1:
            del before[0], found[0]
        return found

    def action_step(self, places: int) -> None:
        """Choose the next one."""
        place = self._choices.index(self._taken) if self._taken in self._choices else 0
        self.value = self._choices[(place + places) % len(self._choices)]

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked."""
        tag = self.tag_at(event.x)
        if isinstance(tag, tuple):
            self.value = tag[0]

    def on_focus(self) -> None:
        """The keys come here."""
        self.refresh()

    def on_blur(self) -> None:
        """They go elsewhere."""
        self.refresh()


class ValueField(Line):
    """One key: its label, its entry, where its value comes from. The entry lies over the line that tells the others."""

    class Edited(Message):
        """The value was edited."""

        def __init__(self, field: ValueField) -> None:
            super().__init__()
            self.field = field

    def __init__(self, key: str, label: str, text: str, *, choices: Sequence[str] = (), is_query: bool = False) -> None:
        super().__init__()
        self.key = key
        self.problem = ""
        self._called = label
        self._origin = Piece("")
        self.entry: TextValue | QueryValue | ChoiceValue
        if choices:
            self.entry = ChoiceValue(text, choices, id=key)
        else:
            self.entry = (QueryValue if is_query else TextValue)(text, compact=True, id=key)

    def compose(self) -> ComposeResult:
        """Over the middle."""
        yield self.entry

    def left(self, width: int) -> list[Piece]:
        """The label."""
        mark, tone = ("! ", Tone.BAD) if self.problem else ("", Tone.DIM)
        return [Piece(fit(mark + self._called, LABEL_WIDTH - 1), tone)]

    def right(self, width: int) -> list[Piece]:
        """Where the value comes from."""
        return [Piece("  " + fit(self._origin.text, ORIGIN_WIDTH - 2), self._origin.tone)]

    @property
    def text(self) -> str:
        """What is entered; empty inherits."""
        return self.entry.value

    def enter(self, text: str) -> None:
        """Enter it as if it had been typed."""
        self.entry.value = text
        if isinstance(self.entry, Input):
            self.entry.cursor_position = len(text)

    def show_inherited(self, words: str) -> None:
        """What holds while nothing is entered."""
        if isinstance(self.entry, ChoiceValue):
            self.entry.show_inherited(words)
        else:
            self.entry.placeholder = inert.line(words, PLACEHOLDER)

    def show_origin(self, origin: str, *, changed: bool) -> None:
        """Where the value comes from, and whether that is not saved yet."""
        self._origin = Piece(f"{origin} •" if changed else origin, Tone.ACCENT if changed else Tone.FAINT)
        self.refresh()

    def show_problem(self, problem: str) -> None:
        """Mark the field as wrong, or as right again."""
        self.problem = problem
        self.refresh()

    @on(Input.Changed)
    @on(ChoiceValue.Chosen)
    def _changed(self, event: Message) -> None:
        event.stop()
        self.post_message(self.Edited(self))


class Matching(Line):
    """How many nodes the query finds now: the line under it, which is always there."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""

    def show(self, text: str) -> None:
        """Say it."""
        self._text = text
        self.refresh()

    def left(self, width: int) -> list[Piece]:
        """The words, under the query."""
        return [Piece(self._text, Tone.DIM)]


def entry_of(focused: Widget | None) -> ValueField | None:
    """The field that has the keys."""
    if focused is None:
        return None
    return next((one for one in focused.ancestors_with_self if isinstance(one, ValueField)), None)
