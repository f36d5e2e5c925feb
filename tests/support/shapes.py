"""Holding an answer against botocore's output shape, more strictly than botocore: names, enums, patterns, lengths."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ServiceModel, Shape

_KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "timestamp": (int, float),
}


@cache
def _service(name: str) -> ServiceModel:
    model: ServiceModel = botocore.session.get_session().get_service_model(name)
    return model


def misfits(service: str, operation: str, answer: Mapping[str, object]) -> list[str]:
    """What of ``answer`` the operation's output shape has no room for; each with its path."""
    shape = _service(service).operation_model(operation).output_shape
    return list(_misfits(shape, answer, operation))


def _misfits(shape: Any, value: Any, path: str) -> list[str]:
    if value is None:
        return []
    if shape.type_name == "structure":
        unknown = [f"{path}.{name} is unknown" for name in value if name not in shape.members]
        missing = [f"{path}.{name} is missing" for name in shape.required_members if name not in value]
        known = [(shape.members[name], inner, name) for name, inner in value.items() if name in shape.members]
        return (
            unknown
            + missing
            + [bad for member, inner, name in known for bad in _misfits(member, inner, f"{path}.{name}")]
        )
    if shape.type_name == "list":
        return [bad for at, inner in enumerate(value) for bad in _misfits(shape.member, inner, f"{path}[{at}]")]
    return _scalar_misfits(shape, value, path)


def _scalar_misfits(shape: Shape, value: Any, path: str) -> list[str]:
    if not isinstance(value, _KINDS.get(shape.type_name, object)):
        return [f"{path} is a {type(value).__name__}, not a {shape.type_name}"]
    if not isinstance(value, str):
        return []
    facts = shape.metadata
    bad = []
    if facts.get("enum") and value not in facts["enum"]:
        bad.append(f"{path}: {value!r} is none of {facts['enum']}")
    if "pattern" in facts and r"\p{" not in facts["pattern"] and re.search(facts["pattern"], value) is None:
        bad.append(f"{path}: {value!r} does not match {facts['pattern']}")
    if not facts.get("min", 0) <= len(value) <= facts.get("max", len(value)):
        bad.append(f"{path}: {len(value)} characters")
    return bad
