"""Port sessions that carry one connection at a time: basic, one after the other, and raw, one in all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.errors import LocalProtocolError
from ssmtui.protocol import Flag
from ssmtui.protocol.single_stream import UNSENT, SingleStream
from ssmtui.protocol.smux import StreamData, StreamWritable
from ssmtui.protocol.versions import PortMode


def basic() -> SingleStream:
    return SingleStream(PortMode.BASIC)


def raw() -> SingleStream:
    return SingleStream(PortMode.RAW)


def said(line: SingleStream) -> bytes:
    """All that is to be sent now."""
    out = b""
    while data := line.data_to_send(1024):
        assert len(data) <= 1024
        out += data
    return out


@pytest.mark.parametrize("make", [basic, raw])
def test_bytes_go_both_ways_in_order(make: type[SingleStream]) -> None:
    line = make()
    stream = line.open(0.0)
    line.send(stream, b"GET /")
    line.send(stream, b" HTTP/1.0\r\n\r\n")
    assert said(line) == b"GET / HTTP/1.0\r\n\r\n"
    line.receive(b"200 ", 0.0)
    line.receive(b"OK", 0.0)
    assert line.events() == [StreamData(stream)]
    assert line.pending(stream) == line.backlog == 6
    assert (line.take(stream, 4), line.take(stream, 99), line.take(stream, 99)) == (b"200 ", b"OK", b"")
    line.receive(b"\n", 0.0)
    assert line.events() == [StreamData(stream)]


@pytest.mark.parametrize("make", [basic, raw])
def test_a_service_that_speaks_first_is_heard_by_the_first_connection(make: type[SingleStream]) -> None:
    line = make()
    line.receive(b"SSH-2.0-x\r\n", 0.0)
    assert line.backlog == 11
    assert line.events() == []
    stream = line.open(0.0)
    assert line.events() == [StreamData(stream)]
    assert line.take(stream, 99) == b"SSH-2.0-x\r\n"


def test_a_multiplexer_is_something_else() -> None:
    with pytest.raises(LocalProtocolError):
        SingleStream(PortMode.MUX)


def test_one_connection_at_a_time() -> None:
    line = basic()
    line.open(0.0)
    assert not line.can_open
    with pytest.raises(LocalProtocolError):
        line.open(0.0)


def test_edge_94_a_raw_session_has_one_stream_and_never_says_disconnect() -> None:
    line = raw()
    stream = line.open(0.0)
    line.send(stream, b"bye")
    line.close(stream)
    assert said(line) == b"bye"
    assert line.flag_to_send() is None
    assert not line.can_open


def test_edge_88_the_end_of_a_connection_is_told_once_behind_its_last_bytes() -> None:
    line = basic()
    stream = line.open(0.0)
    line.send(stream, b"last")
    line.close(stream)
    line.close(stream)
    assert not line.can_open
    assert line.flag_to_send() is None
    assert said(line) == b"last"
    assert line.flag_to_send() is Flag.DISCONNECT_TO_PORT
    assert line.flag_to_send() is None
    assert line.can_open


def test_edge_88_late_bytes_of_a_closed_connection_reach_nobody() -> None:
    line = basic()
    first = line.open(0.0)
    line.receive(b"unread", 0.0)
    line.close(first)
    assert (line.pending(first), line.backlog) == (0, 0)
    line.receive(b"late", 0.0)
    assert line.flag_to_send() is Flag.DISCONNECT_TO_PORT
    second = line.open(0.0)
    line.receive(b"later", 0.0)
    assert (line.pending(second), line.backlog) == (0, 0)
    line.send(second, b"GET")
    assert not line.has_data_to_send, "the agent may not have closed the old connection yet"
    line.receive(b"last", 0.0)
    assert line.events() == [StreamData(first)]
    line.drained()
    assert said(line) == b"GET"
    line.receive(b"new", 0.0)
    assert line.events() == [StreamData(second)]
    assert line.take(second, 99) == b"new"


def test_edge_88_what_a_closed_connection_still_sends_wakes_no_new_one() -> None:
    line = basic()
    first = line.open(0.0)
    line.send(first, b"x")
    line.close(first)
    assert said(line) == b"x"
    line.receive(b"answer to x", 0.0)
    assert (line.backlog, line.events()) == (0, [])


def test_a_full_stream_takes_no_more_until_half_of_it_has_gone() -> None:
    line = basic()
    stream = line.open(0.0)
    line.send(stream, bytes(UNSENT))
    assert not line.writable(stream)
    with pytest.raises(LocalProtocolError):
        line.send(stream, b"x")
    for _ in range(UNSENT // 2 // 1024):
        assert line.events() == []
        line.data_to_send(1024)
    assert line.events() == [StreamWritable(stream)]
    assert line.writable(stream)


def test_more_than_a_stream_holds_is_refused_at_once() -> None:
    line = basic()
    with pytest.raises(LocalProtocolError):
        line.send(line.open(0.0), bytes(UNSENT + 1))


def test_a_stream_that_is_not_open_has_nothing_and_takes_nothing() -> None:
    line = basic()
    line.receive(b"early", 0.0)
    assert (line.take(1, 99), line.pending(1), line.writable(1)) == (b"", 0, False)
    assert line.can_open
    line.close(1)
    assert line.flag_to_send() is None
    stream = line.open(0.0)
    assert not line.can_open
    assert line.take(stream, 0) == b""


@given(st.lists(st.one_of(st.sampled_from(["open", "close", "flag", "drained"]), st.binary(max_size=50))))
def test_no_connection_hears_another_ones_answer(deeds: list[str | bytes]) -> None:
    """An agent that echoes what it gets, and that the flag reaches in its turn, as in order as a channel is."""
    line, wire, heard, sent = basic(), [], {}, {}
    stream: int | None = None
    for deed in [*deeds, "close", "flag", "drained", "open", b"end", "drained"]:
        if deed == "open" and line.can_open:
            stream = line.open(0.0)
        elif deed == "close" and stream is not None:
            line.close(stream)
            stream = None
        elif deed == "flag":
            wire += [line.data_to_send(1024)] if line.has_data_to_send else []
            wire += [flag] if (flag := line.flag_to_send()) is not None else []
        elif deed == "drained":
            wire += [line.data_to_send(1024)] if line.has_data_to_send else []
            for word in wire:
                if isinstance(word, bytes):
                    line.receive(word, 0.0)
            wire.clear()
            line.drained()
        elif isinstance(deed, bytes) and stream is not None:
            line.send(stream, deed)
            sent[stream] = sent.get(stream, b"") + deed
        if stream is not None:
            heard[stream] = heard.get(stream, b"") + line.take(stream, 999)
    for stream, echo in heard.items():
        assert sent.get(stream, b"").startswith(echo)
