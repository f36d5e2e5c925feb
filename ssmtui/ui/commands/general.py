"""Commands that belong to no list and no tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui import flows
from ssmtui.ui.commands.base import Command, Group

if TYPE_CHECKING:
    from ssmtui.ui.app import SsmtuiApp


class Palette(Command):
    """The command line."""

    name = "commands"
    help = "Type a command by its name, with completion"
    group = Group.EVERYWHERE
    keys = ("colon",)
    leader_keys = ("colon",)
    hint = "command"
    in_palette = False

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Open it."""
        app.show_palette()


class Help(Command):
    """All keys."""

    name = "help"
    help = "Show all keys and commands"
    group = Group.EVERYWHERE
    keys = ("question_mark", "f1")
    leader_keys = ("question_mark",)
    hint = "help"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Open it."""
        app.show_help()


class Theme(Command):
    """Light and dark."""

    name = "theme"
    help = "Change between the dark and the light theme"
    group = Group.EVERYWHERE

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Change over."""
        app.toggle_theme()


class Quit(Command):
    """The way out."""

    name = "quit"
    help = "Leave; asks first when sessions live, then terminates them"
    group = Group.EVERYWHERE
    keys = ("q",)
    hint = "quit"
    aliases = ("q", "exit")

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Ask when there is something to lose."""
        flows.leave(app)


class Interrupt(Command):
    """A habit that must not cost ten sessions."""

    name = "interrupt"
    help = "Does nothing here: says how to leave"
    group = Group.EVERYWHERE
    keys = ("ctrl+c", "ctrl+q")
    in_palette = False

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Say what to press instead."""
        app.tell("Press q to quit, ? for help")


COMMANDS: tuple[Command, ...] = (Palette(), Help(), Theme(), Quit(), Interrupt())
