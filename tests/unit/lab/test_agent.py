"""The agent alone, its frames read and written by hand: what a well-behaved client never makes it do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest

from ssmtui.lab.agent import Agent, Manners
from ssmtui.lab.documents import SessionPlan
from ssmtui.lab.fleet import Fleet
from ssmtui.lab.machine import Machine
from ssmtui.protocol import AgentMessage, MessageType, PayloadType
from ssmtui.tasks import TaskGroup
from tests.support.lab_client import stamp
from tests.support.wait import wait_until

NODE = Fleet(48, 1, lambda: datetime(2026, 3, 14, tzinfo=UTC)).named("web-1")
AT_ONCE = Manners(start_delay=0.0)


def plan(session_type: str, **properties: object) -> SessionPlan:
    return SessionPlan("Test", session_type, {"linux": properties})


class Played:
    """An agent under way, and what it sent."""

    def __init__(self, agent: Agent, task: asyncio.Task[str], sent: list[bytes]) -> None:
        self.agent = agent
        self.task = task
        self._sent = sent

    @property
    def sent(self) -> list[AgentMessage]:
        return [AgentMessage.decode(frame) for frame in self._sent]

    def payloads(self, kind: PayloadType = PayloadType.OUTPUT) -> list[bytes]:
        return [message.payload for message in self.sent if message.payload_type == kind]

    def say(self, kind: PayloadType, payload: bytes, sequence: int = 0) -> None:
        mark = stamp()
        message = AgentMessage(
            MessageType.INPUT,
            mark.id_bytes,
            mark.created,
            sequence=sequence,
            payload_type=kind,
            payload=payload,
        )
        self.agent.deliver(message.encode())


Play = Callable[..., Played]


@pytest.fixture
async def play() -> AsyncIterator[Play]:
    machine = Machine()
    tasks = TaskGroup("test")

    def play(plan: SessionPlan, manners: Manners = AT_ONCE) -> Played:
        sent: list[bytes] = []
        agent = Agent(NODE, plan, machine, manners, sent.append)
        return Played(agent, tasks.start("agent", agent.run()), sent)

    yield play
    await tasks.close()
    machine.close()


async def test_the_first_frame_carries_syn_and_the_handshake_asks_for_the_session_type(play: Play) -> None:
    played = play(plan("NonInteractiveCommands", commands="true"))
    await wait_until("the request", lambda: played.sent)
    (request, *_) = played.sent
    assert (request.sequence, request.flags, request.payload_type) == (0, 1, PayloadType.HANDSHAKE_REQUEST)
    assert json.loads(request.payload) == {
        "AgentVersion": NODE.agent_version,
        "RequestedClientActions": [
            {
                "ActionType": "SessionType",
                "ActionParameters": {"SessionType": "NonInteractiveCommands", "Properties": None},
            }
        ],
    }


async def test_a_client_that_cannot_do_what_is_asked_ends_the_session(play: Play) -> None:
    played = play(plan("NonInteractiveCommands", commands="true"))
    action = {"ActionType": "SessionType", "ActionStatus": 2, "ActionResult": None, "Error": "never heard of it"}
    response = {"ClientVersion": "1.2.0.0", "ProcessedClientActions": [action], "Errors": None}
    played.say(PayloadType.HANDSHAKE_RESPONSE, json.dumps(response).encode())
    assert await played.task == (
        "Encountered error while initiating handshake. "
        "SessionType failed on client with status 2 error: never heard of it"
    )


async def test_without_acknowledgements_it_sends_its_first_frame_again_and_gives_up_at_the_end(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ssmtui.lab.agent.DRAIN_TIMEOUT", 0.4)
    played = play(plan("InteractiveCommands", commands="echo one; sleep 0.05; echo two"))
    assert await played.task == ""
    numbers = [message.sequence for message in played.sent]
    assert numbers[:2] == [0, 1]
    assert numbers.count(0) > 1
    assert numbers.count(1) == 1
    assert played.payloads()[:2] == [b"one\r\n", b"two\r\n"]


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({}, "Commands cannot be empty for session type InteractiveCommands"),
        ({"commands": "  "}, "Commands cannot be empty for session type InteractiveCommands"),
        ({"commands": ["a", "b"]}, "Invalid format in session properties: commands must be a string"),
    ],
)
async def test_properties_that_cannot_be_run(play: Play, properties: dict[str, object], told: str) -> None:
    assert await play(plan("InteractiveCommands", **properties)).task == told


async def test_a_machine_without_a_pty_says_so(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_pty() -> tuple[int, int]:
        raise OSError("out of pty devices")

    monkeypatch.setattr("os.openpty", no_pty)
    assert await play(plan("Standard_Stream")).task == "Unable to start command: out of pty devices"


async def test_a_session_type_nobody_knows(play: Play) -> None:
    assert (await play(plan("Telepathy")).task).startswith("Plugin with name Telepathy is not supported")


async def test_pacing_pauses_after_each_read(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    real = asyncio.sleep

    async def sleep(delay: float) -> None:
        pauses.append(delay)
        await real(0)

    monkeypatch.setattr("ssmtui.lab.agent.asyncio.sleep", sleep)
    monkeypatch.setattr("ssmtui.lab.agent.DRAIN_TIMEOUT", 0.01)
    for manners in (Manners(start_delay=0.25), Manners(start_delay=0.25, pacing=False)):
        await play(plan("InteractiveCommands", commands="echo one"), manners).task
    assert pauses[0] == 0.25
    assert pauses[1:-1]
    assert set(pauses[1:-1]) == {0.001}
    assert pauses[-1] == 0.25, "the one that does not pace only waits to begin"
