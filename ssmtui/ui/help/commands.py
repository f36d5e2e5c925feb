"""Commands that belong to no list and no tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.config.settings import nearest
from ssmtui.ui.commands.base import Command, Group

if TYPE_CHECKING:
    pass


class Palette(Command):
    """Type a command by its name, with completion"""

    name = "commands"
    group = Group.EVERYWHERE
    keys = ("colon",)
    leader_keys = ("colon",)
    hint = "command"
    in_palette = False

    def run(self, argument: str = "") -> None:
        self.app.show_palette()


class Help(Command):
    """Show all keys and commands"""

    name = "help"
    group = Group.EVERYWHERE
    keys = ("question_mark", "f1")
    leader_keys = ("question_mark",)
    hint = "help"

    def run(self, argument: str = "") -> None:
        self.app.show_help()


class Theme(Command):
    """Change between the dark and the light theme, or take the one of that name"""

    name = "theme"
    group = Group.EVERYWHERE
    argument = "NAME"

    def run(self, argument: str = "") -> None:
        try:
            self.app.change_theme(argument)
        except KeyError:
            known = nearest(argument, sorted(self.app.available_themes))
            self.app.tell(f"There is no theme {argument}. {known}", severity="warning")


class ShowSettings(Command):
    """Show all settings: what each means, its value, and where that comes from"""

    name = "settings"
    group = Group.EVERYWHERE

    def run(self, argument: str = "") -> None:
        self.app.show_settings()


COMMANDS: tuple[type[Command], ...] = (Palette, Help, ShowSettings, Theme)
