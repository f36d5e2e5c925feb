"""The command line: names of commands, completed as they are typed, with what they do and why they cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from ssmtui.ui.commands.base import Command, Place
from ssmtui.ui.commands.registry import Registry
from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.choices import Choices
from ssmtui.ui.kit.narrowing import NarrowingDialog
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.look.sheets import dialog_sheets

NAME_WIDTH = 20


def matching(text: str, entries: Sequence[Command]) -> list[Command]:
    """The commands that ``text`` may become: by the start of a name or alias, then by any part of the name, then, for
    those who type a word, by what they do."""
    starts = [c for c in entries if any(name.startswith(text) for name in (c.name, *c.aliases))]
    parts = [c for c in entries if text in c.name]
    meant = [c for c in entries if len(text) > 2 and text in c.help.lower()]
    return list(dict.fromkeys(starts + parts + meant))


class TypedCommand(NamedTuple):
    """What was typed or chosen."""

    command: Command | None
    """None: there is none of that name."""
    argument: str


def fitting(text: str, values: Sequence[str]) -> list[str]:
    """Those of ``values`` that ``text`` may become, in any letter case: by their start, then by any part."""
    wanted = text.casefold()
    starts = [value for value in values if value.casefold().startswith(wanted)]
    return list(dict.fromkeys([*starts, *(value for value in values if wanted in value.casefold())]))


class CommandLine(NarrowingDialog[TypedCommand]):
    """Enter answers with the highlighted command and what follows the first space as its argument; tab completes. Where
    a command knows its arguments, they are the list once its name and a space are typed."""

    CSS_PATH = dialog_sheets("help")

    def __init__(self, registry: Registry, front: Place | None = None) -> None:
        """``front`` is the place of the view that is shown."""
        super().__init__()
        self._all = registry
        self._entries = registry.in_palette(front)
        self._offered: list[Command] = []
        self._arguments: list[str] = []
        """What the list shows in place of commands; empty: nothing."""

    def compose(self) -> ComposeResult:
        """The choices above the line that is typed."""
        with Vertical(id="box"):
            yield Choices()
            with Horizontal(id="entry"):
                yield Static(":", id="colon", markup=False)
                yield InertInput(compact=True, id="command")

    def submit(self, text: str) -> None:
        """A name that is one is taken, whatever is highlighted, and so is an argument."""
        name, _, argument = text.strip().partition(" ")
        if self._arguments and argument.strip() not in self._arguments:
            argument = self._arguments[self.choices.highlighted or 0]
        self.dismiss(TypedCommand(self._all.get(name) or self._highlighted(), argument.strip()))

    def take(self, place: int) -> None:
        """Run it without an argument, or with that one."""
        if self._arguments:
            self.dismiss(TypedCommand(self._all.get(self._typed_name), self._arguments[place]))
        else:
            self.dismiss(TypedCommand(self._offered[place], ""))

    def on_key(self, event: events.Key) -> None:
        """Tab completes, backspace on nothing leaves."""
        if event.key == "tab":
            self._complete()
        elif event.key == "backspace" and not self.query_one(Input).value:
            self.dismiss(None)
        else:
            return
        event.stop()
        event.prevent_default()

    def offer(self, text: str) -> None:
        """Show what the first word may become, or its argument."""
        command = self._all.get(self._typed_name) if " " in text.lstrip() else None
        if command is not None and (known := command.completions()):
            self._arguments = fitting(text.strip().partition(" ")[2].strip(), known)
            self.choices.show([Text(tidy(value, 100)) for value in self._arguments], 0)
            return
        self._arguments = []
        self._offered = matching(text.strip().partition(" ")[0].lower(), self._entries)
        self.choices.show([self._line(command) for command in self._offered], 0)

    def _line(self, command: Command) -> Text:
        reason = command.disabled_reason()
        dim = self.app.theme_variables["dim"]
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(f"{command.name} {command.argument}".ljust(NAME_WIDTH), dim if reason else "bold")
        line.append("  ")
        line.append(reason or command.help, dim)
        return line

    @property
    def _typed_name(self) -> str:
        """The name that is typed."""
        return self.query_one(Input).value.strip().partition(" ")[0]

    def _highlighted(self) -> Command | None:
        place = self.choices.highlighted
        return None if place is None else self._offered[place]

    def _complete(self) -> None:
        entry, place = self.query_one(Input), self.choices.highlighted
        if place is None:
            return
        if self._arguments:
            entry.value = f"{self._typed_name} {self._arguments[place]}"
        elif (command := self._highlighted()) is not None:
            entry.value = command.name + (" " if command.argument else "")
        entry.cursor_position = len(entry.value)
