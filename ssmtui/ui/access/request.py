"""Asking for just-in-time access to a node: the reason, which its approvers read."""

from __future__ import annotations

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from ssmtui import inert
from ssmtui.documents import reasons
from ssmtui.errors import SsmtuiError
from ssmtui.model import DEFAULT_SHELL, Node
from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.dialog import Dialog, Key, plain
from ssmtui.ui.kit.fields import Label
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look.cells import error_lines
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.start.just_in_time import ONLY_THE_SHELL

TEXT_WIDTH = 66


class AccessRequest(Dialog[str]):
    """Enter asks; the answer is the reason, on one line."""

    CSS_PATH = dialog_sheets("access")
    KEYS = (Key("enter", hint="ask"), Key("escape", "cancel", "cancel"))

    def __init__(
        self, node: Node, reason: str, error: SsmtuiError | None = None, document_name: str | None = None
    ) -> None:
        """``reason`` is what the line begins with, ``error`` what came of the last attempt; ``document_name`` is what
        the session was meant to run, None for the default shell."""
        super().__init__()
        self._node = node
        self._error = error
        self._document_name = document_name
        self._label = Label("Reason", f"required, at most {reasons.MAX_REASON} characters")
        self._reason = InertInput(reason, compact=True)

    def compose(self) -> ComposeResult:
        """What it is, the reason, keys."""
        with Vertical(id="box") as box:
            # As Text: a title that is a str is markup.
            box.border_title = Text(f"Ask for access to {inert.line(self._node.label, 40)}")
            box.border_subtitle = Text(inert.line(self._node.id, 60))
            if self._error is not None:
                problem = TextLines(id="problem")
                problem.show(error_lines(self._error, TEXT_WIDTH))
                yield problem
            yield self._label
            yield self._reason
            yield plain(
                "Those who approve access to the node are notified, and read the reason. The session starts by itself "
                "once it is approved; until then its tab waits, and closing that ends the waiting.",
                "note",
            )
            if self._document_name not in (None, DEFAULT_SHELL):
                name = inert.line(self._document_name or "", 60)
                yield plain(f"{ONLY_THE_SHELL} The session will run that, and not {name}.", "note")
            yield self.key_line()

    def on_mount(self) -> None:
        """The reason is what is missing."""
        self._reason.focus()

    @on(Input.Changed)
    def _changed(self) -> None:
        """Check while it is typed; an empty reason is an error only on submission."""
        self._label.show(reasons.problem(reasons.NO_RULE, self._reason.value))

    @on(Input.Submitted)
    def _submitted(self) -> None:
        reason = reasons.reason_of(self._reason.value)
        problem = reasons.problem(reasons.NO_RULE, reason) if reason else "say why you need it"
        self._label.show(problem)
        if not problem:
            self.dismiss(reason)
