"""Switching how many lines are drawn around a session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ssmtui import inert
from ssmtui.ui.commands.base import EVERYWHERE, Command
from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.panes.chrome import Chrome
from ssmtui.ui.ports import Stage

_TOLD = {
    Chrome.FULL: "Tab bar, footer and the lines of panes are shown",
    Chrome.SLIM: "The footer is hidden while a session is shown; the leader brings it back",
    Chrome.NONE: "Only the session is shown; the leader brings tab bar and footer back",
}


class ChromeFrame(Stage, Protocol):
    """What has these lines."""

    @property
    def chrome(self) -> Chrome:
        """Which of them it shows."""
        ...

    def show_chrome(self, chrome: Chrome) -> None:
        """Show others."""


class SwitchChrome(Command):
    """Show more or fewer lines around a session in this run: full, slim (no footer), none"""

    name = "chrome"
    place = EVERYWHERE
    argument = "[full|slim|none]"

    def __init__(self, frame: ChromeFrame) -> None:
        self._frame = frame

    def completions(self) -> Sequence[str]:
        """The three."""
        return [chrome.value for chrome in Chrome]

    def run(self, argument: str = "") -> None:
        """Take the one that is named, or the next one."""
        try:
            wanted = Chrome(argument) if argument else self._frame.chrome.after
        except ValueError:
            known = ", ".join(chrome.value for chrome in Chrome)
            self._frame.tell(f"There is no chrome {inert.line(argument, 40)}: it is one of {known}", severity="warning")
            return
        self._frame.show_chrome(wanted)
        self._frame.tell(_TOLD[wanted])


class ChromeFeature(Feature):
    """The lines around a session."""

    def __init__(self, frame: ChromeFrame) -> None:
        self.commands = (SwitchChrome(frame),)
