"""The built-in shell's disk: a small tree and how its paths work. Nothing of the real machine is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Tree: TypeAlias = Mapping[str, "Tree | str"]
"""Directories are mappings, files are their text."""

DISK: Tree = {
    "inetpub": {"wwwroot": {"index.html": "<h1>It works</h1>\n", "web.config": "<configuration />\n"}},
    "Program Files": {"Amazon": {"SSM": {"amazon-ssm-agent.exe": "", "ssm-session-worker.exe": ""}}},
    "Scripts": {
        "backup.ps1": "robocopy D:\\data \\\\backup\\daily /MIR\n",
        "readme.txt": "Scheduled tasks live here. Ask the platform team before changing one.\n",
    },
    "Users": {"Administrator": {}, "ssm-user": {"notes.txt": "Patch window: Sunday 02:00 UTC\n"}},
    "Windows": {"System32": {"drivers": {"etc": {"hosts": "127.0.0.1 localhost\n"}}}},
}


def resolve(here: tuple[str, ...], path: str) -> tuple[str, ...]:
    """The place that ``path`` names, seen from ``here``; it need not exist."""
    text = path.replace("/", "\\")
    if text[1:2] == ":":
        text = text[2:] or "\\"
    parts = [] if text.startswith("\\") else list(here)
    for step in text.split("\\"):
        if step == "..":
            parts = parts[:-1]
        elif step not in ("", "."):
            parts.append(step)
    return tuple(parts)


def look_up(place: tuple[str, ...]) -> tuple[tuple[str, ...], Tree | str] | None:
    """What is at ``place``, with its name as the disk spells it: upper and lower case count as one. None: nothing."""
    found: Tree | str = DISK
    spelled: list[str] = []
    for step in place:
        if isinstance(found, str):
            return None
        name = next((name for name in found if name.lower() == step.lower()), None)
        if name is None:
            return None
        spelled.append(name)
        found = found[name]
    return tuple(spelled), found


def spell(place: tuple[str, ...]) -> str:
    """``place`` as Windows writes it."""
    return "C:\\" + "\\".join(place)
