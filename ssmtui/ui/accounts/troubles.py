"""All chosen scopes, and in full what went wrong with any of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from ssmtui import inert
from ssmtui.errors import SsmtuiError
from ssmtui.inventory.states import ScopeState
from ssmtui.ui.accounts.words import scope_name, status, worst_first
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.kit.reading import Reading
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.look.sheets import dialog_sheets


class Troubles(Reading[None]):
    """Scrolls; esc, q or e leaves."""

    CSS_PATH = dialog_sheets("accounts")
    KEYS = (Key("e", "cancel"),)

    def __init__(self, states: Sequence[ScopeState], now: datetime) -> None:
        super().__init__()
        self._states = worst_first(states)
        self._now = now.timestamp()

    def compose(self) -> ComposeResult:
        """A paragraph a scope."""
        with Vertical(id="box") as box:
            box.border_title = "Scopes"
            with VerticalScroll():
                for state in self._states:
                    yield Static(self._paragraph(state), classes="scope")
            yield self.key_line()

    def _paragraph(self, state: ScopeState) -> Text:
        palette, told = palette_of(self), status(state, self._now)
        text = Text()
        text.append(scope_name(state.scope), "bold")
        text.append(f"  {told.text}", palette.style(told.tone))
        if state.identity is not None:
            account = f"{state.alias} " if state.alias else ""
            who = f"\n{account}{state.identity.account}  ·  {state.identity.short}"
            text.append(inert.lines(who).join(("\n", "")), self.app.theme_variables["dim"])
        if state.error is not None:
            self._add_error(text, state.error)
        for source, error in state.problems:
            text.append(f"\n{inert.line(source, 60)}: not read to the end. What it would add is missing.", "bold")
            self._add_error(text, error)
        return text

    def _add_error(self, text: Text, error: SsmtuiError) -> None:
        for line in _sentences(error):
            text.append(f"\n{line}")


def _sentences(error: SsmtuiError) -> Iterator[str]:
    for part in (error.title, error.detail, error.remedy):
        if part:
            yield inert.line(part, 600)
