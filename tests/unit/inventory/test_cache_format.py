"""Blocks of the cache: any node comes back as it was, and nothing else is taken for a block."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.inventory.cache_format import BLOCK, BadBlock, decode, encode
from ssmtui.model import Container, Node, PingStatus, Platform
from tests.support.fakes import fleet

TEXTS = st.text(st.characters(), max_size=8) | st.sampled_from(["", "web", "\x1b[31m", "\ud800", "名前"])
NODES = st.builds(
    Node,
    id=TEXTS,
    name=TEXTS,
    ping=st.sampled_from(PingStatus),
    platform=st.sampled_from(Platform),
    agent_is_latest=st.sampled_from([None, True, False]),
    ip=TEXTS,
    last_ping=st.none() | st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    tags=st.dictionaries(TEXTS, TEXTS, max_size=3),
    container=st.none() | st.builds(Container, TEXTS, TEXTS, TEXTS, TEXTS),
    who=st.just(()),
)


@given(st.lists(NODES, max_size=6))
def test_any_nodes_come_back_as_they_were(nodes: list[Node]) -> None:
    line = encode(nodes)
    assert line.count(b"\n") == 1
    assert decode(line) == nodes


def test_who_has_sessions_is_not_kept() -> None:
    (node,) = fleet(1)
    assert decode(encode([node._replace(who=("jane",))])) == [node]


def test_values_that_many_nodes_share_are_there_once() -> None:
    nodes = fleet(500)
    line = encode(nodes)
    assert decode(line) == nodes
    assert line.count(b"vpc-0a1b2c3d") == 1
    assert line.count(b"Amazon Linux") == 1
    first, second = decode(line)[:2]
    assert first.vpc_id is second.vpc_id
    (named,) = decode(encode([nodes[0]._replace(name="web-1", tags={"env": "prod", "Name": "web-1"})]))
    assert named.tags["Name"] is named.name


def changed(**places: Any) -> bytes:
    """A block of two nodes with some of its parts replaced."""
    parts = json.loads(encode(fleet(2)))
    for path, value in places.items():
        *way, last = [int(step) if step.isdigit() else step for step in path.removeprefix("at_").split("_")]
        target = parts
        for step in way:
            target = target[step]
        target[last] = value
    return json.dumps(parts).encode()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[]",
        b"[1, 2, 3]",
        b"\xff",
        b"[" * 100_000,
        encode(fleet(2))[:-20],
        changed(at_0=3),
        changed(at_0=BLOCK + 1),
        changed(at_0=-1),
        changed(at_0="2"),
        changed(at_1_0=["i-1"]),
        changed(at_1_0=["i-1", 7]),
        changed(at_1_0=["i-1", None]),
        changed(at_1_0=["i-1", "i-2", "i-3"]),
        changed(at_1_0={"values": ["i-1"], "places": [0, 9]}),
        changed(at_1_0={"values": ["i-1", "i-2"]}),
        changed(at_1_0={"values": [{}]}),
        changed(at_1_21=[1e300, None]),
        changed(at_1_21=["now", None]),
        changed(at_1_22=[["a", "b"], None]),
        changed(at_1_22=["abcd", None]),
        changed(at_2=[]),
        changed(at_2={"env": ["prod", 7]}),
        changed(at_2={"env": ["prod"]}),
    ],
)
def test_what_is_no_block_is_refused(line: bytes) -> None:
    with pytest.raises(BadBlock):
        decode(line)


def test_a_value_that_this_release_does_not_know_is_unknown() -> None:
    (first, _) = decode(changed(at_1_19=["Dreaming", "Online"]))
    assert first.ping is PingStatus.UNKNOWN
