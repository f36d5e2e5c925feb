"""What is put right of a stream before libghostty gets it. What it comes to is in tests/conformance."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines
from ssmtui.terminal.ghostty import GhosttyEngine
from ssmtui.terminal.ghostty_modes import mode_is_on
from ssmtui.terminal.ghostty_repair import RepairStep, StreamRepair
from ssmtui.terminal.screen import Cursor

REPAIRED = [
    (b"a\x7fb", b"ab"),
    (b"\x1b[g\x1b[3g", b"\x1b[0g\x1b[3g"),
    (b"\x1b[?40h\x1b[?2027hx", b"x"),
    (b"\x1b[?2027;1h", b"\x1b[?1h"),
    (b"\x1b[?25;040;7h", b"\x1b[?25;7h"),
    (b"x\x1b[0080b\x1b[65535b\x1b[" + b"9" * 40 + b"b\x1b[0000b", b"x\x1b[80b\x1b[4096b\x1b[4096b\x1b[1b"),
    (b"\x1b[?1h\x1b[?2027l\x1b[40h", b"\x1b[?1h\x1b[?2027l\x1b[40h"),
    (b"\x1b[?20\x0727h\x1b[?4\x000h\x1b\x07[?2027h", b"\x07\x00\x07"),
    (b"x\x1b[655\x0735b\x1b[\rg\x1b[?\n1h", b"x\x07\x1b[4096b\r\x1b[0g\n\x1b[?1h"),
    (b"\x1b[?20\x1827h\x1b[?20\x1b[?1h", b"\x1b[?20\x1827h\x1b[?20\x1b[?1h"),
]


def written(repair: StreamRepair, data: bytes) -> bytes:
    return b"".join(piece if isinstance(piece, bytes) else b"" for piece in repair.pieces(data))


@pytest.mark.parametrize(("given", "expected"), REPAIRED)
def test_what_is_wrong_is_put_right_however_it_is_cut(given: bytes, expected: bytes) -> None:
    assert written(StreamRepair(), given) == expected
    repair = StreamRepair()
    assert b"".join(written(repair, bytes([byte])) for byte in given) == expected


def test_a_soft_reset_stands_alone() -> None:
    pieces = [piece for piece in StreamRepair().pieces(b"a\x1b[!pb\x1b[!\rp") if piece]
    assert pieces == [b"a", RepairStep.SOFT_RESET, b"b\r", RepairStep.SOFT_RESET]


def test_no_more_is_held_than_a_sequence_may_have() -> None:
    repair = StreamRepair()
    assert written(repair, b"\x1b[?" + b"1;" * 1000) == b"\x1b[?" + b"1;" * 1000
    assert repair.held == b""
    assert written(repair, b"2027hx\x1b[?1h") == b"2027\x18x\x1b[?1h", "it does nothing at its end"


@pytest.fixture
def engine() -> GhosttyEngine:
    return GhosttyEngine(TerminalSize(40, 6), 100)


def test_modes_are_read_after_a_sequence_that_was_held(engine: GhosttyEngine) -> None:
    engine.feed(b"\x1b")
    engine.feed(b"[?1h")
    assert engine.modes().application_cursor


def test_a_snapshot_waits_for_what_is_held(engine: GhosttyEngine) -> None:
    engine.feed(b"\x1b[?")
    assert engine.snapshot(1 << 20) == b""
    engine.feed(b"1h")
    assert engine.snapshot(1 << 20)


def test_a_soft_reset_leaves_the_cursor_and_the_screen(engine: GhosttyEngine) -> None:
    engine.feed(b"kept\x1b[2;4r\x1b[?6h\x1b[1;31m\x1b[2;3H\x1b[?25l\x1b[?1h\x1b[!px")
    frame = engine.frame(0)
    assert engine.text().split("\n")[:3] == ["kept", "", "  x"]
    assert frame.cursor[:3] == (3, 2, True)
    assert frame.rows[2][-1].style == frame.rows[0][0].style
    assert not frame.modes.application_cursor
    engine.feed(b"\x1b[6;1H\nlast")
    assert engine.text().split("\n")[-1] == "last", "the margins are gone"


_BYPASSES = [
    *(
        b"\x1b[?20" + bytes([control]) + b"27h"
        for control in (*range(0x18), 0x19, *range(0x1C, 0x20), 0x7F, 0xA0, 0xFF)
    ),
    b"\x1b\x07[?2027h",
    b"\x1b[\x9b?2027h",
    b"\x1b[?1\xc2\x9b?20\x0727h",
    b"\x1b\x9b?2027h",
    b"\x1bP\x9b?2027h",
    b"\x1b_text\x9b?2027h",
    "\x1b[?20é27h".encode(),
    b"\x1b[?" + b"0" * 300 + b"2027h",
    b"\x1b[?" + b"1;" * 23 + b"2027h",
    "\x1b]0;🇮🇪\x1b[?2027h".encode(),
]


@pytest.mark.parametrize("data", _BYPASSES)
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "byte by byte"])
def test_a2_no_byte_inside_a_sequence_gets_a_refused_mode_past_the_repair(
    engine: GhosttyEngine, data: bytes, whole: bool
) -> None:
    for mode in (b"2027", b"40"):
        for piece in [data] if whole else [bytes([byte]) for byte in data]:
            engine.feed(piece.replace(b"2027", mode) if whole else piece)
        assert b"\x1b[?%s;2$y" % mode in engine.feed(b"\x1b\\\x1b[?%s$p" % mode).replies


def test_a2_chance_finds_no_way_to_a_refused_mode(engine: GhosttyEngine) -> None:
    chance = Random(13)
    alphabet = [b"\x1b", b"\x1b[", b"?", b"2027", b"20", b"27", b"40", b";", b":", b"h", b"h", b"l", b"0", b" "]
    alphabet += [
        b"\x1b[?20",
        b"\x9b",
        b"\xc2",
        b"\xf0\x9f",
        b"\x87\xae",
        b"\x07",
        b"\x00",
        b"\x18",
        b"\x7f",
        b"\x9c",
        b"P",
        b"]0;",
    ]
    for _ in range(20_000):
        engine.feed(b"".join(chance.choices(alphabet, k=chance.randrange(1, 12))))
        if chance.random() < 0.2:
            answers = bytes(engine.feed(b"\x18\x1b[?2027$p\x1b[?40$p").replies)
            assert answers == b"\x1b[?2027;2$y\x1b[?40;2$y", answers


def test_a2_a_control_inside_a_sequence_is_obeyed_before_it_and_text_stays(engine: GhosttyEngine) -> None:
    text = "ě?2027h ěg\r\nabc\x1b[\r?1h|\x1b[?1\x07".encode()
    for piece in (text[:1], text[1:2], text[2:11], text[11:]):
        engine.feed(piece)
    assert engine.text().split("\n")[:2] == ["ě?2027h ěg", "|bc"]
    assert engine.modes().application_cursor


FLAGS = [("🇮🇪", 2), ("🇮", 2), ("🇮🇪🇫", 4), ("🇮🇪🇫🇷", 4), ("a🇮🇪b", 4), ("🇮 🇪", 5)]


@pytest.mark.parametrize(("text", "cells"), FLAGS)
@pytest.mark.parametrize("name", engines.NAMES)
@pytest.mark.parametrize("cut", [1, 3, 4, 5, 100])
def test_case_21_a_flag_of_two_letters_takes_two_cells(text: str, cells: int, name: str, cut: int) -> None:
    engine = engines.create(name, TerminalSize(40, 6), 100)
    data, replies = text.encode() + b"\x1b[6n", b""
    for start in range(0, len(data), cut):
        replies += engine.feed(data[start : start + cut]).replies
    assert replies == b"\x1b[1;%dR" % (cells + 1)
    row = engine.frame(0).rows[0]
    assert "".join(run.text for run in row) == text
    assert sum(run.cells for run in row) == cells


_CLUSTERS = [
    "🇮🇪",
    "🇮",
    "🇪",
    "e\u0301",
    "👩\u200d🚀",
    "👍🏽",
    "❤\ufe0f",
    "1\ufe0f\u20e3",
    "中",
    "가",
    "각",
    "क्ष",
    "a",
    "~ ",
]
_MOVES = ["\r\n", "\b", "\t", "\x1b[C", "\x1b[D", "\x1b[31m", "\x1b[2;5H", "\x1b[K", "\x1b[20G", "\x1b]2;🇮🇪\x07"]


@pytest.mark.parametrize("name", engines.NAMES)
@given(data=st.data())
def test_case_21_characters_of_several_code_points_are_the_same_wherever_they_are_cut(
    name: str, data: st.DataObject
) -> None:
    parts = data.draw(st.lists(st.sampled_from([*_CLUSTERS, *_MOVES]), min_size=1, max_size=12))
    output = "".join(parts).encode() + b"\x1b[6n"
    places = sorted(data.draw(st.sets(st.integers(1, len(output) - 1), max_size=5)))
    cuts = list(zip([0, *places], [*places, len(output)], strict=True))
    assert shown(name, [output[start:end] for start, end in cuts]) == shown(name, [output])


def shown(name: str, pieces: list[bytes]) -> tuple[bytes, list[list[tuple[str, int]]], Cursor]:
    """What the engine answers and shows, and where its cursor is."""
    engine = engines.create(name, TerminalSize(20, 4), 100)
    replies = b"".join(engine.feed(piece).replies for piece in pieces)
    frame = engine.frame(0)
    rows = [[(run.text, run.cells) for run in frame.rows[line]] for line in sorted(frame.rows)]
    engine.close()
    return replies, rows, frame.cursor


def test_case_21_a_flag_in_the_last_column_and_in_a_title(engine: GhosttyEngine) -> None:
    effects = engine.feed("\x1b]2;🇮🇪 title\x07\x1b[1;39H🇮🇪🇫🇷!\x1b[?7l\x1b[3;40H🇮🇪\x1b[4;39H🇮🇪\x1b[6n".encode())
    assert effects.title == "🇮🇪 title"
    assert effects.replies == b"\x1b[4;40R"
    lines = engine.text().split("\n")
    assert (lines[0].strip(), lines[1].strip(), lines[3].strip()) == ("🇮🇪", "🇫🇷!", "🇮🇪")
    assert not mode_is_on(engine._terminal, 2027)
