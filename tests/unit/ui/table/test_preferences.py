import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.inventory.field_sets import SortKey
from ssmtui.inventory.node_rows import NODE_ROWS
from ssmtui.ui.nodes.table.columns import NODE_COLUMNS
from ssmtui.ui.table.layout import MOST, Chosen
from ssmtui.ui.table.preferences import Preferences, first, parse_columns, parse_sort, read, sort_by

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(["name", "tag:env", "used"]),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


def test_what_is_written_is_read_again():
    wanted = Preferences(
        NODE_COLUMNS,
        (Chosen("name", 30), Chosen("tag:env"), Chosen("vpc")),
        frozenset({"account"}),
        (SortKey("used"), SortKey("tag:env", True)),
        tall=True,
    )
    assert read(NODE_COLUMNS, json.loads(json.dumps(wanted.as_section()))) == (wanted, "")


def test_nothing_remembered_is_the_first_table():
    assert read(NODE_COLUMNS, {}) == (first(NODE_COLUMNS), "")


@given(st.dictionaries(st.sampled_from(["columns", "sort", "off", "tall"]), JSON))
def test_whatever_is_in_the_file_makes_a_table(section):
    found, problem = read(NODE_COLUMNS, section)
    assert found.columns
    assert found.sort
    assert read(NODE_COLUMNS, found.as_section()) == (found, "")
    assert bool(problem) <= bool(section)


def test_what_cannot_be_used_is_told_and_the_rest_is_kept():
    found, problem = read(NODE_COLUMNS, {"columns": [["name", 9999], ["nonsense", None]], "sort": 5})
    assert found.columns == (Chosen("name", MOST),)
    assert found.sort == NODE_ROWS.order
    assert problem == "What was remembered of the table's columns and order was not all usable"


def test_columns_of_scopes_come_by_themselves_and_stay_away_when_taken_off():
    differing = frozenset({"account", "region"})
    shown = first(NODE_COLUMNS).shown(differing)
    assert [one.name for one in shown][:5] == ["name", "id", "ping", "account", "region"]
    without = [one for one in shown if one.name != "region"]
    later = first(NODE_COLUMNS).with_shown(without, differing)
    assert list(later.shown(differing)) == without
    assert [one.name for one in later.shown(frozenset({"profile"}))].count("profile") == 1
    again = later.with_shown(shown, differing)
    assert again.shown(differing) == shown
    assert again.off == frozenset()


def test_the_order_is_reversed_by_choosing_again_and_added_to_by_a_further_key():
    by_name = sort_by(NODE_ROWS.order, "name")
    assert by_name == (SortKey("name", True),)
    assert sort_by(by_name, "name") == (SortKey("name"),)
    both = sort_by(by_name, "region", further=True)
    assert both == (SortKey("name", True), SortKey("region"))
    assert sort_by(both, "region", further=True)[1] == SortKey("region", True)
    assert sort_by(both, "region") == (SortKey("region"),)


def test_orders_and_columns_can_be_typed():
    assert parse_sort(NODE_COLUMNS, "favourite, -seen tag:env") == (
        SortKey("favourite"), SortKey("seen", True), SortKey("tag:env"),
    )  # fmt: skip
    assert parse_columns(NODE_COLUMNS, "name id tag:env") == (Chosen("name"), Chosen("id"), Chosen("tag:env"))
    for text in ("name,nonsense", "-"):
        with pytest.raises(KeyError):
            parse_sort(NODE_COLUMNS, text)
    with pytest.raises(KeyError):
        parse_columns(NODE_COLUMNS, "used")
