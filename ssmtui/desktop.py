"""Programs of the desktop that this runs on: no shell reads what they are given, they have little time, and they are
not called for a person who sits at another machine. Everything here blocks for a while: call it in a thread.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence

from ssmtui import open_files

TIMEOUT = 2.0
"""Seconds that a program may take: without its display it might wait for ever."""

Environment = Mapping[str, str]

_OVER_SSH = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")


def is_elsewhere(environment: Environment) -> bool:
    """Whether the person sits at another machine, whose desktop cannot be reached from here."""
    return any(environment.get(name) for name in _OVER_SSH)


def is_missing(program: str, environment: Environment) -> bool:
    """Whether a program is not on the PATH."""
    return shutil.which(program, path=environment.get("PATH")) is None


def takes(command: Sequence[str], data: bytes, environment: Environment) -> bool:
    """Whether a program is there and takes ``data`` on its standard input."""
    process = _start(command, environment, subprocess.PIPE)
    if process is None:
        return False
    try:
        process.communicate(data, timeout=TIMEOUT)
    except (OSError, subprocess.TimeoutExpired):
        process.kill()
        process.wait()
    return process.returncode == 0


Lasting = set["subprocess.Popen[bytes]"]
"""Programs that run on."""


def opens(command: Sequence[str], environment: Environment, lasting: Lasting | None = None) -> bool:
    """Whether a program is there and does what it is called for; one that is still at it after a while does, and is
    among ``lasting`` until it ends."""
    process = _start(command, environment, subprocess.DEVNULL)
    if process is None:
        return False
    try:
        return process.wait(TIMEOUT) == 0
    except subprocess.TimeoutExpired:
        lasting = set() if lasting is None else lasting
        lasting.add(process)
        threading.Thread(target=_await_end, args=(process, lasting), name=f"end of {command[0]}", daemon=True).start()
        return True


def _await_end(process: subprocess.Popen[bytes], lasting: Lasting) -> None:
    process.wait()
    lasting.discard(process)


def _start(command: Sequence[str], environment: Environment, stdin: int) -> subprocess.Popen[bytes] | None:
    path = shutil.which(command[0], path=environment.get("PATH"))
    if path is None:
        return None
    try:
        # A session of its own: what stays behind to serve the clipboard outlives this program and its terminal.
        # Nothing to write to: it would keep a pipe open.
        return subprocess.Popen(
            open_files.as_before([path, *command[1:]]),
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(environment),
            start_new_session=True,
        )
    except OSError:
        return None
