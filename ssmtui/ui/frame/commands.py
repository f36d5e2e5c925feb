"""The way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import Command, Group
from ssmtui.ui.frame import leaving
from ssmtui.ui.look.words import key_name

if TYPE_CHECKING:
    pass


class Quit(Command):
    """Leave; asks first when sessions live, then terminates them"""

    name = "quit"
    group = Group.EVERYWHERE
    keys = ("q",)
    hint = "quit"
    aliases = ("q", "exit")

    def run(self, argument: str = "") -> None:
        leaving.leave(self.app)


class Interrupt(Command):
    """Does nothing here: says how to leave"""

    # A habit that must not cost ten sessions, but the way out where the question before it cannot be shown.

    name = "interrupt"
    group = Group.EVERYWHERE
    keys = ("ctrl+c", "ctrl+q")
    in_palette = False

    def run(self, argument: str = "") -> None:
        if self.app.leaves_unasked:
            leaving.leave(self.app)
            return
        wanted = (("quit", "to quit"), ("help", "for help"))
        ways = [(self.app.registry.keys(self.app.registry[name]), word) for name, word in wanted]
        self.app.tell("Press " + ", ".join(f"{key_name(keys[0])} {word}" for keys, word in ways if keys))


COMMANDS: tuple[type[Command], ...] = (Quit, Interrupt)
