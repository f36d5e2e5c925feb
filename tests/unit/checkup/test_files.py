"""The files that ssmtui keeps, whole and broken, and that looking at them changes nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ssmtui import __version__
from ssmtui.checkup import files
from ssmtui.checkup.results import CheckupArea, Result
from ssmtui.config.paths import Paths
from ssmtui.diagnosis.findings import Verdict
from ssmtui.inventory.cache import NodeCache
from ssmtui.keeper.client import KeeperFacts
from ssmtui.ledger.journal import SessionJournal, entry_of
from ssmtui.ledger.record import Ending
from ssmtui.ledger.store import RecordFiles
from tests.support.fake_ledger import record
from tests.support.fakes import NOW, SCOPE, fleet


@pytest.fixture
def places(tmp_path: Path) -> Paths:
    return Paths(*(tmp_path / name for name in ("config", "state", "cache", "data")))


def looked(places: Paths) -> dict[str, Result]:
    return {result.name: result for result in files.check(places, places.log)}


def written(file: Path, content: str | bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    file.chmod(0o600)


def kept(places: Paths) -> None:
    """What an earlier run leaves."""
    NodeCache(places.inventory).save(SCOPE, "123456789012", "acme", fleet(), NOW.timestamp())
    journal = SessionJournal(places.journal)
    journal.append(entry_of(record(1), next(iter(Ending)).value))
    store = RecordFiles(places.ledger, places.journal)
    store.open()
    store.write(record(2), "")
    store.close()
    written(places.memory, '{"version": 1}')
    written(places.profiles, "[profiles.web]\ntarget = 'i-00000000000000001'\n")
    written(places.log, "2026-01-15 12:00:00 WARNING ssmtui.x: odd\n")


def test_nothing_is_there_and_nothing_is_made(places: Paths, tmp_path: Path) -> None:
    results = looked(places)
    assert {result.verdict for result in results.values()} == {Verdict.OK}
    assert list(tmp_path.iterdir()) == []


def test_what_an_earlier_run_left_is_counted(places: Paths) -> None:
    kept(places)
    before = {file: file.read_bytes() for file in places.state.rglob("*") if file.is_file()}
    results = looked(places)
    assert {name: result.verdict for name, result in results.items()} == dict.fromkeys(results, Verdict.OK)
    assert results["known nodes"].what.startswith(f"{len(fleet())} nodes in 1 file")
    assert results["journal"].what == "1 session that is over"
    assert results["ledger"].what == "1 session in it; 1 session without a program, which `ssmtui attach` brings back"
    assert results["connections"].what == "1 saved connection in 1 file"
    assert {file: file.read_bytes() for file in places.state.rglob("*") if file.is_file()} == before


def test_what_is_broken_is_told_with_what_becomes_of_it(places: Paths) -> None:
    kept(places)
    (cached,) = places.inventory.glob("*.nodes")
    written(cached, cached.read_bytes()[:-20])
    written(places.journal, places.journal.read_bytes() + b'{"half\nnonsense\n')
    written(places.ledger / f"{3:032x}.json", "{")
    written(places.memory, "[]")
    written(places.profiles, "[profiles.web]\ntraget = 'x'\n")
    written(places.log, "Traceback (most recent call last):\n")
    results = looked(places)
    for name in ("known nodes", "journal", "ledger", "memory", "connections", "log"):
        assert results[name].verdict is Verdict.WARN, name
        assert results[name].fix, name
    assert "2 lines cannot be read" in results["journal"].evidence
    assert "it is not whole" in results["known nodes"].evidence
    assert "traget" in results["connections"].evidence
    assert "1 defect" in results["log"].what


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_what_others_may_read(places: Paths) -> None:
    kept(places)
    places.journal.chmod(0o644)
    found = looked(places)["privacy"]
    assert found.verdict is Verdict.WARN
    assert str(places.journal) in found.evidence
    assert found.fix.startswith("chmod")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_what_cannot_be_read(places: Paths) -> None:
    kept(places)
    places.inventory.chmod(0)
    try:
        assert looked(places)["known nodes"].verdict is Verdict.WARN
    finally:
        places.inventory.chmod(0o700)


def test_settings(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    (none,) = files.check_settings(file, {}, is_named=False)
    assert (none.area, none.verdict) == (CheckupArea.SETTINGS, Verdict.OK)
    (missing,) = files.check_settings(file, {}, is_named=True)
    assert missing.verdict is Verdict.BAD
    file.write_text('theme = "x"\nthme = 1\n')
    good, odd = files.check_settings(file, {"SSMTUI_KEEPER": "true"}, is_named=True)
    assert good.what == "2 settings are set"
    assert good.evidence == "keeper, theme."
    assert (odd.verdict, "line 2" in odd.what, "thme" in odd.what) == (Verdict.WARN, True, True)
    file.write_text("theme = \n")
    (broken,) = files.check_settings(file, {}, is_named=True)
    assert broken.verdict is Verdict.BAD
    assert "line 1" in broken.what


class Keepers:
    """A client that has found these."""

    def __init__(self, *found: KeeperFacts) -> None:
        self.found = list(found)

    async def keepers(self) -> list[KeeperFacts]:
        return self.found


async def test_keepers() -> None:
    assert (await files.keepers(None)).is_note
    assert (await files.keepers(Keepers())).what == "None runs"  # type: ignore[arg-type]
    one = KeeperFacts(17, __version__, 0.0, ())
    assert (await files.keepers(Keepers(one))).verdict is Verdict.OK  # type: ignore[arg-type]
    old = await files.keepers(Keepers(one, KeeperFacts(18, "0.0.1", 0.0, ())))  # type: ignore[arg-type]
    assert old.verdict is Verdict.WARN
    assert "of another version" in old.what
    assert json.dumps(old.fix)
