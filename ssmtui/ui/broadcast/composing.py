"""Writing one line for all members of a broadcast, and sending it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.inventory.states import aliases
from ssmtui.ui.broadcast import words
from ssmtui.ui.broadcast.compose_dialog import Addressee, Addressees, ComposeDialog, ReviewDialog
from ssmtui.ui.look.words import count
from ssmtui.ui.panes import words as session_words

if TYPE_CHECKING:
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.services import Services


class Composing:
    """From the empty line to the one that was sent, over the question who gets it."""

    def __init__(self, panes: Panes, services: Services) -> None:
        self._panes = panes
        self._services = services

    def write(self, text: str = "") -> None:
        """Ask for the line, which begins as ``text``."""
        sessions = len(self._panes.inputs.broadcast.present)

        def answered(answer: str | None) -> None:
            if answer is not None:
                self.review(answer)

        self._panes.stage.push_screen(ComposeDialog(sessions, text, self._earlier), answered)

    async def _earlier(self) -> tuple[str, ...]:
        await self._services.histories.load()
        return self._services.histories.lines.texts()

    def review(self, text: str) -> None:
        """Show ``text`` with those who get it, and send it if the answer is yes."""
        asked = self._panes.inputs.broadcast.present

        def answered(yes: bool | None) -> None:
            if yes:
                self._send(text, asked)
            elif yes is not None:
                self.write(text)

        self._panes.stage.push_screen(ReviewDialog(text, self._addressees()), answered)

    def _send(self, text: str, asked: list[int]) -> None:
        inputs, stage = self._panes.inputs, self._panes.stage
        inputs.broadcast.follow()
        present = [key for key in inputs.broadcast.present if key in asked]
        if not present:
            stage.tell("Nothing was sent: no session takes part any more", severity="warning")
            return
        inputs.line(present[0], text, present)
        if not text.startswith(" "):
            self._services.histories.lines.note(text)
        stage.tell(f"Sent to {count(len(present), 'session')}")

    def _addressees(self) -> Addressees:
        broadcast = self._panes.inputs.broadcast
        known = aliases(self._services.fleet.states.values())
        sessions = {one.key: one for one in self._panes.sessions}
        getting, left_out = [], []
        for key, member in broadcast.members.items():
            if (one := sessions.get(key)) is None:
                continue
            name = session_words.node_name(one)
            if member.absence is None:
                getting.append(Addressee(name, words.account(one, known), one.request.options.guarded))
            else:
                left_out.append((name, member.absence.value))
        return Addressees(getting, left_out)
