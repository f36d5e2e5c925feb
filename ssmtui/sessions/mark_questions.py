"""What a screen asks about the marks of a terminal, and the host's answers, which are read as hostile.

Each answer is a slice of the host's time, so that the other sessions go on; the questions here ask until all of it has
come.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from ssmtui.terminal import marks_wire, wire
from ssmtui.terminal.marks import MAX_TEXT, Find, SearchStatus, ViewLink

Value = TypeVar("Value")
Read = Callable[[wire.Header, bytes], Value]


class AskTerminal(Protocol):
    """Asks a session's terminal, again if its host dies meanwhile."""

    async def __call__(self, read: Read[Value], otherwise: Value, what: str, **more: Any) -> Value:
        """What ``read`` makes of the answer; ``otherwise`` once the terminal is closed."""


class MarkQuestions:
    """The questions to one terminal. None of them fails: what a closed terminal answers is empty."""

    def __init__(self, ask: AskTerminal) -> None:
        self._ask = ask

    async def selected_text(self) -> str:
        """The selected text: wrapped lines joined, spaces at line ends cut, 16 MiB at most; empty when nothing is
        selected."""
        return await self._copy("selection") or ""

    async def last_output(self) -> str | None:
        """What the last command printed; None where the shell marks no prompts (OSC 133)."""
        return await self._copy("output")

    async def _copy(self, what: str) -> str | None:
        """Text in several answers. None when there is none, also when the host that read it died on the way: what a new
        one would add may be another text."""
        text, more = await self._ask(_part, _NOTHING, "copy", text=what)
        while more and text is not None and len(text) <= MAX_TEXT:
            part, more = await self._ask(_part, _NOTHING, "copy")
            text = None if part is None else text + part
        return text

    async def link_at(self, x: int, y: int) -> str:
        """The address at a cell of the view, counted from 0: that of a hyperlink (OSC 8), or one that is written there;
        empty for none."""
        return await self._ask(lambda told, _: marks_wire.address(told.get("address")), "", "link", x=x, y=y)

    async def links(self) -> tuple[ViewLink, ...]:
        """The links in the view, from the bottom up."""
        return await self._ask(lambda told, _: marks_wire.links_from_wire(told), (), "links")

    async def count_matches(self, find: Find) -> SearchStatus:
        """How much of screen and scrollback matches. Nothing is moved or marked."""
        found = SearchStatus(0, 0, complete=False)
        while not found.complete:
            found = await self._ask(
                lambda told, _: marks_wire.found_from_wire(told.get("found")),
                SearchStatus(found.total, 0, complete=True),
                "count",
                find=marks_wire.mark_to_wire(find),
            )
        return found


_NOTHING: tuple[str | None, bool] = None, False


def _part(told: wire.Header, blob: bytes) -> tuple[str | None, bool]:
    return (None, False) if "none" in told else (marks_wire.text_from_wire(blob), "more" in told)
