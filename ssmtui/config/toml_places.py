"""Lines of what a TOML text says, for messages: ``tomllib`` gives values without positions."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from ssmtui.config.toml_scan import Item, Path, items, members

MAX_DEPTH = 8
"""Brackets within brackets that are looked into; what is deeper has no line."""


class Places:
    """The lines of all headers, keys, elements and inline tables of one text. One pass when it is made."""

    def __init__(self, text: str) -> None:
        """In a string that is not valid TOML, only what stands before its first error has lines."""
        self._text = text
        self._breaks: list[int] | None = None
        self._written: dict[Path, int] = {}
        self._implied: dict[Path, int] = {}
        try:
            for item in items(text):
                self._note(item, 0)
        except ValueError:
            pass

    def line_of(self, path: Sequence[str | int]) -> int:
        """The line, from 1, where ``path`` is first written; 0 where it is not.

        A table's is that of its header, else the first that is about something in it. Elements of arrays are numbered
        from 0.
        """
        whole = tuple(path)
        at = self._written.get(whole, self._implied.get(whole, -1))
        if at < 0:
            return 0
        if self._breaks is None:
            self._breaks = [found.start() for found in re.finditer("\n", self._text)]
        return bisect_left(self._breaks, at) + 1

    def _note(self, item: Item, depth: int) -> None:
        self._written.setdefault(item.path, item.start)
        for length in range(len(item.base) + 1, len(item.path)):
            self._implied.setdefault(item.path[:length], item.start)
        if depth < MAX_DEPTH:
            for member in members(self._text, item):
                self._note(member, depth + 1)
