"""The shown tab is in sight whatever other tabs there are, also in a narrow terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ssmtui.ui.look.pieces import length
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.panes.needs import TabMark
from ssmtui.ui.panes.tab_bar import TITLE_LIMIT, CallPlace, TabBar
from ssmtui.ui.panes.tabs import TabLabel

TITLES = st.text(st.sampled_from("ab -中é\x1b"), max_size=40)
LABELS = st.tuples(TITLES, st.sampled_from(TabMark), st.sampled_from(("", "🐧", "中")))
PLACES = st.sampled_from((CallPlace(), CallPlace(True, True, "admin", "123456789012", "eu-central-1", "production")))


@given(st.lists(LABELS, min_size=1, max_size=60), st.data(), st.sampled_from((40, 60, 80, 120)), PLACES)
def test_the_bar_never_loses_the_shown_tab(
    tabs: list[tuple[str, TabMark, str]], data: st.DataObject, width: int, place: CallPlace
) -> None:
    shown = data.draw(st.integers(0, len(tabs) - 1))
    labels = [TabLabel(number, title, mark, number == shown, icon) for number, (title, mark, icon) in enumerate(tabs)]
    bar = TabBar(place)
    bar.show_tabs(labels)
    bar.show_badge("tunnels", "3 tunnels", Tone.GOOD)
    right = length(bar.right(width))
    left = bar.left(width - right)
    number = f" {shown + 1} "
    before = "".join(piece.text for piece in left).partition(number)[0]
    assert any(piece.tag is labels[shown] and piece.text == number for piece in left)
    # What is cut off lies behind the shown tab's number and mark.
    own = sum(length([piece]) for piece in left if piece.tag is labels[shown])
    assert cell_len(before) + own <= width - right
    assert own <= TITLE_LIMIT + len(number) + 6
