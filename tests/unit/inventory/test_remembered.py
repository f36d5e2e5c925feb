"""Changes to what is remembered, where some of them cannot be written."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ssmtui.config.memory import Change, Memory
from ssmtui.daemon import in_daemon_thread
from ssmtui.errors import ConfigurationError, SsmtuiError
from ssmtui.inventory.remembered import Remembered
from tests.support.wait import wait_until


class FullDisk(Memory):
    """Fails as long as it is ``full``; each change waits until it is let ``go``."""

    def __init__(self) -> None:
        super().__init__(None)
        self.full = True
        self.begun = 0
        self.go = threading.Event()

    def update(self, section: str, change: Change) -> Mapping[str, Any]:
        self.begun += 1
        assert self.go.wait(30)
        if self.full:
            raise ConfigurationError("no space left")
        return super().update(section, change)


class Once(FullDisk):
    def update(self, section: str, change: Change) -> Mapping[str, Any]:
        try:
            return super().update(section, change)
        finally:
            self.full = False


def remembered(memory: Memory) -> tuple[Remembered, list[SsmtuiError]]:
    told: list[SsmtuiError] = []
    kept = Remembered(memory, "x", lambda held: None)
    kept.on_failure = told.append
    return kept, told


async def test_a9_a_change_made_while_another_one_fails_is_written() -> None:
    memory = Once()
    kept, told = remembered(memory)
    kept.change(lambda held: {**held, "a": 1})
    await wait_until("the first is being written", lambda: memory.begun)
    kept.change(lambda held: {**held, "b": 2})
    memory.go.set()
    await kept.close()
    assert memory.read("x") == {"b": 2}
    assert len(told) == 1


async def test_fault_16_a_full_disk_is_told_once_and_again_after_it_was_free() -> None:
    memory = FullDisk()
    memory.go.set()
    kept, told = remembered(memory)
    for number in range(3):
        kept.change(lambda held, number=number: {**held, "a": number})
        await kept.close()
    assert len(told) == 1
    memory.full = False
    kept.change(lambda held: {**held, "a": 4})
    await kept.close()
    memory.full = True
    kept.change(lambda held: {**held, "a": 5})
    await kept.close()
    assert len(told) == 2


async def test_fault_14_a_file_that_cannot_be_understood_is_named(tmp_path: Path) -> None:
    file = tmp_path / "memory.json"
    file.write_text("{")
    kept, _ = remembered(Memory(file))
    await kept.load()
    assert str(file) in kept.trouble
    assert "memory.json.bad" in kept.trouble


async def test_fault_11_a_file_that_does_not_answer_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(in_daemon_thread, "__defaults__", (0.01,))
    let_go, memory = threading.Event(), Memory(tmp_path / "memory.json")
    tried: list[str] = []

    def hang(section: str, change: Change | None = None) -> Mapping[str, Any]:
        tried.append(section)
        let_go.wait(60)
        return {}

    monkeypatch.setattr(memory, "read", hang)
    monkeypatch.setattr(memory, "update", hang)
    kept, told = remembered(memory)
    await kept.load()
    assert "does not answer" in kept.trouble
    kept.change(lambda held: held)
    kept.change(lambda held: held)
    await kept.close()
    assert [str(error) for error in told] == [f"It cannot be remembered: {kept.trouble}"]
    assert tried == ["x"], "it is not asked again"
    let_go.set()
