"""Which runs are there: by a lock that the system lets go, whatever becomes of the process."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ssmtui.ledger import owners
from ssmtui.ledger.owners import Owner, running, tidy
from tests.support.wait import wait_until_sync

HOLDER = """
import signal, sys
from pathlib import Path
from ssmtui.ledger.owners import Owner
owner = Owner(Path(sys.argv[1]), 1000.0)
print(owner.facts.id, flush=True)
while True:
    signal.pause()
"""


def test_a_run_is_seen_while_it_holds_its_file(tmp_path: Path) -> None:
    owner = Owner(tmp_path / "ledger", 1000.0)
    assert running(tmp_path / "ledger", owner.facts.id) == owner.facts
    (file,) = (tmp_path / "ledger").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    owner.release()
    assert running(tmp_path / "ledger", owner.facts.id) is None
    assert list((tmp_path / "ledger").iterdir()) == []


def test_a_process_that_was_killed_is_no_run_any_more(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        owner_id = process.stdout.readline().strip()
        found = running(tmp_path, owner_id)
        assert found is not None
        assert (found.pid, found.since) == (process.pid, 1000.0)
        process.send_signal(signal.SIGSTOP)
        assert running(tmp_path, owner_id) is not None, "one that is stopped has its sessions still"
        process.kill()
        process.wait()
    assert running(tmp_path, owner_id) is None
    tidy(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_only_what_nobody_holds_is_tidied_away(tmp_path: Path) -> None:
    owner = Owner(tmp_path, 1.0)
    (tmp_path / ("run-" + "0" * 32 + ".lock")).write_text("")
    (tmp_path / "run-mine.lock").write_text("")
    tidy(tmp_path)
    assert {each.name for each in tmp_path.iterdir()} == {f"run-{owner.facts.id}.lock", "run-mine.lock"}
    owner.release()


def test_a_file_that_somebody_removed_is_made_again(tmp_path: Path) -> None:
    owner = Owner(tmp_path, 1.0)
    (tmp_path / f"run-{owner.facts.id}.lock").unlink()
    assert running(tmp_path, owner.facts.id) is None
    owner.hold()
    assert running(tmp_path, owner.facts.id) == owner.facts
    owner.release()


def test_a_run_that_is_tidied_away_as_it_begins_tries_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = owners._is_at, iter([False])
    monkeypatch.setattr(owners, "_is_at", lambda file, descriptor: next(calls, True) and real(file, descriptor))
    owner = Owner(tmp_path, 1.0)
    assert running(tmp_path, owner.facts.id) is not None
    owner.release()


@pytest.mark.parametrize(
    "content", [b"", b"[", b"\xff", b"[1]", b'{"pid": "x", "host": 3, "since": "now"}', b"9" * 9000]
)
def test_what_a_run_says_of_itself_is_not_trusted(tmp_path: Path, content: bytes) -> None:
    owner = Owner(tmp_path, 1.0)
    (tmp_path / f"run-{owner.facts.id}.lock").write_bytes(content)
    found = running(tmp_path, owner.facts.id)
    assert found is not None
    assert (found.id, found.pid, found.host, found.since) == (owner.facts.id, 0, "", 0.0)
    owner.release()


def test_no_link_is_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("precious")
    (tmp_path / ("run-" + "0" * 32 + ".lock")).symlink_to(target)
    tidy(tmp_path)
    with pytest.raises(OSError, match=r"run-0"):
        running(tmp_path, "0" * 32)
    assert target.read_text() == "precious"


def test_no_process_that_is_started_keeps_the_lock(tmp_path: Path) -> None:
    owner = Owner(tmp_path, 1.0)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False) as child:
        os.close(owner._descriptor)  # type: ignore[arg-type]  # as when the process is killed
        # Linux lets Popen return a moment before the child's descriptors are closed.
        wait_until_sync("nobody has the lock", lambda: running(tmp_path, owner.facts.id) is None)
        child.communicate(b"\n")
