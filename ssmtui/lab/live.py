"""The sessions that run: each an agent, the relay in front of it, and the task that sees them end together."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, replace

from ssmtui.lab.agent import Agent
from ssmtui.lab.fault_spec import FaultSpec
from ssmtui.lab.faults import LabFaults
from ssmtui.lab.kms import LabKms
from ssmtui.lab.machine import Machine
from ssmtui.lab.manners import Manners
from ssmtui.lab.relay import Relay
from ssmtui.lab.sessions import LabSession, SessionBook
from ssmtui.lab.time_limits import TimeLimits
from ssmtui.tasks import Tasks


@dataclass(slots=True)
class _Running:
    agent: Agent
    relay: Relay
    limits: TimeLimits
    play: asyncio.Task[str]
    end: asyncio.Task[None]
    last_words: str = ""
    """The service's own, in the place of the agent's."""

    def cancel(self) -> None:
        """Kill the program; the end follows. A second time changes nothing: it would interrupt the killing."""
        self.relay.stop_waiting()
        if not self.play.cancelling():
            self.play.cancel()

    def expire(self, text: str) -> None:
        """The service ends the session, with this text; not one that is ending anyway."""
        if not self.play.done() and not self.play.cancelling():
            self.last_words = text
            self.cancel()


class LiveSessions:
    """Starts and ends agents. ``relays`` is where the stream server finds the sessions that run."""

    def __init__(
        self,
        book: SessionBook,
        machine: Machine,
        manners: Manners,
        faults: LabFaults,
        kms: LabKms,
        minute: float = 60.0,
        relays: dict[str, Relay] | None = None,
    ) -> None:
        """``minute`` is how many seconds a minute of the time limits lasts; ``relays`` is shared with other sites."""
        self._minute = minute
        self._book = book
        self._faults = faults
        self._kms = kms
        self._machine = machine
        self._manners = manners
        self._running: dict[str, _Running] = {}
        self._tasks = Tasks("lab/sessions")
        self.relays: dict[str, Relay] = {} if relays is None else relays

    def open(self, session: LabSession) -> None:
        """Start the agent's part of a session that stands in the book; it waits for its client."""
        assert session.node is not None
        assert session.plan is not None
        faults = self._faults.next_session()
        agent = Agent(
            session.node,
            session.plan,
            self._machine,
            _worsened(self._manners, faults.spec),
            lambda frame: relay.emit(frame),
            session_id=session.session_id,
            kms=self._kms,
            dice=faults.manners,
        )
        limits = TimeLimits(
            self._seconds(session.idle_minutes), self._seconds(session.max_minutes), lambda text: running.expire(text)
        )
        relay = Relay(agent.deliver, faults, limits.see)
        self.relays[session.session_id] = relay
        play = self._tasks.start("agent", agent.run())
        running = _Running(agent, relay, limits, play, self._tasks.start("end", self._see_out(session)))
        self._running[session.session_id] = running
        if math.isfinite(faults.spec.gone):
            gone = asyncio.get_running_loop().call_later(faults.spec.gone, self.end_silently, session)
            running.end.add_done_callback(lambda _: gone.cancel())

    def touch(self, session: LabSession) -> None:
        """Somebody cares for the session: it is not idle."""
        running = self._running.get(session.session_id)
        if running is not None:
            running.limits.touch()

    def terminate(self, session: LabSession) -> None:
        """End a session as TerminateSession does: its program is killed, nothing more of its output is sent. One
        without a program is over at once."""
        running = self._running.get(session.session_id)
        if running is not None:
            session.status = "Terminating"
            running.cancel()
        elif session.active:
            self._book.mark_ended(session, "")

    def end_silently(self, session: LabSession) -> None:
        """End a session without a word to its client: the socket breaks, and only ResumeSession says that it is
        gone."""
        running = self._running.get(session.session_id)
        if running is not None:
            running.relay.fall_silent()
            self._book.mark_ended(session, "")
            running.cancel()

    async def close(self) -> None:
        """Terminate everything and wait until it is gone."""
        running = list(self._running.values())
        for one in running:
            one.cancel()
        await asyncio.gather(*(one.end for one in running), return_exceptions=True)
        await self._tasks.close()

    def kill_now(self) -> None:
        """Kill every program without waiting: for a process that is about to die."""
        for running in self._running.values():
            running.agent.kill_now()

    def _seconds(self, minutes: str | None) -> float:
        """A limit in seconds; infinite when there is none, or none that can be read."""
        try:
            return float(minutes or "inf") * self._minute
        except ValueError:
            return math.inf

    async def _see_out(self, session: LabSession) -> None:
        """When the agent's part is over, however it ended: close the channel, and the book's entry."""
        running = self._running[session.session_id]
        play, relay = running.play, running.relay
        await asyncio.wait([play])
        running.limits.cancel()
        output = running.last_words if play.cancelled() else _last_words(play)
        await relay.meet()
        await relay.finish(session.session_id, output)
        if session.active:
            failed = not play.cancelled() and (running.agent.failed or play.exception() is not None)
            self._book.mark_ended(session, output, failed=failed)
        del self._running[session.session_id], self.relays[session.session_id]


def _worsened(manners: Manners, spec: FaultSpec) -> Manners:
    """What the faults ask for goes before the lab's own manners."""
    return replace(
        manners,
        forget_acks=manners.forget_acks if spec.forget_acks is None else spec.forget_acks,
        deaf=manners.deaf if spec.deaf is None else spec.deaf,
        crash=manners.crash if spec.crash is None else spec.crash,
        waits=manners.waits and not spec.never_pause,
    )


def _last_words(play: asyncio.Task[str]) -> str:
    error = play.exception()
    return play.result() if error is None else f"The lab's agent failed: {error!r}"
