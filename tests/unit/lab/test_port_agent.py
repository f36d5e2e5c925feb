"""What the agent decides about a Port session, and its reader at its worst: frames written by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import pytest

from ssmtui.lab.agent import Agent
from ssmtui.lab.documents import SessionPlan
from ssmtui.lab.machine import Machine
from ssmtui.lab.manners import Manners
from ssmtui.lab.port_agent import agent_keepalive, agent_mode
from ssmtui.protocol import Flag, PayloadType
from ssmtui.protocol.payloads import encode_flag
from ssmtui.protocol.versions import PortMode
from ssmtui.tasks import Tasks
from tests.support.tcp_service import TcpService
from tests.support.wait import wait_until
from tests.unit.lab.test_agent import NODE, Played

FORWARDING = {"portNumber": "80", "type": "LocalPortForwarding"}
NEW = "3.3.987.0"


@pytest.mark.parametrize(
    ("agent", "client", "mode"),
    [
        ("3.0.222.0", "1.2.835.0", PortMode.MUX),
        ("3.0.196.0", "1.2.835.0", PortMode.BASIC),
        (NEW, "1.1.70", PortMode.MUX),
        (NEW, "1.1.70.0", PortMode.MUX),
        (NEW, "1.1.61.0", PortMode.BASIC),
        (NEW, "0.0.1", PortMode.BASIC),
        (NEW, "", PortMode.BASIC),
        (NEW, "1.10.0.0", PortMode.MUX),
        (NEW, "ssmtui/0.1", PortMode.MUX),
    ],
)
def test_edge_87_the_agent_takes_old_clients_for_basic_ones(agent: str, client: str, mode: PortMode) -> None:
    assert agent_mode(FORWARDING, (agent, client)) is mode
    assert agent_mode({"portNumber": "22"}, (agent, client)) is PortMode.RAW


@pytest.mark.parametrize(
    ("agent", "client", "on"),
    [
        ("3.1.1446.0", "1.2.835.0", False),
        ("3.1.1476.0", "1.2.835.0", True),
        ("3.1.1511.0", "1.2.835.0", True),
        ("3.1.1512.0", "1.2.835.0", False),
        (NEW, "1.2.331.0", True),
        (NEW, "1.2.339.0", False),
        (NEW, "1.2.0.0", True),
        (NEW, "ssmtui/0.1", False),
    ],
)
def test_edge_86_the_agents_own_keepalive(agent: str, client: str, on: bool) -> None:
    assert agent_keepalive((agent, client)) is on


@pytest.fixture
async def service() -> AsyncIterator[TcpService]:
    service = TcpService(greeting=b"hello")
    await service.start()
    yield service
    await service.close()


Play = Callable[..., Played]


@pytest.fixture
async def play() -> AsyncIterator[Play]:
    machine = Machine()
    tasks = Tasks("test")

    def play(properties: dict[str, object], **manners: float) -> Played:
        """Shakes hands as number 0."""
        sent: list[bytes] = []
        quick = Manners(start_delay=0.0, forget_acks=0.0, **{"deaf": 0.0, **manners})  # type: ignore[arg-type]
        agent = Agent(NODE, SessionPlan("Test", "Port", properties), machine, quick, sent.append)
        played = Played(agent, tasks.start("agent", agent.run()), sent)
        tasks.start("answer", answer(played))
        return played

    async def answer(played: Played) -> None:
        await wait_until("the request", lambda: played.sent)
        played.shake_hands()

    yield play
    await tasks.close()
    machine.close()


async def test_the_handshake_carries_the_documents_properties_and_never_a_key(play: Play, service: TcpService) -> None:
    properties = {"portNumber": str(service.port), "type": "LocalPortForwarding", "localPortNumber": "0"}
    played = play(properties)
    await wait_until("the request", lambda: played.sent)
    actions = json.loads(played.sent[0].payload)["RequestedClientActions"]
    assert actions == [
        {"ActionType": "SessionType", "ActionParameters": {"SessionType": "Port", "Properties": properties}}
    ]


_UNREADABLE = (
    "Unable to remarshal session properties. "
    "json: cannot unmarshal {} into Go struct field PortParameters.{} of type string"
)


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({}, "Port number is empty in session properties. map[]"),
        (
            {"type": "LocalPortForwarding", "portNumber": "", "n": None, "l": ["a"]},
            "Port number is empty in session properties. map[l:[a] n:<nil> portNumber: type:LocalPortForwarding]",
        ),
        ({"portNumber": 80}, _UNREADABLE.format("number", "portNumber")),
        ({"portNumber": "80", "host": ["a"]}, _UNREADABLE.format("array", "host")),
        ({"portNumber": "99999"}, "Unable to connect to specified port: dial tcp: address 99999: invalid port"),
        ({"portNumber": "foo!"}, "Unable to connect to specified port: dial tcp: lookup tcp/foo!: unknown port"),
    ],
)
async def test_properties_that_lead_nowhere(play: Play, properties: dict[str, object], told: str) -> None:
    played = play(properties)
    assert await played.task == told
    assert played.agent.failed


async def test_input_before_the_connection_stands_is_not_acknowledged(
    play: Play, service: TcpService, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()
    real = asyncio.open_connection

    async def slow(*arguments: object, **more: object) -> object:
        await gate.wait()
        return await real(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("ssmtui.lab.destination.asyncio.open_connection", slow)
    played = play({"portNumber": str(service.port)})
    await wait_until("HandshakeComplete", lambda: played.payloads(PayloadType.HANDSHAKE_COMPLETE))
    played.say(PayloadType.OUTPUT, b"one", 1)
    played.say(PayloadType.OUTPUT, b"two", 2)  # early, since the first is not taken: held, and acknowledged
    await wait_until("the second's acknowledgement", lambda: 2 in played.acknowledged())
    assert 1 not in played.acknowledged()
    gate.set()
    await wait_until("the greeting", lambda: b"hello" in played.payloads())
    played.say(PayloadType.OUTPUT, b"one", 1)
    await wait_until("the bytes", lambda: service.connections and service.connections[0].data == b"onetwo")
    await wait_until("the first's acknowledgement", lambda: 1 in played.acknowledged())


async def test_edge_89_a_second_terminate_flag_stops_the_agents_reader(
    play: Play, service: TcpService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ssmtui.lab.agent.DRAIN_TIMEOUT", 0.3)
    played = play({"portNumber": str(service.port)})
    await wait_until("the greeting", lambda: b"hello" in played.payloads())
    played.say(PayloadType.FLAG, encode_flag(Flag.TERMINATE), 1)
    played.say(PayloadType.FLAG, encode_flag(Flag.TERMINATE), 2)
    played.say(PayloadType.OUTPUT, b"still there?", 3)
    assert await played.task == ""
    assert set(played.acknowledged()) == {0, 1}


async def test_right_after_the_handshake_input_is_acknowledged_and_thrown_away(play: Play, service: TcpService) -> None:
    played = play({"portNumber": str(service.port)}, deaf=0.5)
    await wait_until("HandshakeComplete", lambda: played.payloads(PayloadType.HANDSHAKE_COMPLETE))
    played.say(PayloadType.OUTPUT, b"lost", 1)
    played.say(PayloadType.FLAG, encode_flag(Flag.TERMINATE), 2)
    await wait_until("both acknowledgements", lambda: {1, 2} <= set(played.acknowledged()))
    assert service.connections == []
    await wait_until("the greeting", lambda: b"hello" in played.payloads())
    played.say(PayloadType.OUTPUT, b"heard", 3)
    await wait_until("the bytes", lambda: service.connections[0].data)
    assert service.connections[0].data == b"heard"
    assert not played.task.done()
