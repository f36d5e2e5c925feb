"""Links in a terminal's text: those that a program marked (OSC 8), and addresses that are simply written there."""

from __future__ import annotations

import re
from typing import NamedTuple

from ssmtui.terminal.grid import Grid, Line, Place, line_at, lines_between
from ssmtui.terminal.marks import MAX_LINKS, Link

_ADDRESS = re.compile(r"https?://[^\s<>\"'`|{}\\^]+", re.IGNORECASE)
_AFTER = ".,;:!?"
"""Marks that end a sentence, not an address."""
_PAIRS = {")": "(", "]": "["}
_MAX_TEXT = 1024


class _Found(NamedTuple):
    start: int
    end: int
    address: str


def link_at(grid: Grid, place: Place) -> str:
    """The address at a cell; empty for none."""
    line = line_at(grid, place.row)
    index = line.character(place)
    if place.x >= line.rows[place.row - line.first].width:
        return ""
    return next((link.address for link in _links(grid, line) if link.start <= index < link.end), "")


def links_in_view(grid: Grid) -> list[Link]:
    """The links in the view, from the bottom up, at most ``MAX_LINKS``."""
    links: list[Link] = []
    for line in reversed(lines_between(grid, grid.top, grid.top + grid.height - 1)):
        text = line.text
        found = reversed(_links(grid, line))
        links += [Link(text[link.start : link.end].strip(" ")[:_MAX_TEXT], link.address) for link in found]
    return links[:MAX_LINKS]


def _links(grid: Grid, line: Line) -> list[_Found]:
    """In order. What a program marked as a link is not looked into."""
    marked = _marked(grid, line)
    written = [found for found in _written(line.text) if not any(_overlap(found, other) for other in marked)]
    return sorted(marked + written)


def _overlap(one: _Found, other: _Found) -> bool:
    return one.start < other.end and other.start < one.end


def _marked(grid: Grid, line: Line) -> list[_Found]:
    found: list[_Found] = []
    for row in range(line.first, line.last + 1):
        for start, end, address in grid.links(row):
            first, last = line.character(Place(row, start)), line.character(Place(row, end - 1)) + 1
            if found and found[-1].end == first and found[-1].address == address:
                found[-1] = found[-1]._replace(end=last)
            else:
                found.append(_Found(first, last, address))
    return found


def _written(text: str) -> list[_Found]:
    found = []
    for match in _ADDRESS.finditer(text):
        address = _trimmed(match.group())
        found.append(_Found(match.start(), match.start() + len(address), address))
    return found


def _trimmed(address: str) -> str:
    """Without what belongs to the text around: a full stop, or a bracket that was not opened."""
    while address[-1] in _AFTER or (
        address[-1] in _PAIRS and address.count(address[-1]) > address.count(_PAIRS[address[-1]])
    ):
        address = address[:-1]
    return address
