"""Commands that belong to no list and no tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.config.settings import nearest
from ssmtui.ui.commands.base import Command, Group

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


COMMANDS: tuple[Command, ...] = (Palette(), Help(), ShowSettings(), Theme())
