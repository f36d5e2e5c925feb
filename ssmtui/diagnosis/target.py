"""What a target is, by its form, and which node a name means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Sequence

from ssmtui.diagnosis.findings import Check, Finding, TargetKind, Verdict
from ssmtui.diagnosis.sentences import unknown
from ssmtui.errors import SsmtuiError
from ssmtui.model import Node

LISTED = 8
"""Nodes of one name that are named at most."""

_FORMS = {
    TargetKind.INSTANCE: re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})").fullmatch,
    TargetKind.MANAGED: re.compile(r"mi-[0-9a-f]{17}").fullmatch,
    TargetKind.CONTAINER: re.compile(r"ecs:[^\s_]\S*_\S+_\S+").fullmatch,
}
_LOOKS_LIKE_ID = re.compile(r"m?i-\S+|ecs:.*", re.IGNORECASE).fullmatch


def kind_of(target: str) -> TargetKind:
    """By its form."""
    return next((kind for kind, has_form in _FORMS.items() if has_form(target)), TargetKind.NAME)


def named(nodes: Iterable[Node], name: str) -> list[Node]:
    """The nodes of that name, in any case."""
    wanted = name.casefold()
    return [node for node in nodes if node.name.casefold() == wanted]


def formed(target: str, kind: TargetKind, listed: Node | None) -> Finding:
    """Of an id, that it has an id's form."""
    named = f"{listed.name}." if listed is not None and listed.name else ""
    if kind is TargetKind.CONTAINER:
        return Finding(Check.TARGET, Verdict.OK, "It is a container of an ECS task", target)
    what = "an EC2 instance" if kind is TargetKind.INSTANCE else "a machine registered by an activation"
    return Finding(Check.TARGET, Verdict.OK, f"{target} is {what}", named)


def resolved(
    name: str, listed: Sequence[Node] | SsmtuiError, problems: Collection[str] = ()
) -> tuple[Finding, Node | None]:
    """Of a name, which node it means: one, several or none of those listed. ``problems`` are the sources that could not
    be read for them."""
    if isinstance(listed, SsmtuiError):
        return unknown(Check.TARGET, listed, f"Which node is called {name} cannot be seen"), None
    nodes = listed
    found = [node for node in nodes if node.id == name] or named(nodes, name)
    if len(found) == 1:
        return Finding(Check.TARGET, Verdict.OK, f"{name} is {found[0].id}", _described(found[0])), found[0]
    if found:
        more = f" … and {len(found) - LISTED} more" if len(found) > LISTED else ""
        evidence = "; ".join(f"{node.id} {_described(node)}" for node in found[:LISTED]) + more
        what = f"{len(found)} nodes are called {name}"
        return Finding(Check.TARGET, Verdict.BAD, what, evidence, "Give the id of one of them."), None
    if _LOOKS_LIKE_ID(name):
        what = f"{name} looks like an id, but is not one"
        fix = "i- takes 8 or 17, mi- 17 lowercase hexadecimal digits; containers are ecs:CLUSTER_TASK_RUNTIME-ID."
        return Finding(Check.TARGET, Verdict.BAD, what, "", fix), None
    near = difflib.get_close_matches(name, sorted({node.name for node in nodes if node.name}), n=3)
    fix = f"Did you mean {' or '.join(near)}?" if near else "`ssmtui nodes` lists those that there are."
    what = f"No node here has the id or the name {name}"
    evidence = f"{len(nodes):,} nodes were listed."
    if problems:
        evidence += f" {' and '.join(problems)} could not be read; names are EC2's tags, containers are of ECS."
    return Finding(Check.TARGET, Verdict.BAD, what, evidence, fix), None


def _described(node: Node) -> str:
    return " ".join(filter(None, (node.ping.value, node.platform_name, node.ip))) + "."
