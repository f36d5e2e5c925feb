"""The regions that AWS profiles are listed in, beside their own: for one of them or for all that are ticked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical

from ssmtui.ui.accounts.choice import AccountChoice, RegionChoice, called
from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.choices import Choices
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.kit.narrowing import NarrowingDialog
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, fit, tidy
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone

NAME_WIDTH = 20


class RegionAnswer(NamedTuple):
    """What is changed."""

    names: Sequence[str | None]
    """The AWS profiles."""
    add: Collection[str]
    drop: Collection[str]


class RegionEntry(InertInput):
    """What the list is narrowed by, or a region that is not in it. The dialog takes its keys first."""

    def on_key(self, event: events.Key) -> None:
        """Give keys that are not text to the dialog."""
        if self.query_ancestor(RegionsScreen).take_key(event.key):
            event.stop()
            event.prevent_default()


class RegionsScreen(NarrowingDialog[RegionAnswer]):
    """Space ticks, what is typed narrows the list, enter adds."""

    CSS_PATH = dialog_sheets("accounts")
    KEYS: ClassVar[Sequence[Key]] = (
        Key("space", hint="tick"),
        Key("enter", hint="add"),
        Key("escape", "cancel", "back"),
        Key("tab", hint="for all"),
    )

    def __init__(
        self, choice: AccountChoice, name: str | None, find_out: Callable[[str | None], Awaitable[None]]
    ) -> None:
        """``name`` is the AWS profile whose regions they are; ``find_out`` has ``choice`` learn which there are."""
        super().__init__()
        self._all = choice
        self._one = [name]
        self._find_out = find_out
        self._choice = RegionChoice(choice, self._one)
        self._entry = RegionEntry(placeholder="type a region, for example eu-west-1", compact=True)
        self._list = Choices()
        self._note = TextLines(id="note")
        self._shown: list[str] = []

    def compose(self) -> ComposeResult:
        """What is typed, the regions, what is wrong with that."""
        with Vertical(id="box"):
            yield self._entry
            yield self._list
            yield self._note
            yield self.key_line()

    def on_mount(self) -> None:
        """Show what is known, and find out more."""
        self._show()
        self.run_worker(self._learn(), name="regions")

    async def _learn(self) -> None:
        await self._find_out(self._one[0])
        self._choice.learn(self._all)
        self._show()

    @property
    def _several(self) -> Sequence[str | None]:
        """All AWS profiles that are ticked, with the one under the cursor."""
        return list(dict.fromkeys([*self._all.ticked_profiles, *self._one]))

    def hint(self, key: Key) -> str:
        """Enter and tab depend on what is ticked."""
        if key.keys == "enter":
            return "done" if self._choice.is_changed or self._chosen in self._choice.ticked else "add"
        if key.keys == "tab":
            several = len(self._several)
            if several < 2:
                return ""
            only = f"for {tidy(called(self._one[0]), 20)}"
            return f"for all {several} ticked" if len(self._choice.names) == 1 else only
        return key.hint

    @property
    def _chosen(self) -> str:
        place = self._list.highlighted or 0
        return self._shown[place] if place < len(self._shown) else ""

    def _show(self) -> None:
        if not self.is_attached:
            return
        before = self._chosen
        self._shown = self._choice.matching(self._entry.value)
        place = self._shown.index(before) if before in self._shown else 0
        self._list.show([self._line(region) for region in self._shown], place)
        names = self._choice.names
        whose = tidy(called(names[0]), 30) if len(names) == 1 else words.count(len(names), "AWS profile")
        box = self.query_one("#box")
        box.border_title = f"Regions of {whose}"
        self._note.show(self._notes())
        self.show_hints()

    def _notes(self) -> list[Cell]:
        if not self._shown:
            return [Cell("No such region here; the name of one looks like eu-west-1", Tone.WARN)]
        typed = self._chosen not in self._choice.regions
        if typed:
            return [Cell("AWS has not been asked whether there is such a region", Tone.DIM)]
        unsure = "ec2:DescribeRegions is denied: which are enabled is not known"
        return [Cell(unsure if self._choice.are_guessed else "", Tone.DIM)]

    def _line(self, region: str) -> Text:
        variables = self.app.theme_variables
        ticked = region in self._choice.ticked
        partly = self._choice.is_partly(region)
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(" ■ " if ticked else " ◧ " if partly else " □ ", variables["primary" if ticked else "dim"])
        line.append(fit(tidy(region, 40), NAME_WIDTH) + " ")
        told = [
            "as the AWS profile says" if region in self._choice.own and len(self._choice.names) == 1 else "",
            "for some of them" if partly else "",
            "the account has not enabled it" if region in self._choice.not_enabled else "",
        ]
        line.append(", ".join(filter(None, told)), variables["dim"])
        return line

    # Keys

    def take_key(self, key: str) -> bool:
        """Space ticks, tab changes whose regions they are; whether it was one of them."""
        match key:
            case "space":
                self.catch_up()
                self._tick()
            case "tab" | "shift+tab":
                self._switch()
            case _:
                return False
        return True

    def _switch(self) -> None:
        """What was ticked for one AWS profile is for all of them now, and the other way round."""
        several = self._several
        if len(several) < 2:
            return
        added = self._choice.add
        self._choice = RegionChoice(self._all, several if len(self._choice.names) == 1 else self._one)
        for region in sorted(added - self._choice.ticked):
            self._choice.toggle(region)
        self._show()

    def _tick(self) -> None:
        if self._chosen:
            self._choice.toggle(self._chosen)
            self._show()

    def offer(self, text: str) -> None:
        """Show what fits; the first is chosen."""
        self._list.highlighted = 0
        self._show()

    def take(self, place: int) -> None:
        """Tick what was clicked."""
        self._tick()

    @on(Choices.OptionHighlighted)
    def _highlighted(self) -> None:
        self._note.show(self._notes())
        self.show_hints()

    def submit(self, text: str) -> None:
        """Take what was ticked; where nothing was, the region under the cursor."""
        self.catch_up()
        if not self._choice.is_changed and self._chosen and self._chosen not in self._choice.ticked:
            self._choice.toggle(self._chosen)
        if self._shown or self._choice.is_changed:
            self.dismiss(RegionAnswer(self._choice.names, self._choice.add, self._choice.drop))
