"""What widgets say to the frame about commands."""

from __future__ import annotations

from textual.message import Message


class CommandWanted(Message):
    """A click stands for the command of that name, with its argument."""

    def __init__(self, command: str, argument: str = "") -> None:
        super().__init__()
        self.command = command
        self.argument = argument
