"""What a TOML text says, as ``tomllib`` gives it: compared, looked up and changed by paths."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from ssmtui.config.toml_scan import Path


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final[Any] = _Missing()
"""What is at a path where nothing is."""


def same(one: object, other: object) -> bool:
    """Whether two values are the same in TOML: 1 is neither 1.0 nor true, and NaN equals NaN."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and (one == other or one != one)


def plain(value: object) -> Any:
    """``value`` as ``tomllib`` gives it: lists, not tuples, and dictionaries."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def get(data: Any, path: Path) -> Any:
    """What is at ``path``, or :data:`MISSING`."""
    for part in path:
        if isinstance(part, str):
            data = data.get(part, MISSING) if isinstance(data, dict) else MISSING
        else:
            data = data[part] if isinstance(data, list) and 0 <= part < len(data) else MISSING
    return data


def put(data: Any, path: Path, value: Any) -> None:
    """Set what is at ``path``, or remove it (:data:`MISSING`); tables on the way are made.

    Raises LookupError or ValueError where something that is no table is in the way.
    """
    for part in path[:-1]:
        data = data.setdefault(part, {}) if isinstance(data, dict) else _elements(data, part)[part]
    last = path[-1]
    if not isinstance(data, dict):
        data = _elements(data, last)
        if value is not MISSING and last == len(data):
            data.append(None)
    if value is MISSING:
        del data[last]
    else:
        data[last] = copy.deepcopy(value)


def drop_empty(data: dict[str, Any], path: Path) -> None:
    """Remove tables on the way to ``path`` that are empty: only a header of their own can keep those in a file."""
    for length in range(len(path) - 1, 0, -1):
        part = path[length - 1]
        above = get(data, path[: length - 1])
        if isinstance(part, str) and isinstance(above, dict) and above.get(part) in ({}, []):
            del above[part]


def _elements(data: Any, part: str | int) -> Any:
    if isinstance(data, list) and isinstance(part, int):
        return data
    raise ValueError("a value there is not a table")
