"""The filter and the orders of the overview."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.inventory.query.query import Query, parse
from ssmtui.model import Node, PaneOptions, Scope, StartRequest
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.ui.overview.listing import Listed, TileOrder, shown
from ssmtui.ui.panes.needs import RANKED, TabMark


def query(text: str = "") -> Query:
    return parse(text, now=datetime(2026, 1, 1, tzinfo=UTC))


def listed(key: int, title: str, mark: TabMark = TabMark.QUIET, **facts: object) -> Listed:
    session = SessionSnapshot(key, title, StartRequest(f"i-{key}"), None, SessionState.OPEN)
    return Listed(replace(session, **facts), mark)  # type: ignore[arg-type]  # what the test gives


def keys(found: list[Listed]) -> list[int]:
    return [each.session.key for each in found]


WEB = Node("i-0aa", "web-1", ip="10.0.0.7", platform_name="Ubuntu", tags={"env": "prod", "state": "green"})
DB = Node("i-0bb", "db-1", ip="10.0.0.8", tags={"env": "test"})
SESSIONS = [
    listed(1, "front door", node=WEB, state=SessionState.LOST),
    listed(2, "db-1", node=DB, terminal_title="vim orders.sql"),
    listed(
        3,
        "i-0cc",
        request=StartRequest(
            "i-0cc", "Acme-Debug", scope=Scope("audit", "eu-west-1"), options=PaneOptions(guarded="account:prod")
        ),
    ),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [1, 2, 3]),
        ("front", [1]),
        ("web-1", [1]),
        ("ubuntu", [1]),
        ("tag:env=prod", [1]),
        ("!tag:env=prod", [2, 3]),
        ("orders.sql", [2]),
        ("10.0.0.8", [2]),
        ("i-0cc", [3]),
        ("acme", [3]),
        ("profile:audit", [3]),
        ("tag:state=lost", [1]),
        ("env=test vim", [2]),
        ("!lost", [2, 3]),
        ("tag:guarded", [3]),
        ("nothing like this", []),
    ],
)
def test_a_session_is_found_by_its_node_and_by_itself(text: str, expected: list[int]) -> None:
    assert keys(shown(SESSIONS, TileOrder.TABS, query(text))) == expected


marks = st.lists(st.sampled_from(TabMark), max_size=60)


@given(marks, st.sampled_from(TileOrder))
def test_an_order_loses_nothing_and_doubles_nothing(given_marks: list[TabMark], order: TileOrder) -> None:
    sessions = [listed(key, f"tab {key % 7}", mark) for key, mark in enumerate(given_marks)]
    found = shown(sessions, order, query())
    assert sorted(keys(found)) == list(range(len(sessions)))
    # What is equal stays in the order of the tabs.
    by_mark: dict[object, list[int]] = {}
    for each in found:
        group = {TileOrder.TABS: None, TileOrder.NEED: each.mark, TileOrder.NAME: each.session.title}[order]
        by_mark.setdefault(group, []).append(each.session.key)
    assert all(group == sorted(group) for group in by_mark.values())


@given(marks)
def test_what_needs_a_person_comes_before_what_does_not(given_marks: list[TabMark]) -> None:
    found = shown([listed(key, "", mark) for key, mark in enumerate(given_marks)], TileOrder.NEED, query())
    places = [RANKED.index(each.mark) for each in found]
    assert places == sorted(places)


def test_orders_go_round() -> None:
    seen = [TileOrder.TABS]
    while seen[-1].following not in seen:
        seen.append(seen[-1].following)
    assert seen == list(TileOrder)
