"""A node as the index keeps it: with the text that plain words are looked for in, made once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from operator import attrgetter

from ssmtui.inventory.fields import arn_name
from ssmtui.model import Node, Platform

VALUE_LIMIT = 256
"""Characters of one value that are searched: as long as AWS lets a name or a tag's value be."""
TAG_LIMIT = 64
"""Tags that are searched; AWS allows 50."""

_HEX_ID = re.compile("(?:mi|i)-[0-9a-f]+")
_CONTROLS = dict.fromkeys((*range(32), 127, 133, 8232, 8233), " ")


_BITS = {letter: 1 << place for place, letter in enumerate("abcdefghijklmnopqrstuvwxyz")}
_INITIAL = re.compile(r"(?<![^\W\d_])[^\W\d_]")
"""A letter that begins a part: after none."""


def bits(letters: Iterable[str]) -> int:
    """A bit for each of the ``letters`` from a to z; all others have none."""
    found = 0
    for letter in letters:
        found |= _BITS.get(letter, 0)
    return found


def folded(text: str) -> str:
    """``text`` as it is compared: in one case, on one line, of bounded length."""
    if len(text) > VALUE_LIMIT:
        text = text[:VALUE_LIMIT]
    return (text if text.isprintable() else text.translate(_CONTROLS)).casefold()


def host(computer: str) -> str:
    """A computer's folded name without what AWS appends: ``ip-10-0-4-17`` of a private DNS name. The region in it would
    be found in every row."""
    label, dot, _ = computer.partition(".")
    return label if dot and label.startswith("ip-") and label[3:].replace("-", "").isdecimal() else computer


class IndexRow:
    """A node, what is searched of it, and its place in an order.

    ``text`` is a line each of: id and account; then address, the name that AWS gives a computer, platform and whatever
    else has no words in it; then name, the computer's own name and an ECS cluster's; then ``key=value`` of tags. Each
    line begins after a line break and ends before one. The fields below say where these parts begin. All of it is empty
    until :func:`fill` has made it.
    """

    __slots__ = ("hard", "letters", "loose", "name", "node", "order", "tags", "text", "tie")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.name = ""
        """Casefolded."""
        self.text = ""
        self.hard = 0
        """The end of id and account: in hexadecimal digits any short word is found."""
        self.loose = 0
        """Where names begin: from here words are also found by the beginnings of their parts."""
        self.tags = 0
        """Where tags begin."""
        self.letters = 0
        """The letters that parts of names and tags begin with, as :func:`bits` encodes them."""
        self.tie = ""
        """Orders rows that are otherwise equal; the index makes it."""
        self.order = ""
        """What finds its place in the order of the index, where that is not its tie."""

    def __repr__(self) -> str:
        return f"Row({self.node.key})"


def row(node: Node) -> IndexRow:
    """The row of ``node``, filled."""
    new = IndexRow(node)
    fill(new)
    return new


def fill(row: IndexRow) -> None:
    """Make what is searched of the row's node."""
    node = row.node
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
    letters = _initials(lines)
    tags = len(text) - 1
    if node.tags:
        pairs = []
        for key, value in islice(node.tags.items(), TAG_LIMIT):
            if key == "Name":  # the one whose values are hardly ever the same
                line = f"name={folded(value)}\n"
                more = _initials("name=" if value == node.name else line)
            else:
                line, more = _pair(key, value)
            pairs.append(line)
            letters |= more
        text += "".join(pairs)
    row.name, row.text, row.hard, row.loose, row.tags = name, text, len(digits) - 1, loose, tags
    row.letters = _shared(letters)


def refill(row: IndexRow, node: Node) -> None:
    """Give the row a newer node; its text is made anew where that differs."""
    known, row.node = row.node, node
    if row.text and _searched(known) != _searched(node):
        fill(row)


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
    return line, _initials(line)


def _initials(text: str) -> int:
    return bits(_INITIAL.findall(text))


@lru_cache(1 << 12)
def _shared(letters: int) -> int:
    return letters
