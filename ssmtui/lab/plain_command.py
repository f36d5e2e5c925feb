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
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.machine import Machine, is_toy
from ssmtui.lab.manners import Manners, ReaderBroken
from ssmtui.lab.toy_shell import Interpreter
from ssmtui.protocol import PayloadType

CHUNK = 1024
UNREADABLE = 3
"""How many times longer than after other failures an agent takes to report a command line that it cannot split."""
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


class AgentCommand:
    """Runs one command line and sends what it prints."""

    def __init__(
        self,
        node: LabNode,
        machine: Machine,
        link: AgentLink,
        settings: PlainSettings,
        manners: Manners,
    ) -> None:
        self._node = node
        self._machine = machine
        self._link = link
        self._settings = settings
        self._manners = manners
        self._process: asyncio.subprocess.Process | None = None
        self._played = is_toy(node) or sys.platform == "win32"
        """By the built-in shell, which has no process and is done at once."""
        self._signalled = False

    def write(self, data: bytes) -> None:
        """Input is searched for Ctrl-C and Ctrl-backslash, and thrown away.

        The real agent does not ask whether there is a process yet: a signal for none raises :class:`ReaderBroken`.
        """
        number = next((_SIGNALS[byte] for byte in data if byte in _SIGNALS), None)
        if number is None or self._played:
            return
        if self._process is None:
            raise ReaderBroken
        self._signalled = True
        self._signal(number)

    async def drained(self) -> None:
        """Return once no signal is out whose process still runs."""
        if self._signalled and self._process is not None:
            await self._process.wait()
            self._signalled = False

    async def run(self, command_line: str) -> None:
        """Run the command to its end; a command that cannot start reports that as its error output."""
        if self._played:
            output, code = Interpreter(self._node).run(command_line)
            self._report(output.encode(), code)
            return
        try:
            words = shlex.split(command_line)
        except ValueError as error:
            await self._fail(str(error), UNREADABLE * self._manners.start_delay)
            return
        try:
            self._process = await self._machine.process(self._node, words, merge=not self._settings.separate)
        except OSError as error:
            await self._fail(str(error), self._manners.start_delay)
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

    async def _fail(self, reason: str, delay: float) -> None:
        """The exit code at once, the text after ``delay`` seconds."""
        if self._settings.separate:
            self._link.send_exit_code(1)
        await asyncio.sleep(delay)
        self._link.send(f"Unable to start command: {reason}\n".encode(), PayloadType.STDERR)

    async def _reap(self, process: asyncio.subprocess.Process) -> None:
        self._signal(signal.SIGKILL)
        await process.wait()

    def _signal(self, number: signal.Signals) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
