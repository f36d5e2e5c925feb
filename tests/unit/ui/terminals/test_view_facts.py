from ssmtui.model import TerminalSize
from ssmtui.terminal.screen import Frame
from ssmtui.ui.terminals.facts import NewLines


def counted(*frames: tuple[int, int]) -> list[int]:
    """What is counted of frames that tell these lines below the view and lines of scrollback."""
    new = NewLines()
    return [new.count(Frame(1, TerminalSize(80, 24), {}, scrolled_back=below, history=kept)) for below, kept in frames]


def test_lines_are_new_that_come_while_the_view_is_scrolled_back():
    assert counted((0, 100), (10, 100), (15, 105), (30, 105), (33, 108)) == [0, 0, 5, 5, 8]


def test_at_the_bottom_nothing_is_new_and_the_next_count_starts_there():
    assert counted((10, 100), (15, 105), (0, 105), (4, 105), (6, 107)) == [0, 5, 0, 0, 2]


def test_a_scrollback_that_loses_lines_makes_no_negative_number():
    assert counted((10, 100), (10, 90)) == [0, 0]
