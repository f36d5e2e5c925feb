"""The memory: what is remembered comes back, in private, and nobody's change is lost."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from ssmtui.config import memory
from ssmtui.config.memory import Memory
from ssmtui.errors import ConfigurationError


def put(name: str, value: object) -> Any:
    return lambda held: {**held, name: value}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "memory.json"


def test_a_change_is_there_for_the_next_program_and_for_its_owner_alone(file: Path) -> None:
    assert Memory(file).update("table", put("sort", ["name"])) == {"sort": ["name"]}
    assert Memory(file).read("table") == {"sort": ["name"]}
    assert Memory(file).read("filters") == {}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_reading_makes_no_file(file: Path) -> None:
    assert Memory(file).read("table") == {}
    assert not file.parent.exists()


def test_two_programs_lose_nothing_of_each_other(file: Path) -> None:
    def many(name: str) -> None:
        own = Memory(file)
        for number in range(20):
            own.update("usage", put(f"{name}{number}", number))
            own.update(name, put("last", number))

    threads = [threading.Thread(target=many, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Memory(file).read("usage")) == 60
    assert [Memory(file).read(name) for name in "abc"] == [{"last": 19}] * 3
    assert {path.name for path in file.parent.iterdir()} == {"memory.json", "memory.json.lock"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"version": 1, "table": {',
        b"\xff\xfe",
        b"[]",
        b"7",
        b'{"version": 99, "table": {"a": 1}}',
        b"[" * 100_000,
    ],
)
def test_a_file_that_cannot_be_understood_is_put_aside_by_the_next_change(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    assert Memory(file).read("table") == {}
    assert file.read_bytes() == content
    Memory(file).update("table", put("sort", ["name"]))
    assert Memory(file).read("table") == {"sort": ["name"]}
    assert file.with_name("memory.json.bad").read_bytes() == content


def test_a_section_of_another_kind_is_an_empty_one_and_the_others_stay(file: Path) -> None:
    file.parent.mkdir()
    file.write_text(json.dumps({"version": 1, "table": [1, 2], "filters": {"kept": True}}))
    assert Memory(file).read("table") == {}
    Memory(file).update("table", put("sort", ["name"]))
    assert Memory(file).read("filters") == {"kept": True}


def test_any_text_comes_back(file: Path) -> None:
    text = "\x1b[31m\ud800 \N{RIGHT-TO-LEFT OVERRIDE}名"
    Memory(file).update("filters", put("history", [text]))
    assert Memory(file).read("filters") == {"history": [text]}


def test_without_a_file_it_remembers_until_the_end() -> None:
    own = Memory(None)
    own.update("table", put("sort", ["name"]))
    assert own.read("table") == {"sort": ["name"]}
    assert Memory(None).read("table") == {}


def test_what_a_change_does_to_the_section_it_is_given_stays_its_own(file: Path) -> None:
    def spoil(held: dict[str, Any]) -> dict[str, Any]:
        held["spoilt"] = True
        raise KeyError("spoilt")

    for own in (Memory(file), Memory(None)):
        own.update("table", put("sort", ["name"]))
        with pytest.raises(KeyError):
            own.update("table", spoil)
        assert own.read("table") == {"sort": ["name"]}


def test_what_is_too_large_is_refused_and_what_was_there_stays(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MAX_SECTION", 100)
    own = Memory(file)
    own.update("filters", put("history", ["web"]))
    with pytest.raises(ConfigurationError, match="filters would be too large"):
        own.update("filters", put("history", ["web" * 100]))
    assert own.read("filters") == {"history": ["web"]}


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocker = tmp_path / "state"
    blocker.write_text("a file, where the directory would be")
    with pytest.raises(ConfigurationError, match="It cannot be remembered"):
        Memory(blocker / "memory.json").update("table", put("sort", []))


def test_a_huge_file_is_not_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MAX_BYTES", 50)
    file.parent.mkdir()
    file.write_text(json.dumps({"version": 1, "table": {"sort": "x" * 100}}))
    assert Memory(file).read("table") == {}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name here")
def test_fault_11_a_pipe_in_the_place_of_the_file_is_not_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "memory.json"
    os.mkfifo(file)
    memory = Memory(file)
    assert memory.read("x") == {}
    assert "not a regular file" in memory.trouble
    assert memory.update("x", lambda held: {"a": 1}) == {"a": 1}
    assert Memory(file).read("x") == {"a": 1}
    assert (tmp_path / "memory.json.bad").is_fifo()
