"""What every engine must do (terminal.engine.Engine), by both."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines
from ssmtui.terminal.engine import HOLD_LIMIT, MAX_CLIPBOARD, MAX_FEED, Engine
from ssmtui.terminal.screen import (
    PLAIN,
    RGB_FLAG,
    Attr,
    Cursor,
    CursorShape,
    FrameRow,
    Modes,
    MouseFormat,
    MouseTracking,
    Run,
    Style,
    Underline,
)

from .conftest import SIZE, Make


def lines(engine: Engine) -> list[str]:
    return engine.text().split("\n")


def row(engine: Engine, line: int) -> FrameRow:
    return engine.frame(0).rows[line]


def test_text_is_where_it_was_printed(engine: Engine) -> None:
    engine.feed(b"first\r\n  second\x1b[5;3Hfifth")
    assert lines(engine) == ["first", "  second", "", "", "  fifth", ""]


def test_cursor_follows_the_text(engine: Engine) -> None:
    engine.feed(b"ab\r\nabc")
    assert engine.frame(0).cursor == Cursor(3, 1, visible=True, shape=CursorShape.BLOCK, blink=False)


@pytest.mark.parametrize(
    ("code", "shape", "blink"),
    [
        (1, CursorShape.BLOCK, True),
        (2, CursorShape.BLOCK, False),
        (4, CursorShape.UNDERLINE, False),
        (5, CursorShape.BAR, True),
    ],
)
def test_cursor_shapes(engine: Engine, code: int, shape: CursorShape, blink: bool) -> None:
    engine.feed(b"\x1b[%d q" % code)
    assert engine.frame(0).cursor[3:] == (shape, blink)


def test_cursor_can_be_hidden_and_is_still_somewhere(engine: Engine) -> None:
    engine.feed(b"\r\nab\x1b[?25l")
    assert engine.frame(0).cursor[:3] == (2, 1, False)


@pytest.mark.parametrize(
    ("sgr", "style"),
    [
        (b"1", Style(attrs=Attr.BOLD)),
        (b"2", Style(attrs=Attr.FAINT)),
        (b"3", Style(attrs=Attr.ITALIC)),
        (b"5", Style(attrs=Attr.BLINK)),
        (b"7", Style(attrs=Attr.REVERSE)),
        (b"8", Style(attrs=Attr.INVISIBLE)),
        (b"9", Style(attrs=Attr.STRIKE)),
        (b"53", Style(attrs=Attr.OVERLINE)),
        (b"4", Style(underline=Underline.SINGLE)),
        (b"21", Style(underline=Underline.DOUBLE)),
        (b"4:3", Style(underline=Underline.CURLY)),
        (b"4:4", Style(underline=Underline.DOTTED)),
        (b"4:5", Style(underline=Underline.DASHED)),
        (b"31", Style(fg=1)),
        (b"97", Style(fg=15)),
        (b"38;5;200", Style(fg=200)),
        (b"44", Style(bg=4)),
        (b"48;2;1;2;3", Style(bg=RGB_FLAG | 0x010203)),
        (b"4;58:5:9", Style(underline=Underline.SINGLE, underline_color=9)),
        (b"1;31;42", Style(fg=1, bg=2, attrs=Attr.BOLD)),
    ],
)
def test_renditions(engine: Engine, sgr: bytes, style: Style) -> None:
    engine.feed(b"a\x1b[%smbc\x1b[md" % sgr)
    assert row(engine, 0) == (Run("a", 1), Run("bc", 2, style), Run("d", 1))


def test_cells_of_a_link_are_told(engine: Engine) -> None:
    engine.feed(b"a\x1b]8;id=1;https://example.com\x1b\\b\x1b[1mc\x1b]8;;\x1b\\d")
    bold = Style(attrs=Attr.BOLD)
    link, both = Style(attrs=Attr.LINK), Style(attrs=Attr.BOLD | Attr.LINK)
    assert row(engine, 0) == (Run("a", 1), Run("b", 1, link), Run("c", 1, both), Run("d", 1, bold))


def test_erased_cells_keep_the_background(engine: Engine) -> None:
    engine.feed(b"\x1b[41m\x1b[Kab\x1b[m")
    runs = row(engine, 0)
    assert "".join(run.text for run in runs) == "ab" + " " * 38
    assert {run.style for run in runs} == {Style(bg=1)}


def test_alternate_screen_comes_and_goes(engine: Engine) -> None:
    engine.feed(b"shell$ \x1b[?1049h\x1b[Hfull screen")
    assert lines(engine)[0] == "full screen"
    assert engine.modes().alternate_screen
    engine.feed(b"\x1b[?1049l")
    assert lines(engine)[0] == "shell$"
    assert not engine.modes().alternate_screen


def test_scroll_region_scrolls_alone(engine: Engine) -> None:
    engine.feed(b"top\x1b[6;1Hbottom\x1b[2;4r\x1b[4;1H1\r\n2\r\n3\r\n4")
    assert lines(engine) == ["top", "2", "3", "4", "", "bottom"]


def test_wide_characters_take_two_cells(engine: Engine) -> None:
    engine.feed("a中文b".encode())
    runs = row(engine, 0)
    assert "".join(run.text for run in runs) == "a中文b"
    assert sum(run.cells for run in runs) == 6
    assert engine.frame(0).cursor.x == 6


def test_wide_character_that_does_not_fit_wraps(engine: Engine) -> None:
    engine.feed(b"x" * 39 + "中".encode())
    assert lines(engine)[:2] == ["x" * 39, "中"]


def test_clusters_stand_alone_with_the_engines_width(engine: Engine) -> None:
    engine.feed("xe\u0301y".encode())
    assert row(engine, 0) == (Run("x", 1), Run("e\u0301", 1), Run("y", 1))


def test_flags_are_given_the_cells_the_cursor_moved(engine: Engine) -> None:
    engine.feed("🇩🇪".encode())
    assert sum(run.cells for run in row(engine, 0)) == engine.frame(0).cursor.x


def test_edge_70_characters_split_between_feeds(engine: Engine) -> None:
    for byte in "é中🙂".encode():
        engine.feed(bytes([byte]))
    assert lines(engine)[0] == "é中🙂"


def test_edge_70_bad_utf8_shows_a_replacement(engine: Engine) -> None:
    engine.feed(b"a\xff\xfeb")
    assert lines(engine)[0] == "a\ufffd\ufffdb"


def test_rows_hold_no_controls_or_direction_overrides(engine: Engine) -> None:
    engine.feed("a\x7f\x01b\u202ec\u2066d\u200f".encode())
    text = "".join(run.text for run in row(engine, 0))
    assert not {*"\x7f\x01\u202e\u2066"} & {*text}


def test_blank_rows_are_empty(engine: Engine) -> None:
    engine.feed(b"a\x1b[H\x1b[2J")
    assert engine.frame(0).rows == dict.fromkeys(range(6), ())


def test_resize_reflows_the_primary_screen(engine: Engine) -> None:
    engine.feed(b"x" * 50)
    engine.resize(TerminalSize(60, 6))
    assert lines(engine)[0] == "x" * 50
    engine.resize(TerminalSize(25, 6))
    assert lines(engine)[:2] == ["x" * 25] * 2
    assert engine.frame(0).size == TerminalSize(25, 6)


def test_a_program_cannot_change_the_size(engine: Engine) -> None:
    engine.feed(b"\x1b[?40h\x1b[?3h\x1b[8;30;100t\x1b[10;1H\x1b[999;999H\x1b[6n")
    frame = engine.frame(0)
    assert (frame.size, len(frame.rows)) == (SIZE, 6)
    assert engine.feed(b"\x1b[999;999H\x1b[6n").replies == b"\x1b[6;40R"


def test_rows_never_outgrow_the_size(engine: Engine) -> None:
    """A resize cuts the alternate screen, at times in the middle of a wide character."""
    engine.feed(b"\x1b[?1049h" + "中".encode() * 100)
    for cols in range(39, 20, -1):
        engine.resize(TerminalSize(cols, 6))
        widths = [sum(run.cells for run in runs) for runs in engine.frame(0).rows.values()]
        assert max(widths) <= cols


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [
        (b"\x1b[?1h", {"application_cursor": True}),
        (b"\x1b=", {"application_keypad": True}),
        (b"\x1b[?66h", {"application_keypad": True}),
        (b"\x1b[?2004h", {"bracketed_paste": True}),
        (b"\x1b[?1004h", {"focus_events": True}),
        (b"\x1b[?9h", {"mouse": MouseTracking.X10}),
        (b"\x1b[?1000h", {"mouse": MouseTracking.NORMAL}),
        (b"\x1b[?1002h\x1b[?1006h", {"mouse": MouseTracking.BUTTON, "mouse_format": MouseFormat.SGR}),
        (b"\x1b[?1003h\x1b[?1015h", {"mouse": MouseTracking.ANY, "mouse_format": MouseFormat.URXVT}),
        (b"\x1b[?1005h", {"mouse_format": MouseFormat.UTF8}),
        (b"\x1b[?1016h", {"mouse_format": MouseFormat.SGR_PIXELS}),
        (b"\x1b[?1007h", {"alternate_scroll": True}),
        (b"\x1b[?1007l", {"alternate_scroll": False}),
        (b"\x1b[>5u", {"kitty_flags": 5}),
        (b"\x1b[>5u\x1b[<u", {"kitty_flags": 0}),
        (b"\x1b[>4;2m", {"modify_other_keys": 2}),
        (b"\x1b[>4;2m\x1b[>4m", {"modify_other_keys": 0}),
    ],
)
def test_modes(engine: Engine, sequence: bytes, expected: dict[str, object]) -> None:
    usual = Modes(alternate_scroll=True)
    assert engine.modes() == usual
    engine.feed(sequence)
    assert engine.modes() == usual._replace(**expected)
    assert engine.frame(0).modes == engine.modes()


def test_modes_of_a_sequence_split_between_feeds(engine: Engine) -> None:
    engine.feed(b"\x1b[?200")
    engine.feed(b"4h")
    assert engine.modes().bracketed_paste


def test_title_and_bell(engine: Engine) -> None:
    effects = engine.feed(b"\x1b]2;one\x07\x1b]0;t\xc3\xa4tle\x1b\\\x07\x07")
    assert (effects.title, effects.bells) == ("tätle", 2)
    effects = engine.feed(b"x")
    assert (effects.title, effects.bells, effects.replies) == (None, 0, b"")


def test_title_is_made_inert_and_short(engine: Engine) -> None:
    title = engine.feed("\x1b]0;a\u202eb".encode() + b"c" * 1000 + b"\x07").title
    assert title is not None
    assert len(title) == 256
    assert title.startswith("a\ufffdb")


# Frames


def test_a_frame_holds_what_changed(engine: Engine) -> None:
    engine.feed(b"one\r\ntwo\r\nthree")
    first = engine.frame(0)
    assert set(first.rows) == set(range(6))
    engine.feed(b"\x1b[2;1HTWO")
    second = engine.frame(first.seq)
    assert {line: text for line, (text, *_) in ((n, r[0]) for n, r in second.rows.items())} == {1: "TWO"}
    assert second.seq > first.seq
    assert engine.frame(second.seq).rows == {}


def test_an_update_is_seen_as_a_whole(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.feed(b"old")
    seq = engine.frame(0).seq
    engine.feed(b"\x1b[?2026h\r\x1b[Kne")
    held = engine.frame(seq)
    assert (held.held, held.rows, held.cursor.x) == (True, {}, 3)
    engine.feed(b"w\x1b[?2026l")
    shown = engine.frame(held.seq)
    assert (shown.held, shown.rows[0]) == (False, (Run("new", 3),))


def test_an_update_without_end_is_seen_after_a_while(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.feed(b"old")
    seq = engine.frame(0).seq
    engine.feed(b"\x1b[?2026h\r\x1b[Knew")
    began = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: began + HOLD_LIMIT)
    frame = engine.frame(seq)
    assert (frame.held, frame.rows[0]) == (False, (Run("new", 3),))


def test_a_resize_in_an_update_is_seen(engine: Engine) -> None:
    engine.feed(b"old")
    seq = engine.frame(0).seq
    engine.feed(b"\x1b[?2026h\r\x1b[Knew")
    engine.resize(TerminalSize(50, 8))
    frame = engine.frame(seq)
    assert (frame.held, len(frame.rows), frame.rows[0]) == (False, 8, (Run("new", 3),))


def test_an_older_frame_gets_all_changes_since(engine: Engine) -> None:
    old = engine.frame(0)
    for line in (b"1", b"2", b"3"):
        engine.feed(b"\x1b[%s;1Hx" % line)
        engine.frame(old.seq)
    assert set(engine.frame(old.seq).rows) == {0, 1, 2}


def test_an_unknown_frame_gets_everything(engine: Engine) -> None:
    engine.frame(0)
    assert len(engine.frame(10_000).rows) == 6


def test_a_resize_changes_everything(engine: Engine) -> None:
    seq = engine.frame(0).seq
    engine.resize(TerminalSize(30, 8))
    assert set(engine.frame(seq).rows) == set(range(8))


# Scrollback


def test_view_moves_over_the_scrollback(engine: Engine) -> None:
    engine.feed(b"\r\n".join(b"%d" % number for number in range(50)))
    assert (engine.frame(0).scrolled_back, engine.frame(0).history) == (0, 44)
    engine.scroll(-10)
    frame = engine.frame(0)
    assert (frame.scrolled_back, lines(engine)[0], frame.cursor.visible) == (10, "34", False)
    engine.scroll(4)
    assert lines(engine)[0] == "38"
    engine.scroll(-1000)
    assert lines(engine)[0] == "0"
    engine.scroll(0)
    assert (lines(engine)[0], engine.frame(0).scrolled_back) == ("44", 0)


def test_a_view_that_is_scrolled_back_holds_still(engine: Engine) -> None:
    engine.feed(b"\r\n".join(b"%d" % number for number in range(50)))
    engine.scroll(-10)
    engine.feed(b"\r\nmore\r\nmore")
    assert (lines(engine)[0], engine.frame(0).scrolled_back) == ("34", 12)


def test_scrollback_is_bounded(make: Make) -> None:
    engine = make(scrollback_lines=200)
    for start in range(0, 20_000, 500):
        engine.feed(b"".join(b"%070d\r\n" % number for number in range(start, start + 200)))
    assert 50 < engine.frame(0).history < 2_000


# Snapshots


SCENES = {
    "shell": b"\r\n".join(b"line \x1b[3%dm%d\x1b[m" % (n % 8, n) for n in range(40)) + b"\r\n$ \x1b[1mls",
    "full screen": (
        b"shell$ vim\r\n\x1b[?1049h\x1b[?1h\x1b[?1002h\x1b[?1006h\x1b[2;5r\x1b[44m\x1b[2J\x1b[3;4Hedit\x1b[?25l"
    ),
    "modes": b"\x1b[?2004h\x1b[?1004h\x1b=\x1b[>5u\x1b[>4;2m$ ",
    "wide": "中文 e\u0301 \x1b[7m日本\x1b[m".encode(),
}


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES.keys())
def test_a_snapshot_draws_it_all_again(make: Make, scene: bytes) -> None:
    engine, other = make(), make()
    engine.feed(scene)
    other.restore(engine.snapshot(1 << 20))
    for after in (b"", b"x", b"\x1b[?1049l", b"\x1b[H\x1b[Jy"):
        engine.feed(after)
        other.feed(after)
        ours, theirs = engine.frame(0), other.frame(0)
        assert (ours.rows, ours.cursor, ours.modes) == (theirs.rows, theirs.cursor, theirs.modes)
        assert ours.history == theirs.history


def test_a_snapshot_keeps_the_last_of_the_scrollback(make: Make) -> None:
    engine, other = make(scrollback_lines=4000), make(scrollback_lines=4000)
    for start in range(0, 4000, 100):
        engine.feed(b"".join(b"line %d\r\n" % number for number in range(start, start + 100)))
    snapshot = engine.snapshot(15_000)
    assert 0 < len(snapshot) <= 15_000
    other.restore(snapshot)
    assert other.text() == engine.text()
    assert 20 < other.frame(0).history < engine.frame(0).history


def test_a_restored_terminal_takes_the_present_size(make: Make) -> None:
    engine, other = make(), make(TerminalSize(60, 10))
    engine.feed(b"x" * 50)
    other.restore(engine.snapshot(1 << 20))
    assert other.frame(0).size == TerminalSize(60, 10)
    assert len(other.frame(0).rows) == 10


def test_nonsense_is_no_snapshot(engine: Engine) -> None:
    with pytest.raises(ValueError, match="snapshot"):
        engine.restore(b"nonsense")


# Properties

PIECES = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=10).map(str.encode),
    st.binary(max_size=10),
    st.sampled_from(
        [
            b"\r\n",
            b"\t",
            b"\x08",
            "中".encode(),
            b"\x1b[31m",
            b"\x1b[m",
            b"\x1b7",
            b"\x1b8",
            b"\x1b[?1049h",
            b"\x1b[?1049l",
        ]
    ),
    st.builds(
        lambda numbers, final: b"\x1b[" + b";".join(b"%d" % n for n in numbers) + final,
        st.lists(st.integers(0, 50), max_size=3),
        st.sampled_from(
            [b"A", b"B", b"C", b"D", b"H", b"J", b"K", b"L", b"M", b"P", b"X", b"@", b"S", b"T", b"m", b"r"]
        ),
    ),
)


def _cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {len(data)})
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@given(pieces=st.lists(PIECES, max_size=30), places=st.lists(st.integers(0, 1000), max_size=8))
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("name", engines.NAMES)
def test_chunks_do_not_matter(name: str, pieces: list[bytes], places: list[int]) -> None:
    data = b"".join(pieces)
    whole, cut = engines.create(name, SIZE, 50), engines.create(name, SIZE, 50)
    whole.feed(data)
    for chunk in _cut(data, places):
        cut.feed(chunk)
    assert whole.frame(0).rows == cut.frame(0).rows
    assert whole.modes() == cut.modes()


@given(st.lists(st.binary(max_size=200), max_size=10))
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("name", engines.NAMES)
def test_random_bytes_never_raise(name: str, chunks: list[bytes]) -> None:
    engine = engines.create(name, SIZE, 50)
    for chunk in chunks:
        engine.feed(chunk)
        for runs in engine.frame(0).rows.values():
            assert sum(run.cells for run in runs) <= SIZE.cols
            assert all(ord(character) >= 0x20 for run in runs for character in run.text)


@given(pieces=st.lists(PIECES, max_size=20))
@settings(max_examples=40, deadline=None)
@pytest.mark.parametrize("name", engines.NAMES)
def test_changed_rows_add_up_to_the_screen(name: str, pieces: list[bytes]) -> None:
    engine = engines.create(name, SIZE, 50)
    seq, screen = 0, dict.fromkeys(range(SIZE.rows), ())
    for piece in pieces:
        engine.feed(piece)
        frame = engine.frame(seq)
        seq = frame.seq
        screen |= frame.rows
    assert screen == engine.frame(0).rows


def test_plain_text_is_one_run(engine: Engine) -> None:
    engine.feed(b"one two")
    assert row(engine, 0) == (Run("one two", 7, PLAIN),)


def test_after_a_rest_the_view_is_told_as_if_nothing_had_been(engine: Engine) -> None:
    engine.feed(b"one\r\ntwo\x1b[31m")
    before = engine.frame(0)
    engine.rest()
    engine.rest()
    engine.feed(b"red\r\n")
    after = engine.frame(before.seq)
    assert after.seq > before.seq
    seen = {**before.rows, **after.rows}
    assert "".join(run.text for run in seen[1]).rstrip() == "twored"
    assert seen == engine.frame(0).rows
    assert lines(engine)[:2] == ["one", "twored"]


@pytest.mark.parametrize(
    "printed",
    [
        b"1\r\n" * 9 + b"\x1b[1;31mred\x1b[m \x1b[4:3;58;2;1;2;3mcurly\x1b[m \x1b[48;5;200mpink",
        b"\x1b[2;5r\x1b[3;9H\x1b[44m\x1b[?2004h\x1b[?1h\x1b[?66h\x1b[4 q",
        b"\x1b[?1002h\x1b[?1006h\x1b[?1004h\x1b[>1u\x1b[?25l\x1b[5 q",
        "中文 e\u0301".encode(),
        b"shell$ \x1b[?1049h\x1b[Hfull screen\x1b[4;7H\x1b[1m",
    ],
    ids=["styles", "margins", "input", "wide", "alternate"],
)
def test_a_replica_is_the_same_screen(make: Make, printed: bytes) -> None:
    engine, other = make(), make()
    engine.feed(printed)
    other.feed(engine.replica())
    for _ in range(2):
        ours, theirs = engine.frame(0), other.frame(0)
        assert (theirs.rows, theirs.cursor, theirs.modes) == (ours.rows, ours.cursor, ours.modes)
        for one in (engine, other):  # what follows goes on where it should, and so does the screen below
            one.feed(b"next\x1b[5;1Hlast\n\n\x1b[?1049l")


def test_a_replica_has_no_scrollback(engine: Engine, make: Make) -> None:
    engine.feed(b"".join(b"%d\r\n" % n for n in range(50)))
    other = make()
    other.feed(engine.replica())
    assert other.frame(0).history == 0
    assert other.text() == engine.text()


def written(text: bytes, selection: bytes = b"c") -> bytes:
    return b"\x1b]52;%s;%s\x1b\\" % (selection, base64.b64encode(text))


@pytest.mark.parametrize("selection", [b"c", b"p", b""])
def test_a_write_to_the_clipboard_is_told(engine: Engine, selection: bytes) -> None:
    assert engine.feed(written("text \u4e2d\n".encode(), selection)).clipboard == "text \u4e2d\n".encode()
    assert engine.feed(b"other").clipboard is None


@pytest.mark.parametrize("payload", [b"", b"?", b"=", b"!!!!"])
def test_what_is_no_base64_is_no_write_to_the_clipboard(engine: Engine, payload: bytes) -> None:
    effects = engine.feed(b"\x1b]52;c;%s\x07" % payload)
    assert effects.clipboard is None
    assert bytes(effects.replies) == b""


def test_the_clipboard_is_never_told(engine: Engine) -> None:
    engine.feed(written(b"secret"))
    for query in (b"\x1b]52;c;?\x07", b"\x1b]52;p;?\x1b\\", b"\x1b]5522;type=read;Lg==\x1b\\"):
        assert bytes(engine.feed(query).replies) == b""


def test_too_much_for_the_clipboard_is_not_taken(engine: Engine) -> None:
    data = written(b"x" * (MAX_CLIPBOARD + 1))
    effects = [engine.feed(data[start : start + MAX_FEED]) for start in range(0, len(data), MAX_FEED)]
    assert all(effect.clipboard is None for effect in effects)


def test_what_is_written_to_the_clipboard_is_in_no_repr(engine: Engine) -> None:
    assert "secret" not in repr(engine.feed(written(b"secret")))


def tail_of(engine: Engine, count: int) -> list[str]:
    return ["".join(run.text for run in row) for row in engine.tail(count)]


def test_the_tail_is_the_last_lines_that_hold_something(engine: Engine) -> None:
    assert tail_of(engine, 3) == []
    engine.feed(b"one\r\n\r\n\x1b[31mthree\x1b[m\r\nfour\r\n  \r\n")
    assert tail_of(engine, 3) == ["", "three", "four"]
    assert tail_of(engine, 9) == ["one", "", "three", "four"]
    [row] = engine.tail(1)
    assert row == (Run("four", 4),)
    [row, _] = engine.tail(2)
    assert row == (Run("three", 5, Style(fg=1)),)
    engine.feed(b"\x1b[44m\x1b[K")
    assert [run.style.bg for run in engine.tail(1)[0]][:1] == [4], "a coloured line is seen"


def test_the_tail_is_that_of_the_screen_wherever_the_view_is(engine: Engine) -> None:
    engine.feed(b"\r\n".join(b"%d" % number for number in range(30)))
    engine.scroll(-10)
    before = engine.frame(0)
    assert tail_of(engine, 2) == ["28", "29"]
    assert engine.frame(0).rows == before.rows
    assert engine.frame(0).scrolled_back == before.scrolled_back == 10
    engine.rest()
    assert tail_of(engine, 2) == ["28", "29"]
    assert engine.frame(0).scrolled_back == 10
    engine.feed(b"\x1b[?1049h\x1b[Hfull screen")
    assert tail_of(engine, 2) == ["full screen"]


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("feed"), st.sampled_from([b"a", b"\r\n", b"\x1b[H", b"\x1b[2K", b"line\r\n" * 9, b"\x1b[3;3Hx"])
        ),
        st.tuples(st.just("scroll"), st.sampled_from([-2, 1, 0])),
        st.tuples(st.just("feed"), st.sampled_from([b"\x1b[?2026h", b"\x1b[?2026l", b"\x1b[?1049h", b"\x1b[?1049l"])),
        st.tuples(st.sampled_from(["frame", "rest", "tail"]), st.just(0)),
    ),
    max_size=30,
)


@given(steps=STEPS)
@settings(max_examples=150)
@pytest.mark.parametrize("name", engines.NAMES)
def test_a_tail_hides_no_change_from_the_view(name: str, steps: list[tuple[str, bytes | int]]) -> None:
    """Whoever pulls changes after any tails has the rows that one has who asks for all of them."""
    engine = engines.create(name, SIZE, 100)
    rows: dict[int, FrameRow] = {}
    seq = 0
    for what, value in steps:
        match what, value:
            case "feed", bytes(data):
                engine.feed(data)
            case "scroll", int(lines):
                engine.scroll(lines)
            case "rest", _:
                engine.rest()
            case "tail", _:
                engine.tail(3)
            case _:
                frame = engine.frame(seq)
                seq = frame.seq
                rows |= frame.rows
    engine.tail(3)
    engine.feed(b"\x1b[?2026l")
    frame = engine.frame(seq)
    assert rows | frame.rows == engine.frame(0).rows
    engine.close()
