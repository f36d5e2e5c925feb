"""Why a session is started, by the rule of the profile or folder it comes from."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from ssmtui.documents import reasons
from ssmtui.documents.reasons import ReasonRule
from ssmtui.profiles.histories import History
from ssmtui.ui.kit.entries import TextEntry
from ssmtui.ui.kit.fields import FieldHead, FieldNote
from ssmtui.ui.look.tones import Tone

NEAR = 40
"""Characters left from which the remaining room is shown."""


class ReasonField(Vertical):
    """Checked while it is typed; only :meth:`show_problem` reports a missing one."""

    class Edited(Message):
        """The reason was edited."""

    class Done(Message):
        """Enter: nothing follows."""

    def __init__(self, text: str, rule: ReasonRule = reasons.NO_RULE, history: History | None = None) -> None:
        super().__init__()
        self._rule = rule
        self._history = history
        self._wanted = False
        self._head = FieldHead("Reason", "kept in the session's history", required=rule.required)
        self.entry = TextEntry(text, texts=history.texts() if history is not None else (), id="reason")
        hint = rule.hint or (f"matches {rule.pattern}" if rule.pattern else "")
        self._note = FieldNote(hint)

    def compose(self) -> ComposeResult:
        """From the top."""
        yield self._head
        yield self.entry
        yield self._note

    def on_mount(self) -> None:
        """A given one is checked."""
        self._show()

    @property
    def text(self) -> str:
        """It, on one line as it is sent."""
        return reasons.reason_of(self.entry.text)

    @property
    def problem(self) -> str:
        """What is wrong with it."""
        return reasons.problem(self._rule, self.entry.text)

    def show_problem(self) -> None:
        """Say what is wrong with it, a missing one included."""
        self._wanted = True
        self._show()

    def remember(self) -> None:
        """Keep it for the next time."""
        if self._history is not None:
            self._history.note(self.text)

    def load_history(self) -> None:
        """Take the history, which is loaded by now."""
        if self._history is not None:
            self.entry.remember(self._history.texts())

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show()
        self.post_message(self.Edited())

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Done())

    def _show(self) -> None:
        left = reasons.MAX_REASON - len(self.text)
        aside = f"{left} left" if 0 <= left < NEAR else ""
        self._note.show(self.problem if self._wanted or self.text else "", Tone.BAD, aside)
