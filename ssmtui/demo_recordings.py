"""Where a demo records: a directory that lasts as long as the demo, or as long as it holds what somebody wanted."""

from __future__ import annotations

from contextlib import AsyncExitStack, suppress
from pathlib import Path

from ssmtui.temporary import Held, leftovers

DEMO = "ssmtui-demo-"
"""What the names of directories for a demo's recordings begin with."""


def demo_recordings(stack: AsyncExitStack) -> Path:
    """Where a demo, which leaves nothing behind that nobody asked for, records: a directory of its own, which goes if
    it is empty in the end."""
    tidy_demos()
    place = Held(DEMO)

    def tidy() -> None:
        _remove_if_empty(place.path)
        place.release()

    stack.callback(tidy)
    return place.path


def tidy_demos(parent: Path | None = None) -> None:
    """Remove what demos of ours that were killed have left."""
    for directory in leftovers(DEMO, parent):
        _remove_if_empty(directory)


def _remove_if_empty(directory: Path) -> None:
    with suppress(OSError):
        directory.rmdir()  # not with recordings, which somebody wanted
