"""Sending: numbers, the round trip, resends, stalls and replays (protocol.md sections 4.2 and 4.4)."""

from __future__ import annotations

import pytest

from ssmtui.model import TerminalSize
from ssmtui.protocol import (
    AgentMessage,
    Drained,
    Dropped,
    Flag,
    Recovered,
    Role,
    Stalled,
    Writable,
)
from ssmtui.protocol.outbound import RoundTrip
from tests.support.playbook import Playbook, describe, shell

VECTOR = [
    (50, 93.75, 12.5, 143.75),
    (120, 97.03125, 15.9375, 160.78125),
    (900, 197.402344, 212.695312, 1000),
    (2000, 422.727051, 610.170898, 1000),
    (40, 374.886169, 553.309937, 1000),
    (40, 333.025398, 498.703995, 1000),
]


def test_round_trip_vector() -> None:
    estimate = RoundTrip()
    assert (estimate.smoothed, estimate.variation, estimate.timeout) == (0.1, 0.0, 0.2)
    for sample, smoothed, variation, timeout in VECTOR:
        estimate.sample(sample / 1000)
        assert estimate.smoothed * 1000 == pytest.approx(smoothed, abs=1e-6)
        assert estimate.variation * 1000 == pytest.approx(variation, abs=1e-6)
        assert estimate.timeout * 1000 == pytest.approx(timeout, abs=1e-6)


def test_timeout_has_a_floor_of_the_clocks_granularity() -> None:
    estimate = RoundTrip()
    for _ in range(200):
        estimate.sample(0.02)
    assert estimate.timeout == pytest.approx(0.03)


def _timeout_of_shell() -> float:
    """What one sample of 0 s, the one that ``shell`` takes, makes of the timeout."""
    estimate = RoundTrip()
    estimate.sample(0.0)
    return estimate.timeout


def test_edge_20_acknowledgement_is_taken_by_its_number_alone() -> None:
    play = shell()
    play.type(b"b")
    play.hear(play.peer.ack(77))
    assert play.channel.unacknowledged == (1, 1)
    play.hear(play.peer.ack(1), play.peer.ack(1))
    assert play.channel.unacknowledged == (0, 0)
    assert play.events() == []
    assert play.channel.next_deadline() is None


@pytest.mark.parametrize("payload", [b"{}", b"nonsense"])
def test_edge_21_acknowledgement_that_cannot_be_read_is_dropped(payload: bytes) -> None:
    play = shell()
    play.type(b"b")
    play.hear(AgentMessage("acknowledge", bytes(16), 1, flags=3, payload=payload).encode())
    assert [type(event) for event in play.events()] == [Dropped]
    assert play.channel.unacknowledged == (1, 1)


def test_edge_22_unacknowledged_frame_is_resent_no_faster_than_the_timeout() -> None:
    play = Playbook()
    play.connect()
    play.hear(play.peer.data(0))
    play.type(b"ls")
    play.until(1.0)
    assert play.script() == [
        "0.000 ack 0",
        "0.000 #0 output ls",
        "0.200 #0 output ls",
        "0.400 #0 output ls",
        "0.600 #0 output ls",
        "0.800 #0 output ls",
        "1.000 #0 output ls",
    ]
    assert play.frames[1:] == [play.frames[1]] * 6
    assert play.channel.counters.resent == 5


def test_edge_23_late_acknowledgement_after_a_resend_is_no_sample() -> None:
    play = Playbook()
    play.connect()
    play.hear(play.peer.data(0))
    play.type(b"ls")
    play.until(0.25)
    play.hear(play.peer.ack(0))
    assert play.channel.round_trip is None
    play.type(b"\r")
    play.until(0.3)
    play.hear(play.peer.ack(1))
    assert play.channel.round_trip == pytest.approx(0.05)


def test_edge_24_only_the_front_is_resent() -> None:
    play = shell()
    for key in (b"1", b"2", b"3"):
        play.type(key)
    play.script()
    play.hear(play.peer.ack(2))
    play.until(1.2)
    assert set(play.sent()) == {"#1 output 1"}
    play.hear(play.peer.ack(1))
    play.until(1.5)
    assert set(play.sent()) == {"#3 output 3"}


def test_two_fronts_are_not_resent_within_one_tick() -> None:
    play = shell()
    for key in (b"1", b"2", b"3"):
        play.type(key)
    timeout = _timeout_of_shell()
    play.script()
    play.until(timeout)
    assert play.sent() == ["#1 output 1"]
    play.hear(play.peer.ack(1))
    assert play.sent() == []
    play.until(timeout + 0.1)
    assert play.sent() == ["#2 output 2"]


def test_edge_25_agent_that_never_acknowledges() -> None:
    play = shell()
    for _ in range(1000):
        play.type(b"p")
    assert play.channel.writable
    play.type(b"q")
    assert not play.channel.writable
    assert play.channel.unacknowledged == (1001, 1001)
    assert len(play.sent()) == 1000
    play.until(4.9)
    assert play.events() == []
    play.until(5.0)
    assert play.events() == [Stalled(1000)]
    assert set(play.sent()) == {"#1 output p"}
    play.until(302.0)
    assert play.sent(), "it goes on resending"
    play.hear(play.peer.ack(1))
    assert play.events() == [Writable()]
    assert play.sent()[0] == "#1001 output q"
    play.hear(*(play.peer.ack(number) for number in range(2, 1002)))
    assert play.events() == [Recovered()]
    assert play.channel.next_deadline() is None


def test_stall_counts_connected_time_only() -> None:
    play = shell()
    play.type(b"b")
    play.until(2.0)
    play.cut()
    play.until(1000.0)
    play.connect()
    play.until(1002.9)
    assert play.events() == []
    play.until(1003.0)
    assert play.events() == [Stalled(1)]


def test_drained_is_reported_once_for_each_time_it_is_asked_for() -> None:
    play = shell()
    play.channel.report_drained()
    assert play.events() == [Drained()]
    play.type(b"b")
    play.hear(play.peer.ack(1))
    assert play.events() == [], "nobody asked"
    play.type(b"c")
    play.channel.report_drained()
    play.type(b"d")
    play.hear(play.peer.ack(2))
    assert play.events() == []
    play.hear(play.peer.ack(2), play.peer.ack(3))
    assert play.events() == [Drained()]
    play.hear(play.peer.ack(3))
    assert play.events() == []


def test_drained_waits_for_what_has_no_number_yet_and_for_the_next_socket() -> None:
    play = Playbook()
    play.connect()
    play.channel.send_input(b"early", 0.0)
    play.channel.report_drained()
    assert play.events() == []
    play.hear(play.peer.data(0, b"$ "))
    play.cut()
    play.connect()
    assert Drained() not in play.events()
    play.hear(play.peer.ack(0))
    assert play.events() == [Drained()]


def test_drained_never_comes_once_the_session_is_over() -> None:
    play = shell()
    play.type(b"b")
    play.channel.report_drained()
    play.hear(play.peer.closed())
    assert Drained() not in play.events()
    play.channel.report_drained()
    assert play.events() == []


def test_edge_29_numbers_are_unique_and_in_the_order_of_the_socket() -> None:
    play = shell()
    for step in range(20):
        play.channel.send_size(TerminalSize(80 + step, 24), play.now)
        play.channel.send_input(b"i%d" % step, play.now)
        play.channel.send_flag(Flag.DISCONNECT_TO_PORT, play.now)
        play.until(play.now + 0.1)
    streams = [AgentMessage.decode(frame) for frame in play.frames]
    numbers = [message.sequence for message in streams if message.message_type == "input_stream_data"]
    first_times = list(dict.fromkeys(numbers))
    assert first_times == list(range(len(first_times)))
    assert len(first_times) == 1 + 20 * 3


def test_edge_30_frame_that_could_not_be_sent_goes_out_after_the_reconnect_under_its_number() -> None:
    play = shell()
    play.type(b"lost")
    play.cut()
    before = play.frames[-1]
    play.type(b"typed meanwhile")
    play.until(30.0)
    assert play.sent() == ["#1 output lost"]
    assert play.channel.next_deadline() is None
    play.connect()
    assert play.sent() == ["ack 0", "#1 output lost"]
    assert play.frames[-1] == before
    play.until(30.001)
    assert play.sent() == ["#2 output typed meanwhile"]


def test_edge_49_whole_window_is_replayed_in_order_one_frame_a_millisecond() -> None:
    play = shell()
    for number in range(500):
        play.type(b"%d" % number)
    first = play.frames[-500:]
    play.until(0.05)
    play.cut()
    play.until(5.0)
    play.script()
    play.connect()
    play.until(5.4995)
    lines = play.script()
    assert lines[0] == "5.000 ack 0"
    assert [line.split()[0] for line in lines[1:4]] == ["5.000", "5.001", "5.002"]
    assert lines[-2].startswith("5.499 #500 ")
    assert lines[-1].startswith("5.499 #1 "), "the front is due again, half a second after the replay brought it"
    assert play.frames[-501:-1] == first
    assert play.channel.counters.resent == 501


def test_frame_acknowledged_during_the_replay_is_not_replayed() -> None:
    play = shell()
    for key in (b"1", b"2", b"3"):
        play.type(key)
    play.cut()
    play.connect()
    play.script()
    play.hear(play.peer.ack(2), play.peer.ack(1))
    play.until(0.01)
    assert play.sent() == ["#3 output 3"]


def test_frame_of_the_socket_before_is_no_sample_when_its_acknowledgement_overtakes_the_replay() -> None:
    play = shell()
    before = play.channel.round_trip
    play.type(b"b")
    play.type(b"c")
    play.cut()
    play.until(25.0)
    play.connect()
    play.hear(play.peer.ack(2))
    assert play.channel.unacknowledged == (1, 1)
    assert play.channel.round_trip == before


def test_late_timer_catches_up_with_a_bounded_burst() -> None:
    play = shell()
    for _ in range(100):
        play.type(b"x")
    play.cut()
    play.now = 1.0
    play.connect()
    play.script()
    frames = play.channel.frames_to_send(1.05)
    assert len(frames) in range(2, 51)
    assert len(play.channel.frames_to_send(1.5)) <= 18


def test_what_is_typed_during_a_replay_goes_behind_it() -> None:
    play = shell()
    for key in (b"1", b"2", b"3"):
        play.type(key)
    play.cut()
    play.connect()
    play.script()
    play.type(b"4")
    play.until(0.01)
    assert play.sent() == ["#2 output 2", "#3 output 3", "#4 output 4"]


def test_one_frame_at_a_time_until_the_first_acknowledgement() -> None:
    play = Playbook()
    play.connect()
    play.hear(play.peer.data(0))
    play.script()
    for key in (b"1", b"2", b"3"):
        play.type(key)
    assert play.sent() == ["#0 output 1"]
    play.hear(play.peer.ack(0))
    assert play.sent() == ["#1 output 2", "#2 output 3"]


def test_acknowledged_handshake_response_does_not_open_the_window() -> None:
    play = Playbook()
    play.connect()
    play.hear(play.peer.request(0))
    play.hear(play.peer.ack(0), play.peer.complete(1), play.peer.data(2))
    play.script()
    play.type(b"1")
    play.type(b"2")
    assert play.sent() == ["#1 output 1"]
    play.hear(play.peer.ack(1))
    assert play.sent() == ["#2 output 2"]


def test_reconnect_alone_does_not_open_the_window() -> None:
    play = Playbook()
    play.connect()
    play.hear(play.peer.data(0))
    play.type(b"1")
    play.type(b"2")
    play.cut()
    play.script()
    play.connect()
    assert play.sent() == ["ack 0", "#0 output 1"]


def test_agent_marks_its_first_frame_and_no_other() -> None:
    agent = Playbook(Role.AGENT)
    agent.connect()
    agent.channel.send_output(b"a", 0.0)
    agent.channel.send_output(b"b", 0.0)
    agent.until(0.0)
    assert [AgentMessage.decode(frame).flags for frame in agent.frames] == [1, 0]
    client = shell()
    assert all(
        AgentMessage.decode(frame).flags == 0 for frame in client.frames if not describe(frame).startswith("ack")
    )


def test_losing_a_socket_twice_counts_its_time_once() -> None:
    play = shell()
    play.type(b"b")
    play.until(2.0)
    play.cut()
    play.until(200.0)
    play.cut()
    play.connect()
    play.until(202.9)
    assert play.events() == []
    play.until(203.0)
    assert play.events() == [Stalled(1)]
