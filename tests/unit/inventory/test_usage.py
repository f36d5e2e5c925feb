"""Favourites and uses: here at once, remembered, and shared with another program that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ssmtui.config.memory import Memory
from ssmtui.errors import SsmtuiError
from ssmtui.inventory import usage
from ssmtui.inventory.usage import NEVER, Usage, Use
from ssmtui.model import NodeKey

WEB: NodeKey = ("prod", "eu-west-1", "i-web")
DB: NodeKey = ("", "eu-west-1", "i-db")


async def loaded(memory: Memory, now: float = 100.0) -> Usage:
    one = Usage(memory, clock=lambda: now)
    await one.load()
    return one


async def test_what_was_liked_and_used_is_known_the_next_time(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory.json")
    first = await loaded(memory)
    assert first.toggle_favourite(WEB)
    assert first.toggle_favourite(DB)
    assert not first.toggle_favourite(DB)
    first.note_use(WEB)
    first.note_use(WEB)
    assert first.used(WEB) == Use(2, 100.0)
    await first.close()
    second = await loaded(memory)
    assert second.favourites == {WEB}
    assert (second.used(WEB), second.used(DB)) == (Use(2, 100.0), NEVER)


async def test_two_programs_add_up(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory.json")
    one, other = await loaded(memory, 100.0), await loaded(memory, 200.0)
    one.toggle_favourite(WEB)
    one.note_use(WEB)
    await one.close()
    told: list[frozenset[NodeKey]] = []
    other.on_change = told.append
    other.toggle_favourite(DB)
    other.note_use(WEB)
    await other.close()
    assert other.favourites == {WEB, DB}
    assert other.used(WEB) == Use(2, 200.0)
    assert told[0] == {DB}
    assert told[-1] == {WEB}


async def test_each_change_is_told_with_its_node() -> None:
    one = await loaded(Memory(None))
    told: list[frozenset[NodeKey]] = []
    one.on_change = told.append
    one.toggle_favourite(WEB)
    one.note_use(DB)
    assert told == [{WEB}, {DB}]
    await one.close()


@pytest.mark.parametrize(
    "held",
    [
        {"favourites": 7, "uses": "no"},
        {"favourites": [7, None, ["a", "b"], ["a", 1, "b"]], "uses": [[], ["a", "b", "c"], ["a", "b", "c", 0, 1]]},
        {"uses": [["a", "b", "c", 1, 10**400], ["a", "b", "c", 1, float("nan")], ["a", "b", "c", "1", 2]]},
    ],
)
async def test_foreign_content_is_passed_over(held: dict[str, Any]) -> None:
    memory = Memory(None)
    memory.update(usage.SECTION, lambda _: held)
    one = await loaded(memory)
    assert (one.favourites, one.uses) == (frozenset(), {})
    one.toggle_favourite(WEB)
    await one.close()
    assert (await loaded(memory)).favourites == {WEB}


async def test_the_uses_of_long_ago_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "MAX_USED", 2)
    memory = Memory(None)
    for number, now in enumerate((300.0, 100.0, 200.0)):
        one = await loaded(memory, now)
        one.note_use(("", "r", f"i-{number}"))
        await one.close()
    assert set((await loaded(memory)).uses) == {("", "r", "i-0"), ("", "r", "i-2")}


async def test_what_cannot_be_written_is_told_and_holds_until_the_end(tmp_path: Path) -> None:
    blocker = tmp_path / "state"
    blocker.write_text("a file, where the directory would be")
    one = await loaded(Memory(blocker / "memory.json"))
    failures: list[SsmtuiError] = []
    one.on_failure = failures.append
    one.toggle_favourite(WEB)
    await one.close()
    assert one.favourites == {WEB}
    assert [type(error).__name__ for error in failures] == ["ConfigurationError"]
