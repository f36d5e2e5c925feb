"""What a command is. Bindings, help, palette and footer are all made from these declarations and nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from inspect import cleandoc
from typing import ClassVar


class Group(Enum):
    """Where a command's keys work, and its heading in the help."""

    NODES = "In the list of nodes"
    EVERYWHERE = "Everywhere outside a live session"
    TABS = "After the leader key, everywhere"
    ENDED = "In the tab of a session that is over"


class Command(ABC):
    """One thing a person can do. Subclasses declare; :meth:`run` does it.

    The first paragraph of a subclass's docstring is its line in help, palette and settings: imperative, no full stop.
    Keys are in Textual's notation. ``keys`` work as ``group`` says, ``leader_keys`` after the leader.
    """

    name: ClassVar[str]
    """What is typed after ``:``; unique."""
    help: ClassVar[str]
    """What it does: one line, made from the docstring."""
    group: ClassVar[Group]
    keys: ClassVar[tuple[str, ...]] = ()
    leader_keys: ClassVar[tuple[str, ...]] = ()
    ended_keys: ClassVar[tuple[str, ...]] = ()
    """Keys that also work in the tab of a session that is over."""
    hint: ClassVar[str] = ""
    """Its label in the footer; empty: it is not shown there."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Other names that the palette takes."""
    argument: ClassVar[str] = ""
    """What may be typed after the name, as shown in the palette; empty: nothing."""
    takes_key: ClassVar[bool] = False
    """Whether the key that was pressed is its argument, where several keys mean different things."""
    in_palette: ClassVar[bool] = True

    def __init_subclass__(cls) -> None:
        paragraph, _, _ = cleandoc(cls.__doc__ or "").partition("\n\n")
        cls.help = paragraph.replace("\n", " ")

    def disabled_reason(self) -> str | None:
        """Why it cannot be done now, as a sentence without a full stop; None when it can."""
        return None

    @abstractmethod
    def run(self, argument: str = "") -> None:
        """Do it. ``argument`` is what was typed after the name, or the key where one command has several."""
