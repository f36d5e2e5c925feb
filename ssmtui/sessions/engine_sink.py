"""What a session's terminal tells the session."""

from __future__ import annotations

from typing import Protocol

from ssmtui.contained import Contained
from ssmtui.terminal.screen import Modes


class EngineSink(Protocol):
    """Told what a session's terminal does. Called on the event loop; must not block."""

    def screen_changed(self) -> None:
        """New rows can be pulled. Said once, until they are pulled."""

    def modes_changed(self, modes: Modes) -> None:
        """Input is to be encoded otherwise."""

    def reply(self, data: bytes) -> None:
        """The answer to a query of the remote program, to be sent to the node."""

    def title_changed(self, title: str) -> None:
        """The remote program named its window."""

    def bell(self) -> None:
        """The remote program rang."""

    def clipboard(self, text: str) -> None:
        """The remote program would put ``text`` into the clipboard."""

    def notice(self, text: str) -> None:
        """Something to tell the person in the pane's own line."""

    def screen_lost(self) -> None:
        """The screen starts anew, blank: the remote program may be asked to draw it again."""


class GuardedSink:
    """Passes everything on to another sink and contains what that raises.

    What a sink calls reaches every viewer of the program. A defect of one must not stop the screens of all sessions.
    """

    def __init__(self, sink: EngineSink, name: str) -> None:
        """``name`` is for the report."""
        self._sink = sink
        self._contained = Contained(name)

    def screen_changed(self) -> None:
        """Contained."""
        self._contained.call(self._sink.screen_changed)

    def modes_changed(self, modes: Modes) -> None:
        """Contained."""
        self._contained.call(self._sink.modes_changed, modes)

    def reply(self, data: bytes) -> None:
        """Contained."""
        self._contained.call(self._sink.reply, data)

    def title_changed(self, title: str) -> None:
        """Contained."""
        self._contained.call(self._sink.title_changed, title)

    def bell(self) -> None:
        """Contained."""
        self._contained.call(self._sink.bell)

    def clipboard(self, text: str) -> None:
        """Contained."""
        self._contained.call(self._sink.clipboard, text)

    def notice(self, text: str) -> None:
        """Contained."""
        self._contained.call(self._sink.notice, text)

    def screen_lost(self) -> None:
        """Contained."""
        self._contained.call(self._sink.screen_lost)
