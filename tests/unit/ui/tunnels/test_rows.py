"""Tunnels as rows: groups, search, order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ssmtui.errors import TargetNotConnected
from ssmtui.forwards.tunnel import TunnelOptions, TunnelState
from ssmtui.inventory.field_sets import SortKey
from ssmtui.inventory.index import RowIndex
from ssmtui.inventory.query.row_query import parse_for
from ssmtui.inventory.store import Delta
from ssmtui.ui.table.columns import ColumnFacts
from ssmtui.ui.table.layout import Chosen, layout
from ssmtui.ui.tunnels.columns import TUNNEL_COLUMNS
from ssmtui.ui.tunnels.rows import TUNNEL_LANGUAGE, TUNNEL_ROWS, TunnelRow, groups_of, rows_of
from tests.support.fake_tunnels import tunnel

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
TUNNELS = (
    tunnel(1, "8080:80", title="web-1"),
    tunnel(2, "5432:orders.internal:5432", title="bastion", group="orders", connections=3, rate_received=900.0),
    tunnel(3, "*:6379:cache.internal:6379", TunnelState.IDLE, title="bastion", group="orders", connections=1),
    tunnel(
        4, "443", TunnelState.FAILED, title="db-1", error=TargetNotConnected("it sleeps"), started=NOW.timestamp() - 90
    ),
)


def found(text: str, *tunnels: object, folds: tuple[str, ...] = (), sort: str = "") -> list[str]:
    """The local ports of the rows that a filter finds, in order."""
    index = RowIndex(TUNNEL_ROWS)
    rows = rows_of(TUNNELS, folds)
    for steps in (index.apply(Delta(tuple(rows))), index.select(parse_for(TUNNEL_LANGUAGE, text, now=NOW))):
        list(steps)
    if sort:
        list(index.sort((SortKey(sort.removeprefix("-"), sort.startswith("-")),)))
    return [row.item.group if row.item.is_folded else str(row.item.first.local_port) for row in index.shown]


def test_groups_come_first_and_then_those_of_none_as_they_were_opened() -> None:
    assert found("") == ["5432", "6379", "8080", "443"]
    assert found("", folds=("orders",)) == ["orders", "8080", "443"]


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("orders", ["5432", "6379"]),
        ("cache", ["6379"]),
        ("node:web", ["8080"]),
        ("state:failed", ["443"]),
        ("is:busy", ["5432", "6379"]),
        ("is:exposed", ["6379"]),
        ("is:troubled", ["443"]),
        ("-is:grouped", ["8080", "443"]),
        ("is:over", ["443"]),
        ("sleeps", ["443"]),
        ("port:5432", ["5432"]),
        ("service:postgres", ["5432"]),
        ("started:<2m", ["443"]),
        ("127.0.0.1:8080", ["8080"]),
        ("group:orders leads:cache", ["6379"]),
    ],
)
def test_a_filter_finds_by_words_fields_and_questions(text: str, ports: list[str]) -> None:
    assert found(text) == ports


def test_a_folded_group_is_found_by_any_of_its_tunnels() -> None:
    assert found("cache", folds=("orders",)) == ["orders"]
    assert found("is:exposed", folds=("orders",)) == ["orders"]


def test_numbers_order_by_value() -> None:
    assert found("", sort="-connections")[:2] == ["5432", "6379"]
    assert found("", sort="-rate")[0] == "5432"


def test_a_folded_group_adds_up_and_shows_the_worst() -> None:
    row = rows_of(TUNNELS, ("orders",))[1]
    assert (row.connections, row.rates[1], row.nodes, row.state) == (4, 900.0, ("bastion",), TunnelState.OPEN)
    assert row._replace(members=(*row.members, TUNNELS[3])).state is TunnelState.FAILED
    assert row.key != rows_of(TUNNELS)[1].key
    assert groups_of(rows_of(TUNNELS)) == ["orders"]


@pytest.mark.parametrize("folds", [(), ("orders",)])
def test_each_column_draws_each_row(folds: tuple[str, ...]) -> None:
    facts = ColumnFacts(NOW)
    for row in rows_of(TUNNELS, folds):
        for name in TUNNEL_ROWS.fields:
            assert isinstance(TUNNEL_COLUMNS.column(name).cell(row, facts).text, str)


def test_a_time_that_the_system_cannot_name_is_none() -> None:
    row = TunnelRow((TUNNELS[0]._replace(started=1e300),))
    assert TUNNEL_ROWS.fields["started"].text(row) == ""
    assert TUNNEL_ROWS.fields["started"].sort_key(row) == ""


@pytest.mark.parametrize(
    ("width", "names"),
    [
        (75, ["state", "local", "leads", "name", "rate"]),
        (115, ["state", "local", "leads", "name", "connections", "rate", "traffic", "group"]),
    ],
)
def test_what_matters_most_has_room_on_small_screens(width: int, names: list[str]) -> None:
    chosen = [Chosen(name) for name in TUNNEL_COLUMNS.default]
    assert [column.name for column, _ in layout(TUNNEL_COLUMNS, chosen, width)] == names


def test_options_without_a_group_are_of_none() -> None:
    assert rows_of([tunnel(1, "80", options=TunnelOptions(sessions=2))], ("",))[0].is_folded is False
