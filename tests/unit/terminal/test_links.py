"""Links in the view, and the output of the last command, by both engines."""

from __future__ import annotations

import time

import pytest

from ssmtui.terminal import engines
from ssmtui.terminal.engine import Engine
from ssmtui.terminal.grid import GridPlace
from ssmtui.terminal.links import _written, link_at, links_in_view
from ssmtui.terminal.marking import Marking
from ssmtui.terminal.marks import MAX_LINKS, EnterCopyMode, Motion, MoveCursor, ViewLink
from ssmtui.terminal.outputs import NoPromptsError, last_output
from ssmtui.terminal.selection import Reader

from .conftest import SIZE, Make
from .test_marking import printed


def linked(text: str, address: str) -> str:
    return f"\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://example.com/a?b=c#d.", "https://example.com/a?b=c#d"),
        ("(http://example.com/x)", "http://example.com/x"),
        ("http://example.com/x_(y),", "http://example.com/x_(y)"),
        ("<HTTPS://example.com>", "HTTPS://example.com"),
        ('"https://example.com"', "https://example.com"),
    ],
)
def test_an_address_ends_where_it_ends(engine: Engine, text: str, address: str) -> None:
    grid = printed(engine, text).grid()
    start = text.index(address)
    for x in range(len(text) + 2):
        assert link_at(grid, GridPlace(0, x)) == (address if start <= x < start + len(address) else "")


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("(https://x.example/43)(Fixes #42)", ["https://x.example/43"]),
        ("https://x.example/a）、https://x.example/b。", ["https://x.example/a", "https://x.example/b"]),
        ("「https://x.example/a」です", ["https://x.example/a"]),
        ("«https://x.example»", ["https://x.example"]),
        ("**https://x.example/bold**", ["https://x.example/bold"]),
        ("*https://x.example/a*, and *b*", ["https://x.example/a"]),
        ("__https://x.example/a_b__", ["https://x.example/a_b"]),
        ("_https://x.example/a_b_", ["https://x.example/a_b"]),
        ("**https://x.example/a**.", ["https://x.example/a"]),
        ("~~https://x.example/~a~~", ["https://x.example/~a"]),
        ("[http://a.example](http://b.example/c(d))", ["http://a.example", "http://b.example/c(d)"]),
        ("http://a.example,http://b.example;c", ["http://a.example", "http://b.example;c"]),
        ("http://a.example/http://b.example", ["http://a.example/http://b.example"]),
        ("│http://a.example/x│", ["http://a.example/x"]),
        ("http://[::1]:80/x (http://a.example/b.)", ["http://[::1]:80/x", "http://a.example/b"]),
        ("http://a.example/日本 语", ["http://a.example/日本"]),
        ("(http://) http://)http://a.example", ["http://a.example"]),
    ],
)
def test_case_18_an_address_ends_where_something_is_glued_to_it(
    engine: Engine, text: str, addresses: list[str]
) -> None:
    assert [link.address for link in reversed(links_in_view(printed(engine, text).grid()))] == addresses


def test_addresses_in_one_very_long_word_are_found_in_time() -> None:
    began = time.process_time()
    assert len(_written("[" * 50_000 + "http://a.example)" * 20_000 + "http://a.example/" + "[()" * 50_000)) == 20_001
    assert time.process_time() - began < 10


@pytest.mark.parametrize("text", ["https://", "ftp://example.com/", "javascript:alert(1)", "example.com", "http:// x"])
def test_other_text_is_no_link(engine: Engine, text: str) -> None:
    grid = printed(engine, text).grid()
    assert [link_at(grid, GridPlace(0, x)) for x in range(SIZE.cols)] == [""] * SIZE.cols
    assert links_in_view(grid) == []


def test_an_address_may_be_wrapped(engine: Engine) -> None:
    address = "https://example.com/" + "x" * SIZE.cols
    grid = printed(engine, "a " + address).grid()
    assert link_at(grid, GridPlace(0, 5)) == link_at(grid, GridPlace(1, 5)) == address


def test_a_marked_link_has_the_address_it_was_marked_with(engine: Engine) -> None:
    grid = printed(engine, "中 " + linked("text https://other.example", "mailto:a@example.com") + " after").grid()
    assert link_at(grid, GridPlace(0, 0)) == ""
    assert link_at(grid, GridPlace(0, 3)) == "mailto:a@example.com"
    assert link_at(grid, GridPlace(0, 20)) == "mailto:a@example.com"
    assert link_at(grid, GridPlace(0, 35)) == ""
    assert links_in_view(grid) == [ViewLink("text https://other.example", "mailto:a@example.com")]


def test_links_are_listed_from_the_bottom_up(engine: Engine) -> None:
    lines = ["http://one.example http://two.example", "x" * 30 + linked("wrapped " * 3, "http://three.example")]
    assert links_in_view(printed(engine, *lines).grid()) == [
        ViewLink("wrapped wrapped wrapped", "http://three.example"),
        ViewLink("http://two.example", "http://two.example"),
        ViewLink("http://one.example", "http://one.example"),
    ]


def test_links_are_bounded(make: Make) -> None:
    engine = make(SIZE)
    for number in range(3 * MAX_LINKS):
        engine.feed(linked("a", f"http://{number}.example").encode())
    engine.feed(b"\r\n" + linked("z", "http://long.example/" + "x" * 5000).encode())
    assert len(links_in_view(engine.grid())) == MAX_LINKS
    assert engine.grid().total > 0


PROMPT = "\x1b]133;A\x07$ \x1b]133;B\x07"


def ran(command: str, *output: str) -> str:
    return f"{command}\r\n\x1b]133;C\x07" + "".join(line + "\r\n" for line in output) + "\x1b]133;D;0\x07"


def output_of(engine: Engine) -> str | None:
    try:
        output = last_output(engine.grid())
    except NoPromptsError:
        return None
    return "" if output is None else Reader(engine.grid(), output).read(time.monotonic() + 60).decode()


@pytest.fixture
def shell() -> Engine:
    """Only libghostty keeps what OSC 133 says."""
    if engines.default_name() != engines.GHOSTTY:
        pytest.skip("there is no libghostty-vt for this system")
    return engines.create(engines.GHOSTTY, SIZE, 100)


@pytest.mark.parametrize(
    ("printed", "output"),
    [
        ("just text\r\n", None),
        ("motd\r\n" + PROMPT, ""),
        (PROMPT + ran("ls", "a", "b  ", "", "c") + PROMPT, "a\nb\n\nc"),
        (PROMPT + ran("ls", "a") + PROMPT + ran("true") + PROMPT, ""),
        (PROMPT + ran("ls", "a") + PROMPT + ran("id", "b") + PROMPT + "typed", "b"),
        (PROMPT + ran("ls", "a") + PROMPT + "sleep\r\n\x1b]133;C\x07so far", "so far"),
        (PROMPT + ran("seq", *[str(n) for n in range(50)]) + PROMPT, "\n".join(str(n) for n in range(50))),
    ],
)
def test_output_of_the_last_command(shell: Engine, printed: str, output: str | None) -> None:
    shell.feed(printed.encode())
    assert output_of(shell) == output


def test_the_copy_cursor_goes_from_prompt_to_prompt(shell: Engine) -> None:
    shell.feed(("motd\r\n" + PROMPT + ran("ls", *"abcdefgh") + PROMPT + ran("id", "b") + PROMPT).encode())
    marking = Marking(shell.grid())
    marking.apply(EnterCopyMode())
    rows = []
    for motion, count in ((Motion.PROMPT_UP, 1), (Motion.PROMPT_UP, 1), (Motion.PROMPT_UP, 1), (Motion.PROMPT_DOWN, 2)):
        marking.apply(MoveCursor(motion, count))
        cursor = marking.overlay().cursor
        assert cursor is not None
        rows.append(shell.grid().top + cursor[1])
    assert rows == [10, 1, 1, 12]


def test_an_engine_that_keeps_no_marks_knows_no_output() -> None:
    engine = engines.create(engines.BITTTY, SIZE, 100)
    engine.feed((PROMPT + ran("ls", "a") + PROMPT).encode())
    assert output_of(engine) is None
