"""What an import has found, and how it becomes profiles beside those that are there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ssmtui import inert
from ssmtui.inventory.query.tokens import quoted
from ssmtui.profiles.keys import KEYS
from ssmtui.profiles.profile import MAX_NAME, FilePlace, Profiles

MAX_FOUND = 2_000
"""Profiles of one import."""

_ID = re.compile(r"i-[0-9a-f]{8}(?:[0-9a-f]{9})?|mi-[0-9a-f]{17}|ecs:\S+_\S+_\S+")
_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_PRIVATE_DNS = re.compile(r"ip-(\d+)-(\d+)-(\d+)-(\d+)\.(?:[a-z0-9-]+\.compute|ec2)\.internal")
_ID_DNS = re.compile(r"(i-[0-9a-f]{8}(?:[0-9a-f]{9})?)\.(?:[a-z0-9-]+\.compute|ec2)\.internal")


class Candidate(NamedTuple):
    """A connection as the other tool describes it."""

    name: str
    values: Mapping[str, Any]
    """Keys and values of a profile, as TOML has them."""
    place: FilePlace


class LeftOut(NamedTuple):
    """What is not taken over."""

    place: FilePlace
    text: str
    """A sentence: what it is, and why."""

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class Imported(NamedTuple):
    """All of one import."""

    found: Sequence[Candidate]
    left: Sequence[LeftOut] = ()


class Planned(NamedTuple):
    """What to write, and what to say about it."""

    new: Mapping[str, Mapping[str, Any]]
    left: Sequence[LeftOut]
    renamed: Mapping[str, str]
    """New name to the one that was taken, or that no profile may have."""


def planned(imported: Imported, profiles: Profiles, folder: str = "") -> Planned:
    """Profiles under names that are free, in ``folder``. Nothing that is there is touched: what says the same is left
    out, and what only has the same name gets a number."""
    new: dict[str, Mapping[str, Any]] = {}
    left = list(imported.left)
    renamed: dict[str, str] = {}
    there = {name: _aim(profile.own) for name, profile in profiles.profiles.items()}
    for found in imported.found:
        if wrong := _wrong(found.values):
            left.append(LeftOut(found.place, f"{inert.line(found.name, 80)} is left out: {wrong}"))
            continue
        values = {**found.values, **({"folder": folder} if folder else {})}
        aim = _aim(values)
        name, is_there = _free(name_of(found.name), there, aim)
        if is_there:
            left.append(
                LeftOut(found.place, f"{name} is left out: there is a connection of that name for the same node")
            )
            continue
        if len(new) >= MAX_FOUND:
            left.append(LeftOut(found.place, f"this and all that follow are left out: {MAX_FOUND:,} are taken at once"))
            break
        if name != found.name:
            renamed[name] = found.name
        there[name] = aim
        new[name] = values
    return Planned(new, left, renamed)


def name_of(text: str) -> str:
    """``text`` as a profile may be called."""
    tidy = inert.line(text.replace("/", "-"), MAX_NAME).strip()
    return tidy or "imported"


def aimed_at(host: str) -> dict[str, str]:
    """The target or the query for what other tools take for a node: an id, an address, a private DNS name, or the Name
    tag."""
    if _ID.fullmatch(host):
        return {"target": host}
    if named := _ID_DNS.fullmatch(host):
        return {"target": named[1]}
    if _IPV4.fullmatch(host):
        return {"query": f"ip:={host}"}
    if address := _PRIVATE_DNS.fullmatch(host):
        return {"query": f"ip:={'.'.join(address.groups())}"}
    return {"query": f"name:={quoted(host)}"}


def is_id(text: str) -> bool:
    """Whether it is the id of a node."""
    return _ID.fullmatch(text) is not None


def _aim(values: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(values.get(key) for key in ("target", "query", "aws_profile", "region"))


def _free(name: str, there: Mapping[str, object], aim: object) -> tuple[str, bool]:
    """``name``, with a number if that is taken; or the name that something with the same aim has, and True."""
    number, free = 1, name
    while free in there:
        if there[free] == aim:
            return free, True
        number += 1
        free = f"{name[: MAX_NAME - 6].strip()} ({number})"
    return free, False


def _wrong(values: Mapping[str, object]) -> str:
    for name, value in values.items():
        try:
            KEYS[name].check(value)
        except ValueError as error:
            return f"{name} {error}"
    return ""
