"""Marks and overlays across the process border."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.model import TerminalSize
from ssmtui.terminal import marks, marks_wire
from ssmtui.terminal.marks import Case, CellSpan, MarkOverlay, Motion, SearchStatus, Shape, ViewLink
from ssmtui.terminal.wire import WireError

SIZE = TerminalSize(20, 5)
MARKS = [
    marks.Press(3, 4, Shape.BLOCK),
    marks.Drag(-1, 7),
    marks.Release(),
    marks.Unmark(),
    marks.EnterCopyMode(),
    marks.LeaveCopyMode(),
    marks.MoveCursor(Motion.FIND_CHAR, 3, "é"),
    marks.Toggle(Shape.LINE),
    marks.SwapEnds(),
    marks.Find("a+b", regex=True, case=Case.EXACT, backward=True),
    marks.KeepFind(),
    marks.FindNext(backward=True),
    marks.Unfind(),
]
OVERLAY = MarkOverlay(
    (CellSpan(0, 2, 20), CellSpan(1, 0, 4)),
    (CellSpan(3, 1, 2),),
    (CellSpan(3, 1, 2),),
    (19, 4),
    Shape.CHARACTER,
    SearchStatus(7, 2, True),
)


def sent(value: object) -> Any:
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: type(mark).__name__)
def test_a_mark_crosses(mark: marks.MarkAction) -> None:
    crossed = marks_wire.mark_from_wire(sent(marks_wire.mark_to_wire(mark)))
    assert crossed == mark
    assert type(crossed) is type(mark)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        ["Nothing"],
        [["Press"]],
        ["Press", 1, 2],
        ["Press", 1, 2, 9],
        ["Press", 1, 1 << 20, 0],
        ["Press", True, 2, 0],
        ["Move", "sideways", 1, ""],
        ["Move", "left", 0, ""],
        ["Move", "left", 1 << 20, ""],
        ["Move", ["left"], 1, ""],
        ["Find", "x" * (marks.MAX_PATTERN + 1), False, 0, False],
        ["Find", "x", 1, 0, False],
        ["Find", "x", False, 3, False],
    ],
)
def test_a_mark_out_of_bounds_is_refused(value: object) -> None:
    with pytest.raises(WireError):
        marks_wire.mark_from_wire(value)


def test_an_overlay_crosses() -> None:
    assert marks_wire.overlay_from_wire(sent(marks_wire.overlay_to_wire(OVERLAY)), SIZE) == OVERLAY


def test_nothing_marked_is_nothing_said() -> None:
    assert marks_wire.overlay_to_wire(marks.EMPTY) is None
    assert marks_wire.overlay_from_wire(None, SIZE) is marks.EMPTY


@pytest.mark.parametrize(
    ("place", "junk"),
    [
        (0, [5, 0, 1]),
        (0, [0, 0, 21]),
        (0, [0, 2, 1]),
        (1, [0, 0]),
        (2, [0, "0", 1]),
        (3, [20, 0]),
        (3, [0]),
        (4, 7),
        (5, [1, 2, True, ""]),
        (5, [1, 1, 1, ""]),
        (5, [1, 1, True, "x" * 1000]),
    ],
)
def test_an_overlay_out_of_bounds_is_refused(place: int, junk: object) -> None:
    wire = sent(marks_wire.overlay_to_wire(OVERLAY))
    wire[place] = junk
    with pytest.raises(WireError):
        marks_wire.overlay_from_wire(wire, SIZE)


def test_what_is_copied_is_inert_but_for_its_lines() -> None:
    assert marks_wire.text_from_wire("a\x1b[31mb\n\u202ec".encode()) == "a [31mb\n c"
    with pytest.raises(WireError):
        marks_wire.text_from_wire(b"\xff")


def test_links_are_inert_and_bounded() -> None:
    links = [["a\x07", "https://example.com/"], ["b", "https://example.com/\x1b"]]
    assert marks_wire.links_from_wire({"links": links}) == (ViewLink("a ", "https://example.com/"), ViewLink("b", ""))
    assert len(marks_wire.links_from_wire({"links": links[:1] * 1000})) == marks.MAX_LINKS
    with pytest.raises(WireError):
        marks_wire.links_from_wire({"links": [["a"]]})


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), st.lists, max_leaves=8)


@given(JSON)
def test_any_json_is_a_mark_and_an_overlay_or_a_wire_error(value: object) -> None:
    for read in (marks_wire.mark_from_wire, lambda value: marks_wire.overlay_from_wire(value, SIZE)):
        with contextlib.suppress(WireError):
            read(value)
