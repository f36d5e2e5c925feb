"""Sessions of ours whose program can be killed, and sessions that go on where those were."""

from __future__ import annotations

from collections.abc import Callable

from ssmtui.model import StartRequest, TerminalSize
from ssmtui.protocol import Event, InputBounds, OutputMissing, TakenOver
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.states import SessionState
from ssmtui.sessions.taking_over import TakeOver
from ssmtui.tasks import Tasks
from tests.support.lab_stack import LabStack
from tests.support.memory import RecordingViewer
from tests.support.wait import wait_until

PATIENCE = 20.0
BLOCK = 256
"""Numbers that a ledger reserves at a time."""


class Mortal:
    """One session, and what came of it. Its tasks are its own, so that it can die without a word."""

    def __init__(
        self, stack: LabStack, request: StartRequest, size: TerminalSize, takes_over: TakeOver | None = None
    ) -> None:
        """``takes_over`` is the session that it goes on with; None: it begins one."""
        self.missing = 0
        """Frames that only the client before has seen."""
        self.seen: bool | None = None
        """Whether it is certain that the node hears what is typed; None until that may be sent."""
        self._stack = stack
        self._tasks = Tasks("mortal")
        self._viewer = RecordingViewer()
        self.session = ChannelSession(
            request, stack.gateway, stack.dialer, self._viewer, self._tasks, takes_over=takes_over
        )
        self._happened = self.session.happened
        self.session.happened = self._take_events  # type: ignore[method-assign]
        self.session.resize(size)

    @property
    def output(self) -> bytes:
        return bytes(self._viewer.output)

    @property
    def stderr(self) -> bytes:
        return bytes(self._viewer.stderr)

    def write(self, data: bytes) -> None:
        self.session.write(data)

    async def until(self, text: bytes, timeout: float = PATIENCE) -> None:
        await self.until_true(f"{text!r} in the output", lambda: text in self.output, timeout)

    async def until_open(self, timeout: float = PATIENCE) -> None:
        await self.until_true("the session to open", lambda: self.session.state is SessionState.OPEN, timeout)

    async def until_true(self, what: str, holds: Callable[[], object], timeout: float = PATIENCE) -> None:
        await wait_until(what, holds, timeout, self.report)

    def report(self) -> str:
        session = self.session
        facts = f"{session.state} {session.error} {session.trouble} seen {self.seen} missing {self.missing}"
        return f"{facts} {session.channel.counters} {session.log.events}\n{self.output[-1500:]!r}"

    async def die(self) -> InputBounds:
        """Die: the socket breaks, nothing more is called or acknowledged. Returns what a ledger would have of it."""
        self._stack.lab.cut_clients()
        await self._tasks.close()
        low, high, _ = self.bounds
        return InputBounds(max(0, low - 10), -(-high // BLOCK) * BLOCK)

    @property
    def bounds(self) -> tuple[int, int, int]:
        """The lowest number of input that is not acknowledged, the next one, and the next number of output."""
        bounds = self.session.channel.bounds
        assert bounds.high is not None
        return bounds.low, bounds.high, bounds.output

    def _take_events(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, OutputMissing):
                self.missing += event.frames
            elif isinstance(event, TakenOver):
                self.seen = event.seen
        self._happened(events)
