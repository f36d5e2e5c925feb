"""The accounts that are listed, each an AWS profile in a region: which they are, and what went wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import NODES, Command
from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look.sheets import dialog_sheets

if TYPE_CHECKING:
    from ssmtui.inventory.states import ScopeState
    from ssmtui.ui.ports import AccountSource, Stage
    from ssmtui.ui.services import Clock


class ChooseAccounts(Command):
    """Choose the accounts whose nodes are listed"""

    name = "accounts"
    place = NODES
    keys = ("A",)
    hint = "accounts"
    aliases = ("scopes", "aws-profiles", "regions")

    def __init__(self, accounts: AccountFeature) -> None:
        self._accounts = accounts

    def run(self, argument: str = "") -> None:
        self._accounts.choose()


class Errors(Command):
    """Show in full what could not be listed, of each account"""

    name = "errors"
    place = NODES
    keys = ("e",)

    def __init__(self, accounts: AccountFeature) -> None:
        self._accounts = accounts

    def disabled_reason(self) -> str | None:
        return None if self._accounts.states else "Nothing has been listed yet"

    def run(self, argument: str = "") -> None:
        self._accounts.show_troubles()


class AccountFeature(Feature):
    """Which of them are listed, and how that went."""

    styles = dialog_sheets("accounts")

    def __init__(self, stage: Stage, clock: Clock, source: AccountSource) -> None:
        self._stage = stage
        self._clock = clock
        self._source = source
        self.commands = (ChooseAccounts(self), Errors(self))

    @property
    def states(self) -> Sequence[ScopeState]:
        """How each of them fares."""
        return self._source.states

    def choose(self) -> None:
        """Ask which accounts to list."""
        from ssmtui.ui.accounts.dialog import AccountsScreen

        self._stage.push_screen(AccountsScreen(self._source, self._clock))

    def show_troubles(self) -> None:
        """Show all that is wrong with the chosen ones."""
        from ssmtui.ui.accounts.troubles import Troubles

        self._stage.push_screen(Troubles(self.states, self._clock.now()))
