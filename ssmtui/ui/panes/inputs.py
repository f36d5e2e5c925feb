"""What is typed and pasted, on its way from the pane that has the keys to the session that it is for.

No widget is here: a session takes input whether or not it has a pane.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ssmtui.sessions.snapshots import SessionChange
from ssmtui.terminal.screen import INITIAL_MODES, Modes
from ssmtui.ui.terminals.input import PaneInput

if TYPE_CHECKING:
    from ssmtui.sessions.escape import EscapeAction
    from ssmtui.sessions.manager import SessionManager


class Inputs:
    """The input of each session, made when it is first asked for."""

    def __init__(self, manager: SessionManager, *, escapes: bool) -> None:
        """``escapes`` looks for ssh's escapes in what is typed."""
        self._manager = manager
        self._escapes = escapes
        self._inputs: dict[int, PaneInput] = {}
        manager.subscribe(self._changed)

    def of(self, session: int) -> PaneInput:
        """The input of a session. Raises ``KeyError`` where it is gone; once it goes, its input reaches nothing."""
        if session not in self._inputs:
            self._manager.session(session)
            self._inputs[session] = _input(self._manager, session, escapes=self._escapes)
        return self._inputs[session]

    def key(self, source: int, key: str, character: str | None) -> EscapeAction | None:
        """A key was typed into the pane of the session ``source``. An escape that it completes is not sent but
        returned."""
        with suppress(KeyError):  # its tab may just have been closed
            return self.of(source).key(key, character)
        return None

    def paste(self, source: int, text: str) -> None:
        """``text`` was pasted into that pane."""
        with suppress(KeyError):
            self.of(source).paste(text)

    def _changed(self, key: int, change: SessionChange) -> None:
        if change is SessionChange.REMOVED:
            self._inputs.pop(key, None)


def _input(manager: SessionManager, key: int, *, escapes: bool) -> PaneInput:
    # A closed pane may be kept for a while, and with it its input, which must not keep the session.
    def write(data: bytes) -> None:
        with suppress(KeyError):
            session = manager.session(key)
            if session.accepts_input:
                session.write(data)

    def write_paste(data: bytes) -> None:
        with suppress(KeyError):
            session = manager.session(key)
            if session.accepts_input:
                session.paste(data)

    def modes() -> Modes:
        with suppress(KeyError):
            return manager.session(key).modes
        return INITIAL_MODES

    return PaneInput(write, write_paste, modes, escapes=escapes)
