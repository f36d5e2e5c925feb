"""What a session's terminal tells the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ssmtui.contained import report
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
    It is reported once for each kind of call, because a flood of output would make a flood of tracebacks.
    """

    def __init__(self, sink: EngineSink, name: str) -> None:
        """``name`` is for the report."""
        self._sink = sink
        self._name = name
        self._reported: set[str] = set()

    def screen_changed(self) -> None:
        """Contained."""
        self._guard("screen_changed", self._sink.screen_changed)

    def modes_changed(self, modes: Modes) -> None:
        """Contained."""
        self._guard("modes_changed", lambda: self._sink.modes_changed(modes))

    def reply(self, data: bytes) -> None:
        """Contained."""
        self._guard("reply", lambda: self._sink.reply(data))

    def title_changed(self, title: str) -> None:
        """Contained."""
        self._guard("title_changed", lambda: self._sink.title_changed(title))

    def bell(self) -> None:
        """Contained."""
        self._guard("bell", self._sink.bell)

    def clipboard(self, text: str) -> None:
        """Contained."""
        self._guard("clipboard", lambda: self._sink.clipboard(text))

    def notice(self, text: str) -> None:
        """Contained."""
        self._guard("notice", lambda: self._sink.notice(text))

    def screen_lost(self) -> None:
        """Contained."""
        self._guard("screen_lost", self._sink.screen_lost)

    def _guard(self, what: str, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception as error:
            if what not in self._reported:
                self._reported.add(what)
                report(f"{self._name}: a viewer failed in {what}; the session goes on", error)
