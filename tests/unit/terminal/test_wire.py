"""Messages between the client and the host: what goes in comes out, and nothing else is believed."""

from __future__ import annotations

import contextlib
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.model import TerminalSize
from ssmtui.terminal import wire
from ssmtui.terminal.screen import Colors, Cursor, CursorShape, Frame, Modes, MouseFormat, MouseTracking, Run, Style
from ssmtui.terminal.signs import LineEnd, ShellMark

MODES = Modes(True, True, True, True, MouseTracking.ANY, MouseFormat.SGR, True, True, 5, 2)
FRAME = Frame(
    seq=7,
    size=TerminalSize(80, 24),
    rows={0: (Run("a", 1), Run("中", 2, Style(1, 2, 0x1FF, 4, 5))), 3: (), 23: (Run(" x", 2, Style(bg=0x1FFFFFF)),)},
    cursor=Cursor(4, 5, False, CursorShape.BAR, True),
    modes=MODES,
    scrolled_back=8,
    history=9,
    recolored=((1, 0x112233), (258, 0)),
    held=True,
)


def sent(frame: Frame) -> dict[str, object]:
    header = json.loads(json.dumps(wire.frame_to_wire(frame)))
    assert isinstance(header, dict)
    return header


def test_a_message_can_be_read_again() -> None:
    stream = io.BytesIO(wire.pack({"do": "feed", "key": 1}, b"\0\xff") + wire.pack({}))
    assert wire.read(stream) == ({"do": "feed", "key": 1}, b"\0\xff")
    assert wire.read(stream) == ({}, b"")
    assert wire.read(stream) is None


def test_a_message_cut_short_is_the_end() -> None:
    message = wire.pack({"do": "feed"}, b"data")
    for length in range(len(message)):
        assert wire.read(io.BytesIO(message[:length])) is None


@pytest.mark.parametrize("lengths", [(wire.MAX_HEADER + 1, 0), (2, wire.MAX_BLOB + 1), (0xFFFFFFFF, 0xFFFFFFFF)])
def test_lengths_are_bounded(lengths: tuple[int, int]) -> None:
    with pytest.raises(wire.WireError):
        wire.lengths(wire.PREFIX.pack(*lengths))


@pytest.mark.parametrize("header", [b"", b"[]", b"{", b"\xff", b"1", b'"x"', b"[" * 100_000])
def test_headers_are_objects(header: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.parse(header)


def test_a_frame_crosses() -> None:
    assert wire.frame_from_wire(sent(FRAME)) == FRAME


def test_modes_cross() -> None:
    assert wire.modes_from_wire(wire.modes_to_wire(MODES)) == MODES


def test_colours_cross() -> None:
    colors = Colors(1, 2, 3, tuple(range(256)))
    assert wire.colors_from_wire(wire.colors_to_wire(colors)) == colors


@pytest.mark.parametrize("junk", [None, [], [0] * 258, [0] * 260, [0] * 258 + [-1], [0] * 258 + [1 << 24]], ids=repr)
def test_colours_are_all_there_and_within_their_range(junk: object) -> None:
    with pytest.raises(wire.WireError):
        wire.colors_from_wire(junk)


@pytest.mark.parametrize("pair", [[259, 0], [-1, 0], [0, 1 << 24], [0]])
def test_changed_colours_have_a_place(pair: object) -> None:
    with pytest.raises(wire.WireError):
        wire.frame_from_wire(sent(FRAME) | {"recolored": [pair]})


def test_text_is_made_inert_on_arrival() -> None:
    header = sent(FRAME)
    header["rows"] = [["a\x1b]0;x\x07\u202e", [0, 8, 9, 0]]]
    assert wire.frame_from_wire(header).rows[0][0].text == "a ]0;x  "


JUNK = [None, -1, 1.5, "x", True, [], {}, [[]], 1 << 70]


@pytest.mark.parametrize("junk", JUNK, ids=repr)
@pytest.mark.parametrize(
    "field", ["seq", "size", "rows", "styles", "cursor", "modes", "back", "history", "recolored", "held"]
)
def test_a_frame_with_a_wrong_field_is_refused(field: str, junk: object) -> None:
    if field in ("rows", "recolored") and junk == []:
        return
    with pytest.raises(wire.WireError):
        wire.frame_from_wire(sent(FRAME) | {field: junk})


@pytest.mark.parametrize(
    "rows",
    [
        [["", [24]]],
        [["", [-1]]],
        [["", []]],
        [["", ["0"]]],
        [[0, [0]]],
        [[None, [0]]],
        [["a", [0]]],
        [["a", [0, 1, 1]]],
        [["a", [0, 2, 1, 0]]],
        [["a", [0, 0, 1, 0]]],
        [["a", [0, 1, 1, 2]]],
        [["a", [0, 1, 1, -1]]],
        [["a", [0, 1, 81, 0]]],
        [["a", [0, 1, -1, 0]]],
        [["a", [0, 1, True, 0]]],
        [["ab", [0, 1, 80, 0, 1, 1, 0]]],
        [["a", [0, 1, 1, 0], 0]],
        [[0]],
    ],
    ids=repr,
)
def test_rows_are_within_the_frame(rows: object) -> None:
    with pytest.raises(wire.WireError):
        wire.frame_from_wire(sent(FRAME) | {"rows": rows, "styles": [-1, -1, 0, 0, -1] * 2})


@pytest.mark.parametrize(
    "style", [[-2, -1, 0, 0, -1], [1 << 25, -1, 0, 0, -1], [-1, -1, 512, 0, -1], [-1, -1, 0, 6, -1], [-1]]
)
def test_styles_are_within_bounds(style: object) -> None:
    with pytest.raises(wire.WireError):
        wire.frame_from_wire(sent(FRAME) | {"rows": [], "styles": style})


@pytest.mark.parametrize("modes", [[0] * 9, [0] * 11, [0, 0, 0, 0, 7, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1, 0, 0, 0, 0]])
def test_modes_have_known_values(modes: object) -> None:
    with pytest.raises(wire.WireError):
        wire.modes_from_wire(modes)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(sent(FRAME), VALUES)))
def test_any_json_is_a_frame_or_a_wire_error(header: dict[str, object]) -> None:
    with contextlib.suppress(wire.WireError):
        wire.frame_from_wire(sent(FRAME) | header)


def test_a_tail_crosses() -> None:
    rows = tuple(FRAME.rows.values())
    header = json.loads(json.dumps(wire.tail_to_wire(rows, FRAME.size.cols)))
    assert wire.tail_from_wire(header, len(rows)) == rows
    assert wire.tail_from_wire(json.loads(json.dumps(wire.tail_to_wire([], 1))), 1) == ()


@pytest.mark.parametrize(
    "rows",
    [
        [["a", [1, 1, 1, 0]]],  # the first is missing
        [["a", [0, 1, 1, 0]], ["a", [1, 1, 1, 0]], ["a", [2, 1, 1, 0]]],  # more than were asked for
        [["a" * 21, [0, 21, 21, 0]]],  # wider than the screen
        None,
    ],
)
def test_a_tail_that_was_not_asked_for_is_refused(rows: object) -> None:
    header = {"cols": 20, "rows": rows, "styles": [-1, -1, 0, 0, -1]}
    with pytest.raises(wire.WireError):
        wire.tail_from_wire(header, 2)
    wire.tail_from_wire(header | {"rows": [["a", [0, 1, 1, 0]]]}, 2)


@pytest.mark.parametrize("cols", [None, 0, 1 << 20, "1"])
def test_a_tail_has_a_width(cols: object) -> None:
    with pytest.raises(wire.WireError):
        wire.tail_from_wire({"cols": cols, "rows": [], "styles": []}, 2)


def test_signs_come_back_as_they_were_sent() -> None:
    marks = [ShellMark("C"), ShellMark("D", 0xFFFF_FFFF), ShellMark("D"), ShellMark("A")]
    header = json.loads(json.dumps({"shell": wire.shell_to_wire(marks), "end": int(LineEnd.SECRET)}))
    assert wire.signs_from_wire(header) == (marks, LineEnd.SECRET)
    assert wire.signs_from_wire({}) == ([], None)


@pytest.mark.parametrize(
    "header",
    [{"shell": 1}, {"shell": [[0]]}, {"shell": [[3, 0]]}, {"shell": [[0, -2]]}, {"shell": [["A", 0]]}, {"end": 4}],
)
def test_signs_that_no_host_sends_are_refused(header: dict[str, object]) -> None:
    with pytest.raises(wire.WireError):
        wire.signs_from_wire(header)
