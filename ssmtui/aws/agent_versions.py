"""Which SSM agents are old. DescribeInstanceProperties does not tell, as DescribeInstanceInformation does."""

from __future__ import annotations

from functools import lru_cache


class AgentVersions:
    """The newest agent of each platform that any listing has shown. Any thread may ask."""

    def __init__(self) -> None:
        self._newest: dict[str, tuple[int, ...]] = {}

    def note(self, platform: str, version: str) -> None:
        """A node of ``platform`` has this agent."""
        parts = _parts(version)
        if parts > self._newest.get(platform, ()):
            self._newest[platform] = parts

    def is_latest(self, platform: str, version: str) -> bool | None:
        """False where a newer agent has been shown; None otherwise, for there may be a newer one that no node has."""
        parts = _parts(version)
        return False if parts and parts < self._newest.get(platform, ()) else None


@lru_cache(1 << 10)
def _parts(version: str) -> tuple[int, ...]:
    """The numbers of a version; none where it has other things in it."""
    parts = version.split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() and len(part) < 10 for part in parts) else ()
