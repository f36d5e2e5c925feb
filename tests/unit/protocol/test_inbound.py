"""Receiving: order, duplicates, gaps, and what is acknowledged (protocol.md section 4.3)."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ssmtui.protocol import AgentMessage, Dropped, GapFilled, GapOpened, Limits, Output
from ssmtui.protocol.inbound import Arrival, Inbound
from tests.support.playbook import Playbook, shell


def _data(play: Playbook) -> list[bytes]:
    return [event.data for event in play.events() if isinstance(event, Output)]


def test_edge_17_duplicate_is_acknowledged_again_and_not_shown_twice() -> None:
    play = shell()
    frame = play.peer.data(1, b"once")
    play.hear(frame, frame, play.peer.data(0, b"$ "))
    assert play.sent() == ["ack 1", "ack 1", "ack 0"]
    assert _data(play) == [b"once"]
    assert play.channel.counters.duplicates == 2


def test_edge_18_gap_is_filled() -> None:
    play = shell()
    for number in (1, 3, 4, 2):
        play.hear(play.peer.data(number, b"%d" % number))
    assert play.sent() == ["ack 1", "ack 3", "ack 4", "ack 2"]
    assert _data(play) == [b"1", b"2", b"3", b"4"]
    assert play.channel.counters.buffered == 2


def test_duplicate_of_a_held_frame_is_acknowledged_again_and_shown_once() -> None:
    play = shell()
    play.hear(play.peer.data(2, b"2"), play.peer.data(2, b"2"), play.peer.data(1, b"1"))
    assert play.sent() == ["ack 2", "ack 2", "ack 1"]
    assert _data(play) == [b"1", b"2"]
    assert (play.channel.counters.duplicates, play.channel.counters.buffered) == (1, 1)


def test_edge_19_gap_is_reported_and_the_buffer_is_bounded() -> None:
    play = shell()
    for number in range(2, 10_003):
        play.hear(play.peer.data(number))
    assert len(play.sent()) == 10_000
    assert play.events() == [Dropped("sequence number 10002 while 1 is expected")]
    play.until(1.999)
    assert play.events() == []
    play.until(2.0)
    assert play.events() == [GapOpened(expected=1, held=10_000)]
    play.until(60.0)
    assert play.events() == []


def test_reported_gap_that_is_filled_is_reported_as_filled() -> None:
    play = shell()
    play.hear(play.peer.data(2))
    play.until(2.0)
    assert play.events() == [GapOpened(expected=1, held=1)]
    play.hear(play.peer.data(1))
    assert play.events() == [Output(b"x"), Output(b"x"), GapFilled()]
    assert play.channel.next_deadline() is None


def test_gap_that_moves_on_is_young_again_and_one_that_closes_in_time_is_not_reported() -> None:
    play = shell()
    play.hear(play.peer.data(2), play.peer.data(4))
    play.until(1.5)
    play.hear(play.peer.data(1))
    play.until(3.0)
    play.hear(play.peer.data(3))
    play.until(10.0)
    assert [event for event in play.events() if not isinstance(event, Output)] == []


def test_gap_ages_though_later_frames_keep_coming() -> None:
    play = shell()
    play.hear(play.peer.data(2))
    play.until(1.5)
    play.hear(play.peer.data(3))
    play.until(2.0)
    assert play.events() == [GapOpened(expected=1, held=2)]


def test_gap_does_not_age_without_a_socket() -> None:
    play = shell()
    play.hear(play.peer.data(2))
    play.cut()
    play.until(100.0)
    play.connect()
    play.until(101.9)
    assert GapOpened(expected=1, held=1) not in play.events()
    play.until(102.0)
    assert play.events() == [GapOpened(expected=1, held=1)]


def test_edge_28_absurd_number_is_dropped_without_growth() -> None:
    play = shell()
    for number in (-1, -(1 << 63), (1 << 63) - 1, 1 << 40):
        play.hear(play.peer.data(number))
        assert play.events() == [Dropped(f"sequence number {number} while 1 is expected")]
    assert play.sent() == []
    assert play.channel.counters.buffered == 0


def _message(number: int) -> AgentMessage:
    return AgentMessage("output_stream_data", bytes(16), 1, number)


@given(st.lists(st.integers(-2, 30), max_size=80))
def test_any_order_of_numbers_is_released_in_order_and_within_the_bound(numbers: list[int]) -> None:
    inbound = Inbound(Limits(incoming=5))
    released: list[int] = []
    for number in numbers:
        before = inbound.expected
        arrival = inbound.judge(_message(number), 0.0)
        if arrival is Arrival.NEXT:
            released += [number, *(follower.sequence for follower in inbound.release(0.0))]
        elif arrival is Arrival.REFUSED:
            assert number < 0 or number > before + 5
        assert inbound.held <= 5
    assert all(after == before + 1 for before, after in pairwise(released))
    assert released[:1] in ([], [0])
