"""What a lab that was killed leaves behind goes with the next one, and nothing else does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ssmtui.lab.leftovers import MARK, new_mark, own_prefix, remove_leftovers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process ids say nothing there")


@pytest.fixture
def dead() -> int:
    """The id of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_fault_23_what_a_killed_lab_left_goes(tmp_path: Path, dead: int) -> None:
    home = tmp_path / f"ssmtui-lab-{dead}-abc"
    (home / "web-1").mkdir(parents=True)
    file = tmp_path / f"ssmtui-lab-{dead}-abc.aws-config"
    file.touch()
    remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_fault_23_what_is_anothers_stays(tmp_path: Path, dead: int) -> None:
    other = tmp_path / "other"
    (other / "precious").mkdir(parents=True)
    kept = [
        tmp_path / f"{own_prefix()}abc",  # of a lab that runs
        tmp_path / "ssmtui-lab-notes-2026",  # of nobody that can be asked
        tmp_path / f"ssmtui-demo-{dead}-abc",
    ]
    for path in kept:
        path.mkdir()
    link = tmp_path / f"ssmtui-lab-{dead}-link"
    link.symlink_to(other)
    remove_leftovers(tmp_path)
    assert all(path.is_dir() for path in kept)
    assert (other / "precious").is_dir()
    assert link.is_symlink()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="nothing shows a program's environment")
def test_fault_23_programs_of_a_killed_lab_end_and_those_of_others_go_on(tmp_path: Path, dead: int) -> None:
    program = [sys.executable, "-c", "import time; time.sleep(600)"]
    left = subprocess.Popen(program, env=os.environ | {MARK: f"{dead}-abc"})
    own = subprocess.Popen(program, env=os.environ | {MARK: new_mark()})
    try:
        remove_leftovers(tmp_path)
        left.wait(timeout=20)
        assert own.poll() is None
    finally:
        for one in (left, own):
            one.kill()
            one.wait()
