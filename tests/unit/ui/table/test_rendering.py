from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ssmtui.inventory.field_sets import SortKey
from ssmtui.inventory.query.query import parse
from ssmtui.model import PingStatus
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.nodes.table.columns import NODE_COLUMNS
from ssmtui.ui.table.columns import ColumnFacts
from ssmtui.ui.table.layout import GAP, Chosen, layout
from ssmtui.ui.table.rendering import headings, pieces
from tests.support.fakes import NOW, make_node

FACTS = ColumnFacts(NOW)
PLACED = layout(NODE_COLUMNS, [Chosen("name", 12), Chosen("seen", 9), Chosen("ip", 15)], 100)
WIDTH = 12 + 9 + 15 + 3 * GAP


def heads(*sort: SortKey) -> list[str]:
    shown = [title for title, _ in headings(PLACED, sort)]
    assert sum(map(cell_len, shown)) == WIDTH
    return [title.rstrip() for title in shown]


def test_headings_tell_the_order():
    assert heads(SortKey("name")) == ["NAME ▲", "LAST PING", "IP"]
    assert heads(SortKey("ip", True), SortKey("seen")) == ["NAME", "LAST P… ▲2", "IP ▼1"]


@given(st.text("ab-שא日é", max_size=30), st.text("ab", min_size=1, max_size=2))
def test_a_row_with_what_was_found_is_as_wide_as_one_without(name, word):
    node = make_node(0)._replace(name=name)
    query = parse(word, now=NOW)
    drawn = list(pieces(NODE_COLUMNS, node, PLACED, FACTS, query))
    assert sum(cell_len(text) for text, *_ in drawn) == WIDTH
    plain = "".join(text for text, *_ in pieces(NODE_COLUMNS, node, PLACED, FACTS, None))
    assert "".join(text for text, *_ in drawn) == plain


def test_what_was_found_stands_out_in_its_cell():
    drawn = list(pieces(NODE_COLUMNS, make_node(0)._replace(name="my-web-1"), PLACED, FACTS, parse("web", now=NOW)))
    assert [text for text, *tones in drawn if Tone.MATCH_CELL in tones] == ["web"]
    cut = list(pieces(NODE_COLUMNS, make_node(0)._replace(name="0123456789-web"), PLACED, FACTS, parse("web", now=NOW)))
    assert "".join(text for text, *tones in cut if Tone.MATCH_CELL in tones) in ("", "…")


def test_a_node_that_does_not_run_is_grey():
    stopped = make_node(0)._replace(ping=PingStatus.INACTIVE, instance_state="stopped")
    assert {tones[0] for _, *tones in pieces(NODE_COLUMNS, stopped, PLACED, FACTS, None)} <= {Tone.DIM, Tone.FAINT}
