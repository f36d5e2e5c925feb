"""Filters that are remembered: the history and those with names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ssmtui.config.memory import Memory
from ssmtui.errors import UsageError
from ssmtui.inventory import filters
from ssmtui.inventory.filters import Filters


async def loaded(memory: Memory) -> Filters:
    one = Filters(memory)
    await one.load()
    return one


async def test_what_was_typed_and_saved_is_known_the_next_time(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory.json")
    first = await loaded(memory)
    for text in ("web", "db", " web ", "web", ""):
        first.note(text)
    first.save("prod.eu", "region:eu-* tag:env=prod")
    first.save("old", "is:old")
    first.forget("old")
    assert first.history == ("db", "web")
    await first.close()
    second = await loaded(memory)
    assert (second.history, second.saved) == (("db", "web"), {"prod.eu": "region:eu-* tag:env=prod"})


async def test_two_programs_add_up(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory.json")
    one, other = await loaded(memory), await loaded(memory)
    one.note("web")
    one.save("w", "web")
    await one.close()
    told: list[int] = []
    other.on_change = lambda: told.append(1)
    other.note("db")
    await other.close()
    assert (other.history, other.saved) == (("web", "db"), {"w": "web"})
    assert len(told) == 2


async def test_the_history_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "MAX_HISTORY", 3)
    one = await loaded(Memory(None))
    for text in "abcad":
        one.note(text)
    assert one.history == ("c", "a", "d")
    await one.close()


@pytest.mark.parametrize("name", ["", "a b", "a|b", "x" * 41, "(", "a\n"])
async def test_a_name_has_to_be_one_that_can_be_typed(name: str) -> None:
    one = await loaded(Memory(None))
    with pytest.raises(UsageError, match="is not a valid name for a filter"):
        one.save(name, "web")
    assert not one.saved


async def test_there_are_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "MAX_SAVED", 1)
    one = await loaded(Memory(None))
    one.save("a", "web")
    one.save("a", "db")
    with pytest.raises(UsageError, match=":filters"):
        one.save("b", "web")
    await one.close()


@pytest.mark.parametrize(
    "held",
    [
        {"history": "web", "saved": ["x"]},
        {"history": [1, None, "web", "", "x" * 2000], "saved": {"a b": "x", "n": 3, "ok": "web"}},
        {"history": {}, "saved": None},
    ],
)
async def test_nothing_in_the_file_is_trusted(tmp_path: Path, held: dict[str, Any]) -> None:
    memory = Memory(tmp_path / "memory.json")
    memory.update("filters", lambda _: held)
    one = await loaded(memory)
    assert one.history in ((), ("web",))
    assert dict(one.saved) in ({}, {"ok": "web"})
