"""The store: whatever the pages, it holds the newest listings, and its deltas tell all of it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ssmtui.inventory.store import NOTHING, Delta, NodeStore
from ssmtui.model import Node, NodeKey, Scope

DEV = Scope("dev", "eu-west-1")
PROD = Scope("prod", "eu-west-1")
ORGANIZATION = Scope("audit", "eu-west-1", organization=True)


def node(name: str, ip: str = "", scope: Scope = PROD, account: str = "1", region: str = "eu-west-1") -> Node:
    return Node(f"i-{name}", name, ip=ip, account=account, region=region, aws_profile=scope.aws_profile or "")


def key(name: str, scope: Scope = PROD, region: str = "eu-west-1") -> NodeKey:
    return (scope.aws_profile or "", region, f"i-{name}")


def listed(store: NodeStore, scope: Scope, *nodes: Node) -> Delta:
    """A whole listing in one page; what the page and the completion changed."""
    generation = store.begin(scope)
    first = store.apply(scope, nodes, generation)
    last = store.complete(scope, generation)
    return Delta((*first.changed, *last.changed), (*first.removed, *last.removed))


def test_a_page_changes_what_is_new_or_different_and_nothing_else() -> None:
    store = NodeStore()
    assert listed(store, PROD, node("a"), node("b")) == Delta((node("a"), node("b")))
    generation = store.begin(PROD)
    assert store.apply(PROD, [node("a", ip="10.0.0.1"), node("b")], generation) == Delta((node("a", ip="10.0.0.1"),))
    assert store.apply(PROD, [node("a", ip="10.0.0.1"), node("b")], generation) is NOTHING
    assert store.nodes[key("a")].ip == "10.0.0.1"
    assert (store.listed(PROD), store.count(PROD)) == (2, 2)


def test_a_complete_listing_drops_what_it_did_not_show() -> None:
    store = NodeStore()
    listed(store, PROD, node("a"), node("b"))
    generation = store.begin(PROD)
    store.apply(PROD, [node("b")], generation)
    assert set(store.nodes) == {key("a"), key("b")}
    assert store.complete(PROD, generation) == Delta(removed=(key("a"),))
    assert set(store.nodes) == {key("b")}


def test_an_older_listing_no_longer_counts() -> None:
    store = NodeStore()
    old = store.begin(PROD)
    new = store.begin(PROD)
    assert store.apply(PROD, [node("a")], old) is NOTHING
    store.apply(PROD, [node("b")], new)
    assert store.complete(PROD, old) is NOTHING
    assert set(store.nodes) == {key("b")}


def test_a_scope_keeps_its_nodes_to_itself() -> None:
    store = NodeStore()
    listed(store, PROD, node("a"))
    listed(store, DEV, node("a", scope=DEV))
    assert set(store.nodes) == {key("a"), key("a", DEV)}
    assert listed(store, DEV) == Delta(removed=(key("a", DEV),))
    assert store.scope_of(key("a")) == PROD
    assert store.scope_of(key("a", DEV)) is None


def test_what_is_known_is_told_scope_by_scope() -> None:
    store = NodeStore()
    listed(store, PROD, node("a"))
    listed(store, ORGANIZATION, node("a", scope=ORGANIZATION))
    assert store.known(PROD, key("a")) is store.nodes[key("a")]
    # Though it is covered by the other one.
    assert store.known(ORGANIZATION, key("a", ORGANIZATION)) == node("a", scope=ORGANIZATION)
    assert store.known(PROD, key("b")) is store.known(PROD, key("a", region="us-east-1")) is None
    store.forget(PROD)
    assert store.known(PROD, key("a")) is None


def test_a_forgotten_scope_takes_its_nodes_along_and_ignores_its_listing() -> None:
    store = NodeStore()
    listed(store, PROD, node("a"))
    generation = store.begin(DEV)
    store.apply(DEV, [node("b", scope=DEV)], generation)
    assert store.forget(DEV) == Delta(removed=(key("b", DEV),))
    assert store.apply(DEV, [node("c", scope=DEV)], generation) is NOTHING
    assert set(store.nodes) == {key("a")}


def test_a_scope_of_its_own_shows_a_node_rather_than_the_organization() -> None:
    store = NodeStore()
    of_all = [node("a", scope=ORGANIZATION), node("b", scope=ORGANIZATION, account="2")]
    listed(store, ORGANIZATION, *of_all)
    assert listed(store, PROD, node("a")) == Delta((node("a"),), (key("a", ORGANIZATION),))
    assert set(store.nodes) == {key("a"), key("b", ORGANIZATION)}
    assert listed(store, ORGANIZATION, *of_all) == NOTHING
    assert store.forget(PROD) == Delta((of_all[0],), (key("a"),))
    assert set(store.nodes) == {key("a", ORGANIZATION), key("b", ORGANIZATION)}


def test_of_two_accounts_nodes_with_one_key_the_first_stays_and_the_other_is_counted() -> None:
    store = NodeStore()
    generation = store.begin(ORGANIZATION)
    mine, other = node("a", scope=ORGANIZATION), node("a", scope=ORGANIZATION, account="2")
    store.apply(ORGANIZATION, [mine, other], generation)
    assert store.nodes[key("a", ORGANIZATION)] == mine
    assert (store.clashes(ORGANIZATION), store.listed(ORGANIZATION)) == (1, 1)


SCOPES = (
    PROD,
    DEV,
    ORGANIZATION,
    Scope("prod", "eu-west-1", "http://127.0.0.1:1"),
    Scope("prod", "eu-west-1", None, True),
)
NODES = st.builds(
    lambda scope, name, ip, account: (scope, node(name, ip, scope, account)),
    st.sampled_from(SCOPES),
    st.sampled_from("abc"),
    st.sampled_from(["", "1"]),
    st.sampled_from(["", "1", "2"]),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("apply"), st.lists(NODES, max_size=5)),
        st.tuples(st.sampled_from(["begin", "complete", "forget"]), st.sampled_from(SCOPES)),
    ),
    max_size=25,
)


@given(STEPS)
def test_the_deltas_tell_all_that_the_store_shows(steps: list[tuple[str, Any]]) -> None:
    store, shown = NodeStore(), dict[NodeKey, Node]()
    generations = {scope: store.begin(scope) for scope in SCOPES}

    def take(delta: Delta) -> None:
        assert not {node.key for node in delta.changed} & set(delta.removed)
        for removed in delta.removed:
            shown.pop(removed, None)
        shown.update((node.key, node) for node in delta.changed)
        assert shown == dict(store.nodes)
        assert len(store.nodes) == len(shown)

    for what, argument in steps:
        if what == "apply":
            for scope in SCOPES:
                take(store.apply(scope, [one for of, one in argument if of == scope], generations[scope]))
        elif what == "begin":
            generations[argument] = store.begin(argument)
        elif what == "complete":
            take(store.complete(argument, generations[argument]))
        else:
            take(store.forget(argument))


def test_who_is_on_a_node_comes_from_elsewhere_and_survives_listings() -> None:
    store = NodeStore()
    listed(store, PROD, node("a"), node("b"))
    people: dict[str, tuple[str, ...]] = {"i-a": ("jane",)}
    store.who_is_on = lambda one: people.get(one.id, ())
    visited = node("a")._replace(who=("jane",))
    assert store.visitors_changed(["i-a", "i-b", "i-gone"]) == {PROD: Delta((visited,))}
    assert store.visitors_changed(["i-a"]) == {}
    assert listed(store, PROD, node("a"), node("b")) == Delta(), "a listing does not know, and changes nothing"
    assert store.nodes[key("a")] == visited
    people.clear()
    assert store.amend(PROD, [node("b", ip="10.0.0.1")]) == Delta((node("b", ip="10.0.0.1"),))
    assert store.visitors_changed(["i-a"]) == {PROD: Delta((node("a"),))}


def test_who_is_on_a_node_is_known_in_each_scope_that_shows_it() -> None:
    store = NodeStore()
    listed(store, PROD, node("a"))
    listed(store, DEV, node("a", scope=DEV, account="2"))
    store.who_is_on = lambda one: ("jane",) if one.account == "2" else ()
    assert list(store.visitors_changed(["i-a"])) == [DEV]
