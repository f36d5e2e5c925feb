"""The store: whatever the pages, it holds the newest listing."""

from hypothesis import given
from hypothesis import strategies as st

from ssmtui.inventory.store import NOTHING, Delta, NodeStore
from ssmtui.model import Node


def node(name: str, ip: str = "") -> Node:
    return Node(id=f"i-{name}", name=name, ip=ip)


def test_pages_add_and_change() -> None:
    store = NodeStore()
    first = store.begin()
    assert store.apply([node("a"), node("b")], first) == Delta(added=frozenset({"i-a", "i-b"}))
    assert store.apply([node("a", ip="10.0.0.1"), node("b")], first) == Delta(changed=frozenset({"i-a"}))
    assert store.nodes["i-a"].ip == "10.0.0.1"


def test_a_complete_listing_drops_what_it_did_not_show() -> None:
    store = NodeStore()
    first = store.begin()
    store.apply([node("a"), node("b")], first)
    store.complete(first)
    second = store.begin()
    store.apply([node("b")], second)
    assert set(store.nodes) == {"i-a", "i-b"}
    assert store.complete(second) == Delta(removed=frozenset({"i-a"}))
    assert set(store.nodes) == {"i-b"}


def test_an_older_listing_no_longer_counts() -> None:
    store = NodeStore()
    old = store.begin()
    new = store.begin()
    assert store.apply([node("a")], old) is NOTHING
    store.apply([node("b")], new)
    assert store.complete(old) is NOTHING
    assert set(store.nodes) == {"i-b"}


@given(st.lists(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["", "1", "2"])))), st.randoms())
def test_any_order_of_pages_yields_the_same_ids(pages: list[list[tuple[str, str]]], random: object) -> None:
    shuffled = list(pages)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    stores = []
    for order in (pages, shuffled):
        store = NodeStore()
        generation = store.begin()
        for page in order:
            store.apply([node(name, ip) for name, ip in page], generation)
        store.complete(generation)
        stores.append(set(store.nodes))
    assert stores[0] == stores[1] == {f"i-{name}" for page in pages for name, _ in page}
