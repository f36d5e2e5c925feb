"""The command line: names of commands, completed as they are typed, with what they do and why they cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from ssmtui.ui.commands.base import Command, Place
from ssmtui.ui.commands.registry import Registry
from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.dialog import Dialog
from ssmtui.ui.look.sheets import dialog_sheets

NAME_WIDTH = 20


def matching(text: str, entries: Sequence[Command]) -> list[Command]:
    """The commands that ``text`` may become: by the start of a name or alias, then by any part of the name, then, for
    those who type a word, by what they do."""
    starts = [c for c in entries if any(name.startswith(text) for name in (c.name, *c.aliases))]
    parts = [c for c in entries if text in c.name]
    meant = [c for c in entries if len(text) > 2 and text in c.help.lower()]
    return list(dict.fromkeys(starts + parts + meant))


class Entered(NamedTuple):
    """What was typed or chosen."""

    command: Command | None
    """None: there is none of that name."""
    argument: str


class Palette(Dialog[Entered]):
    """Enter answers with the highlighted command and what follows the first space as its argument; tab completes."""

    CSS_PATH = dialog_sheets("help")

    def __init__(self, registry: Registry, front: Place | None = None) -> None:
        """``front`` is the place of the view that is shown."""
        super().__init__()
        self._all = registry
        self._offered = registry.in_palette(front)

    def compose(self) -> ComposeResult:
        """The choices above the line that is typed."""
        with Vertical(id="box"):
            yield OptionList()
            with Horizontal(id="entry"):
                yield Static(":", id="colon", markup=False)
                yield InertInput(compact=True, id="command")

    def on_mount(self) -> None:
        """Show everything."""
        choices = self.query_one(OptionList)
        choices.can_focus = False
        self._offer("")
        self.query_one(Input).focus()

    @on(Input.Changed)
    def changed(self, event: Input.Changed) -> None:
        """Offer what fits."""
        self._offer(event.value)

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        """Give the answer."""
        name, _, argument = event.value.strip().partition(" ")
        command = self._all.get(name) or self._highlighted()
        self.dismiss(Entered(command, argument.strip()))

    @on(OptionList.OptionSelected)
    def clicked(self, event: OptionList.OptionSelected) -> None:
        """Give what was clicked."""
        self.dismiss(Entered(self._all[str(event.option.id)], ""))

    def on_key(self, event: events.Key) -> None:
        """Arrows choose, tab completes, backspace on nothing leaves."""
        choices = self.query_one(OptionList)
        if event.key in ("down", "ctrl+n"):
            choices.action_cursor_down()
        elif event.key in ("up", "ctrl+p"):
            choices.action_cursor_up()
        elif event.key == "tab":
            self._complete()
        elif event.key == "backspace" and not self.query_one(Input).value:
            self.dismiss(None)
        else:
            return
        event.stop()
        event.prevent_default()

    def _offer(self, text: str) -> None:
        name = text.strip().partition(" ")[0].lower()
        choices = self.query_one(OptionList)
        choices.clear_options()
        choices.add_options([Option(self._line(command), id=command.name) for command in matching(name, self._offered)])
        choices.highlighted = 0 if choices.option_count else None

    def _line(self, command: Command) -> Text:
        reason = command.disabled_reason()
        dim = self.app.theme_variables["dim"]
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(f"{command.name} {command.argument}".ljust(NAME_WIDTH), dim if reason else "bold")
        line.append("  ")
        line.append(reason or command.help, dim)
        return line

    def _highlighted(self) -> Command | None:
        option = self.query_one(OptionList).highlighted_option
        return None if option is None else self._all[str(option.id)]

    def _complete(self) -> None:
        command = self._highlighted()
        if command is not None:
            entry = self.query_one(Input)
            entry.value = command.name + (" " if command.argument else "")
            entry.cursor_position = len(entry.value)
