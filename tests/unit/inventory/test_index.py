"""The index: whatever happens in whatever order, it shows what filtering and sorting everything anew would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui import time_limit
from ssmtui.config.memory import Memory
from ssmtui.inventory import index as index_module
from ssmtui.inventory import merging, sorting
from ssmtui.inventory.field_sets import SortKey
from ssmtui.inventory.fields import FIELDS
from ssmtui.inventory.index import RowIndex, Steps
from ssmtui.inventory.node_rows import NODE_ROWS
from ssmtui.inventory.query.query import Query, parse
from ssmtui.inventory.query.values import TOO_SLOW
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


def filled(*nodes: Node, usage: Usage | None = None) -> RowIndex[Node]:
    index = RowIndex(NODE_ROWS, usage)
    run(index.apply(Delta(nodes)))
    return index


def names(index: RowIndex[Node]) -> list[str]:
    return [shown.item.name for shown in index.shown]


WEB1, WEB2, WEB10 = node("web-1"), node("web-2"), node("web-10")


def test_names_are_in_the_order_in_which_people_count_and_nameless_nodes_last() -> None:
    index = filled(WEB10, Node("i-2", ""), WEB2, Node("i-1", ""), WEB1)
    assert names(index) == ["web-1", "web-2", "web-10", "", ""]
    assert [shown.item.id for shown in index.shown[-2:]] == ["i-1", "i-2"]
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
    assert index.sort_keys == NODE_ROWS.order
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

SORTED_BY = ("name", "ping", "zone", "tag:env", "seen", "favourite", "used")
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
SORTS = st.lists(st.builds(SortKey, st.sampled_from(SORTED_BY), st.booleans()), max_size=3)
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
    return FIELDS.field(key.field).sort_key(one)


def reference(nodes: dict[NodeKey, Node], sort: Sequence[SortKey], filter: Query, usage: Usage) -> list[Node]:
    found = sorted(nodes.values(), key=lambda one: one.key)
    for key in reversed([*sort, SortKey("name")]):
        found.sort(key=lambda one, key=key: sort_value(key, one, usage), reverse=key.descending)
        found.sort(key=lambda one, key=key: not sort_value(key, one, usage))
    matching = filter.select([NODE_ROWS.row(one) for one in found])
    return [shown.item for shown in sorted(matching, key=lambda row: filter.grades([row]))]


class Model:
    """What an index is told, done anew each time."""

    def __init__(self) -> None:
        self.usage = Usage.__new__(Usage)
        self.usage.favourites, self.usage.uses = frozenset(), {}
        self.index = RowIndex(NODE_ROWS, self.usage)
        self.nodes: dict[NodeKey, Node] = {}
        self.sort: Sequence[SortKey] = NODE_ROWS.order
        self.filter = query("")

    def tell(self, what: str, argument: Any) -> Steps:
        if what == "apply":
            changed, removed = {one.key: one for one in argument[0]}, set(argument[1])
            removed -= changed.keys()
            self.nodes = {key: one for key, one in self.nodes.items() if key not in removed} | changed
            return self.index.apply(Delta(tuple(changed.values()), tuple(removed)))
        if what == "select":
            self.filter = query(argument)
            return self.index.select(self.filter)
        if what == "sort":
            self.sort = argument
            return self.index.sort(argument)
        key, times, likes = argument
        self.usage.uses = {**self.usage.uses, key: Use(times, 1.0)}
        self.usage.favourites = self.usage.favourites ^ ({key} if likes else set())
        return self.index.use_changed([key])

    def check(self) -> None:
        index = self.index
        expected = reference(self.nodes, self.sort, self.filter, self.usage)
        assert [shown.item for shown in index.shown] == expected
        assert [index.place(shown.item.key) for shown in index.shown] == list(range(len(expected)))
        assert index.total == len(self.nodes)


PATCHES = (
    (merging, "CHUNK", 2),
    (merging, "_SAMPLES", 1),
    (merging, "SAMPLED", 2),
    (index_module, "CHUNK", 2),
    (sorting, "CHUNK", 2),
    (sorting, "FEW", 2),
    (sorting, "SPAN", 1),
    (sorting, "PICKED", 2),
    (index_module, "FILL", 1),
    (index_module, "SIFTED", 2),
)


@contextmanager
def small_chunks() -> Iterator[None]:
    """So that a few rows take many steps, and the ways of many rows are gone."""
    with ExitStack() as stack:
        for module, name, value in PATCHES:
            stack.enter_context(patch.object(module, name, value))
        yield


@given(OPERATIONS)
def test_it_shows_what_doing_everything_anew_would(operations: list[tuple[str, Any]]) -> None:
    model = Model()
    with small_chunks():
        for what, argument in operations:
            run(model.tell(what, argument))
            model.check()


@given(OPERATIONS, st.randoms(use_true_random=False))
def test_steps_may_be_run_in_any_order_and_dropped(operations: list[tuple[str, Any]], random: Random) -> None:
    model = Model()
    under_way: list[Steps] = []
    with small_chunks():
        for what, argument in operations:
            under_way.append(model.tell(what, argument))
            for _ in range(random.randrange(6)):
                next(random.choice(under_way), None)
            if random.random() < 0.2:
                under_way.remove(random.choice(under_way))
            for shown in model.index.shown[:3]:
                model.index.place(shown.item.key)
        run(model.index.warm())
        model.check()


def many(count: int) -> list[Node]:
    return [node(f"{'web' if number % 2 else 'db'}-{number}", zone="abc"[number % 3]) for number in range(count)]


def test_a_change_of_a_few_among_many_is_merged_in() -> None:
    index = filled(*many(9000))
    run(index.select(query("web")))
    run(index.sort([SortKey("zone"), SortKey("name")]))
    changed = [
        node("web-4", zone="b"),
        node("db-7"),
        node("web-1", zone="c", ip="10.0.0.1"),
        node("web-100000", zone="a"),
    ]
    run(index.apply(Delta(tuple(changed), (node("web-3").key, node("db-2").key))))
    fresh = filled(*{row.item.key: row.item for row in index._rows}.values())
    run(fresh.select(query("web")))
    run(fresh.sort([SortKey("zone"), SortKey("name")]))
    assert [row.item for row in index.shown] == [row.item for row in fresh.shown]
    assert (index.total, index.place(changed[-1].key)) == (9001, 1499)
    assert index.row(changed[2].key).item.ip == "10.0.0.1"  # type: ignore[union-attr]


def test_a_row_stays_the_same_while_its_node_stays_in_its_place() -> None:
    index = filled(WEB1, WEB2, WEB10)
    before = list(index.shown)
    run(index.apply(Delta((WEB2._replace(ping=PingStatus.ONLINE),))))
    assert [(row is old) for row, old in zip(index.shown, before, strict=True)] == [True, True, True]
    assert before[1].item.ping is PingStatus.ONLINE


@pytest.mark.parametrize("sort", [(), ("zone", "name")])
def test_a_change_of_what_stays_in_its_place_is_seen_by_who_compares_what_is_shown(sort: tuple[str, ...]) -> None:
    index = filled(WEB1, WEB2, WEB10)
    if sort:
        run(index.sort([SortKey(name) for name in sort]))
    shown = index.shown
    run(index.apply(Delta((WEB2._replace(ping=PingStatus.ONLINE),))))
    assert index.shown is not shown
    assert names(index) == ["web-1", "web-2", "web-10"]
    shown = index.shown
    run(index.apply(Delta((node("web-3"),))))
    assert names(index) == ["web-1", "web-2", "web-3", "web-10"]
    assert len(shown) == 3


def test_a_filter_sees_what_became_of_nodes_since() -> None:
    index = filled(WEB1, WEB2)
    run(index.select(query("prod")))
    run(index.apply(Delta((WEB2._replace(tags={"env": "prod"}),))))
    assert names(index) == ["web-2"]
    run(index.apply(Delta((WEB2, WEB1._replace(tags={"env": "prod"})))))
    assert names(index) == ["web-1"]


def test_changes_that_wait_are_taken_in_at_once() -> None:
    index = RowIndex(NODE_ROWS)
    waiting = [index.apply(Delta((one,))) for one in (WEB1, WEB2, WEB10)]
    run(waiting[0])
    assert names(index) == ["web-1", "web-2", "web-10"]
    assert [list(steps) for steps in waiting] == [[], [], []]


def test_a_filter_goes_before_changes_that_have_not_begun() -> None:
    index = filled(*many(5000))
    late = index.apply(Delta((node("web-x"),)))
    run(index.select(query("web")))
    assert len(index.shown) == 2500
    run(late)
    assert len(index.shown) == 2501


def test_a_filter_that_takes_long_shows_what_it_has_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    index = filled(*many(9000))
    monkeypatch.setattr(index_module, "FIRST_LOOK", 0.0)
    monkeypatch.setattr(index_module, "NEXT_LOOK", 0.0)
    seen = [len(index.shown) for _ in index.select(query("web"))]
    grown = [count for count in seen if count != 9000]
    assert len(set(grown)) > 2
    assert grown == sorted(grown)
    assert len(index.shown) == 4500


def test_no_step_goes_over_more_rows_than_a_few_thousand(monkeypatch: pytest.MonkeyPatch) -> None:
    index = filled(*many(20_000))
    looked: list[int] = []
    select = Query.select
    monkeypatch.setattr(Query, "select", lambda self, rows: looked.append(len(rows)) or select(self, rows))
    steps = sum(1 for _ in index.select(query("web")))
    assert max(looked) <= merging.CHUNK
    assert steps >= 20_000 // merging.CHUNK
    assert sum(1 for _ in index.sort([SortKey("zone")])) >= 20_000 // merging.CHUNK


def test_a_search_that_has_found_nothing_yet_shows_what_was_there() -> None:
    numbers = range(3 * merging.CHUNK)
    index = filled(*(node(f"node-{number:05}") for number in numbers))
    before, last = index.shown, f"node-{numbers[-1]:05}"
    with patch.object(index_module, "FIRST_LOOK", 0.0):
        steps = index.select(query(f"name:{last}"))
        looks = [index.shown for _ in steps]
    assert len(looks) > 3
    assert all(look is before or look for look in looks)
    assert looks[1] is before
    assert names(index) == [last]


EVIL = "/(a+)+!|web/"
"""Finds web at once, and takes for ever on many letters a."""


@pytest.mark.skipif(not time_limit.AVAILABLE, reason="no timer on this system")
def test_a1_a_pattern_that_was_stopped_is_tried_again_with_the_next_change() -> None:
    index = filled(node("a" * 60), WEB1)
    run(index.select(query(EVIL)))
    assert index.query is not None
    assert index.query.problem == TOO_SLOW
    run(index.apply(Delta((WEB2,), (node("a" * 60).key,))))
    assert index.query.problem == ""
    assert names(index) == ["web-1", "web-2"]


@pytest.mark.skipif(not time_limit.AVAILABLE, reason="no timer on this system")
@pytest.mark.parametrize("text", ["name:/web/", "computer:/web/", "tag:x=/web/", "!/db/", "/web/|/web-1/"])
def test_a1_each_kind_of_pattern_finds_all_again_once_it_is_tried_again(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = node("web-1", computer_name="web", tags={"x": "web"})
    index = filled(one)

    class Stopped(time_limit.TimeLimit):
        def __enter__(self) -> None:
            raise time_limit.Expired

    with monkeypatch.context() as patched:
        patched.setattr(time_limit, "TimeLimit", Stopped)
        run(index.select(query(text)))
    assert index.query is not None
    assert index.query.problem == TOO_SLOW
    assert names(index) == []
    run(index.select(index.query))
    assert index.query.problem == ""
    assert names(index) == ["web-1"]


@pytest.mark.skipif(not time_limit.AVAILABLE, reason="no timer on this system")
def test_a1_a_cell_that_cannot_be_highlighted_in_time_takes_nothing_from_the_list() -> None:
    looked_for = query("/(a+)+!|web/")
    assert looked_for.spans("name", "a" * 60) == []
    assert looked_for.problem == ""
    assert looked_for.matches(WEB1)
