"""Going on with a session that another client began (protocol.md section 12).

``SSMTUI_TAKEOVERS`` is how many seeded plays there are; a long profile is ``SSMTUI_TAKEOVERS=50000``. 600 are enough
for each change: of 32 defects put into ``takeover.py`` one by one, those that any of the first 1,600 plays showed were
shown by play 202. One seed alone:
``python -c "from tests.support.agent_model import drawn; drawn(SEED).run()"``.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from ssmtui.model import TerminalSize
from ssmtui.protocol import (
    ChannelClosed,
    ChannelState,
    GapFilled,
    GapOpened,
    HandshakeLate,
    InputBounds,
    OtherClient,
    Output,
    OutputMissing,
    Ready,
    Recovered,
    Role,
    Stalled,
    TakenOver,
    takeover,
)
from tests.support.agent_model import AgentModel, TakeOverPlay, drawn
from tests.support.playbook import Peer, Playbook, shell

PLAYS = int(os.environ.get("SSMTUI_TAKEOVERS", "600"))
SHARES = 4
SIZE = TerminalSize(100, 30)
SMALL_STEPS = (16, 64, 256, 1_024)
"""In the place of the real ones, which take seconds to play."""


def taker(low: int = 0, high: int | None = 0, output: int = 0) -> Playbook:
    """A client that has just been connected to a session that is not its own."""
    play = Playbook(takes_over=InputBounds(low, high, output))
    play.channel.send_size(SIZE, 0.0)
    play.connect()
    return play


def acknowledge(play: Playbook) -> None:
    """Acknowledge all sizes, as often as more come."""
    while sizes := [line for line in play.sent() if " size " in line]:
        for line in sizes:
            play.hear(play.peer.ack(int(line.split()[0].removeprefix("#"))))


def outputs(play: Playbook) -> list[bytes]:
    return [event.data for event in play.events() if isinstance(event, Output)]


@pytest.mark.timeout(max(120, PLAYS // 10))
@pytest.mark.parametrize("share", range(SHARES))
def test_whatever_the_client_before_left_all_output_comes_and_all_input_is_handled_once(
    share: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(takeover, "STEPS", SMALL_STEPS)
    for seed in range(share, PLAYS, SHARES):
        try:
            drawn(seed).run()
        except Exception as error:
            raise AssertionError(f"take-over of seed {seed}: {error}") from error


# Output


def test_the_lowest_number_that_comes_twice_is_the_next_one() -> None:
    play = taker()
    late = play.peer.data(45, b"new"), play.peer.data(46, b"newer")
    play.hear(*late)
    play.until(1.1)
    oldest = play.peer.data(7, b"oldest")
    play.hear(oldest)
    play.until(1.3)
    assert (outputs(play), [line for line in play.sent() if "ack" in line]) == ([], [])
    play.hear(oldest)
    play.until(1.5)
    assert (outputs(play), [line for line in play.sent() if "ack" in line]) == ([b"oldest"], ["ack 7"])


def test_numbers_that_only_the_client_before_received_are_passed_over_and_counted() -> None:
    play = taker()
    play.hear(play.peer.data(2, b"2"), play.peer.data(7, b"7"), play.peer.data(8, b"8"), play.peer.data(2, b"2"))
    play.until(0.3)
    assert outputs(play) == [b"2"]
    play.until(60.0)
    gap = [event for event in play.events() if not isinstance(event, Stalled)]
    assert gap == [GapOpened(expected=3, held=2)], "nothing is passed over without the agent's word"
    play.hear(play.peer.data(7, b"7"))
    play.until(60.3)
    assert play.events() == [OutputMissing(4), Output(b"7"), Output(b"8"), GapFilled()]
    assert [line for line in play.sent() if "ack" in line] == ["ack 2", "ack 7", "ack 8"]


def test_a_frame_that_the_client_before_has_shown_is_acknowledged_and_not_shown_again() -> None:
    """The agent resends for ever what was acknowledged before it was listed (section 11 row 1)."""
    play = taker(output=50)
    play.hear(play.peer.data(12, b"shown before"))
    assert [line for line in play.sent() if "ack" in line] == ["ack 12"]
    play.hear(play.peer.data(50, b"next"))
    assert outputs(play) == [b"next"], "what follows directly needs no proof"


def test_a_frame_that_comes_again_on_the_next_socket_proves_nothing() -> None:
    play = taker()
    play.hear(play.peer.data(9, b"9"))
    play.cut()
    play.now = 5.0
    play.connect()
    play.hear(play.peer.data(9, b"9"))
    play.until(5.5)
    assert outputs(play) == []
    play.hear(play.peer.data(8, b"8"), play.peer.data(8, b"8"))
    play.until(6.0)
    assert outputs(play) == [b"8", b"9"]


def test_an_agent_that_never_resends_is_believed_after_a_while() -> None:
    play = taker()
    play.hear(play.peer.data(400, b"from a full buffer"))
    play.until(takeover.PATIENCE - 0.01)
    assert outputs(play) == []
    play.until(takeover.PATIENCE)
    assert outputs(play) == [b"from a full buffer"]


def test_what_is_held_is_bounded_and_the_oldest_still_has_room() -> None:
    play = taker()
    for number in range(100, 10_200):
        play.hear(play.peer.data(number, b"%d" % number))
    play.hear(play.peer.data(99, b"99"), play.peer.data(99, b"99"))
    play.until(0.3)
    assert outputs(play) == [b"%d" % number for number in range(99, 10_099)]


# Input


def numbers(lines: list[str]) -> list[int]:
    """The numbers of the sizes among these."""
    return [int(line.split()[0].removeprefix("#")) for line in lines if " size " in line]


def test_sizes_go_from_the_upper_bound_down_to_the_lower_one_and_what_is_typed_comes_after() -> None:
    play = taker(low=10, high=14)
    play.type(b"x")
    assert numbers(play.sent()) == [13, 12, 11]
    play.hear(play.peer.ack(12), play.peer.ack(11))
    assert play.sent() == [], "the lowest one alone: it may set all others going"
    play.hear(play.peer.ack(13))
    assert numbers(play.sent()) == [10]
    assert play.events() == []
    play.hear(play.peer.ack(10))
    assert play.sent() == ['#14 size {"cols":100,"rows":29}'], "another size, so that programs draw themselves"
    ready, taken = play.events()
    assert isinstance(ready, Ready)
    assert (ready.skipped, taken) == (True, TakenOver(seen=True))
    play.hear(play.peer.ack(14))
    assert play.sent() == [], "what is typed would run in a terminal of the wrong size"
    play.until(0.1)
    assert play.sent() == ['#15 size {"cols":100,"rows":30}', "#16 output x"]


def test_no_range_at_all_needs_no_sizes_but_those_that_draw() -> None:
    play = taker(low=7, high=7)
    assert numbers(play.sent()) == [7]
    assert TakenOver(seen=True) in play.events()


def test_a_window_of_sizes_at_a_time() -> None:
    assert len(numbers(taker(low=0, high=200).sent())) == takeover.IN_FLIGHT


def test_a_size_without_acknowledgement_is_sent_again_and_all_of_them_on_the_next_socket() -> None:
    play = taker(low=0, high=3)
    play.hear(play.peer.ack(2))
    play.script()
    play.until(1.0)
    assert numbers(play.sent()) == [1]
    play.cut()
    play.until(1.5)
    play.connect()
    assert numbers(play.sent()) == [1]


@pytest.mark.parametrize("expected", [0, 5, 255, 256, 257, 300, 1_023, 1_024, 1_025, 5_000])
def test_without_bounds_the_number_is_found_by_the_size_that_nobody_can_read(expected: int) -> None:
    play = TakeOverPlay(Random(expected), known=False, lively=False)
    play.agent.expected = expected
    play.agent.early.clear()
    play.run()
    assert play.seen

    assert play.opened_at < 6.0, "on a line of 20 ms"


def test_an_agent_that_takes_what_nobody_can_read_gets_all_sizes_and_what_is_typed() -> None:
    play = taker(low=0, high=None)
    sent = 0
    while TakenOver(seen=False) not in play.events():
        for line in (lines := play.sent()):
            play.hear(play.peer.ack(int(line.split()[0].removeprefix("#"))))
        sent += len(lines)
    assert sent >= takeover.STEPS[-1]
    assert play.channel.bounds.low == takeover.STEPS[-1]


def test_the_question_is_not_answered_by_a_slow_line() -> None:
    """The acknowledgement of the frame behind it decides, and no time."""
    play = taker(low=256, high=None)
    while True:
        lines = play.sent()
        if any('"cols":""' in line for line in lines):
            break
        for number in numbers(lines):
            play.hear(play.peer.ack(number))
    asked = numbers(lines)[0]
    play.until(30.0)
    assert not [event for event in play.events() if isinstance(event, TakenOver)]
    play.hear(play.peer.ack(asked))
    for _ in range(takeover.TRIES):
        play.hear(play.peer.ack(asked - 1))
    play.script()
    assert play.channel.state is ChannelState.WAITING, "it expects a higher number"


def test_an_agent_that_acknowledges_nothing_is_reported_and_gets_nothing_typed() -> None:
    play = taker(low=3, high=9)
    play.type(b"rm")
    play.until(60.0)
    assert [event for event in play.events() if not isinstance(event, HandshakeLate)] == [Stalled(5)]
    assert {line for line in play.sent() if " size " not in line} == set()
    play.hear(play.peer.ack(8))
    assert play.events() == [Recovered()]


def test_the_size_is_the_one_of_the_moment() -> None:
    play = taker(low=0, high=1)
    play.sent()
    play.channel.send_size(TerminalSize(50, 20), 0.0)
    play.hear(play.peer.ack(0))
    play.hear(play.peer.ack(1))
    play.channel.send_size(TerminalSize(60, 20), 0.0)
    play.until(0.1)
    assert play.sent() == ['#1 size {"cols":50,"rows":19}', '#2 size {"cols":60,"rows":20}']


def test_an_agent_that_no_client_has_answered_gets_its_handshake() -> None:
    play = taker(low=0, high=None)
    play.hear(play.peer.request(0))
    kinds = [line.split()[1] for line in play.sent()]
    assert "handshake_response" in kinds
    assert play.channel.state is ChannelState.ANSWERED


def test_the_end_of_the_session_ends_the_search() -> None:
    play = taker(low=0, high=100)
    play.hear(play.peer.closed("gone"))
    assert play.events() == [ChannelClosed("gone")]
    assert play.channel.next_deadline() is None
    acknowledge(play)
    assert play.sent() == []


# What the next client would need


def test_the_bounds_are_the_oldest_unacknowledged_number_and_the_next_one() -> None:
    play = taker(low=4, high=4, output=9)
    play.hear(play.peer.ack(4))
    play.until(0.2)
    play.hear(play.peer.ack(5))
    play.type(b"a")
    play.type(b"b")
    play.hear(play.peer.ack(7), play.peer.data(9))
    assert play.channel.bounds == InputBounds(6, 8, 10)
    assert taker(low=4, high=90).channel.bounds == InputBounds(4, 90, 0)


def test_no_number_is_given_that_is_not_reserved() -> None:
    play = Playbook()
    play.channel.reserve(2)
    play.connect()
    play.hear(play.peer.data(0, b"$ "))
    for key in (b"a", b"b", b"c"):
        play.type(key)
        play.hear(play.peer.ack(0), play.peer.ack(1))
    assert [line for line in play.sent() if "output" in line] == ["#0 output a", "#1 output b"]
    assert play.channel.unreserved == 0
    assert play.channel.unacknowledged == (1, 1), "what waits is not lost"
    play.channel.reserve(None)
    play.until(0.1)
    assert play.sent() == ["#2 output c"]


def test_another_client_shows_by_acknowledgements_of_what_was_never_sent() -> None:
    play = taker(low=0, high=1)
    play.hear(play.peer.ack(900), play.peer.ack(901), play.peer.ack(0))
    assert OtherClient() not in play.events(), "of the client before"
    play.until(0.2)
    play.hear(play.peer.ack(1))
    play.events()
    play.hear(play.peer.ack(2), play.peer.ack(2))
    assert play.events() == []
    play.hear(play.peer.ack(3), play.peer.ack(4))
    assert play.events() == [OtherClient()]


# Whether another client has gone on with our session

ASKED = ['#1 size {"cols":"","rows":""}', '#0 size {"cols":80,"rows":24}']


def doubtful() -> Playbook:
    """A client that has typed one key, lost its socket, and is on the next one."""
    play = shell()
    play.cut()
    play.channel.doubt()
    play.until(1.0)
    play.connect()
    return play


def test_nobody_else_has_spoken_while_the_agent_expects_our_number() -> None:
    play = doubtful()
    play.type(b"b")
    assert play.sent() == ASKED, "what is typed waits"
    assert play.channel.input_room == 0
    play.hear(play.peer.data(1))
    assert play.sent() == [], "it may be another client's"
    play.hear(play.peer.ack(0))
    assert play.sent() == ["ack 0", "ack 1", "#1 output b"], "with the number that was asked about"
    assert OtherClient() not in play.events()
    play.hear(play.peer.ack(1))
    assert play.channel.unacknowledged == (0, 0)


def test_another_client_has_spoken_where_our_number_is_acknowledged() -> None:
    play = doubtful()
    play.type(b"b")
    play.hear(play.peer.ack(1), play.peer.ack(0))
    assert play.events() == [OtherClient()]
    play.until(9.0)
    play.type(b"c")
    play.hear(play.peer.data(1))
    assert play.sent() == ASKED, "what is typed would be thrown away, and the output is the other's"


def test_it_is_asked_once_all_that_was_sent_is_acknowledged() -> None:
    play = shell()
    play.type(b"b")
    play.channel.doubt()
    play.until(0.1)
    assert play.sent() == ["#1 output b"]
    play.hear(play.peer.ack(1))
    assert play.sent() == ['#2 size {"cols":"","rows":""}', '#1 size {"cols":80,"rows":24}']


def test_a_question_that_is_lost_is_asked_again_and_not_for_ever() -> None:
    play = doubtful()
    play.type(b"b")
    play.until(1.9)
    assert play.sent() == ASKED
    play.until(3.9)
    assert play.sent() == ASKED * 2
    play.until(4.0)
    assert play.sent() == ["ack 0", "#1 output b"], "an agent that acknowledges nothing says nothing of others"
    assert OtherClient() not in play.events()


def test_it_is_asked_anew_on_the_next_socket() -> None:
    play = doubtful()
    play.cut()
    play.until(2.0)
    play.script()
    play.connect()
    assert play.sent() == ASKED
    play.hear(play.peer.ack(1))
    assert play.events() == [OtherClient()]


def test_who_has_sent_nothing_has_nothing_to_ask() -> None:
    play = Playbook()
    play.connect()
    play.hear(play.peer.data(0, b"$ "))
    play.channel.doubt()
    play.type(b"a")
    assert play.sent() == ["ack 0", "#0 output a"]


@pytest.mark.parametrize("seed", range(200))
def test_two_clients_and_one_agent(seed: int) -> None:
    """The agent's own answer, whatever the two have sent: the one whose number it expects goes on, the other stops."""
    rng = Random(seed)
    emitted: list[bytes] = []
    agent = AgentModel(emitted.append, lambda what: None)
    peer = Peer(Role.CLIENT)
    ours = rng.randint(1, 300)
    theirs = rng.choice((0, 0, 1, 256, 400))
    for number in range(ours + theirs):
        agent.receive(peer.data(number))
    play = Playbook()
    play.connect()
    play.hear(play.peer.data(0, b"$ "))
    for number in range(ours):
        play.type(b"x")
        play.hear(play.peer.ack(number))
    play.channel.doubt()
    play.until(0.1)
    play.events()
    emitted.clear()
    lost = rng.random() < 0.5
    for _ in range(4):
        sent, play.frames = [frame for frame in play.frames if b'{"cols"' in frame], []
        for frame in sent:
            if not (lost and rng.random() < 0.3):
                agent.receive(frame)
        play.hear(*emitted)
        emitted.clear()
        play.until(play.now + 1.0)
    found = OtherClient() in play.events()
    assert found is (theirs > 0) or lost, f"{ours} + {theirs}"
    assert agent.expected == ours + theirs, "the question has moved nothing"
    assert not (found and theirs == 0)
