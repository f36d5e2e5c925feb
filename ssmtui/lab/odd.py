"""Nodes and tags as nobody expects them, for ``odd-nodes`` and ``odd-tags``: all of it has been seen, or may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ssmtui.lab.fleet_catalog import System
from ssmtui.lab.lab_node import LabNode

_PLAN_9 = System("Plan9", "Plan 9 from Bell Labs", "4", "ami-0123456789abcdef0", "mips")
_DAY = 86_400

_TAGS: tuple[Mapping[str, str], ...] = (
    {"Name": "two\nlines", "note": "line one\nline two\r\n\tindented\u2028and separated"},
    {
        "Name": "\x1b[31mred\x1b[0m\x07 \x9b2J",
        "danger": "\x1b[31mred\x1b[0m\x07 \x9b2J\x9d0;title\x9c",
        "null": "a\0b\x7fc",
    },
    {"Name": "long-" + "n" * 251, "k" * 128: "v" * 256, "": "no key", "no-value": ""},
    {"Name": "שרת-עברית", "صاحب": "فريق المنصة", "trick": "\u202egnp.exe\u202c \u2066x\u2069"},
    {"Name": "🚀 web 👩‍💻 東京サーバー", "flag": "🇫🇮", "combining": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞a͙͈lgo"},
    {"Name": "[red]not markup[/red] [@click=app.quit]x[/]", "a:b=c d": "tag:x=y | !z /re/ \"quoted\" 'single'"},
    {"env": "PROD", "Env": "prod", "ENV ": " prod ", **{f"tag-{number:02}": str(number) for number in range(45)}},
)


def with_odd_tags(index: int, node: LabNode) -> LabNode:
    """Every eighth node is as it was; another eighth has no tags at all, and so no name."""
    turn = index % 8
    if turn == 7:
        return node
    if turn == 6:
        return node._replace(tags={})
    tags = {**node.tags, **_TAGS[(index // 8 + turn) % len(_TAGS)]}
    if turn == 1:
        return node._replace(tags=tags, computer_name=f"{node.computer_name}\x1b]0;title\x07\n")
    return node._replace(tags=tags)


def odd_node(index: int, node: LabNode) -> LabNode:
    """A third of the nodes has something that AWS does not document."""
    change = _CHANGES.get(index % 24)
    return node if change is None else node._replace(**change)


def comes_twice(index: int) -> bool:
    """Whether the listings have the node two times in a row."""
    return index % 24 == 13


_CHANGES: Mapping[int, Mapping[str, Any]] = {
    3: {"ping": "Hibernating"},
    5: {"system": _PLAN_9},
    7: {"bare": True},
    9: {"skew": 2.0 * _DAY},
    11: {"agent_version": ""},
    15: {"ping": "ConnectionLost", "contact_at": 0.0},
    17: {"agent_version": "3.x.beta-2"},
    19: {"ip": "fe80::1ff:fe23:4567:890a%eth0", "computer_name": "h" * 255},
    21: {"state": "hibernating"},
}
