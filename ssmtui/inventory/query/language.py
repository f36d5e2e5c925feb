"""What a filter of one kind of rows can ask for, and what of it can be completed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple

from ssmtui.inventory.field_sets import FieldSet
from ssmtui.inventory.rows import Item


class IsWord(NamedTuple, Generic[Item]):
    """What ``is:`` asks with one word."""

    meaning: str
    ask: Callable[[Item], bool]


@dataclass(frozen=True)
class Language(Generic[Item]):
    """Fields and questions."""

    fields: FieldSet[Item]
    questions: Mapping[str, IsWord[Item]]
    """By the word that ``is:`` takes."""
    has_favourites: bool = False
    """Whether ``is:favourite`` is a question too."""
    counted: Mapping[str, Callable[[Item], str]] | None = None
    """The fields of which many rows share a value, with what of it is worth completing."""
    tags_of: Callable[[Item], Mapping[str, str]] | None = None
    """The tags of an item; None where no item has any."""

    @property
    def words(self) -> Mapping[str, str]:
        """What ``is:`` takes, with what it means."""
        favourite = {FAVOURITE: "marked as a favourite"} if self.has_favourites else {}
        return favourite | {word: question.meaning for word, question in self.questions.items()}


FAVOURITE = "favourite"
