"""The cache: what was known comes back, and a file that is not whole never does."""

from __future__ import annotations

import json
import os
import stat
import time
import zlib
from pathlib import Path

import pytest

from ssmtui.inventory import cache
from ssmtui.inventory.cache import CacheHealth, NodeCache, health
from ssmtui.inventory.cache_format import BLOCK
from ssmtui.inventory.node_rows import tie_of
from ssmtui.model import Node, Scope
from tests.support.fakes import fleet

PROD = Scope("prod", "eu-west-1")
THEN = float(int(time.time()) - 1000)


@pytest.fixture
def kept(tmp_path: Path) -> NodeCache:
    return NodeCache(tmp_path / "inventory")


def loaded(kept: NodeCache, scope: Scope = PROD, account: str = "") -> list[Node] | None:
    found = kept.load(scope, account)
    return None if found is None else [node for block in found.nodes() for node in block]


def only_file(kept: NodeCache) -> Path:
    (file,) = kept.directory.iterdir()
    return file


def in_order(nodes: list[Node]) -> list[Node]:
    return sorted(nodes, key=tie_of)


def test_what_was_known_comes_back_with_its_age_for_its_owner_alone(kept: NodeCache) -> None:
    nodes = fleet(2 * BLOCK + 1)
    assert kept.save(PROD, "1", "acme", nodes, THEN)
    found = kept.load(PROD)
    assert found is not None
    assert (found.refreshed_at, found.account, found.alias) == (THEN, "1", "acme")
    assert [len(block) for block in found.nodes()] == [BLOCK, BLOCK, 1]
    assert loaded(kept) == in_order(nodes)
    assert stat.S_IMODE(only_file(kept).stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.directory.stat().st_mode) == 0o700


def test_nothing_is_kept_at_first_and_looking_makes_nothing(kept: NodeCache) -> None:
    assert loaded(kept) is None
    assert not kept.directory.exists()


def test_scopes_are_apart_and_so_are_accounts_that_no_profile_names(kept: NodeCache) -> None:
    scopes = [
        PROD,
        Scope("prod", "us-east-1"),
        Scope("dev", "eu-west-1"),
        Scope("prod", "eu-west-1", "http://127.0.0.1:1"),
        Scope("prod", "eu-west-1", organization=True),
    ]
    for number, scope in enumerate(scopes):
        kept.save(scope, "1", "", fleet(number), THEN)
    environment = Scope(None, "eu-west-1")
    kept.save(environment, "1", "", fleet(7), THEN)
    assert [len(loaded(kept, scope) or ()) for scope in scopes] == [0, 1, 2, 3, 4]
    assert len(loaded(kept, environment, "1") or ()) == 7
    assert loaded(kept, environment, "2") is None
    assert loaded(kept, environment) is None


def test_a_later_listing_that_found_the_same_only_makes_it_younger(kept: NodeCache) -> None:
    kept.save(PROD, "1", "", fleet(1), THEN)
    kept.touch(PROD, "1", THEN + 60)
    found = kept.load(PROD)
    assert found is not None
    assert found.refreshed_at == THEN + 60


def test_a_clock_that_ran_ahead_does_not_make_it_younger_than_now(kept: NodeCache) -> None:
    kept.save(PROD, "1", "", fleet(1), time.time() + 10_000)
    found = kept.load(PROD)
    assert found is not None
    assert found.refreshed_at <= time.time()


def signed(*lines: bytes) -> bytes:
    content = b"".join(line + b"\n" for line in lines)
    return content + b"%08x\n" % zlib.crc32(content)


def head(**changes: object) -> bytes:
    return json.dumps(
        {"ssmtui": "nodes", "version": 1, "scope": ["prod", "eu-west-1", None, False], "account": "", "alias": ""}
        | changes
    ).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"something else\n",
        signed(),
        signed(b"[]"),
        signed(b"{}"),
        signed(head(version=1)),
        signed(head(ssmtui="images")),
        signed(head(scope=["dev", "eu-west-1", None, False])),
        signed(head(account=7)),
        signed(b"[" * 100_000),
    ],
)
def test_a_foreign_file_is_not_used_and_is_replaced(kept: NodeCache, content: bytes) -> None:
    kept.save(PROD, "1", "", fleet(1), THEN)
    only_file(kept).write_bytes(content)
    assert loaded(kept) is None
    kept.save(PROD, "1", "", fleet(2), THEN)
    assert loaded(kept) == in_order(fleet(2))


def test_a_file_that_was_cut_or_altered_anywhere_is_not_used(kept: NodeCache) -> None:
    kept.save(PROD, "1", "", fleet(3), THEN)
    file = only_file(kept)
    whole = file.read_bytes()
    for end in range(0, len(whole), 7):
        file.write_bytes(whole[:end])
        assert loaded(kept) is None
        file.write_bytes(whole[:end] + bytes([whole[end] ^ 1]) + whole[end + 1 :])
        assert loaded(kept) is None


def test_a_block_that_is_none_is_left_out_and_the_others_stay(kept: NodeCache) -> None:
    kept.save(PROD, "1", "", fleet(3), THEN)
    file = only_file(kept)
    first, block, _ = file.read_bytes().splitlines()
    file.write_bytes(signed(first, b"[1, 2]", block))
    assert loaded(kept) == in_order(fleet(3))


def test_what_is_too_large_is_neither_kept_nor_read(kept: NodeCache, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.save(PROD, "1", "", fleet(100), THEN)
    monkeypatch.setattr(cache, "MAX_BYTES", 5_000)
    monkeypatch.setattr(cache, "_HEAD_LIMIT", 500)
    assert loaded(kept) is None
    assert not kept.save(PROD, "1", "", fleet(100), THEN)
    assert kept.save(PROD, "1", "", fleet(1), THEN)


def test_the_oldest_go_when_there_is_too_much(kept: NodeCache, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    scopes = [Scope(name, "eu-west-1") for name in ("ancient", "old", "new")]
    for scope, age in zip(scopes, (cache.MAX_AGE + 10, 200, 100), strict=True):
        kept.save(scope, "1", "", fleet(1), now - age)
    draft, foreign = kept.directory / "x.nodes.1-1.new", kept.directory / "notes.txt"
    for path in (draft, foreign):
        path.write_text("left behind")
        os.utime(path, (now - 7200, now - 7200))
    kept.save(scopes[2], "1", "", fleet(1), now)
    assert [loaded(kept, scope) is not None for scope in scopes] == [False, True, True]
    assert (draft.exists(), foreign.exists()) == (False, True)
    monkeypatch.setattr(cache, "MAX_TOTAL", 10)
    kept.save(scopes[2], "1", "", fleet(1), now)
    assert [loaded(kept, scope) is not None for scope in scopes] == [False, False, True]


def test_a_disk_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    blocker = tmp_path / "cache"
    blocker.write_text("a file, where the directory would be")
    kept = NodeCache(blocker / "inventory")
    assert not kept.save(PROD, "1", "", fleet(1), THEN)
    assert loaded(kept) is None


def test_health_counts_what_the_next_run_would_use(tmp_path: Path) -> None:
    assert health(tmp_path / "none") == CacheHealth()
    kept, then = NodeCache(tmp_path), float(int(time.time()))
    for region in ("eu-west-1", "us-east-1"):
        assert kept.save(Scope("prod", region), "1", "", fleet(), then)
    well = health(tmp_path)
    assert (well.files, well.nodes, well.newest, well.problems) == (2, 2 * len(fleet()), then, ())
    assert well.size == sum(file.stat().st_size for file in tmp_path.glob("*.nodes"))
    first = min(tmp_path.glob("*.nodes"))
    first.write_bytes(first.read_bytes()[:-30])
    cut = health(tmp_path)
    assert (cut.files, cut.nodes) == (2, len(fleet()))
    assert cut.problems == (f"{first.name} is not used: it is not whole.",)
