"""The made-up nodes."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from ssmtui.lab.fleet import LabFleet

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


def fleet(size: int = 48, seed: int = 1) -> LabFleet:
    return LabFleet(size, seed, lambda: NOW)


def test_the_same_seed_gives_the_same_fleet_and_another_seed_another() -> None:
    assert list(fleet()) == list(fleet())
    assert {node.id for node in fleet()}.isdisjoint(node.id for node in fleet(seed=2))


def test_the_first_48_show_every_sort_of_node() -> None:
    nodes = list(fleet())
    assert Counter(node.ping for node in nodes) == {"Online": 43, "ConnectionLost": 3, "Inactive": 2}
    assert Counter(node.system.platform_type for node in nodes) == {"Linux": 40, "Windows": 6, "MacOS": 2}
    assert sum(node.hybrid for node in nodes) == 6
    assert sum(not node.agent_is_latest for node in nodes) == 7
    assert {node.tags["env"] for node in nodes} == {"prod", "staging", "dev"}


def test_names_ids_and_addresses_are_unique_in_a_large_fleet() -> None:
    nodes = list(fleet(5_000))
    for facts in (
        {node.name for node in nodes},
        {node.id for node in nodes},
        {node.ip for node in nodes},
    ):
        assert len(facts) == 5_000


def test_a_node_is_found_by_its_id_without_looking_at_the_others() -> None:
    large = fleet(100_000)
    assert len(large) == 100_000
    last = large[99_999]
    assert large.find(last.id) == last


@pytest.mark.parametrize(
    "node_id", ["", "x", "i-", "i-xyz", "i-0123456789abcdef0", "mi-0123456789abcdef0", "i-" + "f" * 90]
)
def test_an_id_of_no_node_finds_none(node_id: str) -> None:
    assert fleet().find(node_id) is None


def test_an_instance_is_not_found_under_the_id_of_a_hybrid_node() -> None:
    instance = fleet().named("web-1")
    assert fleet().find(instance.id.replace("i-", "mi-")) is None


def test_there_is_no_node_beyond_the_last() -> None:
    with pytest.raises(IndexError):
        fleet(3)[3]
    with pytest.raises(KeyError):
        fleet(3).named("hel-backup")


def test_a_node_that_is_online_pings_every_five_minutes() -> None:
    node = fleet().named("web-1")
    first = node.last_ping(NOW)
    assert timedelta(0) <= NOW - first < timedelta(minutes=5)
    assert node.last_ping(first + timedelta(seconds=299)) == first
    assert node.last_ping(first + timedelta(seconds=300)) == first + timedelta(seconds=300)


def test_a_node_that_is_offline_stays_where_it_was_last_heard() -> None:
    node = fleet().named("api-5")
    assert not node.connected
    assert node.last_ping(NOW + timedelta(days=1)) == node.last_ping(NOW) < NOW - timedelta(minutes=29)


def test_inactive_nodes_have_been_gone_for_a_month() -> None:
    node = fleet().named("lon-print")
    assert node.ping == "Inactive"
    assert NOW - node.last_ping(NOW) > timedelta(days=30)
