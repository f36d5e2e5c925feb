"""How nodes are written to the disk and read back: JSON, a line a block of nodes, column by column. Pure.

For a hundred thousand nodes this is half the size of one list per node and decodes in half the time (0.2 s); one object
per node, CSV and SQLite take two to five times as long. A value that many nodes share is there once a block, in the
file and then in memory. What is read is not trusted: a block of which any part is not as expected is refused as a
whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import Enum
from itertools import repeat
from types import MappingProxyType
from typing import Any, TypeVar

from ssmtui.model import Container, Node, PingStatus, Platform

BLOCK = 1000
"""Nodes in a block at most: decoded in two or three milliseconds."""

E = TypeVar("E", bound=Enum)

_NO_TAGS = MappingProxyType[str, str]({})
_new_tuple = tuple.__new__


class BadBlock(ValueError):
    """A line that is not a block of nodes."""


def encode(nodes: Sequence[Node]) -> bytes:
    """A block of nodes as a line, its end included."""
    columns: list[Any] = [_packed([node[place] for node in nodes]) for place in _PLAIN]
    columns.append(_packed([node.ping.value for node in nodes]))
    columns.append(_packed([node.platform.value for node in nodes]))
    columns.append([node.last_ping.timestamp() if node.last_ping is not None else None for node in nodes])
    columns.append(_packed([node.container for node in nodes]))
    keys = dict.fromkeys(key for node in nodes for key in node.tags)
    tags = {key: _packed([node.tags.get(key) for node in nodes]) for key in keys}
    return json.dumps([len(nodes), columns, tags], separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> list[Node]:
    """The nodes of a block; raises :class:`BadBlock`."""
    try:
        length, columns, tags = json.loads(line)
        if not 0 <= length <= BLOCK:
            raise BadBlock("its length is out of bounds")
        *plain, pings, platforms, heard, containers = columns
        by_place: dict[int, Sequence[Any]] = dict(
            zip(_PLAIN, map(_unpacked, plain, repeat(length), _CHECKS), strict=True)
        )
        by_place[_PING] = _unpacked(pings, length, _enum(PingStatus))
        by_place[_PLATFORM] = _unpacked(platforms, length, _enum(Platform))
        by_place[_LAST_PING] = [datetime.fromtimestamp(at, UTC) if at is not None else None for at in heard]
        by_place[_CONTAINER] = _unpacked(containers, length, _containers)
        by_place[_TAGS] = _dicts(tags, length, by_place[_NAME])
        by_place[_WHO] = [()] * length
        values = zip(*map(by_place.__getitem__, range(len(Node._fields))), strict=True)
        nodes = [_new_tuple(Node, value) for value in values]
        if len(nodes) != length:
            raise BadBlock("it has another length than it says")
    except (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError) as error:
        raise BadBlock(f"{type(error).__name__}: {error}") from error
    return nodes


def names(line: bytes) -> list[tuple[str, str]]:
    """Only the ids and the names of a block's nodes, which is faster than all of it; raises :class:`BadBlock`."""
    try:
        length, columns, _ = json.loads(line)
        if not 0 <= length <= BLOCK:
            raise BadBlock("its length is out of bounds")
        ids, named = (_unpacked(columns[_PLAIN.index(place)], length, _strings) for place in (_ID, _NAME))
        return list(zip(ids, named, strict=True))
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise BadBlock(f"{type(error).__name__}: {error}") from error


# A column is a list of values, or {"values": those there are, "places": of each node's among them}; without places all
# nodes have the one value.


def _packed(column: list[Any]) -> Any:
    places = {value: place for place, value in enumerate(dict.fromkeys(column))}
    if len(places) == 1:
        return {"values": list(places)}
    if len(places) * 4 > len(column):
        return column
    return {"values": list(places), "places": [places[value] for value in column]}


Check = Callable[[list[Any]], list[Any]]
"""From JSON's values to those of a node; raises for invalid ones."""


def _unpacked(column: Any, length: int, check: Check) -> Sequence[Any]:
    if isinstance(column, list):
        return check(column)
    values = check(column["values"])
    places = column.get("places")
    if places is None:
        (value,) = values
        return [value] * length
    return [values[place] for place in places]


def _strings(values: list[Any]) -> list[Any]:
    "".join(values)
    return values


def _flags(values: list[Any]) -> list[Any]:
    if not set(values) <= {True, False, None}:
        raise TypeError("it is not a flag")
    return [None if value is None else bool(value) for value in values]


def _enum(kind: type[E]) -> Check:
    # Another release may have written a value that this one does not know.
    known = {member.value: member for member in kind}
    return lambda values: [known.get(value, kind("Unknown")) for value in values]


def _containers(values: list[Any]) -> list[Any]:
    if any(type(value) is str for value in values):
        raise TypeError("it is not a container")
    return [None if value is None else Container(*_strings(value)) for value in values]


def _dicts(tags: dict[str, Any], length: int, names: Sequence[str]) -> Sequence[Any]:
    """One mapping per node, from one column per key, in which None stands for a node without the tag."""
    if tags == {}:
        return [_NO_TAGS] * length
    columns = [_unpacked(column, length, _tag_values) for column in tags.values()]
    if "Name" in tags:
        # The name is nearly always that tag's value: one string, not two.
        place = list(tags).index("Name")
        columns[place] = [name if name == tag else tag for name, tag in zip(names, columns[place], strict=True)]
    found = [dict(zip(tags, values, strict=True)) for values in zip(*columns, strict=True)]
    for column in columns:
        if None in column:
            return [{key: value for key, value in one.items() if value is not None} or _NO_TAGS for one in found]
    return found


def _tag_values(values: list[Any]) -> list[Any]:
    _strings([value for value in values if value is not None])
    return values


_ID, _NAME, _PING, _PLATFORM, _LAST_PING, _CONTAINER, _TAGS, _WHO = map(
    Node._fields.index, ("id", "name", "ping", "platform", "last_ping", "container", "tags", "who")
)
_NOT_PLAIN = (_PING, _PLATFORM, _LAST_PING, _CONTAINER, _TAGS, _WHO)
"""Who has sessions is not kept: it changes within minutes."""
_PLAIN = tuple(place for place in range(len(Node._fields)) if place not in _NOT_PLAIN)
_CHECKS: tuple[Check, ...] = tuple(
    _flags if Node._fields[place] in ("agent_is_latest", "tags_known") else _strings for place in _PLAIN
)
