"""Lines that are watched for, found in output however it is cut."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.terminal import pattern
from ssmtui.terminal.line_watch import LONGEST, MOST_SHOWN, LineWatch
from ssmtui.terminal.marks import Find
from ssmtui.terminal.pattern import LIMIT

OUTPUT = b"start\r\n\x1b[1mWARN\x1b[0m one\r\nall well\r\nWARN two \xc3\xa9\r\n  3%\rWARN 4\r\nWA\x1b[31mRN five\x1b[0m"


@given(st.lists(st.integers(1, 30), max_size=20))
def test_each_line_counts_once_however_output_is_cut(cuts: list[int]) -> None:
    watch, place, count, lines = LineWatch(Find("WARN")), 0, 0, []
    for cut in [*cuts, len(OUTPUT)]:
        watch.follow(OUTPUT[place : place + cut])
        place += cut
        found, line = watch.take()
        count += found
        lines.append(line)
    assert count == 4
    assert lines[-1] == "" or "WARN" in lines[-1]


def test_the_latest_line_is_reported_without_sequences_and_cut() -> None:
    watch = LineWatch(Find("warn"))
    watch.follow(OUTPUT)
    assert watch.take() == (4, "WARN five")
    assert watch.take() == (0, "")
    watch.follow(b"\r\n  warn \x07" + b"x" * 1000 + b"\r\n")
    count, line = watch.take()
    assert (count, len(line)) == (1, MOST_SHOWN)
    assert line.isprintable()


def test_a_line_that_grows_after_it_was_found_counts_once() -> None:
    watch = LineWatch(Find("login:"))
    for piece in (b"login", b": ", b"m", b"e", b"\r\nPassword: ", b"\r\nlogin: "):
        watch.follow(piece)
    assert watch.take()[0] == 2


def test_the_line_that_is_typed_at_is_left_out_however_it_wraps() -> None:
    watch = LineWatch(Find("ERROR"), b"$ ")
    watch.typed()
    for echoed in (b"g", b"rep ERR", b"OR lo \rng ERROR", b"\r\nan ERROR\r\n$ "):
        watch.follow(echoed)
    assert watch.take() == (1, "an ERROR")
    watch.typed()
    watch.follow(b"echo ERROR\r\n")
    watch.follow(b"ERROR\r\n$ ERROR at a prompt that nobody typed at\r\n")
    assert watch.take() == (2, "$ ERROR at a prompt that nobody typed at")


def test_what_is_typed_between_two_lines_leaves_out_neither() -> None:
    watch = LineWatch(Find("ERROR"))
    watch.follow(b"ERROR 1\r\n")
    watch.typed()
    watch.follow(b"ERROR 2\r\n")
    assert watch.take()[0] == 2


def test_what_the_last_line_held_before_is_not_found_and_what_it_gets_is() -> None:
    before = LineWatch(Find("login:"), b"login: ")
    before.follow(b"\x1b[K\r\nlogin: ")
    assert before.take()[0] == 1
    begun = LineWatch(Find("login:"), b"\x1b[1mlo")
    begun.follow(b"gin: ")
    assert begun.take()[0] == 1


def test_a_regular_expression_is_found() -> None:
    watch = LineWatch(Find(r"^error \d+", regex=True))
    watch.follow(b"no error 1\nerror 22\nerror x\n")
    assert watch.take() == (1, "error 22")


@pytest.mark.parametrize("find", [Find("(", regex=True), Find("")])
def test_a_pattern_that_is_none_finds_nothing(find: Find) -> None:
    watch = LineWatch(find)
    watch.follow(b"( anything\n")
    assert watch.take() == (0, "")


def test_a_line_without_an_end_is_bounded() -> None:
    watch = LineWatch(Find("needle"))
    for _ in range(100):
        watch.follow(b"x" * 10_000)
        assert len(watch._rest) <= LONGEST
    watch.follow(b" needle")
    assert watch.take()[0] == 1


def test_a_slow_pattern_costs_no_more_than_its_share() -> None:
    watch = LineWatch(Find("(a+)+b", regex=True))
    began = time.thread_time()
    for _ in range(20):
        watch.follow(b"a" * 60 + b"\n")
    assert time.thread_time() - began < 2 * LIMIT
    assert watch.take() == (0, "")
    assert watch.take_slow(), "that lines are missed is said"
    assert not watch.take_slow()


def test_a_pattern_that_was_too_slow_finds_what_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = LineWatch(Find("(a+)+b", regex=True))
    watch.follow(b"a" * 60 + b"\n")
    watch.follow(b"ab\n")
    assert watch.take() == (0, ""), "it rests"
    monkeypatch.setattr(pattern, "REST", 0.0)
    watch.follow(b"ab\n")
    assert watch.take() == (1, "ab")
