import pytest

from ssmtui.ui.scroll_mode import FAR, movement


@pytest.mark.parametrize(
    ("key", "lines"),
    [
        ("k", -1),
        ("down", 1),
        ("pageup", -19),
        ("space", 19),
        ("ctrl+u", -10),
        ("g", -FAR),
        ("G", FAR),
        ("x", None),
        ("q", None),
    ],
)
def test_keys_move_by_lines_and_by_pages_less_one_line(key, lines):
    assert movement(key, 20) == lines


def test_a_page_of_a_tiny_view_still_moves():
    assert movement("pagedown", 1) == 1
