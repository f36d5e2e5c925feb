"""The index: whatever happens in whatever order, it shows what filtering and sorting everything anew would."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.config.memory import Memory
from ssmtui.inventory.fields import field
from ssmtui.inventory.index import BY_NAME, NodeIndex, SortKey, Steps
from ssmtui.inventory.query import Query, parse
from ssmtui.inventory.rows import row
from ssmtui.inventory.store import Delta
from ssmtui.inventory.usage import Usage, Use
from ssmtui.model import Node, NodeKey, PingStatus

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def node(name: str, **facts: Any) -> Node:
    return Node(f"i-{name}", name, **facts)


def query(text: str) -> Query:
    return parse(text, now=NOW)


def run(steps: Steps) -> None:
    for _ in steps:
        pass


def filled(*nodes: Node, usage: Usage | None = None) -> NodeIndex:
    index = NodeIndex(usage)
    run(index.apply(Delta(nodes)))
    return index


def names(index: NodeIndex) -> list[str]:
    return [shown.node.name for shown in index.shown]


WEB1, WEB2, WEB10 = node("web-1"), node("web-2"), node("web-10")


def test_names_are_in_the_order_in_which_people_count_and_nameless_nodes_last() -> None:
    index = filled(WEB10, Node("i-2", ""), WEB2, Node("i-1", ""), WEB1)
    assert names(index) == ["web-1", "web-2", "web-10", "", ""]
    assert [shown.node.id for shown in index.shown[-2:]] == ["i-1", "i-2"]
    assert index.total == 5


def test_several_keys_sort_one_within_the_other_and_unknown_ones_come_last_either_way() -> None:
    nodes = (
        node("a", ping=PingStatus.ONLINE, zone="b"),
        node("b", ping=PingStatus.ONLINE, zone="a"),
        node("c", ping=PingStatus.CONNECTION_LOST, zone="a"),
        node("d", ping=PingStatus.ONLINE),
        node("e", zone="c"),
    )
    index = filled(*nodes)
    run(index.sort([SortKey("ping"), SortKey("zone", descending=True)]))
    assert names(index) == ["a", "b", "d", "c", "e"]
    run(index.sort([SortKey("zone"), SortKey("name", descending=True)]))
    assert names(index) == ["c", "b", "a", "e", "d"]
    run(index.sort([SortKey("zone", descending=True)]))
    assert names(index) == ["e", "a", "b", "c", "d"]


def test_a_field_that_is_none_is_refused_and_nothing_changes() -> None:
    index = filled(WEB2, WEB1)
    with pytest.raises(KeyError):
        index.sort([SortKey("colour")])
    assert index.sort_keys == BY_NAME
    assert names(index) == ["web-1", "web-2"]


def test_only_what_matches_is_shown_nearest_first() -> None:
    index = filled(node("db", ip="10.0.0.77", tags={"for": "web"}), node("old-web"), WEB1)
    run(index.select(query("web")))
    assert names(index) == ["web-1", "old-web", "db"]
    run(index.select(None))
    assert names(index) == ["db", "old-web", "web-1"]


def test_a_newer_filter_makes_the_older_ones_steps_moot() -> None:
    index = filled(*(node(f"{role}-{number}") for role in ("web", "db") for number in range(3000)))
    older = index.select(query("web"))
    next(older)
    run(index.select(query("db-17")))
    expected = names(index)
    run(older)
    assert names(index) == expected
    assert expected[0] == "db-17"


def test_places_are_those_of_what_is_shown() -> None:
    index = filled(WEB10, WEB2, WEB1, node("db"))
    run(index.select(query("web")))
    assert [index.place(one.key) for one in (WEB1, WEB2, WEB10, node("db"), node("gone"))] == [0, 1, 2, None, None]


def test_what_was_shown_is_never_changed_in_place() -> None:
    index = filled(WEB10, WEB1)
    before = index.shown
    run(index.apply(Delta((WEB2,), (WEB10.key,))))
    assert [len(before), names(index)] == [2, ["web-1", "web-2"]]


async def test_favourites_recent_and_most_used_nodes_come_first() -> None:
    usage = Usage(Memory(None))
    index = filled(WEB1, WEB2, WEB10, usage=usage)
    usage.favourites = frozenset({WEB10.key})
    usage.uses = {WEB2.key: Use(5, 100.0), WEB10.key: Use(2, 300.0)}
    for sort_field, expected in (
        ("favourite", ["web-10", "web-1", "web-2"]),
        ("recent", ["web-10", "web-2", "web-1"]),
        ("used", ["web-2", "web-10", "web-1"]),
    ):
        run(index.sort([SortKey(sort_field)]))
        assert names(index) == expected
    usage.uses = {**usage.uses, WEB1.key: Use(9, 400.0)}
    run(index.use_changed([WEB1.key]))
    assert names(index) == ["web-1", "web-2", "web-10"]


# Against a naive reference

FIELDS = ("name", "ping", "zone", "tag:env", "seen", "favourite", "used")
NODES = st.builds(
    lambda number, name, ping, zone, env: Node(
        f"i-{number}", name, ping=ping, zone=zone, tags={"env": env} if env else {}
    ),
    st.integers(0, 8),
    st.sampled_from(["", "web-1", "web-2", "web-10", "WEB-2", "db", "\x1b[31m"]),
    st.sampled_from(PingStatus),
    st.sampled_from(["", "a", "b"]),
    st.sampled_from(["", "prod", "dev"]),
)
KEYS = st.integers(0, 8).map(lambda number: ("", "", f"i-{number}"))
SORTS = st.lists(st.builds(SortKey, st.sampled_from(FIELDS), st.booleans()), max_size=3)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("apply"), st.tuples(st.lists(NODES, max_size=6), st.lists(KEYS, max_size=3))),
        st.tuples(st.just("select"), st.sampled_from(["", "w", "we", "web", "web p", "prod", "nothing"])),
        st.tuples(st.just("sort"), SORTS),
        st.tuples(st.just("use"), st.tuples(KEYS, st.integers(1, 3), st.booleans())),
    ),
    max_size=12,
)


def sort_value(key: SortKey, one: Node, usage: Usage) -> str:
    match key.field:
        case "favourite":
            return "1" if one.key in usage.favourites else ""
        case "used":
            return f"{10 - usage.used(one.key).times:02}" if usage.used(one.key).times else ""
    return field(key.field).sort_key(one)


def reference(nodes: dict[NodeKey, Node], sort: Sequence[SortKey], filter: Query, usage: Usage) -> list[Node]:
    found = sorted(nodes.values(), key=lambda one: one.key)
    for key in reversed([*sort, SortKey("name")]):
        found.sort(key=lambda one, key=key: sort_value(key, one, usage), reverse=key.descending)
        found.sort(key=lambda one, key=key: not sort_value(key, one, usage))
    matching = filter.select([row(one) for one in found])
    return [shown.node for shown in sorted(matching, key=filter.closeness)]


@given(OPERATIONS)
def test_it_shows_what_doing_everything_anew_would(operations: list[tuple[str, Any]]) -> None:
    usage = Usage.__new__(Usage)
    usage.favourites, usage.uses = frozenset(), {}
    index, nodes = NodeIndex(usage), dict[NodeKey, Node]()
    sort, filter = list(BY_NAME), query("")
    for what, argument in operations:
        if what == "apply":
            changed, removed = {one.key: one for one in argument[0]}, set(argument[1])
            removed -= changed.keys()
            nodes = {key: one for key, one in nodes.items() if key not in removed} | changed
            run(index.apply(Delta(tuple(changed.values()), tuple(removed))))
        elif what == "select":
            filter = query(argument)
            run(index.select(filter))
        elif what == "sort":
            sort = argument
            run(index.sort(sort))
        else:
            key, times, likes = argument
            usage.uses = {**usage.uses, key: Use(times, 1.0)}
            usage.favourites = usage.favourites ^ ({key} if likes else set())
            run(index.use_changed([key]))
        assert [shown.node for shown in index.shown] == reference(nodes, sort, filter, usage)
        assert [index.place(shown.node.key) for shown in index.shown] == list(range(len(index.shown)))
        assert index.total == len(nodes)
