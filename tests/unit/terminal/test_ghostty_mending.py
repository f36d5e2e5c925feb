"""What is put right of a stream before libghostty gets it. What it comes to is in tests/conformance."""

from __future__ import annotations

import pytest

from ssmtui.model import TerminalSize
from ssmtui.terminal.ghostty import GhosttyEngine
from ssmtui.terminal.ghostty_mending import SOFT_RESET, Mender

MENDED = [
    (b"a\x7fb", b"ab"),
    (b"\x1b[g\x1b[3g", b"\x1b[0g\x1b[3g"),
    (b"\x1b[?40h\x1b[?2027hx", b"x"),
    (b"\x1b[?2027;1h", b"\x1b[?1h"),
    (b"\x1b[?25;040;7h", b"\x1b[?25;7h"),
    (b"x\x1b[0080b\x1b[65535b\x1b[" + b"9" * 40 + b"b\x1b[0000b", b"x\x1b[80b\x1b[4096b\x1b[4096b\x1b[1b"),
    (b"\x1b[?1h\x1b[?2027l\x1b[40h", b"\x1b[?1h\x1b[?2027l\x1b[40h"),
]


@pytest.mark.parametrize(("given", "expected"), MENDED)
def test_what_is_wrong_is_put_right_however_it_is_cut(given: bytes, expected: bytes) -> None:
    assert b"".join(Mender().pieces(given)) == expected
    mender = Mender()
    assert b"".join(piece for byte in given for piece in mender.pieces(bytes([byte]))) == expected


def test_a_soft_reset_stands_alone() -> None:
    assert [piece for piece in Mender().pieces(b"a\x1b[!pb\x1b[!p") if piece] == [b"a", SOFT_RESET, b"b", SOFT_RESET]


def test_no_more_is_held_than_a_sequence_may_have() -> None:
    mender = Mender()
    assert b"".join(mender.pieces(b"\x1b[?" + b"1;" * 1000)) == b"\x1b[?" + b"1;" * 1000
    assert mender.held == b""


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
