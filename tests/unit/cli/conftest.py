"""Every test of the command line has files of its own, and leaves no log open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ssmtui.config import logs


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory that holds this test's ``config``, ``state``, ``cache`` and ``data``."""
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.delenv("SSMTUI_CONFIG", raising=False)
    yield tmp_path
    logs.close_log()
