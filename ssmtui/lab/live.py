"""The sessions that run: each an agent, the relay in front of it, and the task that sees them end together."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

from ssmtui.lab.agent import Agent, Manners
from ssmtui.lab.faults import LabFaults
from ssmtui.lab.kms import LabKms
from ssmtui.lab.machine import Machine
from ssmtui.lab.relay import Relay
from ssmtui.lab.sessions import LabSession, SessionBook
from ssmtui.tasks import TaskGroup


@dataclass(frozen=True, slots=True)
class _Running:
    agent: Agent
    relay: Relay
    play: asyncio.Task[str]
    end: asyncio.Task[None]

    def cancel(self) -> None:
        """Kill the program; the end follows. A second time changes nothing: it would interrupt the killing."""
        self.relay.stop_waiting()
        if not self.play.cancelling():
            self.play.cancel()


class LiveSessions:
    """Starts and ends agents. ``relays`` is where the stream server finds the sessions that run."""

    def __init__(self, book: SessionBook, machine: Machine, manners: Manners, faults: LabFaults, kms: LabKms) -> None:
        self._book = book
        self._faults = faults
        self._kms = kms
        self._machine = machine
        self._manners = manners
        self._running: dict[str, _Running] = {}
        self._tasks = TaskGroup("lab/sessions")
        self.relays: dict[str, Relay] = {}

    def open(self, session: LabSession) -> None:
        """Start the agent's part of a session that stands in the book; it waits for its client."""
        assert session.node is not None
        assert session.plan is not None
        agent = Agent(
            session.node,
            session.plan,
            self._machine,
            self._manners,
            lambda frame: relay.emit(frame),
            session_id=session.session_id,
            kms=self._kms,
        )
        faults = self._faults.next_session()
        relay = Relay(agent.deliver, faults)
        self.relays[session.session_id] = relay
        play = self._tasks.start("agent", agent.run())
        end = self._tasks.start("end", self._see_out(session, play, relay))
        self._running[session.session_id] = _Running(agent, relay, play, end)
        if math.isfinite(faults.spec.gone):
            gone = asyncio.get_running_loop().call_later(faults.spec.gone, self.end_silently, session)
            end.add_done_callback(lambda _: gone.cancel())

    def terminate(self, session: LabSession) -> None:
        """End a session as TerminateSession does: its program is killed, nothing more of its output is sent."""
        running = self._running.get(session.session_id)
        if running is not None:
            session.status = "Terminating"
            running.cancel()

    def end_silently(self, session: LabSession) -> None:
        """End a session behind its client's back: the socket breaks, and only ResumeSession tells that it is gone."""
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

    async def _see_out(self, session: LabSession, play: asyncio.Task[str], relay: Relay) -> None:
        """When the agent's part is over, however it ended: close the channel, and the book's entry."""
        await asyncio.wait([play])
        output = "" if play.cancelled() else _last_words(play)
        await relay.meet()
        await relay.finish(session.session_id, output)
        if session.active:
            self._book.mark_ended(session, output)
        del self._running[session.session_id], self.relays[session.session_id]


def _last_words(play: asyncio.Task[str]) -> str:
    error = play.exception()
    return play.result() if error is None else f"The lab's agent failed: {error!r}"
