"""What a client says and when: sizes, input, flags (protocol.md sections 6.1 and 11), and what it hears."""

from __future__ import annotations

import pytest

from ssmtui.model import TerminalSize
from ssmtui.protocol import (
    Dropped,
    ExitCode,
    Flag,
    FlagReceived,
    Output,
    PayloadType,
    RequestedAction,
    StdErr,
)
from tests.support.playbook import Playbook, shell

SMALL, LARGE = TerminalSize(80, 24), TerminalSize(100, 30)
SIZE_SMALL, SIZE_LARGE = 'size {"cols":80,"rows":24}', 'size {"cols":100,"rows":30}'


def _after_handshake(session_type: str = "Standard_Stream") -> Playbook:
    """A client that has heard HandshakeComplete at 0 s and nothing since."""
    play = Playbook()
    play.connect()
    play.channel.send_size(SMALL, play.now)
    play.hear(play.peer.request(0, RequestedAction("SessionType", {"SessionType": session_type})))
    play.hear(play.peer.ack(0))
    play.script()
    play.hear(play.peer.complete(1))
    play.events()
    return play


def test_edge_68_first_size_goes_out_before_any_input() -> None:
    play = Playbook()
    play.connect()
    play.type(b"ls")
    play.channel.send_size(SMALL, play.now)
    play.hear(play.peer.data(0))
    assert play.sent() == ["ack 0", f"#0 {SIZE_SMALL}"]
    play.hear(play.peer.ack(0))
    assert play.sent() == ["#1 output ls"]


def test_first_input_waits_until_the_agent_has_settled() -> None:
    play = _after_handshake()
    play.type(b"ls")
    play.hear(play.peer.ack(1))
    play.until(0.2)
    assert play.script() == ["0.000 ack 1", f"0.000 #1 {SIZE_SMALL}", "0.100 #2 output ls"]


def test_first_input_goes_out_with_the_agents_first_frame() -> None:
    play = _after_handshake()
    play.type(b"ls")
    play.hear(play.peer.ack(1))
    play.until(0.05)
    play.script()
    play.hear(play.peer.data(2))
    assert play.script() == ["0.050 ack 2", f"0.050 #2 {SIZE_SMALL}", "0.050 #3 output ls"]


def test_edge_68_size_is_sent_again_once_with_the_first_output() -> None:
    play = _after_handshake()
    play.hear(play.peer.ack(1))
    play.until(1.0)
    play.script()
    play.hear(play.peer.data(2))
    assert play.sent() == ["ack 2", f"#2 {SIZE_SMALL}"]
    play.channel.send_size(SMALL, play.now)
    play.hear(play.peer.ack(2), play.peer.data(3))
    play.until(2.0)
    assert play.sent() == ["ack 3"]


def test_repeated_size_that_waits_for_room_is_not_forgotten_when_it_is_asked_for_again() -> None:
    play = _after_handshake()
    play.hear(play.peer.data(2))
    play.channel.send_size(SMALL, play.now)
    play.script()
    play.hear(play.peer.ack(1))
    assert play.sent() == [f"#2 {SIZE_SMALL}"]


def test_size_that_waits_when_the_first_output_comes_is_sent_once() -> None:
    play = _after_handshake()
    play.hear(play.peer.ack(1))
    play.channel.send_size(LARGE, play.now)
    play.script()
    play.hear(play.peer.data(2))
    play.hear(play.peer.ack(2))
    play.until(1.0)
    assert play.sent() == ["ack 2", f"#2 {SIZE_LARGE}"]


def test_later_sizes_are_at_least_a_tenth_of_a_second_apart_and_the_last_one_wins() -> None:
    play = shell()
    for cols in range(80, 100):
        play.channel.send_size(TerminalSize(cols, 24), play.now)
        play.until(play.now + 0.025)
        play.hear(*(play.peer.ack(number) for number in range(1, 9)))
    play.until(1.0)
    moments = [float(line.split()[0]) for line in play.script()]
    assert moments == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert b'"cols":99' in play.frames[-1]


def test_size_that_the_agent_has_is_not_sent_again_not_even_after_a_reconnect() -> None:
    play = shell()
    play.channel.send_size(SMALL, play.now)
    play.until(0.0)
    play.hear(play.peer.ack(1))
    play.channel.send_size(LARGE, play.now)
    play.channel.send_size(SMALL, play.now)
    play.cut()
    play.connect()
    play.channel.send_size(SMALL, play.now)
    play.until(1.0)
    assert play.sent() == [f"#1 {SIZE_SMALL}", "ack 0"]


def test_size_that_changed_without_a_socket_is_sent_after_the_reconnect() -> None:
    play = shell()
    play.channel.send_size(SMALL, play.now)
    play.until(0.0)
    play.hear(play.peer.ack(1))
    play.cut()
    play.channel.send_size(LARGE, play.now)
    play.until(1.0)
    play.script()
    play.connect()
    assert play.sent() == ["ack 0", f"#2 {SIZE_LARGE}"]


def test_port_has_no_size() -> None:
    play = _after_handshake("Port")
    play.channel.send_size(LARGE, play.now)
    play.hear(play.peer.data(2))
    play.until(1.0)
    assert play.sent() == ["ack 1", "ack 2"]
    assert play.channel.unacknowledged == (0, 0)


def test_size_does_not_wait_in_a_full_window_with_a_deadline() -> None:
    play = Playbook()
    play.connect()
    play.hear(play.peer.data(0))
    play.type(b"a")
    play.channel.send_size(SMALL, play.now)
    play.type(b"b")
    assert play.channel.next_deadline() == pytest.approx(0.2), "the resend's and no other"


def test_input_is_cut_to_1024_bytes() -> None:
    play = shell()
    play.type(bytes(2500))
    assert [len(frame) - 120 for frame in play.frames[-3:]] == [1024, 1024, 452]
    assert play.channel.unacknowledged == (3, 2500)


def test_edge_37_empty_input_is_nothing_and_uses_no_number() -> None:
    play = shell()
    play.type(b"")
    assert play.sent() == []
    play.type(b"b")
    assert play.sent() == ["#1 output b"]


def test_lone_line_feed_is_sent_as_carriage_return() -> None:
    play = shell()
    for data in (b"\n", b"a\n", b"\r"):
        play.type(data)
    assert [frame[120:] for frame in play.frames[-3:]] == [b"\r", b"a\n", b"\r"]


def test_line_feed_at_the_end_of_a_long_input_is_left_alone() -> None:
    play = shell()
    play.type(b"x" * 1024 + b"\n")
    assert play.frames[-1][120:] == b"\n"


def test_edge_90_line_feed_in_a_port_session_is_left_alone() -> None:
    play = _after_handshake("Port")
    play.type(b"\n")
    play.hear(play.peer.data(2))
    assert play.frames[-1][120:] == b"\n"


def _with_paste_waiting(session_type: str) -> Playbook:
    play = _after_handshake(session_type)
    play.hear(play.peer.ack(1))
    play.type(b"typed")
    play.type(b"p" * 3000)
    return play


def _order(play: Playbook) -> str:
    return "".join(chr(frame[120]) for frame in play.frames if frame[4:20] == b"input_stream_dat" and frame[115] == 1)


@pytest.mark.parametrize("key", [b"\x03", b"\x1a", b"\x1c"])
def test_edge_71_control_key_overtakes_the_unsent_paste_but_nothing_that_was_typed(key: bytes) -> None:
    play = _with_paste_waiting("Standard_Stream")
    play.type(key)
    assert play.channel.unacknowledged == (5, 3006)
    play.hear(play.peer.data(2))
    for number in range(1, 9):
        play.hear(play.peer.ack(number))
    assert _order(play) == "t" + key.decode() + "ppp"
    assert play.channel.unacknowledged == (0, 0)


def test_control_key_after_typing_behind_a_paste_keeps_its_place() -> None:
    play = _with_paste_waiting("Standard_Stream")
    play.type(b"more")
    play.type(b"\x03")
    play.hear(play.peer.data(2))
    for number in range(1, 9):
        play.hear(play.peer.ack(number))
    assert _order(play) == "tpppm\x03"


def test_control_byte_in_a_port_session_keeps_its_place() -> None:
    play = _with_paste_waiting("Port")
    play.type(b"\x03")
    play.hear(play.peer.data(2))
    for number in range(1, 9):
        play.hear(play.peer.ack(number))
    assert _order(play) == "tppp\x03"


def test_room_for_input_is_what_would_get_a_number_at_once() -> None:
    play = Playbook()
    assert play.channel.input_room == 0
    play = _after_handshake("Standard_Stream")
    # The first frame, the size, is acknowledged before a second one goes out (section 4.4).
    assert play.channel.input_room == 0
    play.hear(play.peer.ack(1))
    assert play.channel.input_room == 1000
    play.hear(play.peer.data(2))
    play.type(b"p" * 3000)
    left = play.channel.input_room
    assert left == 1000 - play.channel.unacknowledged[0]
    play.type(b"p" * 1024 * 2000)
    assert play.channel.input_room == 0
    play.channel.disconnected(play.now)
    for number in range(3000):
        play.channel.receive(play.peer.ack(number), play.now)
    assert play.channel.input_room == 0


def test_control_key_before_the_agent_is_ready_keeps_its_place() -> None:
    play = Playbook()
    play.connect()
    play.type(b"p" * 2000)
    play.type(b"\x03")
    play.hear(play.peer.data(0))
    play.hear(play.peer.ack(0))
    assert _order(play) == "pp\x03"


def test_edge_89_terminate_flag_is_sent_once() -> None:
    play = _after_handshake("Port")
    play.channel.send_flag(Flag.TERMINATE, play.now)
    play.channel.send_flag(Flag.TERMINATE, play.now)
    play.hear(play.peer.data(2))
    play.hear(play.peer.ack(1))
    play.channel.send_flag(Flag.TERMINATE, play.now)
    play.until(1.0)
    assert [line.split()[:2] for line in play.sent()] == [["ack", "1"], ["ack", "2"], ["#1", "flag"]]
    assert play.frames[-1][120:] == b"\0\0\0\2"


def test_flag_keeps_its_place_behind_the_input() -> None:
    play = shell()
    play.channel.send_input(b"last words", play.now)
    play.channel.send_flag(Flag.DISCONNECT_TO_PORT, play.now)
    play.channel.send_flag(Flag.DISCONNECT_TO_PORT, play.now)
    assert play.channel.unacknowledged == (3, 18)
    play.until(0.0)
    assert [line.split()[1] for line in play.sent()] == ["output", "flag", "flag"]
    assert play.frames[-1][120:] == b"\0\0\0\1"


def test_streams_flag_and_exit_code_are_reported() -> None:
    play = shell()
    play.hear(
        play.peer.stream(1, PayloadType.OUTPUT, b"out"),
        play.peer.stream(2, PayloadType.STDERR, b"err"),
        play.peer.stream(3, PayloadType.FLAG, b"\0\0\0\3"),
        play.peer.stream(4, PayloadType.EXIT_CODE, b"EXIT_CODE: -1"),
        play.peer.stream(5, PayloadType.STDERR, b"after the end"),
    )
    assert play.events() == [
        Output(b"out"),
        StdErr(b"err"),
        FlagReceived(Flag.CONNECT_TO_PORT_ERROR),
        ExitCode(-1),
        StdErr(b"after the end"),
    ]


@pytest.mark.parametrize(
    ("payload_type", "payload"),
    [
        (PayloadType.ERROR, b"x"),
        (PayloadType.PARAMETER, b"x"),
        (PayloadType.SIZE, b"x"),
        (13, b"x"),
        (PayloadType.FLAG, b"x"),
        (PayloadType.EXIT_CODE, b"EXIT_CODE: secret"),
    ],
)
def test_edge_39_payload_that_means_nothing_is_acknowledged_and_dropped(payload_type: int, payload: bytes) -> None:
    play = shell()
    play.hear(play.peer.stream(1, payload_type, payload))
    assert play.sent() == ["ack 1"]
    (dropped,) = play.events()
    assert isinstance(dropped, Dropped)
    assert "secret" not in dropped.reason
    play.hear(play.peer.data(2))
    assert play.events() == [Output(b"x")]
