"""All keys, made from the commands."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from ssmtui.sessions.escape import HELP_TEXT
from ssmtui.ui import commands
from ssmtui.ui.commands.base import Command, Group
from ssmtui.ui.screens.dialog import Dialog, key_line
from ssmtui.ui.tabs import Mark
from ssmtui.ui.words import key_name

KEY_WIDTH = 16

_MARKS = (
    (Mark.STARTING, "starting, or being closed"),
    (Mark.QUIET, "open"),
    (Mark.ACTIVITY, "printed something since it was last looked at"),
    (Mark.BELL, "rang"),
    (Mark.ENDED, "ended"),
    (Mark.FAILED, "failed"),
)


def keys_of(command: Command) -> str:
    """A command's keys as a person reads them; runs of digits are folded."""
    keys = (*command.keys, *command.leader_keys) if command.group is not Group.ENDED else command.keys
    if "0" in keys and "9" in keys:
        return "0 … 9"
    return " ".join(dict.fromkeys(key_name(key) for key in keys))


def text(leader: str, key_style: str, head_style: str) -> Text:
    """The whole help."""
    found = Text()
    for group in Group:
        heading = group.value.replace("the leader key", leader)
        found.append(f"{heading}\n", head_style)
        for command in commands.of_group(group):
            shown = keys_of(command) or (leader if command.name == "send-leader" else f":{command.name}")
            found.append(f"  {shown:<{KEY_WIDTH}}", key_style).append(f"{command.help}\n")
        found.append("\n")
    found.append("In a live session\n", head_style)
    found.append(f"  {leader:<{KEY_WIDTH}}", key_style).append("The only key that does not reach the node\n")
    found.append(HELP_TEXT + "\n\n")
    found.append("Marks on the tabs\n", head_style)
    for mark, meaning in _MARKS:
        found.append(f"  {mark.value:<{KEY_WIDTH}}", key_style).append(f"{meaning}\n")
    return found


class Help(Dialog[None]):
    """Scrolls; esc, q or ? leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,question_mark,enter,f1", "cancel", "Close", show=False),
        Binding("j", "scroll(1)", "Down", show=False),
        Binding("k", "scroll(-1)", "Up", show=False),
    ]

    def __init__(self, leader_keys: tuple[str, ...]) -> None:
        super().__init__()
        self._leader = " or ".join(map(key_name, leader_keys))

    def compose(self) -> ComposeResult:
        """The text, and how to get out."""
        variables = self.app.theme_variables
        with Vertical(id="box") as box:
            box.border_title = "Keys and commands"
            with VerticalScroll():
                yield Static(text(self._leader, f"bold {variables['primary']}", f"bold {variables['accent']}"))
            yield key_line(("↑ ↓ j k", "scroll"), ("escape", "close"))

    def on_mount(self) -> None:
        """Arrows and pages scroll."""
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)
