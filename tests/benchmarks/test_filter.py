"""Figures of the filter over 100,000 nodes: printed, and the clock fails nothing.

    pytest tests/benchmarks/test_filter.py -m benchmark -s

The peers: ``fzf --filter`` on the same names (Debian's package ``fzf``), and a predicate that is called for each node.
"""

from __future__ import annotations

import gc
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from ssmtui.inventory.index import CHUNK
from ssmtui.inventory.node_rows import NODE_ROWS
from ssmtui.inventory.query.node_language import NODE_LANGUAGE
from ssmtui.inventory.query.query import Query, parse
from ssmtui.inventory.query.vocabulary import Counting
from ssmtui.inventory.rows import IndexRow
from ssmtui.lab.fleet import LabFleet
from ssmtui.model import Node, PingStatus, Platform
from tests.support.bench import cores, on_core

pytestmark = pytest.mark.benchmark

SIZE = 100_000
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROUNDS = 5
FILTERS = {
    "one letter": "w",
    "two letters": "we",
    "one word": "web",
    "a word that is nowhere": "zebra",
    "letter by letter": "stwe",
    "three words": "web prod store",
    "an id's digits": "0a1b",
    "a field": "platform:windows",
    "a tag": "tag:env=prod",
    "a tag's pattern": "tag:team=s*",
    "a version": "agent:<3.3",
    "an age": "seen:>1d",
    "not": "!web",
    "or": "web|api|cache ping:lost",
    "a regular expression": r"/^web-\d*7$/",
}


def listed() -> Iterator[Node]:
    pings = {ping.value: ping for ping in PingStatus}
    platforms = {platform.value: platform for platform in Platform}
    for one in LabFleet(SIZE, 7, lambda: NOW):
        yield Node(
            one.id, one.name, pings[one.ping], platforms[one.system.platform_type], one.system.name, one.system.version,
            one.agent_version, one.agent_is_latest, one.ip, one.computer_name, one.last_ping(NOW), "EC2Instance",
            one.iam_role, "123456789012", "eu-west-1", "prod", dict(one.tags), one.instance_type, "running", one.zone,
            one.vpc,
        )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def own_core() -> Iterator[None]:
    with on_core(cores()[0]):
        yield


@pytest.fixture(scope="module")
def nodes() -> list[Node]:
    return list(listed())


@pytest.fixture(scope="module")
def rows(nodes: list[Node]) -> list[IndexRow]:
    made = [NODE_ROWS.row(node) for node in nodes]
    gc.collect()
    gc.freeze()
    return made


def query(text: str) -> Query:
    return parse(text, now=NOW)


def chunked(looked_for: Query, rows: list[IndexRow]) -> tuple[list[IndexRow], float]:
    """What is found, and the longest chunk in milliseconds."""
    found: list[IndexRow] = []
    longest = 0.0
    for start in range(0, len(rows), CHUNK):
        began = time.perf_counter()
        found += looked_for.select(rows[start : start + CHUNK])
        longest = max(longest, time.perf_counter() - began)
    return found, longest * 1e3


def median(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Milliseconds."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1e3


def test_filters_of_every_kind(rows: list[IndexRow]) -> None:
    print(f"\n{SIZE:,} nodes in chunks of {CHUNK:,}")
    for what, text in FILTERS.items():
        query(text)  # patterns are compiled once a keystroke, see below
        found, longest = chunked(query(text), rows)
        whole = median(lambda text=text: chunked(query(text), rows))
        each = median(lambda text=text: query(text), 20)
        print(
            f"  {what:24} {text:26} {whole:7.1f} ms, the longest chunk {longest:5.2f} ms,"
            f" read in {each:5.2f} ms, {len(found):7,} found"
        )


def test_one_letter_more(rows: list[IndexRow]) -> None:
    """What typing costs where the filter before has left fewer rows to look at."""
    print("\ntyping, each letter over what the one before has left")
    for text in ("web-1", "stwe", "prod db", "tag:env=prod"):
        before, left = query(""), rows
        steps = []
        for end in range(1, len(text) + 1):
            now = query(text[:end])
            begun = left if now.narrows(before) else rows
            began = time.perf_counter()
            found, _ = chunked(now, begun)
            steps.append((time.perf_counter() - began) * 1e3)
            before, left = now, found
        print(f"  {text:14} " + " ".join(f"{step:6.1f}" for step in steps) + " ms")


def test_order(rows: list[IndexRow]) -> None:
    found = query("web").select(rows)
    each = median(lambda: [query("web").grades([one]) for one in found], 2)
    at_once = median(lambda: query("web").grades(found))
    print(f"\ncloseness of {len(found):,} rows: all at once {at_once:.1f} ms, one by one {each:.1f} ms")


def test_against_a_predicate_for_each_node(rows: list[IndexRow], nodes: list[Node]) -> None:
    def naive(words: list[str]) -> list[Node]:
        def fits(node: Node) -> bool:
            parts = (node.name, node.id, node.ip, node.computer_name, node.platform_name, node.platform_version)
            haystack = "\n".join((*parts, *(f"{key}={value}" for key, value in node.tags.items()))).casefold()
            return all(word in haystack for word in words)

        return [node for node in nodes if fits(node)]

    print("\nagainst a predicate for each node")
    for text in ("web", "web prod store"):
        ours = median(lambda text=text: chunked(query(text), rows))
        theirs = median(lambda text=text: naive(text.split()), 3)
        print(f"  {text:16} ours {ours:6.1f} ms, naive {theirs:6.1f} ms: {theirs / ours:.1f} times as long")


def test_against_fzf(rows: list[IndexRow]) -> None:
    fzf = shutil.which("fzf")
    if fzf is None:
        pytest.skip("fzf is not installed (Debian's package fzf)")
    names = "\n".join(one.item.name for one in rows).encode()

    def run(text: str) -> int:
        done = subprocess.run([fzf, "--filter", text], input=names, stdout=subprocess.PIPE, check=False)
        return done.stdout.count(b"\n")

    version = subprocess.run([fzf, "--version"], capture_output=True, text=True, check=False).stdout.split()[0]
    start = median(lambda: run("qqqq"))
    print(f"\nagainst fzf {version} --filter on the names alone, its start included ({start:.1f} ms)")
    for text in ("w", "web", "w1", "stwe", "web 17"):
        ours = median(lambda text=text: chunked(query(text), rows))
        theirs = median(lambda text=text: run(text))
        found = len(query(text).select(rows))
        print(
            f"  {text:8} ours {ours:6.1f} ms and {found:6,} of name, id, address and tags; fzf {theirs:6.1f} ms and"
            f" {run(text):6,} names: {theirs / ours:.1f} times as long"
        )


def test_counting_for_completion(nodes: list[Node]) -> None:
    counting = Counting(NODE_LANGUAGE, nodes)
    taken = []
    steps = counting.steps()
    while True:
        began = time.perf_counter()
        more = next(steps, 0) is None
        taken.append((time.perf_counter() - began) * 1e3)
        if not more:
            break
    print(f"\nvocabulary: {sum(taken):.0f} ms in {len(taken)} steps, the longest {max(taken):.1f} ms")


def test_rows(nodes: list[Node]) -> None:
    taken = median(lambda: [NODE_ROWS.row(node) for node in nodes], 3)
    print(f"\nrows: {taken * 1e3 / SIZE:.2f} µs each")
