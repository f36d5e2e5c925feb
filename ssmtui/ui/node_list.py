"""The nodes as the table lists them: the store's, filtered and sorted. Pure; the store itself knows no viewer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from ssmtui.inventory.query import matches
from ssmtui.model import Node

_DIGITS = re.compile(r"(\d+)")

NAMES_KEPT = 1 << 17
"""Names whose sort key is remembered: a listing that comes in page by page is sorted once a page."""

SortKey = tuple[bool, tuple[str | int, ...], str]


def sort_key(node: Node) -> SortKey:
    """By name as people count (web-2 before web-10), nameless nodes last."""
    return (not node.name, _natural(node.name), node.id)


@lru_cache(NAMES_KEPT)
def _natural(name: str) -> tuple[str | int, ...]:
    # split() puts digits at odd places, so that a number is only ever compared with a number
    pieces = _DIGITS.split(name.casefold())
    return tuple(int(piece) if place % 2 else piece for place, piece in enumerate(pieces))


class NodeList:
    """Keeps the sorted list of the nodes that match the filter."""

    def __init__(self) -> None:
        self.filter_text = ""
        self.shown: list[Node] = []
        self.total = 0
        self._nodes: list[Node] = []

    def replace(self, nodes: Iterable[Node]) -> None:
        """Take the store's nodes."""
        self._nodes = sorted(nodes, key=sort_key)
        self.total = len(self._nodes)
        self._select()

    def filter(self, text: str) -> None:
        """Show only what matches ``text``."""
        self.filter_text = text
        self._select()

    def _select(self) -> None:
        wanted = matches(self.filter_text)
        self.shown = [node for node in self._nodes if wanted(node)]
