"""A recording on a disk: what is in the file, whose it is, and what a disk that fails does."""

from __future__ import annotations

import errno
import json
import os
import stat
from datetime import datetime
from pathlib import Path

import pytest

from ssmtui.model import TerminalSize
from ssmtui.recording import recorder as room
from ssmtui.recording.recorder import Recorder, file_name
from tests.support.wait import wait_until

SIZE = TerminalSize(80, 24)


class Stage:
    def __init__(self, directory: Path) -> None:
        self.now = 100.0
        self.told: list[str] = []
        self.recorder = Recorder(
            directory, "web-1.cast", SIZE, "web-1", self.told.append, clock=lambda: self.now, wall=lambda: 1000.0
        )

    async def lines(self) -> list[object]:
        self.recorder.stop()
        await self.recorder.closed()
        assert self.recorder.path is not None
        return [json.loads(line) for line in self.recorder.path.read_text("utf-8").splitlines()]


async def test_what_the_node_prints_is_in_a_file_of_ones_own(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "share" / "recordings")
    stage.recorder.write(b"$ \xe2\x98")
    stage.now += 1.5
    stage.recorder.write(b"\x83")
    stage.recorder.resized(TerminalSize(100, 30))
    path = await stage.recorder.opened()
    assert path == tmp_path / "share" / "recordings" / "web-1.cast"
    header, *events = await stage.lines()
    assert header["timestamp"] == 1000  # type: ignore[index]
    assert events == [[0, "o", "$ "], [1.5, "o", "☃"], [1.5, "r", "100x30"]]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    stage.recorder.write(b"after the end")
    assert len(await stage.lines()) == 4
    assert stage.told == []


async def test_no_file_is_written_over(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    (tmp_path / "web-1.cast").symlink_to(target)
    stage = Stage(tmp_path)
    assert await stage.recorder.opened() == tmp_path / "web-1-2.cast"
    await stage.lines()
    assert not target.exists()


@pytest.mark.skipif(os.geteuid() == 0 or os.name == "nt", reason="nothing is forbidden to root")
async def test_a_directory_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o500)
    stage = Stage(tmp_path / "recordings")
    assert await stage.recorder.opened() is None
    assert stage.told == [f"Nothing is recorded: {tmp_path}/recordings: Permission denied."]


async def test_a_directory_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    stage = Stage(tmp_path / "file" / "recordings")
    assert await stage.recorder.opened() is None
    assert stage.told == [f"Nothing is recorded: {tmp_path}/file/recordings: Not a directory."]


async def test_a_full_disk_ends_it_with_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(tmp_path)
    stage.recorder.write(b"one")
    path = await stage.recorder.opened()
    assert path is not None
    await wait_until("it is written", lambda: path.read_text().endswith('"one"]\n'))
    real, written = room._write, path.read_text()

    class Full:
        """Takes a few bytes and no more."""

        def __init__(self, file: object) -> None:
            self.file, self.took = file, False

        def write(self, data: bytes) -> int:
            if self.took:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.took = True
            return self.file.write(data[:3])  # type: ignore[attr-defined, no-any-return]

        def __getattr__(self, name: str) -> object:
            return getattr(self.file, name)

    monkeypatch.setattr(room, "_write", lambda file, text: real(Full(file), text))  # type: ignore[arg-type]
    stage.recorder.write(b"two")
    await stage.recorder.closed()
    assert stage.told == [f"The recording has ended: No space left on device. What came before is in {path}."]
    assert path.read_text() == written


async def test_fault_15_a_full_disk_is_told_before_anything_is_said_to_be_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: object, text: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(room, "_write", full)
    stage = Stage(tmp_path)
    assert await stage.recorder.opened() is None
    assert stage.told == [f"Nothing is recorded: {tmp_path}: No space left on device."]
    assert not os.listdir(tmp_path)


async def test_a_disk_that_is_too_slow_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_WAITING", 10)
    stage = Stage(tmp_path)
    stage.recorder.write(b"x" * 11)
    assert stage.told == ["Nothing is recorded: the disk does not keep up with what the node prints."]
    await stage.recorder.closed()


def test_names_are_what_any_system_takes() -> None:
    now = datetime(2026, 1, 15, 9, 5, 7)
    assert file_name("web 1/../x", "jane-0abc", now) == "web_1_.._x-20260115-090507-jane-0abc.cast"
    assert file_name("☃", "", now) == "20260115-090507.cast"
