"""Finding out what there is: the command line, the keys, the settings, the themes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ssmtui.config.settings import nearest
from ssmtui.ui.commands.base import EVERYWHERE, Command
from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look import words
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.ports import Keys

if TYPE_CHECKING:
    from ssmtui.config.settings import LoadedSettings
    from ssmtui.ui.commands.registry import Registry
    from ssmtui.ui.panes.panes import Panes


class HelpFrame(Keys, Protocol):
    """The app, as far as it is used here."""

    @property
    def registry(self) -> Registry:
        """All commands."""
        ...

    def run_command(self, command: Command, argument: str = "") -> None:
        """Run one, or say why not."""

    @property
    def available_themes(self) -> Mapping[str, Any]:
        """Themes by name."""
        ...

    def change_theme(self, name: str = "") -> None:
        """Take that theme, or change between dark and light. Raises ``KeyError``."""


class Opens(Command):
    """A command that opens a dialog of help."""

    place = EVERYWHERE

    def __init__(self, show: Callable[[], None]) -> None:
        self._show = show

    def run(self, argument: str = "") -> None:
        self._show()


class OpenPalette(Opens):
    """Type a command by its name, with completion"""

    name = "commands"
    keys = ("colon",)
    leader_keys = ("colon",)
    hint = "command"
    in_palette = False


class ShowHelp(Opens):
    """Show all keys and commands"""

    name = "help"
    keys = ("question_mark", "f1")
    leader_keys = ("question_mark",)
    hint = "help"


class ShowSettings(Opens):
    """Show all settings: what each means, its value, and where that comes from"""

    name = "settings"


class ChangeTheme(Command):
    """Change between the dark and the light theme, or take the one of that name"""

    name = "theme"
    place = EVERYWHERE
    argument = "NAME"

    def __init__(self, change: Callable[[str], None]) -> None:
        self._change = change

    def run(self, argument: str = "") -> None:
        self._change(argument)


class HelpFeature(Feature):
    """Made from the declarations of all commands."""

    styles = dialog_sheets("help")

    def __init__(self, frame: HelpFrame, panes: Panes, loaded: LoadedSettings) -> None:
        self._frame = frame
        self._panes = panes
        self._stage = panes.stage
        self._loaded = loaded
        self.commands = (
            OpenPalette(self.show_palette),
            ShowHelp(self.show_help),
            ShowSettings(self.show_settings),
            ChangeTheme(self.change_theme),
        )

    def show_palette(self) -> None:
        """Open the command line."""
        from ssmtui.ui.help.palette import CommandLine, TypedCommand

        def entered(answer: TypedCommand | None) -> None:
            if answer is None:
                return
            if answer.command is None:
                self._stage.tell("There is no such command; : and then tab shows all", severity="warning")
            else:
                self._frame.run_command(answer.command, answer.argument)

        self._stage.push_screen(CommandLine(self._frame.registry, self._panes.place), entered)

    def show_help(self) -> None:
        """Open the help, at the keys of what is shown."""
        from ssmtui.ui.help.sections import place_of, sections
        from ssmtui.ui.kit.key_table import Help

        leader = " or ".join(map(words.key_name, self._frame.leader_keys))
        self._stage.push_screen(
            Help(sections(leader, self._frame.registry, self._panes.place or place_of(self._panes.session)))
        )

    def show_settings(self) -> None:
        """Open the list of all settings."""
        from ssmtui.ui.help.settings import SettingsScreen

        self._stage.push_screen(SettingsScreen(self._loaded))

    def change_theme(self, name: str) -> None:
        """Change over, or say which themes there are."""
        try:
            self._frame.change_theme(name)
        except KeyError:
            known = nearest(name, sorted(self._frame.available_themes))
            self._stage.tell(f"There is no theme {name}. {known}", severity="warning")
