"""A node by its id, its whole name or its private DNS name, as the command line takes it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ssmtui.model import Node

_PRIVATE_NAME = re.compile(
    r"ip-(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})(?:\.ec2\.internal|\.[a-z0-9-]+\.compute\.internal)?", re.IGNORECASE
)


def private_address(name: str) -> str:
    """The address that EC2's IP based private name stands for; empty for any other text.

    ``ip-10-1-2-3.ec2.internal`` in us-east-1, ``ip-10-1-2-3.REGION.compute.internal`` elsewhere, or the host name alone
    (EC2 User Guide, "EC2 instance hostnames and domains").
    """
    found = _PRIVATE_NAME.fullmatch(name.strip().removesuffix("."))
    if found is None or any(int(byte) > 255 for byte in found.groups()):
        return ""
    return ".".join(str(int(byte)) for byte in found.groups())


def find(nodes: Iterable[Node], target: str) -> list[Node]:
    """The nodes that ``target`` names: by id, else by name in any case, else by the address that a private name
    means."""
    nodes = list(nodes)
    by_id = [node for node in nodes if node.id == target]
    wanted = target.casefold()
    by_name = by_id or [node for node in nodes if node.name.casefold() == wanted]
    address = private_address(target)
    return by_name or [node for node in nodes if address and node.ip == address]
