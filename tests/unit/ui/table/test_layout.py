import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ssmtui.inventory.fields import FIELDS
from ssmtui.model import Node
from ssmtui.ui.look.cells import fit, tidy
from ssmtui.ui.nodes.table.columns import NODE_COLUMNS
from ssmtui.ui.table.columns import ColumnFacts
from ssmtui.ui.table.layout import GAP, Chosen, at, layout
from ssmtui.ui.table.rendering import pieces
from tests.support.fakes import NOW, make_node

CHOSEN = [Chosen(name) for name in NODE_COLUMNS.default]
FACTS = ColumnFacts(NOW)

WILD = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x1b\n\t\x7f\u200d\u200e\u202e\u2066\ufe0f\u0301日本語한글אבגابج١٢👩👍🏽🇩🇪क्षि\u1160\u3164"),
    ),
    max_size=60,
)


def titles(width: int) -> list[str]:
    return [column.title for column, _ in layout(NODE_COLUMNS, CHOSEN, width)]


def test_a_wide_table_shows_all_columns():
    assert titles(116) == ["NAME", "NODE ID", "PING", "PLATFORM", "AGENT", "IP", "LAST PING"]


def test_columns_go_by_rank_and_the_name_stays_to_the_last():
    assert titles(76) == ["NAME", "NODE ID", "PING", "PLATFORM"]
    assert titles(45) == ["NAME", "NODE ID"]
    assert titles(10) == ["NAME"]


def test_accounts_and_regions_have_room_at_80_columns():
    chosen = [*CHOSEN[:3], Chosen("account"), Chosen("region"), *CHOSEN[3:]]
    shown = [column.name for column, _ in layout(NODE_COLUMNS, chosen, 76)]
    assert shown == ["name", "id", "ping", "account", "region"]


def test_a_width_that_was_set_is_kept():
    assert [width for _, width in layout(NODE_COLUMNS, [Chosen("name", 10), Chosen("ip", 40)], 200)] == [10, 40]


def test_a_place_belongs_to_the_column_over_it():
    placed = layout(NODE_COLUMNS, [Chosen("name", 10), Chosen("ip", 10)], 80)
    assert [at(placed, x) and at(placed, x).name for x in (-1, 0, 11, 12, 23, 24)] == [
        None, "name", "name", "ip", "ip", None,
    ]  # fmt: skip


@given(st.lists(WILD, min_size=5, max_size=5), st.sampled_from([40, 76, 116, 300]))
def test_a_row_fits_its_layout_whatever_the_node_holds(texts, width):
    name, computer, ip, key, value = texts
    node = make_node(0)._replace(
        name=name, computer_name=computer, ip=ip, platform_name=value, agent_version=name, tags={key: value}
    )
    chosen = [*(Chosen(name) for name in FIELDS), *([Chosen(f"tag:{key}")] if key else [])]
    placed = layout(NODE_COLUMNS, chosen, width)
    for each in (node, Node("i-1", "")):
        drawn = [text for text, *_ in pieces(NODE_COLUMNS, each, placed, FACTS, None)]
        assert [cell_len(text) for text in drawn] == [width + GAP for _, width in placed]
        # No character takes another width for what is beside it, or the terminal would have to agree with us.
        assert all(sum(map(cell_len, text)) == cell_len(text) for text in drawn)
        assert not any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for text in drawn for c in text)
    assert sum(width for _, width in placed) + GAP * (len(placed) - 1) <= max(width, 18)


@pytest.mark.parametrize("text", ["שלום", "مرحبا ١٢", "a-אב-1"])
def test_text_from_the_right_stays_in_its_cell(text):
    fitted = fit(tidy(text), 12)
    assert fitted[0] == fitted[-1] == "\u200e"
    assert cell_len(fitted) == 12


def test_direction_overrides_and_controls_are_shown_not_obeyed():
    assert tidy("a\u202eb\x1b[31m\nc\td") == "a\ufffdb␛[31m␊c␉d"


def test_long_text_is_cut_before_it_is_looked_at():
    assert len(tidy("é" * 10**6)) == 80
