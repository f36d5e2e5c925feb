"""The chosen scopes: each way of starting the program has its own, and nothing foreign is taken for one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ssmtui.config.memory import Memory
from ssmtui.inventory import choice
from ssmtui.inventory.choice import Choice, KnownAccounts, files_of, start_of
from ssmtui.model import Scope

SCOPES = [
    Scope("prod", "eu-west-1"),
    Scope(None, "us-east-1", "http://127.0.0.1:1"),
    Scope("audit", "eu-west-1", None, True),
]


async def read(memory: Memory, start: str = "a") -> list[Scope]:
    one = Choice(memory, start)
    await one.load()
    return list(one.scopes)


async def test_the_last_choice_is_there_the_next_time(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory.json")
    one = Choice(memory, "a")
    await one.load()
    assert not one.scopes
    one.note(SCOPES[:1])
    one.note(SCOPES)
    await one.close()
    assert await read(memory, "a") == SCOPES
    assert await read(memory, "b") == []


async def test_the_oldest_way_of_starting_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "MAX_STARTS", 2)
    memory = Memory(None)
    for start in ("a", "b", "a", "c"):
        one = Choice(memory, start)
        one.note(SCOPES[:1])
        await one.close()
    assert [bool(await read(memory, start)) for start in "abc"] == [True, False, True]


@pytest.mark.parametrize(
    "held",
    [7, "eu-west-1", {}, [7], [[]], [["prod", "", None, False]], [["prod", 7, None, False]], [["prod", "r", None]]],
)
async def test_foreign_content_is_passed_over(held: Any) -> None:
    memory = Memory(None)
    memory.update(choice.SECTION, lambda _: {"a": held})
    assert await read(memory, "a") == []


async def test_a_memory_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    blocker = tmp_path / "state"
    blocker.write_text("a file, where the directory would be")
    one = Choice(Memory(blocker / "memory.json"), "a")
    one.note(SCOPES)
    await one.close()


def test_options_and_the_environment_tell_ways_of_starting_apart() -> None:
    told = [
        start_of(("prod", None), {}),
        start_of((None, "prod"), {}),
        start_of((None, None), {}),
        start_of((None, None), {"AWS_PROFILE": "prod"}),
        start_of((None, None), {"AWS_REGION": "eu-west-1"}),
    ]
    assert len(set(told)) == len(told)
    assert start_of((None, None), {"HOME": "/home/jane"}) == told[2]


async def test_added_accounts_are_there_however_the_program_is_started(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory.json")
    one = KnownAccounts(memory, files_of(None, {"AWS_PROFILE": "prod"}))
    one.note(SCOPES[:1])
    one.note(SCOPES)
    await one.close()
    again = KnownAccounts(memory, files_of(None, {"AWS_REGION": "eu-west-1"}))
    await again.load()
    assert list(again.scopes) == SCOPES
    again.note(SCOPES[:1])
    await again.close()
    await one.load()
    assert list(one.scopes) == SCOPES[:1]
    other = KnownAccounts(memory, files_of(None, {"AWS_CONFIG_FILE": "/tmp/config"}))
    await other.load()
    assert not other.scopes
    assert await read(memory) == []


async def test_the_accounts_of_the_oldest_configuration_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "MAX_FILES", 2)
    memory = Memory(None)
    for files in ("a", "b", "c"):
        one = KnownAccounts(memory, files)
        one.note(SCOPES[:1])
        await one.close()
    held = memory.read(choice.KNOWN)
    assert list(held) == ["b", "c"]
