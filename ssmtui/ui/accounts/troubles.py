"""All listed accounts, and in full what went wrong with any of them: each cause once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from ssmtui import inert
from ssmtui.errors import SsmtuiError
from ssmtui.inventory.states import ScopeState
from ssmtui.ui.accounts.causes import LISTING, Cause, causes
from ssmtui.ui.accounts.words import TROUBLES, scope_name, status
from ssmtui.ui.commands.messages import CommandWanted
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.kit.reading import Reading
from ssmtui.ui.look import words
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone

AROUND = 7
"""Lines of the box that are not text: borders, padding, the keys."""
SHARE = 0.94
"""How much of the screen's height the box may have."""


class Troubles(Reading[None]):
    """Scrolls; esc, q or e leaves."""

    CSS_PATH = dialog_sheets("accounts")
    KEYS: ClassVar[Sequence[Key]] = (Key("e", "cancel"), Key("I", "sign_in", "sign in"))

    def __init__(self, states: Sequence[ScopeState], now: datetime) -> None:
        super().__init__()
        self._causes = causes(states, TROUBLES)
        wrong = {state.scope for cause in self._causes if cause.source == LISTING for state in cause.states}
        self._others = [state for state in states if state.scope not in wrong]
        self._sign_in = next((cause.sign_in for cause in self._causes if cause.sign_in is not None), None)
        self._now = now.timestamp()

    def compose(self) -> ComposeResult:
        """A paragraph for each cause, then the accounts that nothing is wrong with."""
        with Vertical(id="box") as box:
            box.border_title = "Accounts"
            with VerticalScroll():
                for cause in self._causes:
                    yield Static(self._paragraph(cause), classes="cause")
                if self._others:
                    yield Static(self._listed(), classes="cause")
            yield self.key_line()

    def on_resize(self) -> None:
        """Use all the height there is."""
        room = int(self.size.height * SHARE) - AROUND
        self.query_one(VerticalScroll).styles.max_height = max(3, room)

    def hint(self, key: Key) -> str:
        """Signing in is a key where it helps."""
        return key.hint if key.keys != "I" or self._sign_in is not None else ""

    def action_sign_in(self) -> None:
        """Sign in to the first of what needs it."""
        if self._sign_in is not None:
            self.dismiss(None)
            self.app.post_message(CommandWanted("sign-in", self._sign_in.aws_profile))

    def _paragraph(self, cause: Cause) -> Text:
        palette = palette_of(self)
        text = Text()
        if cause.source == LISTING:
            text.append(TROUBLES.get(cause.phase, cause.phase.value), palette.style(Tone.BAD))
            if len(cause.states) > 1:
                text.append(f"  {words.count(len(cause.states), 'account')}", palette.style(Tone.DIM))
        else:
            text.append(f"{inert.line(cause.source, 60)}: not read to the end", palette.style(Tone.WARN))
        for state in cause.states:
            text.append(f"\n{scope_name(state.scope)}", "bold")
            text.append(self._beside(state, cause), palette.style(Tone.DIM))
        if cause.source != LISTING:
            text.append("\nWhat it would add is missing.")
        if cause.error is not None:
            for line in _sentences(cause.error):
                text.append(f"\n{line}")
        return text

    def _beside(self, state: ScopeState, cause: Cause) -> str:
        """What else there is to say of an account in a cause."""
        kept = ""
        if cause.source == LISTING and state.nodes:
            old = words.age(self._now - state.refreshed_at) if state.refreshed_at is not None else ""
            kept = words.count(state.nodes, "node") + (f", {old} old" if old else "")
        return "".join(f"  {part}" for part in (kept, _who(state)) if part)

    def _listed(self) -> Text:
        palette = palette_of(self)
        text = Text()
        for number, state in enumerate(self._others):
            told = status(state, self._now)
            text.append(("\n" if number else "") + scope_name(state.scope), "bold")
            text.append(f"  {told.text}", palette.style(told.tone))
            if who := _who(state):
                text.append(f"  {who}", palette.style(Tone.DIM))
        return text


def _who(state: ScopeState) -> str:
    """Whose account it is, and who calls there."""
    if state.identity is None:
        return ""
    account = f"{state.alias} {state.identity.account}".strip()
    return inert.line(" · ".join(filter(None, (account, state.identity.short))), 120)


def _sentences(error: SsmtuiError) -> Iterator[str]:
    for part in (error.title, error.detail, error.remedy):
        if part:
            yield inert.line(part, 600)
