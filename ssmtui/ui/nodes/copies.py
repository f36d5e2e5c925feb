"""A node as text for elsewhere: its id, address, ARN, all of it as JSON, the AWS CLI's line to it. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import NamedTuple

from ssmtui.documents import command_line
from ssmtui.inventory.export import arn, as_object
from ssmtui.model import Node, Scope, StartRequest

FEW = 100
"""Nodes whose text is made within a frame, whatever is copied of them; that of more takes a thread."""


def cli_line(node: Node) -> str:
    """What starts a shell on it with the AWS CLI, quoted for a POSIX shell. Empty when a part could not be typed."""
    scope = Scope(node.aws_profile or None, node.region)
    return command_line.start_session(StartRequest(node.id, container=node.container), scope)


def _printable(text: str) -> str:
    return text if text.isprintable() else ""


def as_json(nodes: Sequence[Node]) -> str:
    """One node as an object, several as an array; ASCII only: a tag could hold control characters that a terminal
    obeys."""
    import json  # the first frame does without it

    objects = [as_object(node) for node in nodes]
    return json.dumps(objects[0] if len(objects) == 1 else objects, indent=2)


class NodeCopy(NamedTuple):
    """A way to copy nodes."""

    key: str
    name: str
    one: Callable[[Node], str]


def _id(node: Node) -> str:
    return _printable(node.id)


def _name(node: Node) -> str:
    return _printable(node.name)


def _address(node: Node) -> str:
    return _printable(node.ip)


class What(Enum):
    """What can be copied of nodes."""

    ID = NodeCopy("i", "id", _id)
    NAME = NodeCopy("n", "name", _name)
    ADDRESS = NodeCopy("a", "address", _address)
    ARN = NodeCopy("r", "ARN", arn)
    COMMAND = NodeCopy("l", "AWS CLI line", cli_line)
    JSON = NodeCopy("j", "JSON", lambda node: as_json([node]))


def text_of(what: What, nodes: Sequence[Node]) -> str:
    """What goes to the clipboard for ``nodes``: one a line, or JSON. Nodes that have no such thing are left out."""
    if what is What.JSON:
        return as_json(nodes)
    return "\n".join(text for text in map(what.value.one, nodes) if text)
