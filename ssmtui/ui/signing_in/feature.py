"""Signing in to AWS, what needs it, and how long it still lasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import LISTS, Command
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.signing_in.actions import SignInActions

if TYPE_CHECKING:
    from ssmtui.browser import Browser
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.ports import AccountSource, Keys, ServiceOpener
    from ssmtui.ui.services import Clock


class SignInToAws(Command):
    """Sign in to AWS: single sign-on, aws login or an MFA code, for all tabs and accounts that need it"""

    name = "sign-in"
    place = LISTS
    keys = ("I",)
    leader_keys = ("I",)
    ended_keys = ("I",)
    aliases = ("login",)
    argument = "[AWS profile]"

    def __init__(self, actions: SignInActions) -> None:
        self._actions = actions

    def completions(self) -> Sequence[str]:
        return self._actions.names

    def run(self, argument: str = "") -> None:
        self._actions.begin(argument.strip())


class SigningInFeature(SignInActions):
    """What the screen asks it: :meth:`accounts_changed` and :meth:`sessions_shown` say what needs a sign-in."""

    styles = dialog_sheets("signing_in")

    def __init__(
        self,
        panes: Panes,
        accounts: AccountSource,
        opener: ServiceOpener,
        keys: Keys,
        browser: Browser,
        clock: Clock,
    ) -> None:
        super().__init__(panes, accounts, opener, keys, browser, clock)
        self.commands = (SignInToAws(self),)
