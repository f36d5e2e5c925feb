"""The filter line over the nodes: plain words, all of which have to be found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ssmtui.model import Node

Predicate = Callable[[Node], bool]


def _searched(node: Node) -> Iterator[str]:
    yield from (node.name, node.id, node.ip, node.computer_name, node.ping.value)
    yield from (node.platform.value, node.platform_name, node.platform_version, node.agent_version)
    for key, value in node.tags.items():
        yield f"{key}={value}"


def matches(text: str) -> Predicate:
    """Whether a node has every word of ``text`` somewhere in its name, id, address, platform, agent, ping or tags, in
    any case. No words: every node."""
    words = text.casefold().split()

    def predicate(node: Node) -> bool:
        haystack = "\n".join(_searched(node)).casefold()
        return all(word in haystack for word in words)

    return predicate if words else lambda _: True


def find(nodes: Iterable[Node], target: str) -> list[Node]:
    """The nodes that ``target`` names: by id, else by name in any case."""
    nodes = list(nodes)
    by_id = [node for node in nodes if node.id == target]
    wanted = target.casefold()
    return by_id or [node for node in nodes if node.name.casefold() == wanted]
