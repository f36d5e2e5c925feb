"""The agent alone, its frames read and written by hand: what a well-behaved client never makes it do."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest

from ssmtui.lab.agent import Agent
from ssmtui.lab.agent_link import AgentLink
from ssmtui.lab.documents import SessionPlan
from ssmtui.lab.fleet import LabFleet
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.machine import Machine
from ssmtui.lab.manners import Manners
from ssmtui.lab.shell import Shell
from ssmtui.protocol import AgentMessage, MessageType, PayloadType
from ssmtui.protocol.message import encode_acknowledgement
from ssmtui.protocol.payloads import acknowledged_number
from ssmtui.tasks import Tasks
from tests.support.lab_client import stamp
from tests.support.wait import wait_until

NODE = LabFleet(48, 1, lambda: datetime(2026, 3, 14, tzinfo=UTC)).named("web-1")
AT_ONCE = Manners(start_delay=0.0, forget_acks=0.0, deaf=0.0)


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

    def acknowledge(self, number: int) -> None:
        """Acknowledge that frame of the agent's."""
        (message, *_) = (message for message in self.sent if message.message_type == MessageType.OUTPUT)
        self.agent.deliver(encode_acknowledgement(stamp(), message._replace(sequence=number)))

    def numbers(self) -> list[int]:
        """The numbers of what it has sent, in order and with what it has sent again."""
        return [message.sequence for message in self.sent if message.message_type == MessageType.OUTPUT]

    def acknowledged(self) -> list[int]:
        """The numbers that it has acknowledged, in order."""
        return [acknowledged_number(m.payload) for m in self.sent if m.message_type == MessageType.ACKNOWLEDGE]

    def shake_hands(self) -> None:
        """Agree to what it asks, as frame number 0."""
        action = {"ActionType": "SessionType", "ActionStatus": 1, "ActionResult": None, "Error": ""}
        response = {"ClientVersion": "1.2.835.0", "ProcessedClientActions": [action], "Errors": None}
        self.say(PayloadType.HANDSHAKE_RESPONSE, json.dumps(response).encode())

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
    tasks = Tasks("test")

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
    for pacing in (True, False):
        manners = Manners(start_delay=0.25, pacing=pacing, forget_acks=0.0)
        await play(plan("InteractiveCommands", commands="echo one"), manners).task
    assert pauses[0] == 0.25
    assert pauses[1:-1]
    assert set(pauses[1:-1]) == {0.001}
    assert pauses[-1] == 0.25, "the one that does not pace only waits to begin"


# Bad manners (protocol.md section 11)


async def test_an_acknowledgement_that_comes_too_soon_is_forgotten_and_its_frame_resent(play: Play) -> None:
    manners = Manners(start_delay=0.0, pacing=False, forget_acks=1.0)
    played = play(plan("InteractiveCommands", commands="echo one; read x; echo two; sleep 600"), manners)
    await wait_until("the first frame", lambda: played.numbers() == [0])
    played.acknowledge(0)
    played.say(PayloadType.OUTPUT, b"\r")
    await wait_until("the others, once each", lambda: b"two" in b"".join(played.payloads()))
    last = max(played.numbers())
    await wait_until("the first frame again, and again", lambda: played.numbers().count(0) >= 3)
    assert [played.numbers().count(number) for number in range(1, last + 1)] == [1] * last, "and nothing else"
    played.acknowledge(0)
    await wait_until("the next one to have its turn", lambda: played.numbers().count(1) >= 2)
    before = played.numbers().count(0)
    await wait_until("it to be sent again", lambda: played.numbers().count(1) >= 4)
    assert played.numbers().count(0) == before, "its second acknowledgement counts"


UNREADABLE = b'{"cols":"no","rows":"no"}'
SIZE = b'{"cols":101,"rows":33}'


async def test_a_size_that_cannot_be_read_is_not_acknowledged_when_its_turn_comes(play: Play) -> None:
    played = play(plan("InteractiveCommands", commands="echo up; cat; sleep 600"))
    await wait_until("the program", lambda: played.numbers() == [0])
    played.say(PayloadType.SIZE, SIZE, 0)
    await wait_until("the size", lambda: played.acknowledged() == [0])
    for number in (0, 2, 1):
        played.say(PayloadType.SIZE, UNREADABLE, number)
    played.say(PayloadType.OUTPUT, b"done\r", 3)
    await wait_until("all the others", lambda: played.acknowledged() == [0, 0, 2, 3])
    assert b"done" not in b"".join(played.payloads()), "1 has not been handled"
    for number in (1, 2):
        played.say(PayloadType.SIZE, SIZE, number)
    await wait_until("what waited behind them", lambda: b"done" in b"".join(played.payloads()))
    assert played.acknowledged() == [0, 0, 2, 3, 1, 2]


async def test_early_input_gives_way_to_a_later_frame_of_its_number(play: Play) -> None:
    played = play(plan("InteractiveCommands", commands="echo up; cat; sleep 600"))
    await wait_until("the program", lambda: played.numbers() == [0])
    played.say(PayloadType.OUTPUT, b"stale\r", 1)
    played.say(PayloadType.SIZE, SIZE, 1)
    played.say(PayloadType.SIZE, SIZE, 0)
    played.say(PayloadType.OUTPUT, b"typed\r", 2)
    await wait_until("what follows", lambda: b"typed" in b"".join(played.payloads()))
    assert played.acknowledged() == [1, 1, 0, 2]
    assert b"stale" not in b"".join(played.payloads())


async def test_input_before_there_is_a_terminal_is_not_acknowledged(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, asked = asyncio.Event(), asyncio.Event()
    real = Machine.terminal

    async def terminal(self: Machine, node: LabNode, command: str | None) -> Shell:
        asked.set()
        await gate.wait()
        return await real(self, node, command)

    monkeypatch.setattr(Machine, "terminal", terminal)
    played = play(plan("InteractiveCommands", commands="echo up; sleep 600"))
    await asked.wait()
    played.say(PayloadType.SIZE, SIZE, 0)
    played.say(PayloadType.SIZE, SIZE, 1)
    await wait_until("what is early to be acknowledged", lambda: played.acknowledged() == [1])
    gate.set()
    await wait_until("the program", lambda: played.numbers() == [0])
    played.say(PayloadType.SIZE, SIZE, 0)
    await wait_until("the size to be taken", lambda: played.acknowledged() == [1, 0])


@pytest.mark.parametrize("waits", [True, False])
async def test_the_agent_reads_on_or_waits_for_acknowledgements(play: Play, waits: bool) -> None:
    manners = Manners(start_delay=0.0, pacing=False, forget_acks=0.0, waits=waits)
    played = play(plan("InteractiveCommands", commands="head -c 3000000 /dev/zero | tr '\\0' x; sleep 600"), manners)
    enough = 2500 if not waits else 1000
    await wait_until("as many frames as it sends", lambda: max(played.numbers(), default=0) >= enough, 30)
    if waits:
        # One of them may be on its way. What is acknowledged makes room for as many more, and no more.
        before = max(played.numbers())
        assert before <= 1001
        for number in range(100):
            played.acknowledge(number)
        await wait_until("more", lambda: max(played.numbers()) >= before + 99)
        assert max(played.numbers()) <= before + 101


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5])
async def test_the_share_of_forgotten_acknowledgements_is_seeded(share: float) -> None:
    forgotten = []
    for _ in range(2):
        sent: list[bytes] = []
        link = AgentLink(sent.append, share, random.Random(7))
        for _ in range(400):
            link.send(b"x")
        for frame in list(sent):
            link.receive(encode_acknowledgement(stamp(), AgentMessage.decode(frame)))
        forgotten.append(link._core.unacknowledged[0])
        link.close()
    assert forgotten[0] == forgotten[1]
    assert 0.5 * share <= forgotten[0] / 400 <= 1.5 * share


async def test_a_frame_is_acknowledged_once_it_is_dealt_with(play: Play) -> None:
    """A program that does not read its terminal holds up acknowledgements, and Ctrl-C with them."""
    played = play(plan("InteractiveCommands", commands="stty raw -echo; echo up; exec sleep 600"))
    await wait_until("the program", lambda: b"up" in b"".join(played.payloads()))
    for number in range(200):
        played.say(PayloadType.OUTPUT, b"x" * 1024, number)
    stuck = await _until_it_stands_still(played)
    assert 0 < stuck < 200
    assert played.acknowledged() == list(range(stuck))


async def _until_it_stands_still(played: Played) -> int:
    """How many frames it has acknowledged when a resend of its own shows that half a second has passed."""
    while True:
        count, resends = len(played.acknowledged()), len(played.numbers())
        await wait_until("resends", lambda resends=resends: len(played.numbers()) >= resends + 3)
        if len(played.acknowledged()) == count:
            return count


# Commands without a terminal (section 6.3)


async def test_edge_80_a_control_byte_before_the_process_exists_stops_the_reader(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ssmtui.lab.agent.DRAIN_TIMEOUT", 0.3)
    gate, real = asyncio.Event(), Machine.process

    async def slow(*arguments: object, **more: object) -> object:
        await gate.wait()
        return await real(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Machine, "process", slow)
    played = play(plan("NonInteractiveCommands", commands="echo done"))
    await wait_until("the request", lambda: played.sent)
    played.shake_hands()
    await wait_until("HandshakeComplete", lambda: played.payloads(PayloadType.HANDSHAKE_COMPLETE))
    played.say(PayloadType.OUTPUT, b"other keys do no harm", 1)
    await wait_until("their acknowledgement", lambda: played.acknowledged() == [0, 1])
    played.say(PayloadType.OUTPUT, b"\x03", 2)
    played.say(PayloadType.OUTPUT, b"x", 3)
    await wait_until("a frame to be resent", lambda: played.numbers().count(0) > 1)
    played.acknowledge(0)
    gate.set()
    await wait_until("the output", lambda: played.payloads() == [b"done\n"])
    assert await played.task == ""
    assert played.acknowledged() == [0, 1]
    assert played.numbers().count(1) == 1, "nobody reads acknowledgements, so it still waits for that of frame 0"


async def test_edge_80_after_a_signal_the_reader_waits_for_the_process(play: Play) -> None:
    script = "trap 'echo caught' INT; echo up; while [ ! -e go ]; do sleep 0.02; done; rm go"
    played = play(
        plan(
            "NonInteractiveCommands",
            commands=f"sh -c '{script}'".replace("'echo caught'", '"echo caught"'),
            separateOutputStream=True,
        )
    )
    await wait_until("the request", lambda: played.sent)
    played.shake_hands()
    await wait_until("the program", lambda: b"up\n" in played.payloads())
    played.say(PayloadType.OUTPUT, b"x", 1)
    await wait_until("an acknowledgement", lambda: 1 in played.acknowledged())
    played.say(PayloadType.OUTPUT, b"\x03", 2)
    played.say(PayloadType.OUTPUT, b"x", 3)
    await wait_until("the signal", lambda: b"caught\n" in played.payloads())
    await wait_until("a frame to be resent", lambda: played.numbers().count(0) > 1)
    assert played.acknowledged() == [0, 1], "it survives the signal, and nothing is read"
    _touch_in_home(played, "go")
    await wait_until("the rest", lambda: played.acknowledged() == [0, 1, 2, 3])


def _touch_in_home(played: Played, name: str) -> None:
    root = played.agent._machine._root
    assert root is not None
    (home,) = root.path.iterdir()
    (home / name).touch()


@pytest.mark.parametrize(("command", "times"), [("no-such-program", 1), ("echo 'unpaired", 3)])
async def test_a_failure_to_start_is_told_after_a_while_and_its_exit_code_at_once(
    play: Play, monkeypatch: pytest.MonkeyPatch, command: str, times: int
) -> None:
    monkeypatch.setattr("ssmtui.lab.agent.DRAIN_TIMEOUT", 0.01)
    gate, pauses = asyncio.Event(), []
    real = asyncio.sleep

    async def sleep(delay: float) -> None:
        if delay in (0.25, 0.75):
            pauses.append(delay)
            await gate.wait()
        await real(0)

    monkeypatch.setattr("ssmtui.lab.plain_command.asyncio.sleep", sleep)
    manners = Manners(start_delay=0.25, forget_acks=0.0, deaf=0.0)
    played = play(plan("NonInteractiveCommands", commands=command, separateOutputStream="true"), manners)
    await wait_until("the request", lambda: played.sent)
    played.shake_hands()
    await wait_until("the exit code", lambda: played.payloads(PayloadType.EXIT_CODE) == [b"EXIT_CODE: 1"])
    assert played.payloads(PayloadType.STDERR) == []
    assert pauses == [0.25 * times]
    gate.set()
    assert await played.task == ""
    (told,) = set(played.payloads(PayloadType.STDERR))
    assert told.startswith(b"Unable to start command: ")
