"""The demo in place of an account, and how access to AWS is set up."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from ssmtui.ui.commands.base import NODES, Command
from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.ports import Keys

if TYPE_CHECKING:
    from ssmtui.errors import SsmtuiError
    from ssmtui.ui.commands.registry import Registry
    from ssmtui.ui.look.cells import Cell
    from ssmtui.ui.ports import Stage


class DemoOpener(Protocol):
    """Opens a demo."""

    @property
    def offers_demo(self) -> bool:
        """Whether one can be opened here: in place of nothing."""
        ...

    def open_demo(self) -> None:
        """Open one where nothing is open."""


class KeyBook(Keys, Protocol):
    """The app, as far as it says which keys there are."""

    @property
    def registry(self) -> Registry:
        """All commands."""
        ...


class OpenDemo(Command):
    """Look around in the demo, where no account is open"""

    name = "demo"
    place = NODES
    keys = ("L",)

    def __init__(self, opener: DemoOpener) -> None:
        self._opener = opener

    def disabled_reason(self) -> str | None:
        return (
            None if self._opener.offers_demo else "An account is open here; `ssmtui --demo` starts the demo beside it"
        )

    def run(self, argument: str = "") -> None:
        self._opener.open_demo()


class ShowSetUp(Command):
    """Read how access to AWS is set up: the lines to write, and where"""

    name = "setup"
    place = NODES
    keys = ("E",)

    def __init__(self, beginning: BeginningFeature) -> None:
        self._beginning = beginning

    def run(self, argument: str = "") -> None:
        self._beginning.show_set_up()


class BeginningFeature(Feature):
    """The ways on from a start that could not open an account."""

    styles = dialog_sheets("beginning")

    def __init__(self, stage: Stage, keys: KeyBook, opener: DemoOpener) -> None:
        self._stage = stage
        self._keys = keys
        self._opener = opener
        self.commands = (OpenDemo(opener), ShowSetUp(self))

    def ways(self, error: SsmtuiError) -> Sequence[Cell]:
        """What can be done after ``error``, a line each."""
        from ssmtui.ui.beginning import words

        return words.ways(error, self._key, offers_demo=self._opener.offers_demo)

    def ways_in_brief(self, error: SsmtuiError) -> Cell:
        """The same on one line."""
        from ssmtui.ui.beginning import words

        return words.brief(error, self._key)

    def show_set_up(self) -> None:
        """Show how access is set up."""
        from ssmtui.ui.beginning.set_up import SetUp

        self._stage.push_screen(SetUp(os.environ))

    def _key(self, command: str) -> str:
        found = self._keys.registry.get(command)
        # An alias is another command's: what is offered here needs no node.
        return self._keys.shown_key(command) if found is not None and found.name == command else ""
