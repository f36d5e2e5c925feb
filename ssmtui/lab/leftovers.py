"""What a lab that was killed leaves behind: homes, its AWS configuration file, programs that outlived their terminal.

A lab holds its directories while it runs, and its programs carry the name of their homes' directory. The next lab
removes what nobody holds.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from pathlib import Path

from ssmtui.temporary import leftovers

MARK = "SSMTUI_LAB_RUN"
"""The variable by which programs of a lab are known: the name of the directory with their homes."""
PREFIX = "ssmtui-lab-"
"""What the names of a lab's directories begin with."""


def remove_leftovers(directory: Path | None = None) -> None:
    """Remove what labs of ours that run no more have left in the temporary ``directory``, and end their programs.

    Nothing is removed that belongs to another user, or that a link leads to.
    """
    for path in leftovers(PREFIX, directory):
        kill_marked(path.name)
        shutil.rmtree(path, ignore_errors=True)


def kill_marked(mark: str) -> None:
    """SIGKILL every program with this ``mark``."""
    for pid, found in _marked():
        if found == mark:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def _marked() -> list[tuple[int, str]]:
    """Programs that carry a mark. Linux only: elsewhere nothing shows another program's environment."""
    found = []
    beginning = f"{MARK}=".encode()
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            for variable in entry.read_bytes().split(b"\0"):
                if variable.startswith(beginning):
                    found.append((int(entry.parent.name), variable.removeprefix(beginning).decode(errors="replace")))
    return found
