"""``ssmtui ssh-config``: what it writes, what it leaves alone, and what ssh itself makes of it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.backend import Options
from ssmtui.cli import ssh_config
from ssmtui.cli.main import run
from ssmtui.cli.ssh_block import BEGIN, END, SshHosts, has_block, installed, removed
from ssmtui.cli.ssh_config import hosts
from ssmtui.errors import ConfigurationError, UsageError

OWN = "Host web\n    User me\n"
BLOCK = SshHosts(["/opt/ssmtui"]).text


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setattr(ssh_config, "program", lambda: ["/opt/bin/ssmtui"])
    return tmp_path


# The text


def test_it_comes_behind_what_is_there_and_goes_again() -> None:
    text = installed(OWN, BLOCK)
    assert text == f"{OWN}\n{BLOCK}"
    assert installed(text, BLOCK) == text
    assert removed(text) == OWN


def test_a_newer_one_takes_the_place_of_the_older_one() -> None:
    newer = SshHosts(["/new/ssmtui"], user="ops").text
    text = installed(OWN, BLOCK) + "Host later\n"
    assert installed(text, newer) == f"{OWN}\n{newer}Host later\n"
    assert removed(installed(text, newer)) == f"{OWN}Host later\n"


lines = st.lists(
    st.sampled_from(["Host a", "  User b", "", "# >>> other", "Match all", "\tPort 22 ", "# é", END]), max_size=6
)
texts = st.builds(
    lambda parts, end, last: end.join(parts) + (end if last else ""),
    lines,
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)


@given(texts)
def test_what_is_installed_and_removed_leaves_each_byte_as_it_was(text: str) -> None:
    once = installed(text, BLOCK)
    assert has_block(once)
    assert installed(once, BLOCK) == once
    assert removed(once) == text
    assert "\n" not in once.replace("\r\n", "") or "\r\n" not in text


def test_lines_end_as_those_of_the_file_do() -> None:
    text = installed("Host a\r\n", BLOCK)
    assert text.count("\n") == text.count("\r\n")
    assert removed(text) == "Host a\r\n"


def test_a_block_without_an_end_is_left_alone() -> None:
    broken = f"{OWN}{BEGIN}\nHost i-*\n"
    for change in (removed, lambda text: installed(text, BLOCK)):
        with pytest.raises(ConfigurationError, match="line 3 begins what ssmtui has written"):
            change(broken)
    with pytest.raises(ConfigurationError, match="line 3"):
        removed(broken + BLOCK)


def test_words_are_quoted_for_ssh_and_for_the_shell() -> None:
    text = SshHosts(
        ["/my tools/100%/ssmtui", "--aws-profile", "it's"], key=Path("/my keys/id"), instance_connect=True
    ).text
    assert "ProxyCommand '/my tools/100%%/ssmtui' --aws-profile 'it'\"'\"'s' proxy --instance-connect '%r'" in text
    assert "--key '/my keys/id' '%h' %p\n" in text
    windows = SshHosts(["C:\\My Tools\\ssmtui.exe"], windows=True).text
    assert 'ProxyCommand "C:\\My Tools\\ssmtui.exe" proxy %h %p\n' in windows


# The verb


def test_it_prints_and_writes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--region", "eu-west-1", "--aws-profile", "prod", "ssh-config", "--user", "ops"]) == 0
    out, err = capsys.readouterr()
    assert "ProxyCommand /opt/bin/ssmtui --aws-profile prod --region eu-west-1 proxy '%h' %p\n    User ops\n" in out
    assert err == ""
    assert list(home.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="it has no modes")
def test_it_is_installed_for_its_owner_alone_and_removed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / ".ssh" / "config"
    assert run(["ssh-config", "--install"]) == 0
    first = file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert run(["ssh-config", "--install"]) == 0
    assert file.read_bytes() == first
    assert run(["ssh-config", "--remove"]) == 0
    assert file.read_bytes() == b""
    assert run(["ssh-config", "--remove"]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert [line.split(str(file))[0].split(": ")[1] for line in told.err.splitlines()] == [
        "Written to ",
        "",
        "Removed from ",
        "",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="it has no modes")
def test_a_link_stays_one_and_the_mode_of_the_file_stays(home: Path) -> None:
    real = home / "dotfiles"
    real.write_text(OWN)
    real.chmod(0o640)
    link = home / "config"
    link.symlink_to(real)
    assert run(["ssh-config", "--install", str(link)]) == 0
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert real.read_text().startswith(f"{OWN}\n{BEGIN}\n")
    assert run(["ssh-config", str(link), "--remove"]) == 0
    assert real.read_text() == OWN


@pytest.mark.parametrize(
    "arguments",
    [["--install", "--remove"], ["somewhere"], ["--user", "a b"], ["--user", "-x"], ["--key", 'a"b'],
     ["--instance-connect", "--key", "/nowhere/id"]],
)  # fmt: skip
def test_what_cannot_be_meant_is_252(arguments: list[str], home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ssh-config", *arguments]) == 252
    assert capsys.readouterr().out == ""
    assert list(home.iterdir()) == []


def test_a_demo_has_no_hosts() -> None:
    assert run(["--demo", "ssh-config"]) == 252


def test_a_file_that_is_no_text_is_left_as_it_is(home: Path) -> None:
    file = home / "config"
    file.write_bytes(b"# caf\xe9\n")
    assert run(["ssh-config", "--install", str(file)]) == 253
    assert file.read_bytes() == b"# caf\xe9\n"


def test_the_key_of_instance_connect_is_the_persons_or_one_of_ours(home: Path) -> None:
    ours = hosts(Options(), "", None, instance_connect=True)
    assert [one.name for one in ours.identities] == ["instance-connect-0", "instance-connect-1"]
    assert ours.key is None
    key = home / "id"
    with pytest.raises(UsageError, match="The public key cannot be read"):
        hosts(Options(), "", key, instance_connect=True)
    (home / "id.pub").write_text("ssh-ed25519 AAAA me@here\n")
    own = hosts(Options(), "", key, instance_connect=True)
    assert (list(own.identities), own.key) == ([key], key)
    assert "IdentitiesOnly yes" in own.text
    plain = hosts(Options(), "", key, instance_connect=False)
    assert "IdentitiesOnly" not in plain.text
    assert "--instance-connect" not in plain.text


# What ssh makes of it


@pytest.mark.skipif(shutil.which("ssh") is None, reason="ssh is not on PATH")
class TestWithSsh:
    def settings(self, file: Path, host: str) -> dict[str, list[str]]:
        """What ``ssh -G`` says of ``host``."""
        done = subprocess.run(
            ["ssh", "-F", str(file), "-G", host],
            capture_output=True,
            text=True,
            check=True,
            env={"PATH": os.environ["PATH"]},
        )
        found: dict[str, list[str]] = {}
        for line in done.stdout.splitlines():
            name, _, value = line.partition(" ")
            found.setdefault(name, []).append(value)
        return found

    def file(self, home: Path, block: SshHosts, own: str = "") -> Path:
        file = home / "ssh_config"
        file.write_text(installed(own, block.text))
        return file

    @pytest.mark.parametrize(
        "host",
        [
            "i-0a1b2c3d4e5f60718",
            "mi-0a1b2c3d4e5f60718",
            "i-0a1b2c3d4e5f60718.eu-west-1.prod",
            "web-1.ssm",
            "Web-1.eu-west-1.ssm",
        ],
    )
    def test_ids_and_names_go_through_us(self, home: Path, host: str) -> None:
        found = self.settings(self.file(home, SshHosts(["/opt/ssmtui"], user="ops"), OWN), host)
        assert found["proxycommand"] == ["/opt/ssmtui proxy '%h' %p"]
        assert found["user"] == ["ops"]
        assert found["hostname"] == [host.lower()]

    def test_other_hosts_do_not(self, home: Path) -> None:
        file = self.file(home, SshHosts(["/opt/ssmtui"]), OWN)
        for host in ("web", "example.com", "ssm", "mini", "ssm.example.com"):
            assert "proxycommand" not in self.settings(file, host)

    @pytest.mark.parametrize("instance_connect", [False, True])
    def test_what_a_shell_would_run_is_no_host_of_ours(self, home: Path, *, instance_connect: bool) -> None:
        # By a HostName, which no OpenSSH looks at; on the command line those before 9.6 take it as well.
        marker = home / "run"
        own = f"""Host front\n  HostName "i-'$(>{marker})'"\n"""
        own += f"""Host by-user\n  HostName i-0a1b2c3d\n  User "x'$(>{marker})'"\n"""
        file = self.file(home, SshHosts(["/bin/false"], instance_connect=instance_connect), own)
        assert "proxycommand" not in self.settings(file, "front")
        for host in ("front", "by-user"):
            subprocess.run(["ssh", "-F", str(file), "-o", "BatchMode=yes", host], capture_output=True, check=False)
        assert not marker.exists()

    def test_a_host_of_ones_own_with_the_name_of_a_node_does_and_keeps_what_it_says(self, home: Path) -> None:
        own = "Host bastion\n  HostName i-0a1b2c3d4e5f60718\n  User admin\nHost front\n  HostName web-1.ssm\n"
        file = self.file(home, SshHosts(["/opt/ssmtui"], user="ops"), own)
        assert self.settings(file, "bastion")["proxycommand"] == ["/opt/ssmtui proxy '%h' %p"]
        assert self.settings(file, "bastion")["user"] == ["admin"]
        assert self.settings(file, "front")["user"] == ["ops"]

    def test_keys_are_tried_once_each_and_no_others(self, home: Path) -> None:
        keys = [Path("/keys/100%/a b"), Path("/keys/c")]
        found = self.settings(
            self.file(home, SshHosts(["/opt/ssmtui"], identities=keys, instance_connect=True)), "i-0a1b2c3d"
        )
        assert found["identityfile"] in (["/keys/100%%/a b", "/keys/c"], ["/keys/100%/a b", "/keys/c"])
        assert found["identitiesonly"] == ["yes"]
