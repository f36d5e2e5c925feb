"""Looking at processes from outside."""

from __future__ import annotations

import subprocess


def is_running(pid: int) -> bool:
    """Whether the process lives; a zombie that nobody reaps yet does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")
