"""The agent's side, as the real agent behaves (protocol.md sections 4.3, 4.5 and 5)."""

from __future__ import annotations

import pytest

from ssmtui.errors import LocalProtocolError
from ssmtui.model import TerminalSize
from ssmtui.protocol import (
    AgentMessage,
    ChannelState,
    Dropped,
    Fatal,
    Flag,
    FlagReceived,
    HandshakeAnswered,
    InputReceived,
    PayloadType,
    RequestedAction,
    Role,
    SizeReceived,
    Stamp,
    Writable,
)
from ssmtui.protocol.message import publication
from tests.support.playbook import Playbook, stamps

STAMP: Stamp = stamps()()
PAUSE, START = (publication(STAMP, start=start).encode() for start in (False, True))


def _agent() -> Playbook:
    play = Playbook(Role.AGENT)
    play.connect()
    return play


def _say(play: Playbook, data: bytes) -> None:
    play.channel.send_output(data, play.now)
    play.until(play.now)


def _open() -> Playbook:
    play = _agent()
    _say(play, b"$ ")
    play.hear(play.peer.ack(0))
    play.script()
    return play


def test_handshake_from_request_to_input() -> None:
    play = _agent()
    play.channel.request_handshake("3.3.987.0", [RequestedAction("SessionType", {"SessionType": "Port"})], play.now)
    play.until(0.0)
    assert play.channel.state is ChannelState.REQUESTED
    play.hear(play.peer.ack(0), play.peer.response(0))
    assert [type(event) for event in play.events()] == [HandshakeAnswered]
    play.channel.complete_handshake("hello", 5, play.now)
    play.until(0.0)
    play.hear(play.peer.data(1, b"ls"))
    assert play.sent() == ["#0 handshake_request", "ack 0", "#1 handshake_complete", "ack 1"]
    assert play.events() == [InputReceived(b"ls")]


@pytest.mark.parametrize("requested", [False, True])
def test_input_before_the_handshake_is_over_is_acknowledged_and_thrown_away(requested: bool) -> None:
    play = _agent()
    if requested:
        play.channel.request_handshake("3.3.987.0", [], play.now)
        play.until(0.0)
        play.script()
    play.hear(play.peer.data(0, b"too early"))
    assert play.sent() == ["ack 0"]
    assert play.events() == [Dropped("input before the handshake was over")]


def test_second_response_stops_the_reader_without_an_acknowledgement() -> None:
    play = _agent()
    play.channel.request_handshake("3.3.987.0", [], play.now)
    play.until(0.0)
    play.hear(play.peer.ack(0), play.peer.response(0))
    play.script()
    play.hear(play.peer.response(1))
    assert isinstance(play.events()[-1], Fatal)
    assert play.sent() == []
    assert play.channel.state is ChannelState.FAILED


def test_response_in_a_session_without_a_handshake_stops_the_reader() -> None:
    play = _open()
    play.hear(play.peer.response(0))
    assert play.channel.state is ChannelState.FAILED


def test_response_that_cannot_be_read_is_dropped() -> None:
    play = _agent()
    play.channel.request_handshake("3.3.987.0", [], play.now)
    play.hear(play.peer.stream(0, PayloadType.HANDSHAKE_RESPONSE, b"nonsense"))
    assert play.events() == [Dropped("HandshakeResponse is not JSON")]
    assert play.channel.state is ChannelState.REQUESTED


def test_size_flag_and_input_are_reported_and_the_rest_dropped() -> None:
    play = _open()
    play.hear(
        play.peer.stream(0, PayloadType.SIZE, b'{"cols":80,"rows":24}'),
        play.peer.stream(1, PayloadType.FLAG, b"\0\0\0\2"),
        play.peer.stream(2, PayloadType.SIZE, b'{"cols":"80","rows":24}'),
        play.peer.stream(3, PayloadType.STDERR, b"x"),
        play.peer.data(4, b"\n"),
    )
    assert play.sent() == ["ack 0", "ack 1", "ack 2", "ack 3", "ack 4"]
    assert play.events() == [
        SizeReceived(TerminalSize(80, 24)),
        FlagReceived(Flag.TERMINATE),
        Dropped("Size has no whole number cols"),
        Dropped("payload type 11 means nothing to an agent"),
        InputReceived(b"\n"),
    ]


def test_duplicate_is_acknowledged_again() -> None:
    play = _open()
    play.hear(play.peer.data(0), play.peer.data(0))
    assert play.sent() == ["ack 0", "ack 0"]
    assert play.events() == [InputReceived(b"x")]


def test_output_goes_out_at_once_without_a_window() -> None:
    play = _agent()
    for _ in range(1500):
        play.channel.send_output(b"x", play.now)
    play.until(0.0)
    assert len(play.sent()) == 1500
    assert not play.channel.writable


def test_output_is_cut_to_what_the_real_agent_sends_at_most() -> None:
    play = _open()
    _say(play, bytes(1027 + 5))
    assert [len(frame) - 120 for frame in play.frames[-2:]] == [1027, 5]


def test_lost_output_is_resent_oldest_first() -> None:
    play = _agent()
    _say(play, b"1")
    _say(play, b"2")
    play.until(0.45)
    assert play.script() == ["0.000 #0 output 1", "0.000 #1 output 2", "0.200 #0 output 1", "0.400 #0 output 1"]


def test_exit_code_and_other_stream_have_their_payload_types() -> None:
    play = _open()
    play.channel.send_output(b"oops", play.now, PayloadType.STDERR)
    play.channel.send_exit_code(-1, play.now)
    play.channel.send_output(b"", play.now)
    play.until(0.0)
    messages = [AgentMessage.decode(frame) for frame in play.frames[1:]]
    assert [(m.payload_type, m.payload) for m in messages] == [(11, b"oops"), (12, b"EXIT_CODE: -1")]


def test_paused_agent_sends_and_resends_nothing_until_it_is_started() -> None:
    play = _open()
    _say(play, b"1")
    play.script()
    play.hear(PAUSE)
    assert not play.channel.writable
    _say(play, b"2")
    play.until(5.0)
    assert play.script() == []
    assert play.channel.next_deadline() is None
    assert play.channel.unacknowledged == (2, 2)
    play.hear(START)
    assert play.channel.writable
    assert play.sent() == ["#2 output 2", "#1 output 1"]
    assert play.events() == [Writable()]
    play.hear(START)
    assert play.events() == []


@pytest.mark.parametrize("waker", ["input", "ack", "reconnect"])
def test_paused_agent_is_woken(waker: str) -> None:
    play = _open()
    play.hear(PAUSE)
    _say(play, b"1")
    assert play.sent() == []
    if waker == "input":
        play.hear(play.peer.data(0))
    elif waker == "ack":
        play.hear(play.peer.ack(99))
    else:
        play.cut()
        play.connect()
    assert "#1 output 1" in play.sent()
    assert Writable() in play.events()


@pytest.mark.parametrize(
    "misuse",
    [
        lambda channel: channel.send_input(b"x", 0.0),
        lambda channel: channel.send_size(TerminalSize(80, 24), 0.0),
        lambda channel: channel.send_flag(Flag.TERMINATE, 0.0),
        lambda channel: channel.complete_handshake("", 0, 0.0),
    ],
)
def test_what_is_not_an_agents_to_do_is_our_own_error(misuse: object) -> None:
    with pytest.raises(LocalProtocolError):
        misuse(_agent().channel)  # type: ignore[operator]


def test_handshake_is_asked_for_once_and_first() -> None:
    play = _open()
    with pytest.raises(LocalProtocolError, match="HandshakeRequest while the channel is open"):
        play.channel.request_handshake("3.3.987.0", [], play.now)
