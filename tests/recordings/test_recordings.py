"""The recordings that are kept, and their form."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssmtui.model import TerminalSize
from tests.recordings import cast


def test_what_is_kept_is_what_was_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cast, "FOLDER", tmp_path)
    events = (cast.Output(b"\xffa\xe4\xb8"), cast.Output(b"\xad"), cast.Mark("one"), cast.Resized(TerminalSize(30, 8)))
    cast.save(cast.Recording("sample", TerminalSize(80, 24), events))
    kept = cast.load("sample")
    assert (kept.name, kept.size) == ("sample", TerminalSize(80, 24))
    assert kept.events == (cast.Output(b"\xffa\xe4\xb8\xad"), *events[2:])
    assert kept.until("one").events == kept.events[:2]
    assert cast.names() == ["sample"]


def test_recordings_are_small() -> None:
    assert sum(path.stat().st_size for path in cast.FOLDER.glob("*.xz")) < 200_000


@pytest.mark.parametrize("name", cast.names())
def test_each_recording_resizes_and_is_looked_at(name: str) -> None:
    recording = cast.load(name)
    assert len(recording.marks()) >= 9
    assert name.startswith("vttest") or any(isinstance(event, cast.Resized) for event in recording.events)
    assert len(set(recording.marks())) == len(recording.marks())
