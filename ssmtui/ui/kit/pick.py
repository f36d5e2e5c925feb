"""One of several texts, found by typing, or a new one: folders, AWS profiles, regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, OptionList

from ssmtui.matching import matches, searched, words
from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.choices import Choices
from ssmtui.ui.kit.dialog import Dialog, key_line
from ssmtui.ui.look.cells import tidy

LONGEST = 700
_MOVES = {"down": "cursor_down", "up": "cursor_up", "pagedown": "page_down", "pageup": "page_up"}


class Offer(NamedTuple):
    """One of them."""

    value: str
    label: str = ""
    """What it is called; empty: as it is."""
    note: str = ""
    """What there is to know of it."""


class _Narrow(InertInput):
    """What the list is narrowed by, or a new text."""

    def on_key(self, event: events.Key) -> None:
        """Arrows move in the list."""
        if event.key in _MOVES:
            event.stop()
            event.prevent_default()
            getattr(self.screen.query_one(Choices), f"action_{_MOVES[event.key]}")()


class Pick(Dialog[str]):
    """Enter answers with the chosen one. A text that is none of them may be one where ``is_new`` says so."""

    def __init__(
        self,
        question: str,
        offers: Sequence[Offer],
        now: str,
        *,
        is_new: Callable[[str], bool] = lambda text: False,
        placeholder: str = "type to find one",
        verb: str = "take it",
    ) -> None:
        super().__init__()
        self._question = question
        self._offers = offers
        self._now = now
        self._is_new = is_new
        self._verb = verb
        self._offered: list[Offer] = []
        self._entry = _Narrow(placeholder=placeholder, compact=True, max_length=LONGEST)
        self._choices = Choices()

    def compose(self) -> ComposeResult:
        """The line above the list."""
        with Vertical(id="box") as box:
            box.border_title = Text(tidy(self._question, 60))
            yield self._entry
            yield self._choices
            yield key_line(("enter", self._verb), ("↑ ↓", "choose"), ("escape", "go back"))

    def on_mount(self) -> None:
        """All are offered; the one that holds now is chosen."""
        self._choices.can_focus = False
        self._entry.focus()
        self._offer("")

    @on(Input.Changed)
    def changed(self, event: Input.Changed) -> None:
        """Offer what fits."""
        self._offer(event.value)

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        """Answer with the chosen one."""
        self._offer(event.value)
        if self._choices.highlighted is not None:
            self.dismiss(self._offered[self._choices.highlighted].value)

    @on(OptionList.OptionSelected)
    def clicked(self, event: OptionList.OptionSelected) -> None:
        """Answer with the one that was clicked."""
        self.dismiss(self._offered[event.option_index].value)

    def _offer(self, text: str) -> None:
        text, wanted = text.strip(), words(text)
        found = [
            one for one in self._offers if not wanted or matches(wanted, searched(one.label or one.value, (one.note,)))
        ]
        if text and all(one.value != text for one in self._offers) and self._is_new(text):
            found.append(Offer(text, note="new"))
        before, self._offered = self._offered, found
        lines = [self._line(one) for one in found]
        if before == found:
            self._choices.show(lines)
        else:
            place = next((place for place, one in enumerate(found) if one.value == self._now), 0)
            self._choices.show(lines, 0 if wanted else place)

    def _line(self, one: Offer) -> Text:
        dim = self.app.theme_variables["dim"]
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(tidy(one.label or one.value, 200), dim if one.label else "")
        note = "as it is now" if one.value == self._now else one.note
        return line.append(f"  {tidy(note, 80)}", dim) if note else line
