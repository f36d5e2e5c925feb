"""One of several texts, found by typing, or a new one: folders, AWS profiles, regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical

from ssmtui.matching import matches, searched, words
from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.choices import Choices
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.kit.narrowing import NarrowingDialog
from ssmtui.ui.look.cells import tidy

LONGEST = 700


class Offer(NamedTuple):
    """One of them."""

    value: str
    label: str = ""
    """What it is called; empty: as it is."""
    note: str = ""
    """What there is to know of it."""


class Pick(NarrowingDialog[str]):
    """Enter answers with the chosen one. A text that is none of them may be one where ``is_new`` says so."""

    KEYS: ClassVar[Sequence[Key]] = (Key("enter", hint="take it"), Key("down", hint="choose", shown="↑ ↓"))

    def __init__(
        self,
        question: str,
        offers: Sequence[Offer],
        now: str,
        *,
        is_new: Callable[[str], bool] = lambda text: False,
        placeholder: str = "type to find one",
        verb: str = "",
        now_note: str = "as it is now",
        new_note: str = "new",
    ) -> None:
        """``now`` is the value that holds now, of which ``now_note`` is said; ``verb`` is what enter does. Of a text
        that is none of them ``new_note`` is said."""
        super().__init__()
        self._now_note = now_note
        self._new_note = new_note
        self._question = question
        self._offers = offers
        self._now = now
        self._is_new = is_new
        self._verb = verb
        self._offered: list[Offer] = []
        self._entry = InertInput(placeholder=placeholder, compact=True, max_length=LONGEST)

    def compose(self) -> ComposeResult:
        """The line above the list."""
        with Vertical(id="box") as box:
            box.border_title = Text(tidy(self._question, 60))
            yield self._entry
            yield Choices()
            yield self.key_line()

    def take(self, place: int) -> None:
        """Answer with it."""
        self.dismiss(self._offered[place].value)

    def hint(self, key: Key) -> str:
        """Enter may have a word of its own."""
        return self._verb if self._verb and key.keys == "enter" else super().hint(key)

    def offer(self, text: str) -> None:
        """Show what fits; at first the one that holds now is chosen."""
        text, wanted = text.strip(), words(text)
        found = [
            one for one in self._offers if not wanted or matches(wanted, searched(one.label or one.value, (one.note,)))
        ]
        if text and all(one.value != text for one in self._offers) and self._is_new(text):
            found.append(Offer(text, note=self._new_note))
        before, self._offered = self._offered, found
        lines = [self._line(one) for one in found]
        if before == found:
            self.choices.show(lines)
        else:
            place = next((place for place, one in enumerate(found) if one.value == self._now), 0)
            self.choices.show(lines, 0 if wanted else place)

    def replace(self, offers: Sequence[Offer]) -> None:
        """Offer these from now on; the first is chosen."""
        self._offers = offers
        self.offer(self._entry.value)
        self.choices.highlighted = 0 if self._offered else None

    def _line(self, one: Offer) -> Text:
        dim = self.app.theme_variables["dim"]
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(tidy(one.label or one.value, 200), dim if one.label else "")
        note = self._now_note if one.value == self._now else one.note
        return line.append(f"  {tidy(note, 80)}", dim) if note else line
