"""The sessions of earlier runs that still live: bring them back, leave them alive, or end them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList

from ssmtui.profiles.planned_tabs import narrowed
from ssmtui.ui.attaching.words import age, facts, heading
from ssmtui.ui.kit.choices import LETTERS, ChoiceDialog, Choices
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import fit
from ssmtui.ui.start.survivors import Survivor, SurvivorPlaces

if TYPE_CHECKING:
    from ssmtui.ui.attaching.lost_tunnels import LostTunnels

TITLE_WIDTH, NODE_WIDTH, AGE_WIDTH = 18, 20, 6


class SurvivorAction(Enum):
    """What is done with the chosen ones."""

    BRING_BACK = "bring back"
    TERMINATE = "terminate"


class Decision(NamedTuple):
    """An answer; none leaves all of them alive."""

    what: SurvivorAction
    chosen: list[int]
    """Places in the list of survivors, in the order of the lines."""


class SurvivorsScreen(ChoiceDialog[Decision]):
    """Enter brings the chosen ones back, x terminates them; space takes one out or in, a all or none. Esc leaves all as
    they are."""

    CSS_PATH = dialog_sheets("attaching")
    KEYS = (
        *LETTERS,
        Key("enter", hint="bring back"),
        Key("escape", "cancel", "leave alive"),
        Key("space", "flip", "take out"),
        Key("x", "terminate", "terminate"),
        Key("a", "flip_all", "all"),
    )

    def __init__(
        self,
        survivors: Sequence[Survivor],
        places: SurvivorPlaces,
        now: datetime,
        lost: LostTunnels | None = None,
    ) -> None:
        """``places`` are where they would stand; the lines have their order. ``now`` has a time zone. ``lost`` are the
        tunnels that come back with them."""
        super().__init__()
        self._lost = lost
        self._ports = {place for place, each in enumerate(survivors) if lost is not None and lost.is_revived(each)}
        """Those whose tunnels are opened again."""
        self._survivors = survivors
        self._places = places
        self._now = now
        self._able = {place for place, each in enumerate(survivors) if each.refusal is None} | self._ports
        self._chosen = set(self._able)
        self._about = TextLines(id="about")

    def compose(self) -> ComposeResult:
        """A line each, what is known of the one under the cursor, the keys."""
        with Vertical(id="box") as box:
            box.border_title = Text(heading(self._survivors))
            yield Choices()
            yield self._about
            yield self.key_line()

    def on_mount(self) -> None:
        """All are chosen that can be taken over."""
        self._show()
        self.choices.focus()

    def hint(self, key: Key) -> str:
        """Where none can be taken over, nothing brings any back."""
        return "" if key.keys == "enter" and not self._able else super().hint(key)

    @property
    def _pointed(self) -> int:
        """The place of the survivor under the cursor."""
        return self._places.order[self.place]

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        chosen = [place for place in self._in_order() if place in self._able]
        if chosen:
            self.dismiss(Decision(SurvivorAction.BRING_BACK, chosen))

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        self._tell()

    def action_flip(self) -> None:
        """Take one out, or in again."""
        self._chosen ^= {self._pointed}
        self._show()
        self.action_move(1)

    def action_flip_all(self) -> None:
        """All, or none where all are chosen."""
        every = set(range(len(self._survivors)))
        self._chosen = set() if self._chosen >= every else every
        self._show()

    def action_terminate(self) -> None:
        """End the chosen ones, or the one under the cursor where none is; the next question names them."""
        self.dismiss(Decision(SurvivorAction.TERMINATE, self._in_order() or [self._pointed]))

    def _in_order(self) -> list[int]:
        return [place for place in self._places.order if place in self._chosen]

    def _show(self) -> None:
        self.choices.show([self._line(place) for place in self._places.order])
        self._tell()

    def _line(self, place: int) -> Text:
        palette, survivor = palette_of(self), self._survivors[place]
        chosen = place in self._chosen
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append("■ " if chosen else "□ ", palette.style(Tone.ACCENT if chosen else Tone.FAINT))
        line.append(fit(tidy(survivor.name, 60), TITLE_WIDTH), "bold" if chosen else palette.style(Tone.DIM))
        request, node = survivor.launch
        shown = node.label if node is not None else request.target
        line.append(" " + fit(tidy(shown, 60), NODE_WIDTH))
        line.append(" " + fit(age(survivor, self._now), AGE_WIDTH), palette.style(Tone.DIM))
        if request.options.guarded:
            line.append(" GUARDED", palette.style(Tone.BAD))
        if place in self._ports:
            line.append(" tunnel opens again", palette.style(Tone.GOOD))
        elif place not in self._able:
            line.append(" cannot be taken over", palette.style(Tone.WARN))
        elif survivor.doubt:
            line.append(" ?", palette.style(Tone.WARN))
        return line

    def _tell(self) -> None:
        lines = facts(self._survivors[self._pointed], self._now, is_revived=self._pointed in self._ports)
        lines += [Cell(f"{one}.", Tone.STRONG) for one in self._outcome()]
        self._about.show(lines)

    def _outcome(self) -> list[str]:
        """What would become of the chosen ones."""
        chosen = [place for place in self._places.order if place in self._chosen & self._able]
        shells = [
            number for number, place in enumerate(self._places.order) if place in chosen and place not in self._ports
        ]
        told = []
        if shells:
            tabs = len(narrowed(self._places.tabs, shells))
            shared = f" in {words.count(tabs, 'tab')}" if tabs < len(shells) else ""
            comes, they_are = ("comes", "it is") if len(shells) == 1 else ("come", "they are")
            told.append(f"{words.count(len(shells), 'shell')} {comes} back{shared} as {they_are}. Nothing is typed")
        if chosen and self._lost is not None and (number := self._lost.count([self._survivors[one] for one in chosen])):
            told.append(f"{words.count(number, 'tunnel')} {'is' if number == 1 else 'are'} opened again")
        return told or ["None is chosen" if self._able else "None of them can be taken over"]
