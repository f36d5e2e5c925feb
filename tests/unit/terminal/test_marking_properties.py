"""Marking against a simple model of wrapped text, and against whatever a node can print."""

from __future__ import annotations

import contextlib
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines
from ssmtui.terminal.engine import Engine
from ssmtui.terminal.links import links_in_view
from ssmtui.terminal.marking import Marking
from ssmtui.terminal.marks import (
    Drag,
    EnterCopyMode,
    Find,
    FindNext,
    KeepFind,
    LeaveCopyMode,
    MarkAction,
    Motion,
    MoveCursor,
    Press,
    Release,
    Shape,
    SwapEnds,
    Toggle,
    Unfind,
    Unmark,
)
from ssmtui.terminal.outputs import NoPromptsError, last_output

from .test_marking import copied

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""The machine may be busy."""
COLS, ROWS = 20, 5
SIZE = TerminalSize(COLS, ROWS)
Glyph = tuple[int, int, str]
"""First cell, end, character."""


def wrapped(line: str) -> list[list[Glyph]]:
    """A printed line as rows of glyphs."""
    rows: list[list[Glyph]] = [[]]
    x = 0
    for character in line:
        width = 2 if character == "中" else 1
        if x + width > COLS:
            rows.append([])
            x = 0
        rows[-1].append((x, x + width, character))
        x += width
    return rows


def cut(row: list[Glyph], start: int, end: int) -> str:
    """The glyphs that touch the cells from ``start`` to ``end`` (included)."""
    return "".join(character for first, after, character in row if first <= end and after > start)


def model_text(lines: list[str], shape: Shape, one: tuple[int, int], other: tuple[int, int]) -> str:
    """What a selection from ``one`` to ``other`` (row and cell) copies."""
    rows = [(row, number) for number, line in enumerate(lines) for row in wrapped(line)]
    (top, left), (bottom, right) = sorted((one, other))
    if shape is Shape.BLOCK:
        sides = sorted((one[1], other[1]))
        return "\n".join(cut(row, *sides).rstrip(" ") for row, _ in rows[top : bottom + 1])
    if shape is Shape.LINE:
        first, last = rows[top][1], rows[bottom][1]
        return "".join(line.rstrip(" ") + "\n" for line in lines[first : last + 1])
    parts: dict[int, str] = {}
    for index in range(top, bottom + 1):
        row, number = rows[index]
        piece = cut(row, left if index == top else 0, right if index == bottom else COLS)
        parts[number] = parts.get(number, "") + piece
    return "\n".join(part.rstrip(" ") for part in parts.values())


def blank_before_wide(line: str) -> bool:
    """Where bittty cannot tell a blank that was printed from one that was left."""
    rows = wrapped(line)
    return any(row[-1][1:] == (COLS, " ") and after[0][2] == "中" for row, after in pairwise(rows))


LINES = st.lists(st.text("ab ·中", max_size=50), min_size=1, max_size=12)


@pytest.mark.parametrize("engine_name", engines.NAMES)
@settings(RELAXED, max_examples=60)
@given(st.data(), LINES, st.sampled_from([Shape.CHARACTER, Shape.LINE, Shape.BLOCK]))
def test_what_is_copied_is_what_the_model_says(
    engine_name: str, data: st.DataObject, lines: list[str], shape: Shape
) -> None:
    with contextlib.closing(engines.create(engine_name, SIZE, 1000)) as engine:
        if engine_name == engines.BITTTY:
            lines = [line.rstrip(" ") for line in lines]  # its history keeps no blanks there, nor rows of them
            assume(not any(map(blank_before_wide, lines)))
        engine.feed("\r\n".join(lines).encode())
        count = sum(len(wrapped(line)) for line in lines)
        places = st.tuples(st.integers(0, count - 1), st.integers(0, COLS - 1))
        one, other = data.draw(places), data.draw(places)
        marking = Marking(engine.grid())
        for place, mark in ((one, Press), (other, Drag)):
            engine.scroll(-(1 << 20))
            top = max(0, min(place[0], engine.grid().total - ROWS))
            if top:
                engine.scroll(top)
            marking.scrolled()
            x, y = place[1], place[0] - engine.grid().top
            marking.apply(Press(x, y, shape) if mark is Press else Drag(x, y))
        assert copied(marking) == model_text(lines, shape, one, other)
        for _, start, end in marking.overlay().selection:
            assert 0 <= start < end <= COLS


@pytest.mark.parametrize("engine_name", engines.NAMES)
@settings(RELAXED, max_examples=40)
@given(
    st.data(),
    st.lists(st.text("ab", min_size=1, max_size=50) | st.text("ab中", min_size=1, max_size=50), min_size=1, max_size=8),
    st.lists(st.integers(20, 60), max_size=3),
)
def test_a_reflow_changes_no_selection(
    engine_name: str, data: st.DataObject, lines: list[str], widths: list[int]
) -> None:
    with contextlib.closing(engines.create(engine_name, SIZE, 1000)) as engine:
        assume(engine_name != engines.BITTTY or "中" not in "".join(lines))  # its history cuts them at another width
        engine.feed(("\r\n".join(lines) + "\r\n" * ROWS).encode())
        engine.scroll(-(1 << 20))
        row = data.draw(st.integers(0, min(ROWS, sum(len(wrapped(line)) for line in lines)) - 1))
        marking = Marking(engine.grid())
        marking.apply(Press(0, row, Shape.LINE))
        marking.apply(Release())
        before = copied(marking)
        assert before.strip("\n") in lines
        for width in widths:
            engine.resize(TerminalSize(width, ROWS))
            assert copied(marking) == before


MARKS: st.SearchStrategy[MarkAction] = st.one_of(
    st.builds(Press, st.integers(-9, 99), st.integers(-9, 99), st.sampled_from(Shape)),
    st.builds(Drag, st.integers(-9, 99), st.integers(-9, 99)),
    st.builds(
        MoveCursor,
        st.sampled_from([str(motion) for motion in Motion]),
        st.sampled_from([1, 2, 50]),
        st.sampled_from(["a", ""]),
    ),
    st.builds(Toggle, st.sampled_from(Shape)),
    st.builds(Find, st.sampled_from(["", "a", "a*", ".", "(", "$"]), st.booleans(), backward=st.booleans()),
    st.builds(FindNext, st.booleans()),
    st.sampled_from(
        [Release(), Unmark(), EnterCopyMode(), EnterCopyMode(), LeaveCopyMode(), SwapEnds(), KeepFind(), Unfind()]
    ),
)
SEQUENCES = (
    b"\x1b[?1049h \x1b[?1049l \x1b[?1047h \x1bc \x1b[3J \x1b[2J \x1b[H \x1b[5L \x1b[9M \x1b[2;3r \x1b[S \x1b[T "
    b"\x1b[?3h \x1b#6 \x1b[?2027h \x1b]8;;http://a\x07 \x1b]133;A\x07 \x1b]133;C\x07 http://a/"
)
TEXT = [b"a" * 50, b"\r\n" * 9, " e\u0301👩🏽\u200d🚀🇩🇪中\u200d\ufe0f".encode()]
PRINTED = [*SEQUENCES.split(), *TEXT]
CHUNKS = st.one_of(st.binary(max_size=60), st.lists(st.sampled_from(PRINTED), max_size=12).map(b"".join))
STEPS = st.lists(st.one_of(MARKS, CHUNKS, st.builds(TerminalSize, st.integers(20, 50), st.integers(5, 9))), max_size=40)


def look(engine: Engine, marking: Marking) -> None:
    """All that is asked of marks, which must answer within the view."""
    marking.changed()
    marking.settle()
    overlay = marking.overlay()
    marking.work()
    copied(marking)
    links_in_view(engine.grid())
    with contextlib.suppress(NoPromptsError):
        last_output(engine.grid())
    cols, height = engine.grid().cols, engine.grid().height
    for y, start, end in overlay.selection + overlay.matches + overlay.current:
        assert 0 <= y < height
        assert 0 <= start <= end <= cols
    if overlay.cursor is not None:
        assert 0 <= overlay.cursor[0] < cols
        assert 0 <= overlay.cursor[1] < height


@pytest.mark.parametrize("engine_name", engines.NAMES)
@settings(RELAXED, max_examples=60)
@given(STEPS)
@example([b"\x1b[?1049h" + b"a" * 100 + b"\x1b[T", TerminalSize(21, 5)])  # the last row goes on, and nothing follows
def test_nothing_that_is_printed_breaks_the_marks(
    engine_name: str, steps: list[MarkAction | bytes | TerminalSize]
) -> None:
    with contextlib.closing(engines.create(engine_name, SIZE, 30)) as engine:
        marking = Marking(engine.grid())
        for step in steps:
            if isinstance(step, bytes):
                engine.feed(step)
            elif isinstance(step, TerminalSize):
                engine.resize(step)
            else:
                marking.apply(step)
            look(engine, marking)
