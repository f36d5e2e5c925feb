"""One run of the engines' host process: started, asked in order, watched, and dead in the end.

It knows messages and their order, nothing of sessions. ``ssmtui.terminal.wire`` has the format of the messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ssmtui.contained import Contained
from ssmtui.terminal import engines, wire
from ssmtui.terminal.engine import MAX_FEED

Answered = Callable[[wire.Header, bytes], None]

START_TIMEOUT = 10.0
"""Seconds until a new host's first message. It takes a tenth of one."""
_END_TIMEOUT = 2.0
"""Seconds that a host has to end by itself."""
_ORDER_COST = 64
"""Bytes that a message counts besides its own, so that many small ones fill the window too."""
WINDOW = 6 * MAX_FEED
"""Bytes that may be under way to the host: enough to keep it busy, little enough that a frame need not wait."""
_READ_AHEAD = 1 << 20
COMPUTES = 0.4
"""The share of its silence that a host must have computed to count as hung. Not all of it: other programs use the
processor, too."""
PATIENCE = 5
"""How many times as long a host may be silent that has computed less."""
_INHERITED = ("SYSTEMROOT", "PYTHONHOME", "LD_LIBRARY_PATH")
"""All that Python may need to start. Nothing else of the environment reaches the host, which a node may take over:
credentials are often there."""

_STATE, _USER, _SYSTEM = 0, 11, 12
"""Fields of /proc/PID/stat, counted behind the name, which is in parentheses (proc(5))."""
_STOPPED = ("T", "t")


class HostDied(Exception):
    """The host ended before it answered."""


def default_command(engine: str | None) -> list[str]:
    """How to run the host."""
    return [sys.executable, "-s", "-P", "-m", "ssmtui.terminal.host", *([engine] if engine else [])]


def _environment() -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return inherited | {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}


class Running(NamedTuple):
    """A process at one moment."""

    stopped: bool
    """By a signal or a debugger."""
    seconds: float
    """Processor time that it has used."""


def running(pid: int) -> Running | None:
    """Whether the process ``pid`` computes, or only does not run: it is stopped, swapped out, or others have the
    processor. None where the system does not say (no /proc), and when the process is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[_USER]) + int(fields[_SYSTEM])
        return Running(fields[_STATE] in _STOPPED, ticks / os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError, IndexError):
        return None


@dataclass(frozen=True, slots=True)
class HostOrder:
    """A message that the host has yet to answer."""

    n: int
    key: int | None
    """The terminal it is about; None for none."""
    feeds: bool
    """Whether it makes the engine parse or reflow."""
    cost: int
    """Bytes that it takes of the window."""
    answered: Answered
    died: Callable[[], None] | None


class HostProcess:
    """A host that runs. Make one with :meth:`start`, then await :meth:`run`, which returns once it is dead.

    Answers come in the order of the messages, so the oldest unanswered one is what the host works on: that is how the
    guilty terminal of a crash is found, and why an answer out of order counts as nonsense.
    """

    def __init__(self, process: asyncio.subprocess.Process, engine: str) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._requests, self._answers = process.stdin, process.stdout
        self.engine = engine
        """The engine that new terminals get."""
        self.load = 0
        """Bytes that the host has been sent and has not answered; at :data:`WINDOW` panes stop sending."""
        self.hung = False
        """Whether it was killed because it computed without end and left something unanswered, or left something
        unanswered on a system that does not say whether a process computes."""
        self._condemned_for: int | None = None
        self._orders: deque[HostOrder] = deque()
        self._count = 0
        self._silent_ticks = 0
        self._before_silence: Running | None = None
        self._excused = False
        self._contained = Contained("terminal engine")

    @classmethod
    async def start(cls, command: Sequence[str]) -> HostProcess:
        """Start a host by ``command`` and wait for its first message. Raises :class:`HostDied` when there is none, and
        ``OSError`` when the command cannot be run."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            limit=_READ_AHEAD,
            start_new_session=True,
        )
        host = cls(process, "")
        try:
            hello, _ = await asyncio.wait_for(host._read(), START_TIMEOUT)
            if hello.get("engine") not in engines.NAMES:
                raise wire.WireError("a host without an engine")
        except (asyncio.IncompleteReadError, TimeoutError, wire.WireError) as error:
            await host.close()
            raise HostDied(str(error)) from error
        except BaseException:
            host.kill()
            await process.wait()
            raise
        host.engine = str(hello["engine"])
        return host

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def orders(self) -> Sequence[HostOrder]:
        """The messages that it has not answered, the oldest first: it works on that one, or did so when it died."""
        return self._orders

    @property
    def suspect(self) -> int | None:
        """The terminal it died of: the one it sent nonsense about, or else, since it works in order, that of the oldest
        message that it has not answered. None when there is none, and when it was killed because it did not run."""
        if self._condemned_for is not None:
            return self._condemned_for
        if self._excused:
            return None
        return next((order.key for order in self._orders if order.key is not None), None)

    # Asking

    def send(
        self,
        header: dict[str, Any],
        blob: bytes = b"",
        *,
        key: int | None = None,
        feeds: bool = False,
        heavy: bool = False,
        answered: Answered,
        died: Callable[[], None] | None = None,
    ) -> None:
        """Send a message about the terminal ``key``. Never blocks: callers keep to :data:`WINDOW`. ``answered`` gets
        the answer's header and bytes, or ``died`` is called; one that is ``heavy`` takes the host milliseconds and
        counts as a whole window, so that nothing else is sent behind it."""
        self._count += 1
        cost = (WINDOW if heavy else len(blob)) + _ORDER_COST
        self._orders.append(HostOrder(self._count, key, feeds, cost, answered, died))
        self.load += cost
        self._requests.write(wire.pack({"n": self._count, "key": key, **header}, blob))

    async def ask(self, header: dict[str, Any], key: int | None = None) -> tuple[wire.Header, bytes]:
        """Send a question and return the answer. Raises :class:`HostDied` when there will be none."""
        reply: asyncio.Future[tuple[wire.Header, bytes]] = asyncio.get_running_loop().create_future()

        def answered(told: wire.Header, blob: bytes) -> None:
            if not reply.done():
                reply.set_result((told, blob))

        def died() -> None:
            if not reply.done():
                reply.set_exception(HostDied())

        self.send(header, key=key, answered=answered, died=died)
        return await reply

    # Living and dying

    async def run(self) -> None:
        """Hand out answers until the host ends or sends nonsense. It is dead afterwards, also where a defect of ours is
        raised, and every message that was not answered has had its ``died`` called."""
        try:
            while True:
                self._take(*await self._read())
        except (asyncio.IncompleteReadError, ConnectionError):
            await self._end()
        except Exception as error:
            self.kill()
            await self._process.wait()
            if not isinstance(error, wire.WireError):
                raise
        finally:
            for order in self._orders:
                if order.died is not None:
                    self._contained.call(order.died)

    async def _read(self) -> tuple[dict[str, Any], bytes]:
        header, blob = wire.lengths(await self._answers.readexactly(wire.PREFIX.size))
        body = await self._answers.readexactly(header + blob)
        return wire.parse(body[:header]), body[header:]

    def _take(self, header: wire.Header, blob: bytes) -> None:
        if not self._orders or header.get("n") != self._orders[0].n:
            raise wire.WireError("an answer to nothing")
        order = self._orders.popleft()
        self.load -= order.cost
        self._silent_ticks = 0
        try:
            order.answered(header, blob)
        except wire.WireError:
            self._condemned_for = order.key
            raise
        except Exception as error:
            # Ours, not the host's: one pane's defect must not stop the answers to all others.
            self._contained.note("the handling of an answer", error)

    def tick(self, limit: int, tick: float) -> None:
        """Called every ``tick`` seconds: kill the host when it has left something unanswered for ``limit`` calls in a
        row. Calls are counted, not seconds: a loop that was held up has not given the host's answers a chance.

        A host that hangs computes. One that has not had the processor meanwhile proves nothing about what it was fed:
        it gets more time, unless it is stopped, and is then replaced without blame.
        """
        if not self._orders:
            self._silent_ticks = 0
            self.send({"do": "ping"}, answered=lambda *_: None)
            return
        now = running(self.pid)
        if not self._silent_ticks:
            self._before_silence = now
        self._silent_ticks += 1
        if self._silent_ticks <= limit:
            return
        if self._before_silence is None:
            # The system does not say what processes do (macOS, Windows): silence has to be enough.
            self.hung = True
        elif now is not None:
            computed = now.seconds - self._before_silence.seconds
            self.hung = computed >= limit * tick * COMPUTES
            if not self.hung and not now.stopped and self._silent_ticks <= limit * PATIENCE:
                return
            self._excused = not self.hung
        self.kill()

    def condemn(self, key: int) -> None:
        """Kill it because of what it sent about the terminal ``key``."""
        self._condemned_for = key
        self.kill()

    def kill(self) -> None:
        """Kill it now. :meth:`run` returns soon after."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def close(self) -> None:
        """Let it end by itself, for which it has 2 s, or else kill it. Returns once it is dead."""
        self._requests.close()
        await self._end()

    async def _end(self) -> None:
        """Wait for its end, which is near. It is not killed at once: the kill of what has just died would take its
        exit status from under the loop."""
        try:
            await asyncio.wait_for(self._process.wait(), _END_TIMEOUT)
        except TimeoutError:
            self.kill()
            await self._process.wait()
