"""A node by its id or its whole name, as the command line takes it."""

from __future__ import annotations

from collections.abc import Iterable

from ssmtui.model import Node


def find(nodes: Iterable[Node], target: str) -> list[Node]:
    """The nodes that ``target`` names: by id, else by name in any case."""
    nodes = list(nodes)
    by_id = [node for node in nodes if node.id == target]
    wanted = target.casefold()
    return by_id or [node for node in nodes if node.name.casefold() == wanted]
