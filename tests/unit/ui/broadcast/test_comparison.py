"""Who differs from most, and who does not echo."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.model import Node
from ssmtui.ui.broadcast.comparison import (
    ECHO_WITHIN,
    MOST,
    QUIET,
    QUIET_AT_MOST,
    Compared,
    Comparison,
    Facts,
    OwnNames,
    differing,
    read,
)

NODES = {
    key: Node(f"i-{key}", f"web-{key}", ip=f"10.0.0.{key}", computer_name=f"ip-10-0-0-{key}.ec2.internal")
    for key in range(1, 5)
}
NAMES = {key: OwnNames(node) for key, node in NODES.items()}


class Line:
    """Sessions that are typed into, with a clock."""

    def __init__(self, *sessions: int) -> None:
        self.now = 100.0
        self.sessions = sessions
        self.facts = {key: Facts(NODES[key], 80, 0.05) for key in sessions}
        self.comparison = Comparison(self.facts.__getitem__)

    def type(self, text: str, *, to: tuple[int, ...] = ()) -> None:
        for character in text:
            self.comparison.sent(to or self.sessions, character, self.now)
            self.now += 0.01

    def print(self, text: str, *by: int) -> None:
        """All of ``by`` print ``text``, with their keys for ``#``; none given: all."""
        for key in by or self.sessions:
            self.comparison.printed(key, text.replace("#", str(key)).encode(), self.now)

    def wait(self, seconds: float = QUIET) -> Compared:
        self.now += seconds
        return self.comparison.look(self.now)


@pytest.mark.parametrize(
    ("printed", "lines"),
    [
        (b"one\r\ntwo \r\n$ ", ["one", "two", "$"]),
        (b"\x1b[32mgreen\x1b[0m \x1b]0;title\x07x", ["green x"]),
        (b"lx\b \bs", ["ls"]),
        (b"10 %\r20 %\rdone\x1b[K\n", ["done", ""]),
        (b"abc\x1b[3Dx\x1b[Cz", ["xbz"]),
        (b"abcd\x1b[3D\x1b[2P", ["ad"]),
        (b"ad\x1b[1D\x1b[2@bc", ["abcd"]),
        (b"a\x1b[", ["a"]),
        (b"a\tb\xff\x00", ["a b\N{REPLACEMENT CHARACTER}"]),
        (b"a long  \rline\r\n50 % \r99 %\r\n", ["a long line", "99 %", ""]),
        (b"ls \r\n", ["ls", ""]),
        (b"", [""]),
    ],
)
def test_what_is_printed_is_read_as_a_person_does(printed: bytes, lines: list[str]) -> None:
    assert read(printed) == lines


@given(
    st.lists(
        st.sampled_from([b"\x1b[", b"99999@", b"9C", b"\b", b"\r", b"ab", b"\x1b]", b"K", b"\n", b"\x9b", b"\x1b"])
    )
)
def test_whatever_is_printed_is_read_as_printable_lines(pieces: list[bytes]) -> None:
    printed = b"".join(pieces)
    lines = read(printed)
    assert len(lines) <= printed.count(b"\n") + 1
    assert all(line.isprintable() or not line for line in lines)


@pytest.mark.parametrize("piece", [b"\x1b[99999@", b"\x1b[2048C\x1b[@", b"a\b", b"\x1b]", b"\x1b[9D\x1b[9P"])
def test_a_hostile_line_costs_little(piece: bytes) -> None:
    hostile = b"x" * 2_000 + piece * ((MOST - 2_000) // len(piece))
    began = time.process_time()
    read(hostile)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("texts", "differ"),
    [
        ({1: "a", 2: "a", 3: "a"}, set()),
        ({1: "a", 2: "b", 3: "a"}, {2}),
        ({1: "a", 2: "b"}, {1, 2}),
        ({1: "a"}, set()),
        ({}, set()),
        ({1: "web-1", 2: "web-2", 3: "web-3"}, set()),
        ({1: "WEB-1 ip-10-0-0-1", 2: "web-2 ip-10-0-0-2", 3: "web-3 10.0.0.9"}, {3}),
        # All of them list all of them: that is the same, though each finds its own name in another place.
        ({1: "web-1 web-2", 2: "web-1 web-2", 3: "web-1 web-2"}, set()),
        ({1: "10 files", 2: "11 files", 3: "12 files", 4: "no such file"}, {4}),
        ({1: "10 files", 2: "10 files", 3: "10 files", 4: "12 files"}, {4}),
        ({1: "at 12:00:01", 2: "at 12:00:01", 3: "at 12:00:02"}, set()),
        ({1: "1   a", 2: "22  a", 3: "333 a"}, set()),
        ({1: "a", 2: "b", 3: "c", 4: "d"}, set()),
        ({1: "a", 2: "a", 3: "b", 4: "b"}, set()),
        ({1: "xweb-1x", 2: "xweb-2x", 3: "xweb-3y"}, {3}),
    ],
)
def test_who_differs_from_most(texts: dict[int, str], differ: set[int]) -> None:
    assert differing(texts, NAMES) == differ


@given(st.dictionaries(st.integers(1, 4), st.text("ab1: ", max_size=6)))
def test_those_that_differ_are_fewer_than_half_or_both_of_two(texts: dict[int, str]) -> None:
    found = differing(texts, NAMES)
    assert found <= texts.keys()
    assert len(found) * 2 < len(texts) or not found or len(texts) == 2


def test_an_answer_is_compared_without_the_prompts_once_it_is_quiet() -> None:
    line = Line(1, 2, 3)
    line.type("id\r")
    line.print("id\r\nuid=0(root)\r\n[root@web-# ~]# ", 1, 2)
    line.print("id\r\nuid=1000(jane)\r\n[jane@web-# ~]$ ", 3)
    assert line.wait(QUIET / 2) == Compared(None, frozenset())
    assert line.wait() == Compared(frozenset({3}), frozenset())
    assert line.wait() == Compared(None, frozenset())


def test_a_slow_answer_differs_until_it_has_come() -> None:
    line = Line(1, 2, 3)
    line.type("ls")
    line.print("ls")
    line.type("\r")
    line.print("\r\na b\r\n$ ", 1, 2)
    assert line.comparison.next_look(line.now) == pytest.approx(line.now + QUIET_AT_MOST, abs=0.02)
    assert line.wait().differ is None
    assert line.wait(QUIET_AT_MOST).differ == {3}
    line.print("\r\na b\r\n$ ", 3)
    assert line.wait().differ == set()


def test_completion_that_goes_another_way_is_seen_before_enter() -> None:
    line = Line(1, 2, 3)
    line.type("cat /etc/ho\t")
    line.print("cat /etc/ho")
    line.print("sts ", 1, 2)
    line.print("\x07", 3)
    assert line.wait().differ == {3}


def test_the_first_key_after_an_answer_begins_the_next_line() -> None:
    line = Line(1, 2, 3)
    line.type("a\r")
    line.print("a\r\none\r\n$ ", 1, 2)
    line.print("a\r\ntwo\r\n$ ", 3)
    assert line.wait().differ == {3}
    line.type("b\r")
    line.print("b\r\nsame\r\n$ ")
    assert line.wait().differ == set()


def test_a_key_right_behind_the_prompts_ends_the_line_which_is_compared_then() -> None:
    line = Line(1, 2, 3)
    line.type("a\r")
    line.print("a\r\none\r\n$ ", 1, 2)
    line.print("a\r\ntwo\r\n$ ", 3)
    assert line.comparison.sent((1, 2, 3), "b", line.now).differ == {3}
    line.type("\r")
    line.print("b\r\nsame\r\n$ ")
    assert line.wait().differ == set()


def test_what_is_typed_ahead_of_the_answer_is_not_compared() -> None:
    line = Line(1, 2, 3)
    line.type("a\rb")
    line.print("a\r\nb", 1, 2)
    line.print("ab\r\n", 3)
    assert line.wait(QUIET_AT_MOST).differ is None
    line.type("\r")
    line.print("\r\none\r\n$ ", 1, 2)
    line.print("\r\ntwo\r\n$ ", 3)
    assert line.wait().differ == {3}


def test_one_that_has_not_had_every_key_is_not_compared() -> None:
    line = Line(1, 2, 3)
    line.type("l")
    line.type("s\r", to=(1, 2))
    line.print("ls\r\na\r\n$ ", 1, 2)
    line.print("l", 3)
    assert line.wait().differ == set()


def test_one_that_is_silent_while_the_others_echo_is_found() -> None:
    line = Line(1, 2, 3)
    line.type("pass")
    line.print("pass", 1, 2)
    assert line.wait(ECHO_WITHIN / 2).silent == set()
    assert line.wait(ECHO_WITHIN).silent == {3}
    assert line.wait(ECHO_WITHIN).silent == set()


def test_where_nobody_echoes_or_only_one_key_was_typed_none_is_silent() -> None:
    line = Line(1, 2, 3)
    line.type("pass")
    assert line.wait(2 * ECHO_WITHIN).silent == set()
    line = Line(1, 2, 3)
    line.type("y")
    line.print("y", 1, 2)
    assert line.wait(2 * ECHO_WITHIN).silent == set()


def test_an_echo_that_fills_a_line_is_no_difference() -> None:
    line = Line(1, 2, 3)
    line.type("uptime")
    line.print("uptime", 1, 2)
    line.print("uptime \r", 3)
    assert line.wait().differ == set()
    line.type("\r")
    line.print("\r\nup\r\n$ ", 1, 2)
    line.print("\x1b[A" + "\x1b[C" * 28 + "\x1b[Ke\r\nup\r\n$ ", 3)
    assert line.wait().differ == set()
    line.type("x\r")
    line.print("x\r\none\r\n$ ", 1, 2)
    line.print("x\x1b[A\r\ntwo\r\n$ ", 3)
    assert line.wait().differ == {3}


def test_columns_that_follow_the_width_are_no_difference() -> None:
    for cols, differ in ((80, {3}), (40, set())):
        line = Line(1, 2, 3)
        line.facts[3] = line.facts[3]._replace(cols=cols)
        line.type("ls\r")
        line.print("ls\r\na c e\r\nb d\r\n$ ", 1, 2)
        line.print("ls\r\na d\r\nb e\r\nc\r\n$ ", 3)
        assert line.wait().differ == differ
    line.type("ls\r")
    line.print("ls\r\na b\r\n$ ", 1, 2)
    line.print("ls\r\na c\r\n$ ", 3)
    assert line.wait().differ == {3}


def test_a_slow_link_has_more_time_to_echo() -> None:
    line = Line(1, 2, 3)
    line.facts[3] = line.facts[3]._replace(round_trip=1.0)
    line.type("pass")
    line.print("pass", 1, 2)
    assert line.wait(2.5).silent == set()
    assert line.wait(0.6).silent == {3}


def test_a_flood_is_kept_within_bounds_and_compared_by_its_beginning() -> None:
    line = Line(1, 2, 3)
    line.type("yes\r")
    for _ in range(10):
        line.print("y\r\n" * 2_000)
    assert all(len(heard.printed) == MOST for heard in line.comparison._heard.values())
    assert line.wait().differ == set()


def test_nothing_is_waited_for_with_one_session() -> None:
    line = Line(1)
    line.type("ls\r")
    line.print("ls\r\n")
    assert line.comparison.next_look(line.now) is None
