"""Selection by both engines: what is highlighted, what is copied, and that it follows its text."""

from __future__ import annotations

import pytest

from ssmtui.model import TerminalSize
from ssmtui.terminal import selection
from ssmtui.terminal.engine import Engine
from ssmtui.terminal.marking import Marking
from ssmtui.terminal.marks import EMPTY, CellSpan, Drag, Press, Release, Shape, Unmark

from .conftest import SIZE, Make


def select(engine: Engine, shape: Shape, x: int, y: int, *drags: tuple[int, int]) -> Marking:
    marking = Marking(engine.grid())
    marking.apply(Press(x, y, shape))
    for drag in drags:
        marking.apply(Drag(*drag))
    return marking


def copied(marking: Marking) -> str:
    """The selected text, read in the smallest slices."""
    reader = marking.reader()
    parts = []
    while reader is not None and not reader.done:
        parts.append(reader.read(until=0))
    return b"".join(parts).decode()


def printed(engine: Engine, *lines: str) -> Engine:
    for number, line in enumerate(lines):
        engine.feed((("\r\n" if number else "") + line).encode())
    return engine


def test_characters_are_selected_from_cell_to_cell(engine: Engine) -> None:
    marking = select(printed(engine, "first line", "second line"), Shape.CHARACTER, 6, 0, (5, 1))
    assert marking.overlay().selection == (CellSpan(0, 6, SIZE.cols), CellSpan(1, 0, 6))
    assert marking.overlay().shape is Shape.CHARACTER
    assert copied(marking) == "line\nsecond"


def test_a_selection_can_be_dragged_backwards(engine: Engine) -> None:
    assert copied(select(printed(engine, "first line", "second"), Shape.CHARACTER, 2, 1, (6, 0))) == "line\nsec"


def test_a_press_alone_selects_no_characters(engine: Engine) -> None:
    marking = select(printed(engine, "text"), Shape.CHARACTER, 1, 0)
    assert marking.overlay() == EMPTY
    assert copied(marking) == ""


def test_a_press_selects_a_word_and_drags_select_words(engine: Engine) -> None:
    marking = select(printed(engine, "ls -la /usr/lib, (x)"), Shape.WORD, 9, 0)
    assert copied(marking) == "/usr/lib"
    marking.apply(Drag(4, 0))
    assert copied(marking) == "-la /usr/lib"
    marking.apply(Drag(18, 0))
    assert copied(marking) == "/usr/lib, (x"


def test_a_word_may_be_wrapped(engine: Engine) -> None:
    word = "w" * (SIZE.cols + 5)
    marking = select(printed(engine, "a " + word), Shape.WORD, 1, 1)
    assert copied(marking) == word
    assert marking.overlay().selection == (CellSpan(0, 2, SIZE.cols), CellSpan(1, 0, 7))


def test_lines_are_logical_ones_and_end(engine: Engine) -> None:
    long = "x" * SIZE.cols + "yz"
    marking = select(printed(engine, "one", long, "three"), Shape.LINE, 5, 2)
    assert copied(marking) == long + "\n"
    assert marking.overlay().selection == (CellSpan(1, 0, SIZE.cols), CellSpan(2, 0, SIZE.cols))
    marking.apply(Drag(0, 0))
    assert copied(marking) == f"one\n{long}\n"


def test_blank_lines_are_copied(engine: Engine) -> None:
    assert copied(select(printed(engine, "one", "", "two", "", ""), Shape.LINE, 0, 0, (0, 4))) == "one\n\ntwo\n\n\n"


@pytest.mark.parametrize("chunk", [1, 500])
def test_wrapped_lines_are_joined_and_trailing_blanks_cut(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(selection, "_CHUNK", chunk)
    long = "x" * SIZE.cols + "yz"
    marking = select(printed(engine, "one   ", long, "three"), Shape.CHARACTER, 0, 0, (39, 3))
    assert copied(marking) == f"one\n{long}\nthree"


def test_blanks_that_wrapped_are_no_line(engine: Engine) -> None:
    text = "x" * SIZE.cols
    assert copied(select(printed(engine, text + "   ", "end"), Shape.CHARACTER, 0, 0, (1, 1))) == text


def test_a_selection_on_the_screen_outlives_the_scrollback(engine: Engine) -> None:
    marking = select(printed(engine, *"abcdefghij", "one two"), Shape.WORD, 5, 5)
    marking.apply(Release())
    engine.resize(TerminalSize(30, 6))
    engine.feed(b"\x1b[3J")
    assert copied(marking) == "two"


def test_a_block_is_copied_row_by_row(engine: Engine) -> None:
    marking = select(printed(engine, "abcdef", "gh", "", "ijklmn"), Shape.BLOCK, 3, 0, (1, 3))
    assert copied(marking) == "bcd\nh\n\njkl"
    assert marking.overlay().selection == tuple(CellSpan(y, 1, 4) for y in range(4))


def test_wide_characters_are_selected_whole(engine: Engine) -> None:
    printed(engine, "a中文b", "cdefgh", "e\u0301x")
    marking = select(engine, Shape.CHARACTER, 2, 0, (3, 0))
    assert copied(marking) == "中文"
    assert marking.overlay().selection == (CellSpan(0, 1, 5),)
    marking = select(engine, Shape.BLOCK, 2, 0, (3, 1))
    assert copied(marking) == "中文\nef"
    assert marking.overlay().selection == (CellSpan(0, 1, 5), CellSpan(1, 2, 4))
    assert copied(select(engine, Shape.CHARACTER, 0, 2, (0, 2))) == "e\u0301"
    assert copied(select(engine, Shape.BLOCK, 0, 2, (0, 2))) == "e\u0301"


@pytest.mark.parametrize("place", [(-5, -5), (500, 500)])
def test_what_is_dragged_outside_the_view_ends_at_its_edge(engine: Engine, place: tuple[int, int]) -> None:
    marking = select(printed(engine, *"abcdef"), Shape.CHARACTER, 0, 2, place)
    assert copied(marking) == ("a\nb\nc" if place[0] < 0 else "c\nd\ne\nf")


def test_unmarked_is_nothing_marked(engine: Engine) -> None:
    marking = select(printed(engine, "text"), Shape.WORD, 0, 0)
    assert not marking.idle
    marking.apply(Unmark())
    assert marking.idle
    assert marking.overlay() == EMPTY


def test_a_selection_follows_its_text_into_the_scrollback(engine: Engine) -> None:
    marking = select(printed(engine, "one", "two three"), Shape.WORD, 5, 1)
    marking.apply(Release())
    engine.feed(b"\r\n" * 6)
    assert copied(marking) == "three"
    assert marking.overlay().selection == ()
    assert marking.overlay().shape is Shape.WORD
    engine.scroll(-1)
    assert marking.overlay().selection == (CellSpan(0, 4, 9),)


def test_what_is_dropped_of_a_selection_is_cut(make: Make) -> None:
    engine = make(scrollback_lines=20)
    marking = select(printed(engine, *"abcdef"), Shape.CHARACTER, 0, 0, (0, 5))
    marking.apply(Release())
    for number in range(5000):
        engine.feed(b"\r\n%d" % number)
    text = copied(marking)
    assert text == engine.grid().rows(0, 1)[0].text[:1]


def test_a_selection_follows_its_text_through_reflow(engine: Engine) -> None:
    printed(engine, "x" * 50, "y" * 10 + "selected" + "z" * 30, "end")
    engine.feed(b"\r\n" * 3)
    grid_row = 3 - engine.grid().top
    marking = select(engine, Shape.CHARACTER, 10, grid_row - 1, (17, grid_row - 1))
    assert copied(marking) == "selected"
    for cols in (15, 33, 80, 40):
        engine.resize(TerminalSize(cols, 6))
        assert copied(marking) == "selected"


def test_dragging_holds_the_view_and_release_lets_it_follow(engine: Engine) -> None:
    marking = select(printed(engine, *"abcdef"), Shape.CHARACTER, 0, 0, (0, 3))
    engine.feed(b"\r\ng\r\nh")
    marking.settle()
    assert engine.text().split("\n") == list("abcdef")
    assert marking.overlay().selection[0].y == 0
    marking.apply(Release())
    assert engine.text().split("\n") == list("cdefgh")


def test_a_view_that_was_scrolled_back_stays_there_after_release(engine: Engine) -> None:
    printed(engine, *"abcdefghij")
    engine.scroll(-2)
    marking = select(engine, Shape.CHARACTER, 0, 0, (0, 3))
    engine.feed(b"\r\nk")
    marking.settle()
    marking.apply(Release())
    assert engine.text().split("\n") == list("cdefgh")


def test_a_view_that_was_scrolled_while_dragging_stays_there_after_release(engine: Engine) -> None:
    marking = select(printed(engine, *"abcdefghij"), Shape.CHARACTER, 0, 5)
    engine.scroll(-3)
    marking.scrolled()
    marking.apply(Drag(0, 0))
    assert copied(marking) == "\n".join("bcdefghij")
    marking.apply(Release())
    assert engine.frame(0).scrolled_back == 3


def test_another_screen_has_no_marks(engine: Engine) -> None:
    marking = select(printed(engine, "text"), Shape.WORD, 0, 0)
    engine.feed(b"\x1b[?1049h\x1b[Hother")
    marking.settle()
    assert marking.idle
    marking.apply(Press(0, 0, Shape.WORD))
    assert copied(marking) == "other"
    engine.feed(b"\x1b[?1049l")
    marking.settle()
    assert marking.idle
