"""A node as the index keeps it: with the text that plain words are looked for in, made once."""

from __future__ import annotations

import re

from ssmtui.inventory.fields import arn_name
from ssmtui.model import Node

VALUE_LIMIT = 256
"""Characters of one value that are searched: as long as AWS lets a name or a tag's value be."""
TAG_LIMIT = 64
"""Tags that are searched; AWS allows 50."""

_HEX_ID = re.compile("(?:mi|i)-[0-9a-f]+")
_AWS_HOST = re.compile(r"(ip-\d+-\d+-\d+-\d+)\..*")
_CONTROLS = dict.fromkeys((*range(32), 127, 133, 8232, 8233), " ")


def folded(text: str) -> str:
    """``text`` as it is compared: in one case, on one line, of bounded length."""
    if len(text) > VALUE_LIMIT:
        text = text[:VALUE_LIMIT]
    return (text if text.isprintable() else text.translate(_CONTROLS)).casefold()


class Row:
    """What is searched of a node.

    ``text`` is a line each of: id and account; then address, the name that AWS gives a computer, platform and whatever
    else has no words in it; then name, the computer's own name and an ECS cluster's; then ``key=value`` of tags. Each
    line begins after a line break and ends before one. The places tell where these parts begin.
    """

    __slots__ = ("hard", "loose", "name", "node", "tags", "text")

    def __init__(self, node: Node, name: str, text: str, hard: int, loose: int, tags: int) -> None:
        self.node = node
        self.name = name
        """Casefolded."""
        self.text = text
        self.hard = hard
        """The end of id and account: in hexadecimal digits any short word is found."""
        self.loose = loose
        """Where names begin: from here words are also found by the beginnings of their parts."""
        self.tags = tags
        """Where tags begin."""

    def __repr__(self) -> str:
        return f"Row({self.node.key})"


def row(node: Node) -> Row:
    """What is searched of ``node``."""
    name = folded(node.name)
    node_id = folded(node.id)
    digits = f"\n{node_id}\n" if _HEX_ID.fullmatch(node_id) else "\n"
    addresses = [node.ip] if digits != "\n" else [node_id, node.ip]
    if node.account.isdigit():
        digits += f"{node.account}\n"
    else:
        addresses.append(node.account)
    computer = folded(node.computer_name)
    names = [name]
    if computer.startswith("ip-") and (made := _AWS_HOST.fullmatch(computer)):
        addresses.append(made.group(1))
    elif computer.startswith("ec2amaz-"):
        addresses.append(computer)
    elif computer != name:
        names.append(computer)
    addresses.append(f"{node.platform.value} {node.platform_name} {node.platform_version}")
    if node.container is not None:
        names += (folded(arn_name(node.container.cluster)), folded(node.container.name))
    text = digits + "".join([f"{folded(value)}\n" for value in addresses if value])
    loose = len(text) - 1
    text += "".join([f"{value}\n" for value in names if value])
    tags = len(text) - 1
    if node.tags:
        pairs = list(node.tags.items())[:TAG_LIMIT]
        text += "".join([f"{folded(key)}={folded(value)}\n" for key, value in pairs])
    return Row(node, name, text, len(digits) - 1, loose, tags)
