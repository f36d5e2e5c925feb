"""Versions of the file format, and the steps from older ones to the one that is written now.

A step changes the text, as a person would: comments and order stay. It is made in memory whenever an older file is
read, and reaches the file the next time that something is changed in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ssmtui.config.toml_edit import TomlChange, edited

VERSION = 1
"""A file that names no version has this one."""
VERSION_KEY = "version"

Step = Callable[[str], str]
"""From the text of one version to that of the next, but for the version itself."""

STEPS: Mapping[int, Step] = {}
"""By the version that each begins with. There has been one version so far."""


class UnknownVersion(ValueError):
    """No step leads on from the version of a file."""


def version_of(data: Mapping[str, object]) -> int:
    """The version that a file names, or :class:`UnknownVersion` where that is no whole number."""
    version = data.get(VERSION_KEY, VERSION)
    if not isinstance(version, int) or isinstance(version, bool):
        raise UnknownVersion("version must be a whole number")
    return version


def migrated(text: str, version: int, steps: Mapping[int, Step] | None = None) -> str:
    """``text`` of ``version`` as :data:`VERSION` has it; one that is newer stays as it is.

    Raises :class:`UnknownVersion`, and what a step raises.
    """
    known = STEPS if steps is None else steps
    while version < VERSION:
        if version not in known:
            raise UnknownVersion(f"nothing is known of version {version}; this release writes version {VERSION}")
        text = known[version](text)
        version += 1
        text = edited(text, [TomlChange((VERSION_KEY,), version)])
    return text
