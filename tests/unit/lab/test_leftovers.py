"""What a lab that was killed leaves behind goes with the next one, and nothing else does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssmtui.lab.aws_config import config_file
from ssmtui.lab.lab import LabAddress
from ssmtui.lab.leftovers import MARK, PREFIX, remove_leftovers
from ssmtui.temporary import Held

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="directories cannot be locked there")

HOLDS = """
import sys
from ssmtui.temporary import Held
print(Held(sys.argv[1]).path.name, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@pytest.fixture
def dead() -> int:
    """The id of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


@pytest.fixture
def holder() -> Iterator[subprocess.Popen[str]]:
    """A process that holds a directory, whose name it prints."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, PREFIX], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def test_fault_23_what_a_killed_lab_left_goes(tmp_path: Path, dead: int) -> None:
    # Also where the lab's process id is that of another process by now.
    for pid in (dead, os.getpid()):
        home = tmp_path / f"ssmtui-lab-{pid}-run-abc"
        (home / "web-1").mkdir(parents=True)
    remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_fault_23_a_directory_is_held_until_its_process_dies(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    assert holder.stdout is not None
    directory = tmp_path / holder.stdout.readline().strip()
    remove_leftovers(tmp_path)
    assert directory.is_dir()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    remove_leftovers(tmp_path)
    assert not directory.exists()


def test_fault_23_a_lab_in_another_container_keeps_what_it_has(
    tmp_path: Path, dead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process id means nothing here."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(os, "getpid", lambda: dead)
        held = Held(PREFIX)
        writing = config_file(LabAddress("http://127.0.0.1:1", {}, {}))
        file = writing.__enter__()
    assert held.path.name.startswith(f"{PREFIX}{dead}-run-")
    remove_leftovers(tmp_path)
    assert held.path.is_dir()
    assert file.exists()
    writing.__exit__(None, None, None)
    held.release()
    remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_fault_23_what_is_anothers_stays(tmp_path: Path, dead: int) -> None:
    other = tmp_path / "other"
    (other / "precious").mkdir(parents=True)
    held = Held(PREFIX)  # of a lab that runs
    kept = [
        held.path,
        tmp_path / "ssmtui-lab-notes-2026",
        tmp_path / f"ssmtui-lab-{dead}-abc",  # of a version that held nothing
        tmp_path / f"ssmtui-demo-{dead}-run-abc",
    ]
    for path in kept:
        path.mkdir(exist_ok=True)
    link = tmp_path / f"ssmtui-lab-{dead}-run-link"
    link.symlink_to(other)
    remove_leftovers(tmp_path)
    assert all(path.is_dir() for path in kept)
    assert (other / "precious").is_dir()
    assert link.is_symlink()
    held.release()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="nothing shows a program's environment")
def test_fault_23_programs_of_a_killed_lab_end_and_those_of_others_go_on(tmp_path: Path, dead: int) -> None:
    program = [sys.executable, "-c", "import signal; signal.pause()"]
    home, held = tmp_path / f"{PREFIX}{dead}-run-abc", Held(PREFIX)
    home.mkdir()
    left = subprocess.Popen(program, env=os.environ | {MARK: home.name})
    own = subprocess.Popen(program, env=os.environ | {MARK: held.path.name})
    # Its lab has another /tmp, as that of a container has: whether it runs cannot be found out.
    elsewhere = subprocess.Popen(program, env=os.environ | {MARK: f"{PREFIX}{dead}-run-xyz"})
    try:
        remove_leftovers(tmp_path)
        left.wait(timeout=20)
        assert own.poll() is None
        assert elsewhere.poll() is None
    finally:
        for one in (left, own, elsewhere):
            one.kill()
            one.wait()
        held.release()
