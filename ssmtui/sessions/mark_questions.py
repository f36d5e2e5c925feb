"""What a screen asks of the marks of a terminal, and the answers of the host, which are read as hostile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from ssmtui.terminal import marks_wire, wire

Value = TypeVar("Value")
Read = Callable[[wire.Header, bytes], Value]


class Ask(Protocol):
    """Asks the terminal of a session, and asks again when its host dies meanwhile."""

    async def __call__(self, read: Read[Value], otherwise: Value, what: str, **more: Any) -> Value:
        """What ``read`` makes of the answer; ``otherwise`` once the terminal is closed."""


class MarkQuestions:
    """The questions to one terminal."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def selected_text(self) -> str:
        """The selected text; empty when nothing is selected."""
        return await self._ask(lambda _, blob: marks_wire.text_from_wire(blob), "", "selected")
