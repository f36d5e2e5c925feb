"""Asks before a guarded session gets what is typed into others."""

from __future__ import annotations

from ssmtui import inert
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.start.guard_question import NAME_SHOWN, Guarded, GuardQuestion


class JoinQuestion(GuardQuestion):
    """Answers once the name or the id of its node has been typed; esc leaves it out."""

    CSS_PATH = dialog_sheets("start", "broadcast")
    KEYS = (Key("enter", hint="take it in"), Key("escape", "cancel", "leave it out"))

    def __init__(self, session: SessionSnapshot, number: int, of: int) -> None:
        """It is the session ``number`` of those that are asked about, which are ``of`` in all."""
        options = session.request.options
        name = session.node.name if session.node is not None else ""
        self._one = Guarded(name, session.request.target, options.guarded)
        self._count = f" ({number} of {of})" if of > 1 else ""
        super().__init__([self._one], 1)

    def question(self) -> str:
        """What is asked."""
        name, reason = tidy(self._one.label, NAME_SHOWN), inert.line(self._one.reason, 60)
        return f"Broadcast to {name}? It is guarded: {reason}{self._count}"
