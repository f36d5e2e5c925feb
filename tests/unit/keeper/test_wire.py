"""Messages between screens and keepers arrive as they were sent, wherever the socket cuts them; nonsense is refused
before it costs memory."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.keeper import wire
from ssmtui.keeper.wire import (
    MAX_LINE,
    KeeperDecoder,
    KeeperMessage,
    KeeperWireError,
    encode,
    screen_of,
    with_screen,
)
from ssmtui.model import TerminalSize
from ssmtui.sessions.engine_tail import PortableScreen
from ssmtui.terminal.screen import INITIAL_MODES, Modes, MouseTracking

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 60), 1 << 60) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
HEADERS = st.dictionaries(st.text(max_size=8).filter(lambda name: name != "size"), JSON, max_size=4)
MESSAGES = st.builds(KeeperMessage, HEADERS, st.binary(max_size=200))
SCREENS = st.builds(
    PortableScreen,
    snapshot=st.binary(max_size=60),
    parsed=st.binary(max_size=60),
    unparsed=st.binary(max_size=60),
    engine=st.sampled_from(["", "ghostty", "bittty"]),
    modes=st.sampled_from([INITIAL_MODES, Modes(bracketed_paste=True, mouse=MouseTracking.ANY, kitty_flags=5)]),
    title=st.text(st.characters(codec="utf-8", categories=("L", "N")), max_size=40),
    size=st.none() | st.builds(TerminalSize, st.integers(20, 1000), st.integers(5, 500)),
    taken_over=st.none() | st.floats(0, 1e10),
    output=st.integers(0, 1 << 50),
)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(ends)]


@given(messages=st.lists(MESSAGES, max_size=5), places=st.lists(st.integers(0, 5000), max_size=12))
def test_messages_arrive_as_they_were_sent_wherever_they_are_cut(
    messages: list[KeeperMessage], places: list[int]
) -> None:
    decoder = KeeperDecoder()
    pieces = cut(b"".join(map(encode, messages)), places)
    assert [message for piece in pieces for message in decoder.feed(piece)] == messages


@given(data=st.binary(max_size=300), places=st.lists(st.integers(0, 300), max_size=5))
def test_what_is_no_message_is_refused_or_waited_for(data: bytes, places: list[int]) -> None:
    decoder = KeeperDecoder()
    try:
        for piece in cut(data, places):
            for message in decoder.feed(piece):
                assert isinstance(message.header, dict)
    except KeeperWireError:
        return


@given(message=MESSAGES, place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_message_with_a_wrong_bit_is_read_refused_or_waited_for(message: KeeperMessage, place: int, bit: int) -> None:
    data = bytearray(encode(message))
    data[place % len(data)] ^= 1 << bit
    try:
        for found in KeeperDecoder().feed(bytes(data)):
            assert found.text("do") == "" or isinstance(found.header["do"], str)
    except KeeperWireError:
        return


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"1",
        b"{}",
        b"\xff",
        b'{"size":-1}',
        b'{"size":true}',
        b'{"size":1.0}',
        b'{"size":"1"}',
        b'{"size":50331649}',
        b'{"size":' + b"9" * 5000 + b"}",
        b'{"size":0,"a":' + b"[" * 20_000,
    ],
)
def test_a_line_that_breaks_the_rules_is_refused(line: bytes) -> None:
    with pytest.raises(KeeperWireError):
        KeeperDecoder().feed(line + b"\n")


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory() -> None:
    decoder = KeeperDecoder()
    assert decoder.feed(b"x" * (MAX_LINE - 1)) == []
    with pytest.raises(KeeperWireError):
        decoder.feed(b"x")
    with pytest.raises(KeeperWireError):
        KeeperDecoder().feed(b'{"size":0,"a":"' + b"x" * MAX_LINE + b'"}\n')


def test_what_is_too_long_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeeperWireError):
        encode(KeeperMessage({"title": "x" * MAX_LINE}))
    monkeypatch.setattr(wire, "MAX_BODY", 10)
    assert encode(KeeperMessage({}, b"x" * 10))
    with pytest.raises(KeeperWireError):
        encode(KeeperMessage({}, b"x" * 11))


@given(screen=SCREENS)
def test_a_screen_arrives_as_it_was_sent(screen: PortableScreen) -> None:
    (message,) = KeeperDecoder().feed(encode(with_screen(screen, do="hold", record="a")))
    assert (message.what, message.text("record")) == ("hold", "a")
    assert screen_of(message) == screen


@given(
    screen=SCREENS,
    name=st.sampled_from(["parts", "engine", "modes", "title", "cells", "taken_over", "output"]),
    value=JSON,
)
def test_a_screen_whose_facts_are_nonsense_is_read_without_them_or_refused(
    screen: PortableScreen, name: str, value: Any
) -> None:
    message = with_screen(screen)
    changed = KeeperMessage(json.loads(json.dumps({**message.header, name: value})), message.body)
    try:
        found = screen_of(changed)
    except KeeperWireError:
        assert name == "parts"
        return
    if name != "parts":
        assert (found.snapshot, found.parsed, found.unparsed) == (screen.snapshot, screen.parsed, screen.unparsed)
    assert found.output >= 0
    assert "\x1b" not in found.title


def test_parts_that_the_message_does_not_have_are_refused() -> None:
    for parts in ([1, 1, 1], [4, 0], [2, 2, -1], [3, True, 0], None, "abc", [1 << 70, 0, 0]):
        with pytest.raises(KeeperWireError):
            screen_of(KeeperMessage({"parts": parts}, b"abcd"))
