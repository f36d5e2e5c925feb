"""Commands that belong to no list and no tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.config.settings import nearest
from ssmtui.ui.commands.base import Command, Group
from ssmtui.ui.frame import leaving as flows
from ssmtui.ui.look.words import key_name

if TYPE_CHECKING:
    from ssmtui.ui.frame.app import SsmtuiApp


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
    help = "Change between the dark and the light theme, or take the one of that name"
    group = Group.EVERYWHERE
    argument = "NAME"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Change over."""
        try:
            app.change_theme(argument)
        except KeyError:
            known = nearest(argument, sorted(app.available_themes))
            app.tell(f"There is no theme {argument}. {known}", severity="warning")


class ShowSettings(Command):
    """What holds, and why."""

    name = "settings"
    help = "Show all settings: what each means, its value, and where that comes from"
    group = Group.EVERYWHERE

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Open the list."""
        app.show_settings()


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
    """A habit that must not cost ten sessions, but the way out where the question before it cannot be shown."""

    name = "interrupt"
    help = "Does nothing here: says how to leave"
    group = Group.EVERYWHERE
    keys = ("ctrl+c", "ctrl+q")
    in_palette = False

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Say what to press instead."""
        if app.leaves_unasked:
            flows.leave(app)
            return
        ways = [(app.registry.keys(command), word) for command, word in ((_QUIT, "to quit"), (_HELP, "for help"))]
        app.tell("Press " + ", ".join(f"{key_name(keys[0])} {word}" for keys, word in ways if keys))


_QUIT, _HELP = Quit(), Help()

COMMANDS: tuple[Command, ...] = (Palette(), _HELP, ShowSettings(), Theme(), _QUIT, Interrupt())
