"""One run of the engines' host process: started, asked in order, watched, and dead in the end.

It knows messages and their order, nothing of sessions. See ``ssmtui.terminal.wire`` for what is said.
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
"""Seconds until the first word of a new host. It takes a tenth of one."""
_END_TIMEOUT = 2.0
_ORDER_COST = 64
WINDOW = 6 * MAX_FEED
"""What may be under way to the host, in bytes: enough to keep it busy, little enough that a frame need not wait."""
_READ_AHEAD = 1 << 20
COMPUTES = 0.4
"""Of the time that a host may be silent: with so much processor time in it, it hangs. Others use it, too."""
PATIENCE = 5
"""How often as long a host may be silent that has not had so much."""
_INHERITED = ("SYSTEMROOT", "PYTHONHOME", "LD_LIBRARY_PATH")
"""All that Python may need to start; nothing else of the environment reaches the host."""

_STATE, _USER, _SYSTEM = 0, 11, 12
"""Places of what is read in /proc/PID/stat behind the name, which is in parentheses (proc(5))."""
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
    """How the process ``pid`` runs; None where the system does not say, and when it is gone."""
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
    """The terminal it is about."""
    feeds: bool
    """It makes the engine parse or reflow."""
    cost: int
    answered: Answered
    died: Callable[[], None] | None


class HostProcess:
    """Use :meth:`start`, then :meth:`run` in a task of its own."""

    def __init__(self, process: asyncio.subprocess.Process, engine: str) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._requests, self._answers = process.stdin, process.stdout
        self.engine = engine
        """The engine that new terminals get."""
        self.load = 0
        """What the host has been sent and has not answered, in bytes."""
        self.hung = False
        """It was killed because it computed and computed and left something unanswered; or left something unanswered on
        a system that does not say whether a process computes."""
        self._condemned_for: int | None = None
        self._orders: deque[HostOrder] = deque()
        self._count = 0
        self._silent_ticks = 0
        self._before_silence: Running | None = None
        self._excused = False
        self._contained = Contained("terminal engine")

    @classmethod
    async def start(cls, command: Sequence[str]) -> HostProcess:
        """Start a host and wait for its first word; ``HostDied`` when there is none."""
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
        """What it has not answered, the oldest first: what it works on, or worked on when it died."""
        return self._orders

    @property
    def suspect(self) -> int | None:
        """The terminal it died of, if any: the one it said nonsense of, or else, as it works in order, the one of the
        oldest message that it has not answered. None when it was killed because it did not run: it was stopped, or
        others had the processor."""
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
        """Ask for something; ``answered`` gets the answer. Never blocks. What is ``heavy`` takes the host milliseconds
        and counts as a whole window."""
        self._count += 1
        cost = (WINDOW if heavy else len(blob)) + _ORDER_COST
        self._orders.append(HostOrder(self._count, key, feeds, cost, answered, died))
        self.load += cost
        self._requests.write(wire.pack({"n": self._count, "key": key, **header}, blob))

    async def ask(self, header: dict[str, Any], key: int | None = None) -> tuple[wire.Header, bytes]:
        """The answer to a question; ``HostDied`` when there will be none."""
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
        """Hand out answers until the host ends or says what it must not. It is dead afterwards, also where a defect of
        ours is raised, and all who wait for an answer know."""
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

        A host that hangs computes. One that has not had the processor meanwhile is no proof against what it was fed: it
        is given more time, unless it is stopped, and then replaced without an accusation.
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
        """End it because of what it said of the terminal ``key``."""
        self._condemned_for = key
        self.kill()

    def kill(self) -> None:
        """End it now."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def close(self) -> None:
        """Let it end by itself, or else kill it."""
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
