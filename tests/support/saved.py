"""Saved connections made up for tests, without any file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ssmtui.profiles.profile import FilePlace, Folder, Origin, Profile, Profiles, Values

FILE = Path("/home/jane/.config/ssmtui/profiles.toml")
PLACE = FilePlace(FILE, 12)


def make_profile(name: str, folder: str = "", *, read_only: bool = False, problem: str = "", **own: Any) -> Profile:
    """A connection that says ``own`` itself, and inherits nothing."""
    return Profile(
        name,
        folder,
        Values(**own),
        MappingProxyType(dict(own)),
        _origins(own, None),
        PLACE,
        read_only=read_only,
        problem=problem,
    )


def make_folder(name: str, **own: Any) -> Folder:
    """A folder with these defaults."""
    return Folder(name, MappingProxyType(dict(own)), _origins(own, name), Values(**own), PLACE)


def made(*items: Folder | Profile) -> Profiles:
    """All of them; folders that only connections name are added."""
    folders = {item.name: item for item in items if isinstance(item, Folder)}
    profiles = {item.name: item for item in items if isinstance(item, Profile)}
    for path in [profile.folder for profile in profiles.values()] + list(folders):
        parts = path.split("/") if path else []
        for depth in range(1, len(parts) + 1):
            name = "/".join(parts[:depth])
            folders.setdefault(name, Folder(name, {}, {}, Values(), None))
    return Profiles(profiles, dict(sorted(folders.items())))


def many(number: int, folders: int = 50) -> Profiles:
    """That many connections in that many folders, some of them within each other."""
    places = [f"team-{place % 10}/service-{place // 10}" for place in range(folders)]
    return made(
        *(
            make_profile(
                f"{('web', 'db', 'cache', 'worker')[index % 4]} {index}",
                places[index % folders],
                query=f"name:web-{index} ping:online",
                aws_profile=("prod", "staging")[index % 2],
                region="eu-west-1",
                labels=(f"tier-{index % 3}",),
            )
            for index in range(number)
        )
    )


def _origins(own: Mapping[str, Any], folder: str | None) -> Mapping[str, Origin]:
    known = {field.name for field in fields(Values)}
    return MappingProxyType({name: Origin(PLACE, folder) for name in own if name in known})
