"""What was typed into forms before: parameters, answers to questions, reasons, lines for several sessions. Never what
may be secret."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ssmtui.documents.secrets import is_secret
from ssmtui.inventory.remembered import Remembered
from ssmtui.profiles.secrets import found_in

if TYPE_CHECKING:
    from ssmtui.config.memory import Memory

ENTRIES, REASONS, LINES = "entries", "reasons", "lines"
"""Sections of the memory."""
MAX_TEXTS = 50
"""Texts that are kept of one field."""
MAX_FIELDS = 300
"""Fields of which any are kept; those not used for longest are forgotten."""
MAX_TEXT = 1000
"""Characters of a text; longer ones are not kept."""
MAX_TOTAL = 120_000
"""Characters of all texts of a section: as JSON a character may take six times the room."""


def field_name(document: str, parameter: str) -> str:
    """What a document's parameter is called here."""
    return f"{document}/{parameter}"


class History(Remembered):
    """The texts of each field: here at once, in the memory's file a little later. Loop-bound."""

    def __init__(self, memory: Memory, section: str) -> None:
        self._texts: Mapping[str, tuple[str, ...]] = {}
        super().__init__(memory, section, self._take)

    def texts(self, field: str = "") -> tuple[str, ...]:
        """What was typed into a field, oldest first, none twice."""
        return self._texts.get(field, ())

    def note(self, text: str, field: str = "") -> None:
        """``text`` was used in a field. It is not kept where it is empty or long, or may be secret by the name of the
        field or by its looks."""
        may_be_secret = is_secret(field.rpartition("/")[2]) or found_in(text) is not None
        if text.strip() and len(text) <= MAX_TEXT and not may_be_secret:
            change = partial(_with_text, field=field, text=text)
            self._take(change(_section(self._texts)))
            self.change(change)

    def _take(self, held: Mapping[str, Any]) -> None:
        self._texts = _texts(held)


class Histories:
    """Those of all forms."""

    def __init__(self, memory: Memory) -> None:
        self.entries = History(memory, ENTRIES)
        """By the name of the field: see :func:`field_name`."""
        self.reasons = History(memory, REASONS)
        """Of one field without a name."""
        self.lines = History(memory, LINES)
        """Those that were written for several sessions at once; of one field without a name."""

    async def load(self) -> None:
        """Take over what the memory holds."""
        await self.entries.load()
        await self.reasons.load()
        await self.lines.load()

    async def close(self) -> None:
        """Wait until all is written."""
        await self.entries.close()
        await self.reasons.close()
        await self.lines.close()


# The section: {"fields": [[field, [text, ...]], ...]}, oldest first in both


def _texts(held: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    fields = held.get("fields")
    for entry in fields[-MAX_FIELDS:] if isinstance(fields, list) else ():
        match entry:
            case [str(field), [*texts]]:
                kept = [text for text in texts if isinstance(text, str) and text and len(text) <= MAX_TEXT]
                found[field] = tuple(dict.fromkeys(kept[-MAX_TEXTS:]))
    return found


def _section(texts: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    return {"fields": [[field, list(kept)] for field, kept in texts.items()]}


def _with_text(held: dict[str, Any], *, field: str, text: str) -> dict[str, Any]:
    texts = _texts(held)
    before = texts.pop(field, ())
    texts[field] = (*(other for other in before if other != text), text)[-MAX_TEXTS:]
    return _section(_newest(texts))


def _newest(texts: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Of the fields as many as there is room for, in their order."""
    kept: dict[str, tuple[str, ...]] = {}
    room = MAX_TOTAL
    for field, those in list(texts.items())[: -MAX_FIELDS - 1 : -1]:
        room -= len(field) + sum(map(len, those))
        if room < 0:
            break
        kept[field] = those
    return dict(reversed(kept.items()))
