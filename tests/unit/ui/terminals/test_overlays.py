from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from ssmtui.terminal.marks import EMPTY, CellSpan, MarkOverlay
from ssmtui.ui.look import theme
from ssmtui.ui.look.palette import Palette
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.terminals.overlays import OverlayPainter
from tests.unit.ui.look.test_theme import variables

PALETTE = Palette(variables(theme.NIGHT))
ROW = Strip([Segment("one ", Style(color="red", bold=True)), Segment("日本", Style()), Segment("    ", Style())])
SPANS = st.tuples(st.integers(0, 2), st.integers(0, 14), st.integers(0, 14)).map(lambda s: CellSpan(*s))


def painted(overlay: MarkOverlay, line: int = 0, row: Strip = ROW) -> Strip:
    painter = OverlayPainter()
    painter.show(overlay)
    return painter.paint(row, line, PALETTE)


def test_the_lines_that_look_different_are_told():
    painter = OverlayPainter()
    first = MarkOverlay(matches=(CellSpan(1, 0, 2), CellSpan(2, 0, 2)))
    assert painter.show(EMPTY) == set()
    assert painter.show(first) == {1, 2}
    assert painter.show(MarkOverlay(matches=(CellSpan(2, 0, 2), CellSpan(3, 0, 2)), cursor=(0, 3))) == {1, 3}
    assert painter.show(EMPTY) == {2, 3}


def test_a_line_without_marks_is_left_as_it_is():
    assert painted(MarkOverlay(matches=(CellSpan(1, 0, 2),))) is ROW


def test_marks_keep_the_text_and_lay_their_colours_over_it():
    strip = painted(MarkOverlay(selection=(CellSpan(0, 2, 6),)))
    assert [(text, style.bgcolor == PALETTE.style(Tone.SELECTED).bgcolor) for text, style, _ in strip] == [
        ("on", False),
        ("e ", True),
        ("日", True),
        ("本", False),
        ("    ", False),
    ]
    assert list(strip)[1].style.bold, "what is bold stays so"


def test_the_cursor_is_as_wide_as_its_character():
    strip = painted(MarkOverlay(cursor=(4, 0)))
    cursor = PALETTE.style(Tone.COPY_CURSOR).bgcolor
    assert [text for text, style, _ in strip if style.bgcolor == cursor] == ["日"]
    assert strip.text == ROW.text


@given(st.lists(SPANS), st.lists(SPANS), st.lists(SPANS))
def test_any_spans_leave_the_line_as_wide_as_it_is(selection, matches, current):
    row = Strip([Segment("0123456789ab", Style())])
    strip = painted(MarkOverlay(tuple(selection), tuple(matches), tuple(current), cursor=(11, 1)), 1, row)
    assert strip.text == "0123456789ab"
    assert strip.cell_length == sum(segment.cell_length for segment in strip) == 12
