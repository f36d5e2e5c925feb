"""The order in which folders inherit, and which of them inherit from themselves. Pure, linear in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping


def parent(path: str) -> str:
    """The folder that another is in; empty for the top."""
    return path.rpartition("/")[0]


def with_parents(path: str) -> list[str]:
    """``a/b`` and ``a`` for ``a/b``; nothing for the top."""
    parts = path.split("/") if path else []
    return ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]


def circles(paths: Collection[str], extends: Mapping[str, str]) -> set[str]:
    """The folders whose ``extends`` is part of a circle, or lies between two of them. All that are named are among
    ``paths``, with those that they are in."""
    needs = {path: _needs(path, extends) for path in paths}
    # A folder that needs no other one is in no circle, nor is one that no other needs.
    left = set(paths) - set(_in_order(needs))
    needed_by: dict[str, list[str]] = {path: [] for path in left}
    for path in left:
        for one in needs[path]:
            if one in left:
                needed_by[one].append(path)
    left -= set(_in_order(needed_by))
    return {path for path in left if extends.get(path) in left}


def in_order(paths: Collection[str], extends: Mapping[str, str]) -> list[str]:
    """``paths``, each after those that it inherits from; there is no circle."""
    return _in_order({path: _needs(path, extends) for path in paths})


def _needs(path: str, extends: Mapping[str, str]) -> list[str]:
    return [one for one in (parent(path), extends.get(path, "")) if one]


def _in_order(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Each after what it needs; those in circles, and those that need them, are left out."""
    waiting: Counter[str] = Counter()
    needed_by: dict[str, list[str]] = {}
    for path, wanted in needs.items():
        for one in wanted:
            waiting[path] += 1
            needed_by.setdefault(one, []).append(path)
    order = [path for path in needs if not waiting[path]]
    for path in order:  # grows on the way
        for other in needed_by.get(path, ()):
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    return order
