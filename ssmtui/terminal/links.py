"""Links in a terminal's text: those that a program marked (OSC 8), and addresses that are written in it.

Only http and https are recognized in text. What is done with an address is decided elsewhere: the text that a program
marked can show one address and mean another.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from ssmtui.terminal.grid import Grid, GridPlace, LogicalLine, line_at, lines_between
from ssmtui.terminal.marks import MAX_LINKS, ViewLink

_ADDRESS = re.compile(r"https?://[^\s<>\"'`|{}\\^]+", re.IGNORECASE)
_AFTER = ".,;:!?"
"""Punctuation that ends a sentence, not an address."""
_PAIRS = {")": "(", "]": "["}
_ENDS = frozenset({"Ps", "Pe", "Pi", "Pf", "Po"})
"""Unicode's categories of brackets, quotation marks and other punctuation. Outside ASCII they never belong to an
address: ``）``, ``、``, ``。``, ``»``."""
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
# Markdown's emphasis before an address: **https://example.com**.
_EMPHASIS = re.compile(r"[*_~]+\Z")
_MAX_TEXT = 1024
"""Characters of a link's text that are shown."""


class _FoundLink(NamedTuple):
    start: int
    end: int
    address: str


def link_at(grid: Grid, place: GridPlace) -> str:
    """The address of the link at ``place``; empty when there is none."""
    line = line_at(grid, place.row)
    index = line.character(place)
    if place.x >= line.rows[place.row - line.first].width:
        return ""
    return next((link.address for link in _links(grid, line) if link.start <= index < link.end), "")


def links_in_view(grid: Grid) -> list[ViewLink]:
    """The links in the view, from the bottom up, at most ``MAX_LINKS``."""
    links: list[ViewLink] = []
    for line in reversed(lines_between(grid, grid.top, grid.top + grid.height - 1)):
        text = line.text
        found = reversed(_links(grid, line))
        links += [ViewLink(text[link.start : link.end].strip(" ")[:_MAX_TEXT], link.address) for link in found]
    return links[:MAX_LINKS]


def _links(grid: Grid, line: LogicalLine) -> list[_FoundLink]:
    """The links of a line, in order. An address within a link that a program marked is not one of its own."""
    marked = _marked(grid, line)
    written = [found for found in _written(line.text) if not any(_overlap(found, other) for other in marked)]
    return sorted(marked + written)


def _overlap(one: _FoundLink, other: _FoundLink) -> bool:
    return one.start < other.end and other.start < one.end


def _marked(grid: Grid, line: LogicalLine) -> list[_FoundLink]:
    """The links that a program marked. One that wraps is marked in each of its rows, so neighbours are joined."""
    found: list[_FoundLink] = []
    for row in range(line.first, line.last + 1):
        for start, end, address in grid.links(row):
            first, last = line.character(GridPlace(row, start)), line.character(GridPlace(row, end - 1)) + 1
            if found and found[-1].end == first and found[-1].address == address:
                found[-1] = found[-1]._replace(end=last)
            else:
                found.append(_FoundLink(first, last, address))
    return found


def _written(text: str) -> list[_FoundLink]:
    """The addresses that are written in ``text``. One run without spaces may have several."""
    found = []
    for run in _ADDRESS.finditer(text):
        start = run.start()
        while scheme := _SCHEME.search(text, start, run.end()):
            # The same marks are looked for at the end: **address** is an address between two pairs.
            emphasis = _EMPHASIS.search(text, max(0, scheme.start() - 3), scheme.start())
            end = _end(text, scheme.end(), run.end())
            address = _trimmed(text[scheme.start() : end], emphasis.group() if emphasis else "")
            # Continue after this address: a second one may follow within the same run.
            start = max(scheme.end(), scheme.start() + len(address))
            if start > scheme.end():
                found.append(_FoundLink(scheme.start(), start, address))
    return found


def _end(text: str, start: int, end: int) -> int:
    """Where an address ends: at a bracket that was not opened in it, as in "(see https://example.com/a_(b))"; at
    punctuation or a frame outside ASCII; or before another address that follows a comma.

    Each character is looked at once, because a line may be very long.
    """
    opened = dict.fromkeys(_PAIRS.values(), 0)
    for place in range(start, end):
        character = text[place]
        if character in opened:
            opened[character] += 1
        elif character in _PAIRS:
            opened[_PAIRS[character]] -= 1
            if opened[_PAIRS[character]] < 0:
                return place
        elif character in ",;":
            if _SCHEME.match(text, place + 1, end):
                return place
        elif not character.isascii() and (
            unicodedata.category(character) in _ENDS or "\u2500" <= character <= "\u259f"
        ):
            return place
    return end


def _trimmed(address: str, emphasis: str) -> str:
    """``address`` without what ends the sentence or begins what follows, and without Markdown's emphasis when the same
    is before it. An asterisk at the end always belongs to that."""
    if len(emphasis) > 1 or emphasis == "*":
        address = address.partition(emphasis[::-1])[0]
    return address.rstrip(_AFTER + "*([" + emphasis)
