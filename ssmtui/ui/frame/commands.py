"""The way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import Command, Group
from ssmtui.ui.frame import leaving
from ssmtui.ui.look.words import key_name

if TYPE_CHECKING:
    from ssmtui.ui.frame.app import SsmtuiApp


class Quit(Command):
    """Leave; asks first when sessions live, then terminates them"""

    name = "quit"
    group = Group.EVERYWHERE
    keys = ("q",)
    hint = "quit"
    aliases = ("q", "exit")

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        leaving.leave(app)


class Interrupt(Command):
    """Does nothing here: says how to leave"""

    # A habit that must not cost ten sessions, but the way out where the question before it cannot be shown.

    name = "interrupt"
    group = Group.EVERYWHERE
    keys = ("ctrl+c", "ctrl+q")
    in_palette = False

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        if app.leaves_unasked:
            leaving.leave(app)
            return
        wanted = (("quit", "to quit"), ("help", "for help"))
        ways = [(app.registry.keys(app.registry[name]), word) for name, word in wanted]
        app.tell("Press " + ", ".join(f"{key_name(keys[0])} {word}" for keys, word in ways if keys))


COMMANDS: tuple[Command, ...] = (Quit(), Interrupt())
