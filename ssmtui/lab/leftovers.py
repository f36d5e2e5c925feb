"""What a lab that was killed leaves behind: homes, its AWS configuration file, programs that outlived their terminal.

Their names, and the mark of programs, hold the lab's process id. The next lab removes what belongs to none that runs.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import stat
import tempfile
from pathlib import Path

MARK = "SSMTUI_LAB_RUN"
"""The variable by which programs of a lab are known."""
PREFIX = "ssmtui-lab-"


def new_mark() -> str:
    """A value of :data:`MARK` for programs of this process."""
    return f"{os.getpid()}-{secrets.token_hex(16)}"


def own_prefix() -> str:
    """What names of temporary files of this process begin with."""
    return f"{PREFIX}{os.getpid()}-"


def remove_leftovers(directory: Path | None = None) -> None:
    """Remove what labs of ours that run no more have left in the temporary ``directory``, and end their programs.

    Nothing is removed that belongs to another user, or that a link leads to. Not on Windows, where a process id says
    nothing of whether its owner lives.
    """
    if not hasattr(os, "geteuid"):
        return
    for path in (directory or Path(tempfile.gettempdir())).glob(f"{PREFIX}*-*"):
        with contextlib.suppress(OSError):
            about = path.lstat()
            if about.st_uid != os.geteuid() or _lives(path.name.removeprefix(PREFIX)):
                continue
            if stat.S_ISDIR(about.st_mode):
                shutil.rmtree(path, ignore_errors=True)
            elif stat.S_ISREG(about.st_mode):
                path.unlink()
    for pid, mark in _marked():
        if not _lives(mark):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


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


def _lives(name: str) -> bool:
    """Whether the process whose id a name begins with runs; a name without one is taken for one that does."""
    pid = name.partition("-")[0]
    if not (pid.isascii() and pid.isdecimal() and int(pid)):
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
