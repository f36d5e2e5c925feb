"""What a command is. Bindings, help, palette and footer are all made from these declarations and nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import ClassVar, Generic, TypeVar

Subject = TypeVar("Subject")


@dataclass(frozen=True, eq=False)
class Place:
    """Where keys work. The help lists what keys do there under its heading."""

    heading: str
    """As a sentence begins: "In the list of nodes"."""
    around: Place | None = None
    """Its keys work here too, unless they have a meaning here."""


EVERYWHERE = Place("Everywhere outside a live session")
LISTS = Place("In every list", EVERYWHERE)
NODES = Place("In the list of nodes", LISTS)
AFTER_LEADER = Place("After the leader key, everywhere")
ENDED = Place("In the tab of a session that is over", EVERYWHERE)
PLACES = (NODES, LISTS, EVERYWHERE, AFTER_LEADER, ENDED)
"""The places that always exist; a feature with its own view adds one."""


class Command(ABC):
    """One thing a person can do. Subclasses declare; :meth:`run` does it.

    The first paragraph of a subclass's docstring is its line in help, palette and settings: imperative, no full stop.
    Keys are in Textual's notation. ``keys`` work in ``place``, ``leader_keys`` after the leader.
    """

    name: ClassVar[str]
    """What is typed after ``:``; unique."""
    help: ClassVar[str]
    """What it does: one line, made from the docstring."""
    place: ClassVar[Place]
    keys: ClassVar[tuple[str, ...]] = ()
    leader_keys: ClassVar[tuple[str, ...]] = ()
    ended_keys: ClassVar[tuple[str, ...]] = ()
    """Keys that also work in the tab of a session that is over."""
    hint: ClassVar[str] = ""
    """Its label in the footer; empty: it is not shown there."""
    is_minor: ClassVar[bool] = False
    """Whether it comes last in the footer, where there may be no room for it: it is easily guessed."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Other names that the palette takes."""
    argument: ClassVar[str] = ""
    """What may be typed after the name, as shown in the palette; empty: nothing."""
    takes_key: ClassVar[bool] = False
    """Whether the key that was pressed is its argument, where several keys mean different things."""
    repeats: ClassVar[bool] = False
    """Whether its keys after the leader work once more without the leader, for a moment."""
    in_palette: ClassVar[bool] = True

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        paragraph, _, _ = cleandoc(cls.__doc__ or "").partition("\n\n")
        cls.help = paragraph.replace("\n", " ")

    def disabled_reason(self) -> str | None:
        """Why it cannot be done now, as a sentence without a full stop; None when it can."""
        return None

    def completions(self) -> Sequence[str]:
        """What may be typed as its argument now, where that is known; the palette offers it."""
        return ()

    @abstractmethod
    def run(self, argument: str = "") -> None:
        """Do it. ``argument`` is what was typed after the name, or the key where one command has several."""


class CommandOn(Command, Generic[Subject]):
    """A command on one thing, which there may not be now: the session of the shown tab, the node under the cursor."""

    missing: ClassVar[str]
    """Why it cannot be done while there is none, as :meth:`disabled_reason` says it."""

    @abstractmethod
    def subject(self) -> Subject | None:
        """What it is done with now."""

    def disabled_reason(self) -> str | None:
        """Why it cannot be done now: there is no subject, or it is unfit for this."""
        subject = self.subject()
        return self.missing if subject is None else self.reason_against(subject)

    def reason_against(self, subject: Subject) -> str | None:
        """Why it cannot be done with ``subject``, as :meth:`disabled_reason` says it."""
        return None

    def run(self, argument: str = "") -> None:
        """Do it with the subject, if there still is one."""
        subject = self.subject()
        if subject is not None:
            self.run_on(subject, argument)

    @abstractmethod
    def run_on(self, subject: Subject, argument: str) -> None:
        """Do it with ``subject``; ``argument`` is that of :meth:`run`."""
