"""The directories: XDG variables first, private when made."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ssmtui.config import paths
from ssmtui.private_file import make_private


def test_xdg_variables_name_the_places(tmp_path: Path) -> None:
    found = paths.find(
        {
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "XDG_DATA_HOME": str(tmp_path / "data"),
        }
    )
    assert found.settings == tmp_path / "config" / "ssmtui" / "config.toml"
    assert found.log == tmp_path / "state" / "ssmtui" / "ssmtui.log"
    assert found.cache == tmp_path / "cache" / "ssmtui"
    assert found.recordings == tmp_path / "data" / "ssmtui" / "recordings"


def test_relative_xdg_paths_are_ignored() -> None:
    assert paths.find({"XDG_CONFIG_HOME": "config"}).config.is_absolute()


def test_looking_creates_nothing(tmp_path: Path) -> None:
    paths.find({"XDG_CONFIG_HOME": str(tmp_path / "config")})
    assert list(tmp_path.iterdir()) == []


def test_a_new_directory_is_for_its_owner_alone(tmp_path: Path) -> None:
    made = make_private(tmp_path / "some" / "where")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_directory_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_private(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


@pytest.mark.skipif(os.name == "nt", reason="no modes here")
def test_fault_24_the_parents_that_are_made_are_private_whatever_the_umask_is(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_private(tmp_path / "share" / "ssmtui" / "recordings")
    finally:
        os.umask(before)
    for made in ("share", "share/ssmtui", "share/ssmtui/recordings"):
        assert stat.S_IMODE((tmp_path / made).stat().st_mode) == 0o700
