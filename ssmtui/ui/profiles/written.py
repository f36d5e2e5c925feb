"""Saved connections as they are written in a file: for other people's files, and for the clipboard."""

from __future__ import annotations

from collections.abc import Sequence

from ssmtui.profiles import editing
from ssmtui.profiles.profile import Profile


def written(profiles: Sequence[Profile]) -> str:
    """TOML of what the connections say themselves; what they inherit stays with their folders."""
    text = ""
    for profile in profiles:
        text = editing.copy_profile(profile.own, profile.name)(text)
    return text.strip() + "\n"
