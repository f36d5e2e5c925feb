"""Rows of nodes: what is searched of each, and their order."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from operator import attrgetter, itemgetter

from ssmtui.inventory.field_sets import SortKey
from ssmtui.inventory.fields import FIELDS, arn_name
from ssmtui.inventory.rows import IndexRow, RowKind, folded, host, initials, shared
from ssmtui.model import Node, Platform

TAG_LIMIT = 64
"""Tags that are searched; AWS allows 50."""

_HEX_ID = re.compile("(?:mi|i)-[0-9a-f]+")
_name_key = FIELDS["name"].sort_key


def tie_of(node: Node) -> str:
    """What orders nodes that are equal in all else, by name first; no two nodes have the same."""
    name = _name_key(node)
    known = f"0{name}" if name else "1"
    return f"{known}\0{node.id}\0{node.aws_profile}\0{node.region}"


def fill(row: IndexRow[Node]) -> None:
    """Make what is searched of the row's node: id and account; then address, the name that AWS gives a computer,
    platform and whatever else has no words in it; then name, the computer's own name and an ECS cluster's; then
    tags."""
    node = row.item
    name = folded(node.name)
    if name == node.name:
        name = node.name  # one string, not two
    node_id = folded(node.id)
    digits = f"\n{node_id}\n" if _HEX_ID.fullmatch(node_id) else "\n"
    addresses = [folded(node.ip)] if digits != "\n" else [node_id, folded(node.ip)]
    if node.account.isdigit():
        digits += f"{node.account}\n"
    else:
        addresses.append(folded(node.account))
    computer = folded(node.computer_name)
    names = [name]
    if computer.startswith(("ip-", "ec2amaz-")):
        addresses.append(host(computer))
    elif computer != name:
        names.append(computer)
    if node.container is not None:
        names += (folded(arn_name(node.container.cluster)), folded(node.container.name))
    text = digits + "".join([f"{value}\n" for value in addresses if value])
    text += _system(node.platform, node.platform_name, node.platform_version)
    loose = len(text) - 1
    lines = "".join([f"{value}\n" for value in names if value])
    text += lines
    letters = initials(lines)
    tags = len(text) - 1
    if node.tags:
        pairs = []
        for key, value in islice(node.tags.items(), TAG_LIMIT):
            if key == "Name":  # the one whose values are hardly ever the same
                line = f"name={folded(value)}\n"
                more = initials("name=" if value == node.name else line)
            else:
                line, more = _pair(key, value)
            pairs.append(line)
            letters |= more
        text += "".join(pairs)
    row.name, row.text, row.hard, row.loose, row.tags = name, text, len(digits) - 1, loose, tags
    row.letters = shared(letters)


_searched = attrgetter(
    "name",
    "id",
    "ip",
    "account",
    "computer_name",
    "platform",
    "platform_name",
    "platform_version",
    "container",
    "tags",
)


@lru_cache(1 << 12)
def _system(platform: Platform, name: str, version: str) -> str:
    return f"{folded(f'{platform.value} {name} {version}')}\n"


@lru_cache(1 << 14)
def _pair(key: str, value: str) -> tuple[str, int]:
    line = f"{folded(key)}={folded(value)}\n"
    return line, initials(line)


NODE_ROWS: RowKind[Node] = RowKind(
    fields=FIELDS,
    fill=fill,
    searched=_searched,
    tie_of=tie_of,
    tie_source=attrgetter("name"),
    order=(SortKey("name"),),
    key_of=itemgetter(*(Node._fields.index(name) for name in ("aws_profile", "region", "id"))),
    tied_field="name",
)
"""Those of an index of nodes."""
