"""Search by both engines: what matches, where it goes, and how many there are."""

from __future__ import annotations

import re
import time

import pytest

from ssmtui import time_limit
from ssmtui.model import TerminalSize
from ssmtui.terminal import census, pattern, search, seek
from ssmtui.terminal.engine import Engine
from ssmtui.terminal.marking import Marking
from ssmtui.terminal.marks import (
    EMPTY,
    Case,
    CellSpan,
    EnterCopyMode,
    Find,
    FindNext,
    KeepFind,
    LeaveCopyMode,
    MarkOverlay,
    Motion,
    MoveCursor,
    SearchStatus,
    Unfind,
)

from .conftest import SIZE, Make
from .test_marking import printed


def searching(engine: Engine, *finds: Find) -> Marking:
    marking = Marking(engine.grid())
    for find in finds:
        marking.apply(find)
    return marking


def finished(marking: Marking) -> MarkOverlay:
    """The overlay once the search has nothing left to do."""
    for _ in range(10_000):
        overlay = marking.overlay()
        if overlay.found is None or overlay.found.complete:
            return overlay
        marking.work()
    raise AssertionError("a search does not end")


def found(marking: Marking) -> SearchStatus:
    answer = finished(marking).found
    assert answer is not None
    return answer


def numbers(engine: Engine, count: int) -> Engine:
    for first in range(0, count, 100):
        engine.feed("".join(f"line {number}\r\n" for number in range(first, min(first + 100, count))).encode())
    return engine


def top(engine: Engine) -> str:
    return engine.text().split("\n")[0]


@pytest.mark.parametrize(
    ("find", "texts"),
    [
        (Find("foo"), ["foo", "Foo", "FOO", "foo"]),
        (Find("Foo"), ["Foo"]),
        (Find("foo", case=Case.EXACT), ["foo", "foo"]),
        (Find("FOO", case=Case.IGNORE), ["foo", "Foo", "FOO", "foo"]),
        (Find("f.o"), ["f.o"]),
        (Find("f.o", regex=True), ["foo", "Foo", "FOO", "f.o", "foo"]),
        (Find(r"\Bo", regex=True, case=Case.EXACT), ["o"] * 6),
        (Find(r"\Wo", regex=True), [".o"]),
        (Find(r"\Boo", regex=True), ["oo", "oo", "OO", "oo"]),
        (Find(r"^f\w*", regex=True), ["foo", "FOO"]),
        (Find("x*", regex=True), []),
        (Find(r"Foo\s+FOO", regex=True), []),
    ],
)  # fmt: skip
def test_what_matches(engine: Engine, find: Find, texts: list[str]) -> None:
    lines = ["foo Foo", "FOO f.o", " foo"]
    overlay = finished(searching(printed(engine, *lines), find))
    assert [lines[y][start:end] for y, start, end in overlay.matches] == texts
    assert overlay.found is not None
    assert (overlay.found.total, overlay.found.error) == (len(texts), "")


def test_matches_are_cells_of_logical_lines(engine: Engine) -> None:
    printed(engine, "中文 needle", "x" * (SIZE.cols - 3) + "needle")
    overlay = finished(searching(engine, Find("needle")))
    assert overlay.matches == (CellSpan(0, 5, 11), CellSpan(1, 37, 40), CellSpan(2, 0, 3))
    assert overlay.current == (CellSpan(0, 5, 11),)
    overlay = finished(searching(engine, Find("文")))
    assert overlay.matches == (CellSpan(0, 2, 4),)


def test_outside_copy_mode_the_view_goes_to_the_match(engine: Engine) -> None:
    marking = searching(numbers(engine, 100), Find("line 3", backward=True))
    assert found(marking) == SearchStatus(11, 11, complete=True)
    assert "line 39" in engine.text().split("\n")
    marking.apply(FindNext(backward=True))
    assert found(marking).index == 10
    assert "line 38" in engine.text().split("\n")
    marking.apply(FindNext())
    marking.apply(FindNext())
    assert found(marking).index == 1
    assert "line 3" in engine.text().split("\n")


def test_outside_copy_mode_the_next_match_is_one_from_what_is_seen(engine: Engine) -> None:
    marking = searching(numbers(engine, 100), Find("line 3", backward=True))
    finished(marking)
    engine.scroll(0)
    marking.scrolled()
    marking.apply(FindNext(backward=True))
    assert found(marking).index == 11
    engine.scroll(-1000)
    marking.scrolled()
    marking.apply(FindNext())
    assert found(marking).index == 1


def test_in_copy_mode_the_cursor_goes_to_the_match(engine: Engine) -> None:
    marking = Marking(printed(engine, "a foo b foo", "foo").grid())
    marking.apply(EnterCopyMode())
    marking.apply(MoveCursor(Motion.TOP))
    for place in [(2, 0), (8, 0), (0, 1), (2, 0)]:
        marking.apply(Find("foo"))
        marking.apply(KeepFind())
        assert finished(marking).cursor == place
    marking.apply(FindNext(backward=True))
    overlay = finished(marking)
    assert overlay.cursor == (0, 1)
    assert overlay.current == (CellSpan(1, 0, 3),)
    assert overlay.found == SearchStatus(3, 3, complete=True)


def test_more_letters_search_again_from_where_the_search_began(engine: Engine) -> None:
    marking = Marking(printed(engine, "fa fab fabc", "fab").grid())
    marking.apply(EnterCopyMode())
    marking.apply(MoveCursor(Motion.TOP))
    for text, x in [("f", 3), ("fa", 3), ("fab", 3), ("fabc", 7), ("fab", 3), ("fabx", 0), ("", 0), ("fab", 3)]:
        marking.apply(Find(text))
        assert finished(marking).cursor == (x, 0)


def test_giving_a_search_up_returns(engine: Engine) -> None:
    numbers(engine, 50)
    engine.scroll(-7)
    before = top(engine)
    marking = searching(engine, Find("line 2"), Find("line 20"))
    finished(marking)
    assert top(engine) != before
    marking.apply(Unfind())
    assert top(engine) == before
    assert marking.idle


def test_giving_a_search_up_at_the_bottom_follows_again(engine: Engine) -> None:
    marking = searching(numbers(engine, 50), Find("line 20", backward=True))
    finished(marking)
    marking.apply(Unfind())
    engine.feed(b"more\r\n")
    assert engine.frame(0).scrolled_back == 0


def test_a_kept_search_does_not_return(engine: Engine) -> None:
    marking = searching(numbers(engine, 50), Find("line 20", backward=True))
    finished(marking)
    place = top(engine)
    marking.apply(KeepFind())
    marking.apply(Unfind())
    assert top(engine) == place


def test_nothing_found_moves_nothing(engine: Engine) -> None:
    numbers(engine, 50)
    before = top(engine)
    assert found(searching(engine, Find("nothing"))) == SearchStatus(0, 0, complete=True)
    assert top(engine) == before


def test_a_pattern_that_is_none_says_why(engine: Engine) -> None:
    answer = found(searching(printed(engine, "text"), Find("te(", regex=True)))
    assert "unterminated" in answer.error
    assert answer.total == 0


def test_leaving_copy_mode_ends_the_search(engine: Engine) -> None:
    marking = Marking(printed(engine, "text").grid())
    for mark in (EnterCopyMode(), Find("text", backward=True)):
        marking.apply(mark)
    assert finished(marking).matches == (CellSpan(0, 0, 4),)
    marking.apply(LeaveCopyMode())
    assert marking.idle
    assert marking.overlay() == EMPTY


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a few rows, and one of them at a time."""
    monkeypatch.setattr(census, "_CHUNK", 7)
    monkeypatch.setattr(seek, "_CHUNK", 5)
    monkeypatch.setattr(census, "MAX_LINE_ROWS", 3)
    monkeypatch.setattr(search, "SLICE", 0)


def expected(engine: Engine, text: str) -> int:
    return len(re.findall(text, engine.grid().unwrapped(0, 1 << 30)))


@pytest.mark.usefixtures("small_steps")
def test_slices_give_what_one_go_gives(make: Make) -> None:
    engine = numbers(make(scrollback_lines=1000), 300)
    marking = searching(engine, Find("line 29$", regex=True, backward=True))
    first = marking.overlay().found
    assert first is not None
    assert not first.complete
    assert found(marking) == SearchStatus(1, 1, complete=True)
    assert "line 29" in engine.text().split("\n")
    assert found(searching(engine, Find("7"))).total == expected(engine, "7")


@pytest.mark.usefixtures("small_steps")
def test_the_count_follows_output(make: Make) -> None:
    engine = numbers(make(scrollback_lines=200), 150)
    marking = searching(engine, Find("7", backward=True))
    for first in range(0, 2000, 40):
        engine.feed("".join(f"row {number}\r\n" for number in range(first, first + 40)).encode())
        marking.changed()
        answer = marking.overlay().found
        assert answer is not None
        assert not answer.complete
        assert found(marking).total == expected(engine, "7")


def test_until_all_is_counted_again_the_last_count_is_told(engine: Engine) -> None:
    marking = searching(numbers(engine, 50), Find("line 4", backward=True))
    assert found(marking) == SearchStatus(11, 11, complete=True)
    engine.feed(b"line 4\r\n")
    marking.changed()
    assert marking.overlay().found == SearchStatus(11, 11, complete=False)
    assert found(marking) == SearchStatus(12, 11, complete=True)


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("change", [b"\x1b[3J", b"\x1bc", b"\x1b[2J\x1b[H7", b"\x1b[?1049h7\x1b[H"])
def test_the_count_follows_what_is_erased(make: Make, change: bytes) -> None:
    engine = numbers(make(scrollback_lines=200), 150)
    marking = searching(engine, Find("7", backward=True))
    found(marking)
    engine.feed(change)
    marking.settle()
    marking.changed()
    if b"1049" in change:
        assert marking.idle
        return
    assert found(marking).total == expected(engine, "7")
    engine.feed(b"\x1b[H7 7 7")
    marking.changed()
    assert found(marking).total == expected(engine, "7")


@pytest.mark.usefixtures("small_steps")
def test_the_count_follows_a_reflow(make: Make) -> None:
    engine = make(scrollback_lines=1000)
    for number in range(100):
        engine.feed(b"%d needle %s needle\r\n" % (number, b"x" * 30))
    marking = searching(engine, Find("needle", backward=True))
    assert found(marking) == SearchStatus(200, 200, complete=True)
    for cols in (20, 25, 80):
        engine.resize(TerminalSize(cols, 6))
        marking.settle()
        marking.changed()
        assert found(marking).total == expected(engine, "needle") == 200


def test_visible_matches_are_right_at_once(engine: Engine) -> None:
    marking = searching(printed(engine, "foo"), Find("foo"))
    engine.feed(b"\r\nfoo foo")
    marking.changed()
    assert marking.overlay().matches == (CellSpan(0, 0, 3), CellSpan(1, 0, 3), CellSpan(1, 4, 7))


@pytest.mark.skipif(not time_limit.AVAILABLE, reason="no timer on this system")
@pytest.mark.parametrize("text", ["(a+)+b", "(a|a)*c", "(.*)*x"])
def test_a_pattern_that_takes_for_ever_is_given_up(engine: Engine, text: str) -> None:
    marking = searching(printed(engine, "a" * 38), Find(text, regex=True))
    began = time.process_time()
    answer = found(marking)
    assert answer.error == pattern.TOO_SLOW
    assert answer.total == 0
    assert marking.overlay().matches == ()
    assert time.process_time() - began < 10 * pattern.LIMIT


@pytest.mark.skipif(not time_limit.AVAILABLE, reason="no timer on this system")
@pytest.mark.parametrize("again", ["next", "output"])
def test_a1_a_pattern_that_was_stopped_is_tried_again(
    engine: Engine, again: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    marking = searching(printed(engine, "a" * 38), Find("(a+)+b", regex=True))
    assert found(marking).error == pattern.TOO_SLOW
    printed(engine, "\x1b[2J\x1b[Haab")
    marking.changed()
    assert found(marking).error == pattern.TOO_SLOW, "not at once, for the other terminals wait"
    if again == "next":
        marking.apply(FindNext())
    else:
        monkeypatch.setattr(pattern, "REST", 0.0)
        marking.changed()
    answer = found(marking)
    assert (answer.error, answer.total) == ("", 1)
    assert marking.overlay().matches == (CellSpan(0, 0, 3),)


@pytest.mark.skipif(not time_limit.AVAILABLE, reason="no timer on this system")
def test_a1_what_is_no_pattern_stays_none(engine: Engine) -> None:
    marking = searching(printed(engine, "(("), Find("((", regex=True), FindNext())
    assert "subpattern" in found(marking).error


def test_without_a_timer_only_plain_text_is_looked_for(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limit, "AVAILABLE", False)
    printed(engine, "a.b")
    answer = found(searching(engine, Find("a.b", regex=True)))
    assert answer.error == "Windows cannot stop a slow regular expression: search for plain text"
    assert found(searching(engine, Find("a.b"))) == SearchStatus(1, 1, complete=True)
