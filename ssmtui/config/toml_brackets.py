"""Adding to and taking from what stands in brackets: arrays and inline tables, with the layout that they have.

Each function returns splices, which :func:`spliced` makes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ssmtui.config.toml_scan import Item, line_end, line_start, members
from ssmtui.config.toml_text import INDENT


class Splice(NamedTuple):
    """Put ``text`` in the place of what is from ``start`` to ``end``."""

    start: int
    end: int
    text: str


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """``text`` with splices that do not overlap, whose offsets are all those of ``text``."""
    for splice in sorted(splices, reverse=True):
        text = text[: splice.start] + splice.text + text[splice.end :]
    return text


def added(text: str, item: Item, index: int, body: str, newline: str) -> list[Splice]:
    """Let ``body``, a value or a key and a value, be member ``index`` of the brackets that are ``item``'s value."""
    found = members(text, item)
    if not found:
        return [_first(text, item, body, newline)]
    if index < len(found):
        following = found[index]
        if not _begins_line(text, item, following):
            return [Splice(following.start, following.start, f"{body}, ")]
        start = line_start(text, following.start)
        return [Splice(start, start, f"{text[start : following.start]}{body},{newline}")]
    last = found[-1]
    comma = _comma(text, item, last)
    end = line_end(text, comma if comma >= 0 else last.end)
    if _begins_line(text, item, last) and end < item.value.end:
        indent = text[line_start(text, last.start) : last.start]
        if comma >= 0:
            return [Splice(end, end, f"{indent}{body},{newline}")]
        return [Splice(last.end, last.end, ","), Splice(end, end, f"{indent}{body}{newline}")]
    if comma >= 0:
        return [Splice(comma + 1, comma + 1, f" {body},")]
    return [Splice(last.end, last.end, f", {body}")]


def removed(text: str, item: Item, index: int) -> list[Splice]:
    """Take member ``index`` out of the brackets that are ``item``'s value, with its comment where it has its lines."""
    found = members(text, item)
    member = found[index]
    comma = _comma(text, item, member)
    past = comma + 1 if comma >= 0 else member.end
    rest = text[past : line_end(text, past)].strip()
    if _begins_line(text, item, member) and (not rest or rest.startswith("#")):
        return [Splice(line_start(text, member.start), line_end(text, past), "")]
    if index + 1 < len(found):
        return [Splice(member.start, found[index + 1].start, "")]
    if index == 0:
        return [Splice(member.start, past, "")]
    before = _comma(text, item, found[index - 1])
    if text[before + 1 : member.start].strip(" \t"):
        # Lines or comments are between: what was before keeps its comma.
        return [Splice(member.start, past, "")]
    return [Splice(before, comma if comma >= 0 else member.end, "")]


def _first(text: str, item: Item, body: str, newline: str) -> Splice:
    start, end = item.value.start + 1, item.value.end - 1
    if "\n" in text[start:end]:
        at = line_start(text, end)
        return Splice(at, at, f"{INDENT}{body}{newline}")
    gap = " " if text[item.value.start] == "{" else ""
    return Splice(start, end, f"{gap}{body}{gap}")


def _begins_line(text: str, item: Item, member: Item) -> bool:
    start = line_start(text, member.start)
    return start > item.value.start and not text[start : member.start].strip()


def _comma(text: str, item: Item, member: Item) -> int:
    """Where the comma after ``member`` is; -1 where it has none."""
    at = member.end
    while at < item.value.end - 1:
        if text[at] == ",":
            return at
        at = line_end(text, at) if text[at] == "#" else at + 1
    return -1
