"""The handshake as a client meets it (protocol.md section 5), and the tables behind it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ssmtui.model import TerminalSize
from ssmtui.protocol import (
    ActionStatus,
    AgentMessage,
    ChannelClosed,
    ChannelState,
    Dropped,
    Fatal,
    HandshakeLate,
    HandshakeSeen,
    Output,
    PayloadType,
    ProcessedAction,
    Ready,
    RequestedAction,
    Role,
)
from ssmtui.protocol.handshake import STEPS, ChannelProgress, ChannelStep
from tests.support.playbook import Playbook


def _session(name: str, properties: object = None) -> RequestedAction:
    return RequestedAction("SessionType", {"SessionType": name, "Properties": properties})


PORT = _session("Port", {"portNumber": "80", "type": "LocalPortForwarding"})
SHELL = _session("Standard_Stream")


def _connected(**options: object) -> Playbook:
    play = Playbook(**options)
    play.connect()
    return play


def _responses(play: Playbook) -> list[dict[str, Any]]:
    messages = [AgentMessage.decode(frame) for frame in play.frames]
    return [json.loads(m.payload) for m in messages if m.payload_type == PayloadType.HANDSHAKE_RESPONSE]


def _answers(play: Playbook) -> list[tuple[str, int, object, str]]:
    (response,) = _responses(play)
    return [
        (act["ActionType"], act["ActionStatus"], act["ActionResult"], act["Error"])
        for act in response["ProcessedClientActions"]
    ]


def test_handshake_from_request_to_ready() -> None:
    play = _connected()
    play.hear(play.peer.request(0, PORT))
    assert play.sent() == ["ack 0", "#0 handshake_response"]
    assert play.channel.state is ChannelState.ANSWERED
    play.hear(play.peer.ack(0), play.peer.complete(1, "welcome"))
    assert play.channel.state is ChannelState.OPEN
    assert play.events() == [
        HandshakeSeen("3.3.987.0", "Port", ()),
        Ready("Port", "3.3.987.0", False, {"portNumber": "80", "type": "LocalPortForwarding"}, "welcome"),
    ]
    assert _responses(play)[0]["ClientVersion"] == "1.2.835.0"


def test_edge_1_same_request_twice_is_acknowledged_twice_and_answered_once() -> None:
    play = _connected()
    request = play.peer.request(0, PORT)
    play.hear(request)
    play.hear(request)
    assert play.sent() == ["ack 0", "#0 handshake_response", "ack 0"]


def test_edge_2_request_under_a_new_number_is_acknowledged_and_not_answered() -> None:
    play = _connected()
    play.hear(play.peer.request(0, PORT))
    play.hear(play.peer.ack(0), play.peer.request(1, PORT))
    assert play.sent() == ["ack 0", "#0 handshake_response", "ack 1"]
    play.hear(play.peer.complete(2))
    play.hear(play.peer.request(3, PORT))
    assert play.sent() == ["ack 2", "ack 3"]
    dropped = [event for event in play.events() if isinstance(event, Dropped)]
    assert dropped == [Dropped("HandshakeRequest has been answered before")] * 2


@pytest.mark.parametrize("payload_type", [PayloadType.OUTPUT, PayloadType.STDERR, PayloadType.FLAG, 13])
def test_edge_3_first_frame_of_another_kind_skips_the_handshake(payload_type: int) -> None:
    play = _connected()
    play.channel.send_size(TerminalSize(80, 24), play.now)
    play.until(3.0)
    assert play.sent() == []
    play.hear(play.peer.stream(0, payload_type, b"\0\0\0\3"))
    assert play.sent() == ["ack 0", '#0 size {"cols":80,"rows":24}']
    assert play.events()[0] == Ready(None, "", True, None, "")
    play.hear(play.peer.ack(0))
    play.hear(play.peer.data(1))
    assert play.sent() == ["ack 1"]


def test_edge_4_output_that_overtakes_the_request_waits_for_it() -> None:
    play = _connected()
    play.hear(play.peer.data(1, b"early"))
    assert play.sent() == ["ack 1"]
    play.hear(play.peer.request(0, PORT))
    assert play.sent() == ["ack 0", "#0 handshake_response"]
    assert play.events() == [HandshakeSeen("3.3.987.0", "Port", ()), Output(b"early")]
    assert play.channel.state is ChannelState.ANSWERED


def test_edge_5_request_behind_output_is_answered_when_its_turn_comes() -> None:
    play = _connected()
    play.hear(play.peer.request(1, PORT))
    assert play.sent() == ["ack 1"]
    play.hear(play.peer.data(0, b"first"))
    assert play.sent() == ["ack 0", "#0 handshake_response"]
    play.hear(play.peer.ack(0), play.peer.complete(2))
    assert [type(event) for event in play.events()] == [Ready, Output, HandshakeSeen]
    assert play.channel.state is ChannelState.OPEN


def test_handshake_that_comes_late_starts_the_careful_beginning_anew() -> None:
    play = _connected()
    play.channel.send_size(TerminalSize(80, 24), play.now)
    play.hear(play.peer.data(0, b"first"))
    play.hear(play.peer.ack(0), play.peer.request(1, SHELL))
    play.hear(play.peer.ack(1), play.peer.complete(2))
    play.script()
    play.type(b"a")
    play.until(0.05)
    assert play.sent() == []
    play.hear(play.peer.data(3))
    assert play.sent() == ["ack 3", '#2 size {"cols":80,"rows":24}', "#3 output a"]


def test_edge_6_what_is_typed_before_the_handshake_is_over_is_kept() -> None:
    play = _connected()
    play.type(b"a")
    play.hear(play.peer.request(0, _session("NonInteractiveCommands")))
    play.type(b"b")
    play.hear(play.peer.ack(0))
    play.until(5.0)
    assert play.sent() == ["ack 0", "#0 handshake_response"]
    assert play.channel.unacknowledged == (2, 2)
    play.hear(play.peer.complete(1))
    assert play.sent() == ["ack 1"]
    play.hear(play.peer.data(2))
    play.hear(play.peer.ack(1))
    assert play.sent() == ["ack 2", "#1 output a", "#2 output b"]


def test_edge_7_only_the_last_size_is_sent_once_the_agent_is_ready() -> None:
    play = _connected()
    play.channel.send_size(TerminalSize(80, 24), play.now)
    play.hear(play.peer.request(0, _session("Standard_Stream")))
    play.channel.send_size(TerminalSize(100, 30), play.now)
    play.type(b"a")
    play.hear(play.peer.ack(0))
    play.script()
    play.hear(play.peer.complete(1))
    assert play.sent() == ["ack 1", '#1 size {"cols":100,"rows":30}']


def test_edge_8_unknown_action_is_unsupported_and_the_agents_reason_is_shown() -> None:
    play = _connected()
    play.hear(play.peer.request(0, _session("Port"), RequestedAction("Foo", {"a": 1})))
    assert _answers(play) == [("SessionType", 1, None, ""), ("Foo", 3, None, "Unsupported action Foo")]
    play.hear(play.peer.closed("Foo failed on client with status 3 error: Unsupported action Foo"))
    assert play.events() == [
        HandshakeSeen("3.3.987.0", "Port", ("Unsupported action Foo",)),
        ChannelClosed("Foo failed on client with status 3 error: Unsupported action Foo"),
    ]


@pytest.mark.parametrize(("name", "told"), [("Bar", "Bar"), (None, "without a name"), (["Port"], "without a name")])
def test_edge_9_unknown_session_type_fails(name: object, told: str) -> None:
    play = _connected()
    play.hear(play.peer.request(0, RequestedAction("SessionType", {"SessionType": name})))
    assert _answers(play) == [("SessionType", 2, None, f"Unknown session type {told}")]
    play.hear(play.peer.closed())
    assert play.channel.state is ChannelState.CLOSED


@pytest.mark.parametrize("name", ["Standard_Stream", "InteractiveCommands", "NonInteractiveCommands", "Port"])
def test_session_type_that_is_known_is_accepted(name: str) -> None:
    play = _connected()
    play.hear(play.peer.request(0, _session(name)))
    assert _answers(play) == [("SessionType", 1, None, "")]


@pytest.mark.parametrize("properties", [None, {}, {"portNumber": 80}, {"type": None, "more": [1]}, "text", 5])
def test_edge_10_odd_properties_are_passed_on_or_none(properties: object) -> None:
    play = _connected()
    play.hear(play.peer.request(0, _session("Port", properties)))
    play.hear(play.peer.ack(0), play.peer.complete(1))
    (ready,) = (event for event in play.events() if isinstance(event, Ready))
    assert ready.properties == (properties if isinstance(properties, dict) else None)


def test_edge_10_action_parameters_that_are_no_object_count_as_none() -> None:
    play = _connected()
    body = b'{"RequestedClientActions":[{"ActionType":"SessionType","ActionParameters":null}]}'
    play.hear(play.peer.stream(0, PayloadType.HANDSHAKE_REQUEST, body))
    assert _answers(play)[0][:2] == ("SessionType", 2)


@pytest.mark.parametrize("body", [b'{"RequestedClientActions":[]}', b'{"RequestedClientActions":null}', b"{}"])
def test_edge_11_request_without_actions_gets_an_empty_answer(body: bytes) -> None:
    play = _connected()
    play.hear(play.peer.stream(0, PayloadType.HANDSHAKE_REQUEST, body))
    assert _answers(play) == []
    play.hear(play.peer.ack(0), play.peer.complete(1))
    assert play.events() == [HandshakeSeen("", None, ()), Ready(None, "", False, None, "")]


@pytest.mark.parametrize("version", ["", "3.1", "3.3.987.0-beta"])
def test_edge_12_any_agent_version_opens(version: str) -> None:
    play = _connected()
    play.hear(play.peer.request(0, PORT, agent_version=version))
    play.hear(play.peer.ack(0), play.peer.complete(1))
    assert [event.agent_version for event in play.events()] == [version, version]  # type: ignore[union-attr]


@pytest.mark.parametrize("heard_request", [False, True])
def test_edge_13_agent_that_does_not_get_ready_is_reported_once_for_each_socket(heard_request: bool) -> None:
    play = _connected()
    if heard_request:
        play.hear(play.peer.request(0, PORT))
        play.hear(play.peer.ack(0))
        play.events()
    play.until(29.9)
    assert play.events() == []
    play.until(200.0)
    assert play.events() == [HandshakeLate()]
    play.cut()
    play.until(500.0)
    assert play.events() == []
    play.connect()
    play.until(530.0)
    assert play.events() == [HandshakeLate()]


def test_agent_that_is_ready_in_time_is_not_reported() -> None:
    play = _connected()
    play.until(29.0)
    play.hear(play.peer.data(0))
    play.cut()
    play.connect()
    play.until(200.0)
    assert HandshakeLate() not in play.events()


def test_edge_14_customer_message_is_handed_over_as_it_is_and_is_no_output() -> None:
    play = _connected()
    play.hear(play.peer.request(0, PORT))
    play.hear(play.peer.complete(1, "please update\r\n"))
    ready = play.events()[-1]
    assert isinstance(ready, Ready)
    assert ready.customer_message == "please update\r\n"


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"RequestedClientActions":5}', b'{"RequestedClientActions":[5]}'])
def test_edge_15_bad_request_is_acknowledged_and_ends_the_session(body: bytes) -> None:
    play = _connected()
    play.type(b"a")
    request = play.peer.stream(0, PayloadType.HANDSHAKE_REQUEST, body)
    play.hear(request)
    assert play.sent() == ["ack 0"]
    assert [type(event) for event in play.events()] == [Fatal]
    assert play.channel.state is ChannelState.FAILED
    play.hear(request)
    play.until(100.0)
    assert play.sent() == []
    assert play.events() == []
    assert play.channel.next_deadline() is None


def test_bad_completion_is_acknowledged_and_ends_the_session_and_what_follows_is_not_read() -> None:
    play = _connected()
    play.hear(play.peer.request(0, PORT), play.peer.data(2, b"never shown"))
    play.hear(play.peer.stream(1, PayloadType.HANDSHAKE_COMPLETE, b"nonsense"))
    assert play.sent() == ["ack 0", "ack 2", "#0 handshake_response", "ack 1"]
    assert play.events()[1:] == [Fatal("HandshakeComplete is not JSON")]


def test_edge_16_second_completion_is_only_acknowledged() -> None:
    play = _connected()
    play.hear(play.peer.request(0, PORT))
    complete = play.peer.complete(1, "hello")
    play.hear(play.peer.ack(0), complete)
    play.script()
    play.events()
    play.hear(complete, play.peer.complete(2, "hello again"))
    assert play.sent() == ["ack 1", "ack 2"]
    assert play.events() == [Dropped("HandshakeComplete was not due")]


@pytest.mark.parametrize(
    "payload_type", [PayloadType.HANDSHAKE_COMPLETE, PayloadType.ENC_CHALLENGE_REQUEST, PayloadType.HANDSHAKE_RESPONSE]
)
def test_later_part_of_a_handshake_does_not_count_as_skipping_it(payload_type: PayloadType) -> None:
    play = _connected()
    play.type(b"a")
    play.hear(play.peer.stream(0, payload_type, b"{}"))
    assert play.sent() == ["ack 0"]
    assert [type(event) for event in play.events()] == [Dropped]
    assert play.channel.state is ChannelState.WAITING


def test_encryption_is_declined_with_a_text_for_the_person() -> None:
    play = _connected()
    play.hear(play.peer.request(0, PORT, RequestedAction("KMSEncryption", {"KMSKeyId": "alias/x"})))
    text = "KMS encryption is not supported by this version of ssmtui"
    assert _answers(play)[1] == ("KMSEncryption", 2, None, text)
    assert play.events() == [HandshakeSeen("3.3.987.0", "Port", (text,))]


def test_registered_action_answers() -> None:
    answered = ProcessedAction("Foo", ActionStatus.SUCCESS, {"key": "value"})
    play = _connected(actions={"Foo": lambda parameters: answered})
    play.hear(play.peer.request(0, RequestedAction("Foo")))
    assert _answers(play) == [("Foo", 1, {"key": "value"}, "")]


def test_edge_27_action_that_raises_is_a_failed_one() -> None:
    def broken(parameters: object) -> ProcessedAction:
        raise RuntimeError("secret")

    play = _connected(actions={"Foo": broken})
    play.hear(play.peer.request(0, RequestedAction("Foo")))
    assert play.sent() == ["ack 0", "#0 handshake_response"]
    assert _answers(play) == [("Foo", 2, None, "Foo failed: RuntimeError")]


def test_error_texts_repeat_only_the_beginning_of_long_names() -> None:
    play = _connected()
    play.hear(play.peer.request(0, RequestedAction("F" * 5000), _session("B" * 5000)))
    assert [len(answer[3]) for answer in _answers(play)] == [119, 121]


def test_lost_response_is_resent_as_it_was() -> None:
    play = _connected()
    play.hear(play.peer.request(0, PORT))
    play.until(0.2)
    assert play.script() == ["0.000 ack 0", "0.000 #0 handshake_response", "0.200 #0 handshake_response"]
    assert play.frames[1] == play.frames[2]


@pytest.mark.parametrize("role", Role)
def test_every_state_but_the_last_ones_can_end_and_nothing_leaves_those(role: Role) -> None:
    for state, steps in STEPS[role].items():
        assert steps[ChannelStep.CLOSE] is ChannelState.CLOSED
        assert steps[ChannelStep.BREAK] is ChannelState.FAILED
        assert state not in (ChannelState.CLOSED, ChannelState.FAILED)


def test_step_that_does_not_exist_changes_nothing() -> None:
    progress = ChannelProgress(Role.CLIENT)
    assert not progress.take(ChannelStep.COMPLETE)
    assert progress.state is ChannelState.WAITING
    assert progress.take(ChannelStep.CLOSE)
    assert progress.over
    assert not progress.take(ChannelStep.BREAK)
    assert progress.state is ChannelState.CLOSED
