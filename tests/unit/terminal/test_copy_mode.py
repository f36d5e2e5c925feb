"""The copy cursor: where vi's keys take it, and the view with it."""

from __future__ import annotations

import pytest

from ssmtui.terminal.engine import Engine
from ssmtui.terminal.marking import Marking
from ssmtui.terminal.marks import EnterCopyMode, LeaveCopyMode, Motion, MoveCursor, Press, Shape, SwapEnds, Toggle

from .test_marking import copied, printed

TEXT = ["one, two  foo.bar", "", "  x中y (z)", "end"]


def copying(engine: Engine, *lines: str) -> Marking:
    marking = Marking(printed(engine, *lines).grid())
    marking.apply(EnterCopyMode())
    return marking


def cursor(marking: Marking) -> tuple[int, int]:
    place = marking.overlay().cursor
    assert place is not None
    return place


def at(marking: Marking, x: int, y: int) -> Marking:
    marking.apply(Press(x, y, Shape.CHARACTER))
    return marking


def test_it_appears_at_the_terminals_cursor(engine: Engine) -> None:
    assert cursor(copying(engine, "one", "two")) == (3, 1)


def test_it_appears_in_the_last_line_of_a_view_that_is_scrolled_back(engine: Engine) -> None:
    printed(engine, *"abcdefghij")
    engine.scroll(-3)
    marking = copying(engine)
    assert cursor(marking) == (0, 5)
    assert engine.frame(0).scrolled_back == 3


def test_leaving_takes_all_away_and_returns_to_the_bottom(engine: Engine) -> None:
    marking = copying(engine, *"abcdefghij")
    marking.apply(MoveCursor(Motion.TOP))
    marking.apply(Toggle(Shape.LINE))
    marking.apply(LeaveCopyMode())
    assert marking.idle
    assert engine.frame(0).scrolled_back == 0
    engine.feed(b"\r\nk")
    marking.settle()
    assert engine.frame(0).scrolled_back == 0


@pytest.mark.parametrize(
    ("start", "motion", "end"),
    [
        ((4, 0), "left", (3, 0)),
        ((0, 0), "left", (0, 0)),
        ((4, 0), "right", (5, 0)),
        ((16, 0), "right", (16, 0)),
        ((4, 2), "left", (2, 2)),
        ((3, 2), "right", (5, 2)),
        ((5, 2), "left", (3, 2)),
        ((5, 2), "down", (2, 3)),
        ((5, 2), "up", (0, 1)),
        ((8, 0), "line-start", (0, 0)),
        ((8, 2), "line-first-nonblank", (2, 2)),
        ((0, 0), "line-end", (16, 0)),
        ((0, 1), "line-end", (0, 1)),
        ((0, 0), "word-forward", (3, 0)),
        ((3, 0), "word-forward", (5, 0)),
        ((5, 0), "word-forward", (10, 0)),
        ((10, 0), "word-forward", (13, 0)),
        ((14, 0), "word-forward", (0, 1)),
        ((0, 1), "word-forward", (2, 2)),
        ((0, 3), "word-forward", (0, 4)),
        ((0, 0), "bigword-forward", (5, 0)),
        ((10, 0), "bigword-forward", (0, 1)),
        ((12, 0), "word-backward", (10, 0)),
        ((10, 0), "word-backward", (5, 0)),
        ((5, 0), "word-backward", (3, 0)),
        ((2, 2), "word-backward", (0, 1)),
        ((0, 1), "word-backward", (14, 0)),
        ((0, 0), "word-backward", (0, 0)),
        ((14, 0), "bigword-backward", (10, 0)),
        ((0, 0), "word-end", (2, 0)),
        ((2, 0), "word-end", (3, 0)),
        ((7, 0), "word-end", (12, 0)),
        ((16, 0), "word-end", (5, 2)),
        ((0, 0), "bigword-end", (3, 0)),
        ((3, 3), "top", (0, 0)),
        ((0, 0), "bottom", (0, 5)),
        ((3, 3), "view-top", (0, 0)),
        ((3, 0), "view-middle", (0, 3)),
        ((3, 0), "view-bottom", (0, 5)),
        ((3, 0), "paragraph-down", (0, 1)),
        ((0, 3), "paragraph-up", (0, 1)),
        ((0, 0), "prompt-up", (0, 0)),
    ],
)
def test_motions(engine: Engine, start: tuple[int, int], motion: str, end: tuple[int, int]) -> None:
    marking = at(copying(engine, *TEXT), *start)
    marking.apply(MoveCursor(motion))
    assert cursor(marking) == end


@pytest.mark.parametrize(
    ("motion", "count", "end"),
    [
        ("right", 3, (3, 0)),
        ("word-forward", 3, (10, 0)),
        ("down", 2, (0, 2)),
        ("right", 999, (16, 0)),
        ("view-top", 3, (0, 2)),
    ],
)
def test_counts(engine: Engine, motion: str, count: int, end: tuple[int, int]) -> None:
    marking = at(copying(engine, *TEXT), 0, 0)
    marking.apply(MoveCursor(motion, count))
    assert cursor(marking) == end


def test_a_column_is_kept_over_shorter_lines(engine: Engine) -> None:
    marking = at(copying(engine, "a long line", "b", "another line"), 6, 0)
    for _ in range(2):
        marking.apply(MoveCursor(Motion.DOWN))
    assert cursor(marking) == (6, 2)
    marking.apply(MoveCursor(Motion.LINE_END))
    marking.apply(MoveCursor(Motion.UP))
    assert cursor(marking) == (0, 1)
    marking.apply(MoveCursor(Motion.LINE_END))
    marking.apply(MoveCursor(Motion.DOWN))
    assert cursor(marking) == (11, 2)


@pytest.mark.parametrize(
    ("moves", "x"),
    [
        ([MoveCursor("find-char", 1, "b")], 1),
        ([MoveCursor("find-char", 2, "b")], 4),
        ([MoveCursor("find-char", 4, "b")], 0),
        ([MoveCursor("till-char", 1, "c")], 1),
        ([MoveCursor("till-char", 1, "b"), MoveCursor("repeat-find")], 3),
        ([MoveCursor("find-char", 1, "b"), MoveCursor("repeat-find"), MoveCursor("repeat-find")], 7),
        ([MoveCursor("find-char", 2, "b"), MoveCursor("repeat-find-back")], 1),
        ([MoveCursor("line-end"), MoveCursor("find-char-back", 1, "a")], 6),
        ([MoveCursor("line-end"), MoveCursor("till-char-back", 1, "a")], 7),
        ([MoveCursor("line-end"), MoveCursor("find-char-back", 1, "a"), MoveCursor("repeat-find")], 3),
        ([MoveCursor("find-char", 1, "")], 0),
        ([MoveCursor("repeat-find")], 0),
    ],
)
def test_characters_are_found_in_the_line(engine: Engine, moves: list[MoveCursor], x: int) -> None:
    marking = at(copying(engine, "abcabcabc"), 0, 0)
    for move in moves:
        marking.apply(move)
    assert cursor(marking) == (x, 0)


def test_a_wrapped_line_is_one_line(engine: Engine) -> None:
    marking = at(copying(engine, "  " + "x" * 50 + " end"), 2, 0)
    marking.apply(MoveCursor(Motion.LINE_END))
    assert cursor(marking) == (15, 1)
    marking.apply(MoveCursor(Motion.LINE_START))
    assert cursor(marking) == (0, 0)
    marking.apply(MoveCursor(Motion.WORD_END))
    assert cursor(marking) == (11, 1)
    marking.apply(MoveCursor(Motion.FIND_CHAR, 1, "d"))
    assert cursor(marking) == (15, 1)


def test_the_view_follows_the_cursor(engine: Engine) -> None:
    marking = copying(engine, *[str(n) for n in range(30)])
    marking.apply(MoveCursor(Motion.UP, 6))
    assert (cursor(marking), engine.frame(0).scrolled_back) == ((1, 0), 1)
    marking.apply(MoveCursor(Motion.TOP))
    assert (cursor(marking), engine.frame(0).scrolled_back) == ((0, 0), 24)
    marking.apply(MoveCursor(Motion.BOTTOM))
    assert (cursor(marking), engine.frame(0).scrolled_back) == ((0, 5), 0)
    marking.apply(MoveCursor(Motion.PAGE_UP))
    assert (cursor(marking), engine.frame(0).scrolled_back) == ((0, 5), 5)
    marking.apply(MoveCursor(Motion.HALF_PAGE_DOWN))
    assert (cursor(marking), engine.frame(0).scrolled_back) == ((0, 5), 2)


def test_output_moves_neither_view_nor_cursor(engine: Engine) -> None:
    marking = at(copying(engine, *"abcdef"), 0, 2)
    engine.feed(b"\r\ng\r\nh")
    marking.settle()
    assert engine.text().split("\n") == list("abcdef")
    assert cursor(marking) == (0, 2)
    assert engine.frame(0).scrolled_back == 2


def test_the_cursor_stays_in_a_view_that_is_scrolled(engine: Engine) -> None:
    marking = at(copying(engine, *"abcdefghij"), 0, 5)
    engine.scroll(-2)
    marking.scrolled()
    assert cursor(marking) == (0, 5)
    engine.scroll(2)
    marking.scrolled()
    assert cursor(marking) == (0, 3)


def test_what_the_cursor_stood_on_may_be_dropped(engine: Engine) -> None:
    marking = at(copying(engine, *"abcdef"), 0, 2)
    marking.apply(Toggle(Shape.CHARACTER))
    for number in range(5000):
        engine.feed(b"\r\n%d" % number)
    marking.settle()
    assert cursor(marking) == (0, 0)
    assert copied(marking) == engine.grid().rows(0, 1)[0].text[:1]


def test_a_selection_reaches_from_where_it_began_to_the_cursor(engine: Engine) -> None:
    marking = at(copying(engine, "one two", "three"), 4, 0)
    marking.apply(Toggle(Shape.CHARACTER))
    assert copied(marking) == "t"
    marking.apply(MoveCursor(Motion.DOWN))
    assert copied(marking) == "two\nthree"
    marking.apply(Toggle(Shape.LINE))
    assert copied(marking) == "one two\nthree\n"
    marking.apply(Toggle(Shape.BLOCK))
    assert copied(marking) == "t\ne"
    marking.apply(SwapEnds())
    assert cursor(marking) == (4, 0)
    marking.apply(MoveCursor(Motion.RIGHT))
    assert copied(marking) == "tw\ne"
    marking.apply(Toggle(Shape.BLOCK))
    assert marking.overlay().shape is None
    assert copied(marking) == ""


def test_marks_of_copy_mode_mean_nothing_outside_it(engine: Engine) -> None:
    marking = Marking(printed(engine, "text").grid())
    for mark in (MoveCursor("left"), Toggle(Shape.LINE), SwapEnds()):
        marking.apply(mark)
    assert marking.idle
