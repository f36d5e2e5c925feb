"""The hosts of aws-gate: ``~/.aws-gate/config.d/*``, then ``~/.aws-gate/config``, all of them YAML.

A host has an ``alias``, a ``name`` (an id, a tag, an address, ``asg:GROUP`` or the Name tag), a ``profile`` and a
``region``; ``defaults`` give the last two. The tree of nodes is walked and no objects are built of it, so that nested
aliases cannot blow up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssmtui import inert
from ssmtui.inventory.query.tokens import quoted
from ssmtui.profiles.imports.found import Candidate, Imported, LeftOut, aimed_at, is_id
from ssmtui.profiles.profile import FilePlace

if TYPE_CHECKING:
    from yaml import MappingNode, Node

MAX_MERGED = 8
"""Mappings that are merged into one (``<<``)."""
_PUBLIC_DNS = re.compile(r"(?i)ec2-[0-9-]+\.(?:[a-z0-9-]+\.compute|compute-1)\.(?:amazonaws\.[a-z.]+|[a-z0-9.-]+)")
"""A public DNS name of EC2. The suffix differs by partition (``amazonaws.com.cn`` in China, ``amazonaws.eu``, ...)."""
_KEYS = ("alias", "name", "profile", "region")


def files(directory: Path) -> list[Path]:
    """The files of aws-gate in its ``directory``, in its order."""
    parts = directory / "config.d"
    shared = sorted(part for part in parts.iterdir() if part.is_file()) if parts.is_dir() else []
    own = directory / "config"
    return [*shared, *([own] if own.is_file() else [])]


def read(texts: Mapping[Path, str]) -> Imported:
    """The hosts that the texts of several files say together, as one would read them after the other."""
    left: list[LeftOut] = []
    hosts: list[tuple[Path, Node]] = []
    defaults: dict[str, str] = {}
    for file, text in texts.items():
        tables = _tables(file, text, left)
        if (given := tables.get("defaults")) is not None:
            defaults.update(_texts(given))
        hosts += [(file, host) for host in _elements(tables.get("hosts"))]
    found = [one for file, host in hosts if (one := _host(file, host, defaults, left)) is not None]
    return Imported(found, left)


def _tables(file: Path, text: str, left: list[LeftOut]) -> dict[str, Node]:
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        why = inert.line(str(getattr(error, "problem", None) or "it is nested too deeply"), 200)
        left.append(LeftOut(FilePlace(file, mark.line + 1 if mark else 0), f"it is not YAML that can be read: {why}"))
        return {}
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        left.append(LeftOut(FilePlace(file, 1), "it is not a configuration of aws-gate: it has no hosts"))
        return {}
    return {str(key.value): value for key, value in root.value if isinstance(key, yaml.ScalarNode)}


def _host(file: Path, node: Node, defaults: Mapping[str, str], left: list[LeftOut]) -> Candidate | None:
    place = FilePlace(file, node.start_mark.line + 1)
    said = {**defaults, **_texts(node)}
    name = said.get("name", "")
    if not name:
        left.append(LeftOut(place, "a host without a name is left out"))
        return None
    values: dict[str, Any] = _aim(name)
    if not values:
        left.append(
            LeftOut(place, f"{inert.line(name, 80)} is left out: public addresses are not known to Systems Manager")
        )
        return None
    left += [
        LeftOut(
            place, f"{inert.line(said.get('alias') or name, 80)}: its {key} is null or empty; the default is not used"
        )
        for key in ("profile", "region")
        if not said.get(key) and defaults.get(key)
    ]
    if said.get("profile"):
        values["aws_profile"] = said["profile"].replace("${", "$${")
    if said.get("region"):
        values["region"] = said["region"]
    return Candidate(said.get("alias") or name, values, place)


def _aim(name: str) -> dict[str, str]:
    """What a name is, by aws-gate's rules."""
    if is_id(name):
        return {"target": name}
    if _PUBLIC_DNS.fullmatch(name):
        return {}
    if name.startswith("asg:"):
        return {"query": f"tag:aws:autoscaling:groupName={quoted(name[4:])}"}
    if ":" in name:
        key, _, value = name.rpartition(":") if name.startswith("aws:") else name.partition(":")
        return {"query": f"tag:{quoted(key)}={quoted(value)}"}
    return aimed_at(name)


def _elements(node: Node | None) -> Sequence[Node]:
    import yaml

    return node.value if isinstance(node, yaml.SequenceNode) else []


def _texts(node: Node) -> dict[str, str]:
    """The keys that are known, with values that are texts; those of merged mappings are behind its own."""
    import yaml

    found: dict[str, str] = {}
    for mapping in _merged(node):
        for key, value in mapping.value:
            is_text = isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)
            if is_text and key.value in _KEYS and key.value not in found:
                # aws-gate fills in a default only where a host lacks the key (xen0l/aws-gate, _merge_defaults), so
                # null hides it; its schema then refuses the null.
                is_null = value.tag == "tag:yaml.org,2002:null"
                found[key.value] = "" if is_null else str(value.value).strip()
    return found


def _merged(node: Node) -> Iterator[MappingNode]:
    """``node``, and the mappings that are merged into it, a few of them."""
    import yaml

    ahead = [node]
    for _ in range(MAX_MERGED):
        if not ahead:
            return
        mapping = ahead.pop(0)
        if not isinstance(mapping, yaml.MappingNode):
            continue
        yield mapping
        for key, value in mapping.value:
            if isinstance(key, yaml.ScalarNode) and key.value == "<<":
                ahead += value.value[:MAX_MERGED] if isinstance(value, yaml.SequenceNode) else [value]
