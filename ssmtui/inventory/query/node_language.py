"""What a filter of nodes can ask for."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter

from ssmtui.inventory.fields import FIELDS, node_kind
from ssmtui.inventory.query.language import IsWord, Language
from ssmtui.model import Node, PingStatus

_COUNTED = (
    "ping", "agent", "account", "profile", "region", "zone", "type", "state", "vpc", "role", "kind", "cluster",
    "container", "resource",
)  # fmt: skip

_QUESTIONS: Mapping[str, IsWord[Node]] = {
    "online": IsWord("heard by Systems Manager now", lambda node: node.ping is PingStatus.ONLINE),
    "offline": IsWord("not heard by Systems Manager", lambda node: node.ping is not PingStatus.ONLINE),
    "running": IsWord("EC2 or ECS says it runs", lambda node: node.instance_state == "running"),
    "stopped": IsWord(
        "EC2 or ECS says it does not run", lambda node: node.instance_state not in ("", "running", "pending")
    ),
    "busy": IsWord("somebody has a session there now", lambda node: bool(node.who)),
    "old": IsWord("has an agent that is not the newest", lambda node: node.agent_is_latest is False),
    "ec2": IsWord("is an EC2 instance", lambda node: node_kind(node) == "ec2"),
    "hybrid": IsWord("was registered by an activation", lambda node: node_kind(node) == "hybrid"),
    "container": IsWord("is a container of an ECS task", lambda node: node_kind(node) == "container"),
}

NODE_LANGUAGE: Language[Node] = Language(
    FIELDS,
    _QUESTIONS,
    has_favourites=True,
    # Versions and names of the system are completed one by one.
    counted={"platform": attrgetter("platform_name"), **{name: FIELDS[name].text for name in _COUNTED}},
    tags_of=attrgetter("tags"),
)
