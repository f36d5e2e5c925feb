"""What is bittty's own: its faults and its pace are kept from the person."""

from __future__ import annotations

import pytest

from ssmtui.model import TerminalSize
from ssmtui.terminal import bittty_engine, memory
from ssmtui.terminal.bittty_engine import BitttyEngine
from ssmtui.terminal.screen import BACKGROUND, CURSOR, FOREGROUND, Colors

SIZE = TerminalSize(40, 6)


@pytest.fixture
def engine() -> BitttyEngine:
    return BitttyEngine(SIZE, 100)


def test_a_fault_in_the_library_costs_its_slice_only(engine: BitttyEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(data: bytes) -> None:
        raise IndexError

    with monkeypatch.context() as patch:
        patch.setattr(engine._board, "feed_host_data", fail)
        engine.feed(b"lost")
    engine.feed(b"kept")
    assert engine.text().startswith("kept")


def test_a_feed_ends_with_its_budget(engine: BitttyEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bittty_engine, "_BUDGET", -1.0)
    engine.feed(b"a" * bittty_engine._SLICE + b"\r\nnever")
    assert "never" not in engine.text()


def test_a_string_without_end_is_cut(engine: BitttyEngine) -> None:
    engine.feed(b"\x1b]0;")
    for _ in range(8):
        engine.feed(b"x" * 16_000)
    assert len(engine._board.parser.buffer) <= bittty_engine._MAX_STRING
    engine.feed(b"\r\nseen")
    assert "seen" in engine.text()


@pytest.mark.parametrize("query", [b"\x1b[21t", b"\x1b[20t"])
def test_title_reports_are_filtered_whatever_they_hold(engine: BitttyEngine, query: bytes) -> None:
    engine.feed(b"\x1b]0;evil\x07")
    assert engine.feed(query + b"\x1b[5n").replies == b"\x1b[0n"


def test_a_snapshot_waits_for_the_end_of_a_sequence(engine: BitttyEngine) -> None:
    engine.feed(b"\x1b[3")
    assert engine.snapshot(1 << 20) == b""
    engine.feed(b"1m")
    assert engine.snapshot(1 << 20)


@pytest.mark.parametrize("sequence", [b"\x1b[-5C", b"\x1b[-5B", b"\x1b[-5`", b"\x1b[-5d"])
def test_a_negative_number_does_not_put_the_cursor_off_the_screen(engine: BitttyEngine, sequence: bytes) -> None:
    engine.feed(sequence)
    x, y, *_ = engine.frame(0).cursor
    assert (x, y) >= (0, 0)
    assert x < SIZE.cols
    assert y < SIZE.rows


def test_restoring_answers_nothing(engine: BitttyEngine) -> None:
    engine.feed(b"text")
    engine.restore(engine.snapshot(1 << 20))
    effects = engine.feed(b"")
    assert (effects.replies, effects.title, effects.bells) == (b"", None, 0)


@pytest.mark.parametrize("line", [b"\r\n", b"x" * 30 + b"\r\n", b"x" * 200 + b"\r\n"])
def test_scrollback_is_bounded_by_lines_and_by_cells(engine: BitttyEngine, line: bytes) -> None:
    for _ in range(20):
        engine.feed(line * 50)
    engine.limit(8000 * memory.BYTES_A_CELL)
    engine.feed(line * 50)
    scrollback = engine._screen.scrollback
    assert scrollback.end - scrollback.first <= 100
    assert scrollback.cells <= 8000
    engine.resize(TerminalSize(30, 6))
    assert engine.frame(0).history > 20
    engine.scroll(-5)
    assert engine.frame(0).scrolled_back == 5


def test_a_snapshot_is_no_longer_than_can_be_parsed_at_once() -> None:
    engine = BitttyEngine(TerminalSize(200, 50), 10_000)
    for _ in range(20):
        engine.feed((b"x" * 150 + b"\r\n") * 100)
    assert 100_000 < len(engine.snapshot(4 << 20)) <= bittty_engine._MAX_SNAPSHOT


def test_a3_nothing_is_dropped_while_the_machine_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(10**6))
    monkeypatch.setattr(bittty_engine.time, "monotonic", lambda: float(next(now)))
    engine = BitttyEngine(TerminalSize(40, 6), 1000)
    effects = engine.feed(b"".join(b"line %05d\r\n" % n for n in range(1000)))
    assert engine.text().split("\n")[-2] == "line 00999"
    assert effects.dropped == 0


def test_a3_what_is_dropped_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0] * 5 + [1.0] * 100)
    monkeypatch.setattr(bittty_engine.time, "thread_time", lambda: next(times))
    effects = BitttyEngine(TerminalSize(40, 6), 1000).feed(b"x" * 4096)
    assert effects.dropped == 4096 - 4 * 256


@pytest.mark.parametrize("field", ["_defaults", "_default_colors"])
def test_a_release_without_the_private_palette_draws_in_its_own_colours(engine: BitttyEngine, field: str) -> None:
    delattr(engine._board.palette, field)
    colors = Colors(0xEEEEEE, 0x101010, 0xFF8000, tuple(range(256)))
    engine.recolor(colors)
    engine.feed(b"text")
    frame = engine.frame(0)
    assert frame.rows[0][0].text == "text"
    assert dict(frame.recolored).keys() >= {FOREGROUND, BACKGROUND, CURSOR}
