"""Where the lab's shells run: this machine, dressed up as the node. Homes, prompts, environments, and the last sweep.

Every program started here carries a mark in its environment, by which ``close`` finds what has slipped away from its
terminal. Only ``PATH``, the language and the time zone of the lab's own environment reach a program.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from ssmtui.lab.child_signals import default_signals
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.leftovers import MARK, PREFIX, kill_marked
from ssmtui.lab.shell import Shell
from ssmtui.lab.toy_shell import Interpreter, ToyShell
from ssmtui.temporary import Held

if sys.platform != "win32":
    from ssmtui.lab.pty_shell import PtyShell

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ")

_NOTES = "Deploys go through the pipeline. Roll back with: ./deploy.sh --previous\n"
_DEPLOY = "#!/bin/sh\necho 'pulling release 2025.11.2'\necho 'restarting service'\necho 'healthy after 4 s'\n"


class Machine:
    """Starts programs for nodes, and owns their homes."""

    def __init__(self, shell: str | None = None) -> None:
        self._shell = shell or shutil.which("bash") or "/bin/sh"
        self._root: Held | None = None

    async def terminal(self, node: LabNode, command: str | None) -> Shell:
        """A program on a terminal: the login shell, or ``command`` run by ``sh -c``. Raises ``OSError``."""
        if is_toy(node) or sys.platform == "win32":
            return ToyShell(Interpreter(node), command)
        home = self._home(node)
        words = self._login(node, home) if command is None else ["sh", "-c", command]
        return await PtyShell.start(words, self._environment(node, home), home)

    async def process(self, node: LabNode, words: Sequence[str], *, merge: bool) -> asyncio.subprocess.Process:
        """A program without a terminal or input; with ``merge`` its two outputs are one. Raises ``OSError``."""
        home = self._home(node)
        with default_signals():
            return await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT if merge else asyncio.subprocess.PIPE,
                env=self._environment(node, home),
                cwd=home,
                start_new_session=True,
            )

    def close(self) -> None:
        """Kill every process that still has the mark (where the system shows it), and remove the homes."""
        self.sweep()
        if self._root is not None:
            shutil.rmtree(self._root.path, ignore_errors=True)
            self._root.release()
            self._root = None

    def sweep(self) -> None:
        """SIGKILL every marked program. Linux only: elsewhere nothing shows another program's environment."""
        if self._root is not None:
            kill_marked(self._root.path.name)

    def _home(self, node: LabNode) -> Path:
        """The node's home, made when it is first needed and kept as long as the lab."""
        if self._root is None:
            self._root = Held(PREFIX)
        home = self._root.path / node.name
        if not home.exists():
            home.mkdir()
            (home / "notes.txt").write_text(_NOTES)
            script = home / "deploy.sh"
            script.write_text(_DEPLOY)
            script.chmod(0o755)
            if node.id.startswith("ecs:"):
                # A shell that ExecuteCommand runs is a plain one, root's, and reads nothing but these.
                for name in (".shrc", ".bashrc"):
                    (home / name).write_text(f"unset HISTFILE\nPS1={shlex.quote(f'root@{node.name}# ')}\n")
        return home

    def _environment(self, node: LabNode, home: Path) -> dict[str, str]:
        passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {
            "LANG": "C.UTF-8",
            "PATH": os.defpath,
            **passed,
            "TERM": "xterm-256color",
            "HOME": str(home),
            "USER": "ssm-user",
            "LOGNAME": "ssm-user",
            "SHELL": self._shell,
            "ENV": str(home / ".shrc"),
            "HISTFILE": "",
            "BASH_SILENCE_DEPRECATION_WARNING": "1",
            MARK: home.parent.name,
        }

    def _login(self, node: LabNode, home: Path) -> list[str]:
        """The shell's command line, its start file written: a prompt with the node's name."""
        start_file = home / ".shrc"
        is_bash = Path(self._shell).name == "bash"
        prompt = rf"ssm-user@{node.name}:\w$ " if is_bash else f"ssm-user@{node.name}$ "
        name = shlex.quote(node.name)
        start_file.write_text(f"unset HISTFILE\nPS1={shlex.quote(prompt)}\nhostname() {{ printf '%s\\n' {name}; }}\n")
        return [self._shell, "--noprofile", "--rcfile", str(start_file), "-i"] if is_bash else [self._shell, "-i"]


def is_toy(node: LabNode) -> bool:
    """Whether the built-in shell plays this node."""
    return node.system.platform_type == "Windows"
