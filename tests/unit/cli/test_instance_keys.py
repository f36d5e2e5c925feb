"""Keys for EC2 Instance Connect: the person's own, and those that last an hour."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from ssmtui.cli import instance_keys
from ssmtui.cli.instance_keys import LASTS, current, places, public_key_of
from ssmtui.config.files import replace_private
from ssmtui.errors import ConfigurationError, UsageError

NOW = 1_700_000_000.0


def test_a_key_is_used_for_an_hour_and_the_one_before_stays_for_another() -> None:
    start = NOW - NOW % LASTS
    first = current(start + 10)
    assert current(start + LASTS - 1) == first
    second = current(start + LASTS + 1)
    assert second != first
    kept = [public_key_of(place) for place in places()]
    assert sorted(kept) == sorted([first, second]), "a connection of a moment ago was promised the first one"
    third = current(start + 2 * LASTS + 1)
    assert third not in (first, second)
    assert sorted(public_key_of(place) for place in places()) == sorted([second, third])


@pytest.mark.skipif(sys.platform == "win32", reason="it has no modes")
def test_it_is_for_its_owner_alone() -> None:
    current(NOW)
    (place,) = (one for one in places() if one.exists())
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700


def test_nothing_is_left_of_them() -> None:
    current(NOW)
    current(NOW + LASTS)
    instance_keys.forget()
    assert not places()[0].parent.exists()
    instance_keys.forget()


def test_half_a_pair_is_made_anew() -> None:
    first = current(NOW)
    (place,) = (one for one in places() if one.exists())
    place.with_name(place.name + ".pub").unlink()
    second = current(NOW + 1)
    assert second != first
    assert public_key_of(place) == second


def test_what_is_killed_between_two_files_leaves_no_pair_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        """As a signal ends it."""

    def killed_after_one(file: Path, content: bytes) -> None:
        replace_private(file, content)
        raise Killed

    now = time.time()  # what files are dated by
    old = current(now - 2 * LASTS)
    monkeypatch.setattr(instance_keys, "replace_private", killed_after_one)
    with pytest.raises(Killed):
        current(now)
    monkeypatch.setattr(instance_keys, "replace_private", replace_private)
    made = current(now)
    (place,) = (one for one in places() if one.exists())
    key = load_ssh_private_key(place.read_bytes(), None)
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    assert public == made != old


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not on PATH")
def test_ssh_reads_what_is_made() -> None:
    made = current(NOW)
    (place,) = (one for one in places() if one.exists())
    done = subprocess.run(["ssh-keygen", "-y", "-f", str(place)], capture_output=True, text=True, check=True)
    assert done.stdout.split()[:2] == made.split()
    assert 80 <= len(made) <= instance_keys.MOST, "what EC2 Instance Connect takes"


def test_where_no_file_can_be_made_that_is_said(monkeypatch: pytest.MonkeyPatch, own_files: Path) -> None:
    (own_files / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(own_files / "file"))
    with pytest.raises(ConfigurationError, match="No key can be made"):
        current(NOW)


def test_the_persons_own_is_read_from_beside_it_without_its_comment(tmp_path: Path) -> None:
    (tmp_path / "id.pub").write_text("ssh-rsa AAAA me@laptop of mine\n")
    assert public_key_of(tmp_path / "id") == "ssh-rsa AAAA"
    assert public_key_of(tmp_path / "id.pub") == "ssh-rsa AAAA"


@pytest.mark.parametrize("text", ["", "ssh-rsa", "ssh-rsa AAAA\nssh-rsa BBBB", f"ssh-rsa {'A' * 5000}", "\x1b[2J AAAA"])
def test_what_is_no_public_key_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "id.pub").write_text(text)
    with pytest.raises(UsageError, match="The public key cannot be read"):
        public_key_of(tmp_path / "id")
