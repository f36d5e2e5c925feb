"""Asks before sessions are started on guarded nodes, for a word that is not typed by habit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from ssmtui import inert
from ssmtui.layout import Arrangement
from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.dialog import Dialog, Key, plain
from ssmtui.ui.kit.fields import Label
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.words import indented
from ssmtui.ui.start.spread_line import SpreadLine
from ssmtui.ui.start.spreading import Spread

SHOWN = 6
"""Guarded nodes that are named."""
NAME_SHOWN = 40


class Guarded(NamedTuple):
    """A node to start a session on."""

    name: str
    """Empty where it has none."""
    id: str
    reason: str
    """Why it is guarded."""

    @property
    def label(self) -> str:
        """The name, or the id."""
        return self.name or self.id


class GuardQuestion(Dialog[Spread | Arrangement]):
    """Answers once the name or the id of the one guarded node has been typed, or how many there are of them: with how
    the sessions are spread over tabs. Enter alone confirms nothing."""

    CSS_PATH = dialog_sheets("start")
    KEYS: ClassVar[Sequence[Key]] = (
        Key("enter", hint="start"),
        Key("tab", "flip", "tabs or tiled", priority=True),
    )

    def __init__(self, guarded: Sequence[Guarded], sessions: int, choice: SpreadLine | None = None) -> None:
        """``sessions`` are started in all, those on ``guarded`` nodes among them. ``choice`` is that of their tabs,
        where there is one."""
        super().__init__()
        self._choice = choice
        self._guarded = guarded
        self._sessions = sessions
        one = guarded[0] if len(guarded) == 1 else None
        self._wanted = {text.strip() for text in (one.name, one.id) if text.strip()} if one else {str(len(guarded))}
        self._label = Label(_asked(guarded), "")

    def compose(self) -> ComposeResult:
        """What is guarded and why, the line to type into."""
        with Vertical(id="box"):
            yield plain(self.question(), "lines question")
            yield plain(_told(self._guarded), "note")
            yield self._label
            yield InertInput("", compact=True, max_length=300)
            if self._choice is not None:
                yield self._choice
            yield self.key_line()

    def question(self) -> str:
        """What is asked."""
        return _question(self._guarded, self._sessions)

    def hint(self, key: Key) -> str:
        """Whether there is a choice."""
        return "" if key.action == "flip" and self._choice is None else super().hint(key)

    def action_flip(self) -> None:
        """Choose the other way."""
        if self._choice is not None:
            self._choice.flip()

    @on(Input.Changed)
    def _changed(self) -> None:
        self._label.show("")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        typed = event.value.strip()
        if typed in self._wanted:
            self.dismiss(self._choice.chosen if self._choice is not None else Spread.TABS)
        else:
            self._label.show(_refused(self._guarded) if typed else "esc goes back")


def _question(guarded: Sequence[Guarded], sessions: int) -> str:
    if sessions == 1:
        return f"{tidy(guarded[0].label, NAME_SHOWN)} is guarded: {inert.line(guarded[0].reason, 60)}"
    if len(guarded) == sessions:
        return f"Open {sessions} sessions on guarded nodes?"
    are = "one is on a guarded node" if len(guarded) == 1 else f"{len(guarded)} are on guarded nodes"
    return f"Open {sessions} sessions? Of these {are}."


def _told(guarded: Sequence[Guarded]) -> list[str]:
    """The nodes by name and id, each with its reason where these differ."""
    reasons = {one.reason for one in guarded}
    if len(guarded) == 1 and guarded[0].name:
        return [f"Its id is {tidy(guarded[0].id, 60)}."]

    def line(one: Guarded) -> str:
        why = [inert.line(one.reason, 40)] if len(reasons) > 1 else []
        return "  ".join([tidy(one.label, NAME_SHOWN), *why])

    lines = indented(guarded, SHOWN, line)
    if len(reasons) == 1 and len(guarded) > 1:
        lines.append(f"All of them: {inert.line(next(iter(reasons)), 60)}.")
    return lines


def _asked(guarded: Sequence[Guarded]) -> str:
    if len(guarded) > 1:
        return f"Type {len(guarded)}, the number of guarded nodes"
    return f"Type {tidy(guarded[0].label, NAME_SHOWN)}"


def _refused(guarded: Sequence[Guarded]) -> str:
    if len(guarded) > 1:
        return "That is not the number."
    return "That is not the name of the node." if guarded[0].name else "That is not the id of the node."
