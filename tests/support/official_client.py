"""The official AWS CLI with session-manager-plugin, on a terminal of its own."""

from __future__ import annotations

import os
import shutil
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ssmtui.lab.lab import Lab
from ssmtui.model import TerminalSize
from tests.support.wait import wait_until

if TYPE_CHECKING:
    from ssmtui.lab.pty_shell import PtyShell

PATIENCE = 20.0


@cache
def why_not() -> str:
    """Why it cannot be run here, for a test to skip with; empty when it can."""
    if sys.platform == "win32":
        return "the official client is driven through a pty"
    missing = [program for program in ("aws", "session-manager-plugin") if shutil.which(program) is None]
    return f"not on PATH: {', '.join(missing)}" if missing else ""


def official_environment(lab: Lab, place: Path) -> dict[str, str]:
    """Leads it to the lab, and away from the person's own AWS files; ``place`` is a folder without any."""
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        **lab.address.environment,
        "AWS_CONFIG_FILE": str(place / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "TERM": "xterm-256color",
    }


class OfficialClient:
    """One run of ``aws ssm start-session`` on a terminal of 101 x 33."""

    def __init__(self, shell: PtyShell) -> None:
        self._shell = shell
        self.screen = b""
        self.ended = False
        shell.resize(TerminalSize(101, 33))

    @property
    def pid(self) -> int:
        """The process that leads its session."""
        return self._shell.pid

    async def read(self) -> None:
        """Everything it prints, to its end."""
        while chunk := await self._shell.read(65_536):
            self.screen += chunk
        self.ended = True

    def type(self, text: str) -> None:
        self._shell.write(text.encode())

    async def until(self, text: str) -> None:
        await wait_until(f"{text!r} on its screen", lambda: text.encode() in self.screen, PATIENCE, lambda: self.screen)

    async def until_ended(self) -> str:
        """What it had printed when it ended, its line ends made plain."""
        await wait_until("the official client to end", lambda: self.ended, PATIENCE, lambda: self.screen)
        return self.screen.decode().replace("\r", "")
