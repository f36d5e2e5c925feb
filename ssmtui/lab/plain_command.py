"""One command without a terminal (NonInteractiveCommands, protocol.md section 6.3): how its output goes out."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from ssmtui.lab.agent_link import AgentLink
from ssmtui.lab.fleet import LabNode
from ssmtui.lab.machine import Machine, is_toy
from ssmtui.lab.toy_shell import Interpreter
from ssmtui.protocol import PayloadType

CHUNK = 1024
_SIGNALS = {0x03: signal.SIGINT, 0x1C: getattr(signal, "SIGQUIT", signal.SIGTERM)}


@dataclass(frozen=True, slots=True)
class PlainSettings:
    """How a document wants the output."""

    separate: bool = False
    """Stream both outputs apart and report the exit code; otherwise everything comes as one at the end."""
    stdout_prefix: bytes = b""
    stderr_prefix: bytes = b""

    @classmethod
    def read(cls, properties: Mapping[str, object]) -> PlainSettings:
        """From a document's properties; a flag may be a boolean or its name."""
        separate = str(properties.get("separateOutputStream", "")).lower() in ("1", "t", "true")
        return cls(
            separate,
            str(properties.get("stdOutSeparatorPrefix") or "").encode(),
            str(properties.get("stdErrSeparatorPrefix") or "").encode(),
        )


class PlainCommand:
    """Runs one command line and sends what it prints."""

    def __init__(self, node: LabNode, machine: Machine, link: AgentLink, settings: PlainSettings) -> None:
        self._node = node
        self._machine = machine
        self._link = link
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None

    def write(self, data: bytes) -> None:
        """Input is searched for Ctrl-C and Ctrl-backslash, and thrown away."""
        number = next((_SIGNALS[byte] for byte in data if byte in _SIGNALS), None)
        if number is not None:
            self._signal(number)

    async def drained(self) -> None:
        """Nothing is kept."""

    async def run(self, command_line: str) -> None:
        """Run the command to its end; a command that cannot start reports that as its error output."""
        if is_toy(self._node) or sys.platform == "win32":
            output, code = Interpreter(self._node).run(command_line)
            self._report(output.encode(), code)
            return
        try:
            words = shlex.split(command_line)
            self._process = await self._machine.process(self._node, words, merge=not self._settings.separate)
        except (OSError, ValueError) as error:
            self._fail(str(error))
            return
        try:
            await self._copy(self._process)
        finally:
            await self._reap(self._process)

    async def _copy(self, process: asyncio.subprocess.Process) -> None:
        if not self._settings.separate:
            output, _ = await process.communicate()
            self._link.send(output)
            return
        assert process.stdout is not None
        assert process.stderr is not None
        await asyncio.gather(
            self._stream(process.stdout, self._settings.stdout_prefix, PayloadType.OUTPUT),
            self._stream(process.stderr, self._settings.stderr_prefix, PayloadType.STDERR),
        )
        code = await process.wait()
        self._link.send_exit_code(max(code, -1))

    async def _stream(self, source: asyncio.StreamReader, prefix: bytes, kind: PayloadType) -> None:
        """The prefix stands before the first chunk, and before each one after a chunk that ended a line."""
        at_line_start = True
        while chunk := await source.read(CHUNK - len(prefix)):
            await self._link.writable()
            self._link.send(prefix + chunk if at_line_start else chunk, kind)
            at_line_start = chunk.endswith(b"\n")

    def _report(self, output: bytes, code: int) -> None:
        self._link.send(output)
        if self._settings.separate:
            self._link.send_exit_code(code)

    def _fail(self, reason: str) -> None:
        if self._settings.separate:
            self._link.send_exit_code(1)
        self._link.send(f"Unable to start command: {reason}\n".encode(), PayloadType.STDERR)

    async def _reap(self, process: asyncio.subprocess.Process) -> None:
        self._signal(signal.SIGKILL)
        await process.wait()

    def _signal(self, number: signal.Signals) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
