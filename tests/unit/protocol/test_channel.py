"""The channel as a whole: its end, its sockets, its facts."""

from __future__ import annotations

import pytest

from ssmtui.errors import LocalProtocolError
from ssmtui.model import TerminalSize
from ssmtui.protocol import (
    ChannelClosed,
    ChannelState,
    Counters,
    DataChannel,
    Dropped,
    Flag,
    Output,
    PayloadType,
    Role,
    Writable,
)
from ssmtui.protocol.message import publication
from tests.support.playbook import Playbook, shell, stamps


def test_edge_26_flood_is_acknowledged_as_it_comes_though_nobody_reads_the_events() -> None:
    channel = DataChannel(Role.CLIENT, stamps())
    channel.connected(0.0)
    peer = shell().peer
    acknowledged = 0
    for start in range(0, 50_000, 1000):
        for number in range(start, start + 1000):
            channel.receive(peer.data(number), 0.0)
        acknowledged += len(channel.frames_to_send(0.0))
        assert acknowledged == start + 1000
    assert len(channel.events()) == 50_001


def test_edge_41_a_close_after_an_hour_loses_and_doubles_nothing() -> None:
    play = shell()
    play.hear(play.peer.data(1, b"before"))
    play.until(3600.0)
    play.type(b"a")
    play.cut()
    assert play.channel.next_deadline() is None
    play.until(3602.0)
    play.script()
    play.connect()
    play.hear(play.peer.data(1, b"before"), play.peer.data(3, b"after"), play.peer.data(2, b"meanwhile"))
    play.hear(play.peer.ack(1))
    assert play.sent() == ["ack 1", "#1 output a", "ack 1", "ack 3", "ack 2"]
    assert play.events() == [Output(b"before"), Output(b"meanwhile"), Output(b"after")]
    assert play.channel.next_deadline() is None


def test_reconnect_acknowledges_the_last_frame_again_to_wake_a_paused_agent() -> None:
    play = shell()
    play.cut()
    play.connect()
    assert play.sent() == ["ack 0"]


def test_first_connection_has_nothing_to_say() -> None:
    play = Playbook()
    play.connect()
    assert play.sent() == []


def test_nothing_goes_out_without_a_socket() -> None:
    play = shell()
    play.cut()
    play.type(b"a")
    play.channel.send_size(TerminalSize(80, 24), play.now)
    play.channel.handle_timeout(play.now + 1000.0)
    assert play.channel.frames_to_send(play.now + 1000.0) == []
    assert play.channel.unacknowledged == (2, 1)
    assert play.events() == []


def test_acknowledgement_that_missed_its_socket_goes_out_on_the_next() -> None:
    play = shell()
    play.channel.receive(play.peer.data(1), play.now)
    play.cut()
    play.connect()
    assert play.sent() == ["ack 1", "ack 1"]


@pytest.mark.parametrize("output", ["", "bye"])
def test_nothing_is_sent_and_no_deadline_is_pending_after_the_end(output: str) -> None:
    play = shell()
    play.type(bytes(2000))
    play.cut()
    play.connect()
    play.channel.send_size(TerminalSize(80, 24), play.now)
    play.script()
    play.channel.receive(play.peer.data(1, b"last"), play.now)
    play.hear(play.peer.closed(output))
    assert play.events() == [Output(b"last"), ChannelClosed(output)]
    assert play.channel.state is ChannelState.CLOSED
    assert play.channel.next_deadline() is None
    assert play.channel.unacknowledged == (0, 0)
    assert not play.channel.writable
    play.type(b"a")
    play.channel.send_size(TerminalSize(90, 24), play.now)
    play.channel.send_flag(Flag.TERMINATE, play.now)
    play.hear(play.peer.data(2), play.peer.closed())
    play.cut()
    play.connect()
    play.channel.handle_timeout(play.now)
    play.until(1000.0)
    assert play.sent() == []
    assert play.events() == []
    assert play.channel.unacknowledged == (0, 0)


def test_agent_that_was_ended_says_nothing_more() -> None:
    play = Playbook(Role.AGENT)
    play.connect()
    play.hear(play.peer.closed())
    play.channel.request_handshake("3.3.987.0", [], play.now)
    play.channel.complete_handshake("", 0, play.now)
    play.channel.send_output(b"x", play.now)
    play.until(1.0)
    assert play.sent() == []
    assert play.channel.unacknowledged == (0, 0)


def test_end_while_frames_are_missing_says_so() -> None:
    play = shell()
    play.hear(play.peer.data(3), play.peer.closed())
    assert play.events() == [Dropped("frames behind 1, which never came: 1"), ChannelClosed("")]


def test_edge_58_publication_control_changes_nothing_for_a_client() -> None:
    play = shell()
    for start in (False, True, True, False):
        play.hear(publication(stamps()(), start=start).encode())
        play.type(b"a")
    assert play.sent() == [f"#{number} output a" for number in range(1, 5)]
    assert play.events() == []
    assert play.channel.writable


def test_writable_is_announced_once_when_it_comes_back() -> None:
    play = Playbook()
    play.connect()
    play.hear(play.peer.data(0))
    play.events()
    play.type(b"x" * 1024 * 1001)
    assert not play.channel.writable
    assert play.events() == []
    play.hear(play.peer.ack(0))
    assert play.events() == [Writable()]
    play.hear(play.peer.ack(1))
    assert play.events() == []
    play.channel.send_flag(Flag.DISCONNECT_TO_PORT, play.now)
    play.channel.send_flag(Flag.DISCONNECT_TO_PORT, play.now)
    assert not play.channel.writable


def test_round_trip_is_unknown_before_the_first_sample_and_smoothed_from_it_on() -> None:
    play = Playbook()
    play.connect()
    assert play.channel.round_trip is None
    play.hear(play.peer.data(0))
    play.type(b"a")
    play.until(0.02)
    play.hear(play.peer.ack(0))
    assert play.channel.round_trip == pytest.approx(0.02)
    play.type(b"b")
    play.until(0.12)
    play.hear(play.peer.ack(1))
    assert play.channel.round_trip == pytest.approx(0.02 * 7 / 8 + 0.1 / 8)


def test_counters_count_and_are_a_copy() -> None:
    play = Playbook()
    play.connect()
    play.hear(play.peer.data(1), play.peer.data(0), play.peer.data(0), b"junk")
    play.type(b"a")
    play.until(0.2)
    counters = play.channel.counters
    assert counters == Counters(received=3, sent=5, resent=1, duplicates=1, dropped=1, buffered=1)
    counters.received = 0
    assert play.channel.counters.received == 3


@pytest.mark.parametrize(
    "misuse",
    [
        lambda channel: channel.request_handshake("", [], 0.0),
        lambda channel: channel.complete_handshake("", 0, 0.0),
        lambda channel: channel.send_output(b"x", 0.0),
        lambda channel: channel.send_exit_code(0, 0.0),
    ],
)
def test_what_is_not_a_clients_to_do_is_our_own_error(misuse: object) -> None:
    with pytest.raises(LocalProtocolError):
        misuse(shell().channel)  # type: ignore[operator]


def test_edge_75_last_frames_before_the_end_are_all_reported() -> None:
    play = shell()
    play.hear(*(play.peer.data(number, b"%d" % number) for number in range(1, 6)), play.peer.closed())
    assert play.events() == [*(Output(b"%d" % number) for number in range(1, 6)), ChannelClosed("")]


def test_stream_frame_without_a_payload_is_survived() -> None:
    play = shell()
    play.hear(play.peer.stream(1, PayloadType.OUTPUT, b""))
    assert play.sent() == ["ack 1"]
    assert play.events() == [Output(b"")]
