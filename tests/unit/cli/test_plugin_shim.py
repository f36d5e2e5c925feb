"""The program session-manager-plugin that is ssmtui: what it is put over, who finds it, and what it hands on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ssmtui.cli import plugin_shim
from ssmtui.cli.plugin_shim import NAME, install_shim, is_ours, remove_shims
from ssmtui.errors import ConfigurationError, UsageError
from ssmtui.protocol.payloads import CLIENT_VERSION

posix = pytest.mark.skipif(sys.platform == "win32", reason="a script of the shell")
pytestmark = posix


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def path_of(*folders: Path) -> dict[str, str]:
    return {"PATH": os.pathsep.join(map(str, folders))}


def other(folder: Path) -> Path:
    """The official client in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / NAME
    file.write_bytes(b"\x7fELF")
    file.chmod(0o755)
    return file


def test_it_comes_first(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    official = other(home / "usr")
    install_shim(home / "mine", path_of(home / "mine", official.parent))
    assert is_ours(home / "mine" / NAME)
    assert (home / "mine" / NAME).stat().st_mode & 0o777 == 0o755
    assert "It comes first on PATH" in capsys.readouterr().err
    assert [one.name for one in (home / "mine").iterdir()] == [NAME]


def test_another_one_comes_first(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    official = other(home / "usr")
    install_shim(home / "mine", path_of(official.parent, home / "mine"))
    assert f"{official} comes first on PATH: put {home / 'mine'} before it." in capsys.readouterr().err


def test_it_is_not_on_path(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    official = other(home / "usr")
    install_shim(home / "my tools", path_of(official.parent))
    said = capsys.readouterr().err
    assert f"is not on PATH; the AWS CLI finds {official}" in said
    assert f"export PATH='{home / 'my tools'}':$PATH" in said


def test_the_folder_of_a_person(home: Path) -> None:
    install_shim(None, path_of())
    assert is_ours(home / ".local" / "bin" / NAME)


def test_again_is_an_update(home: Path) -> None:
    install_shim(home, path_of())
    (home / NAME).write_text((home / NAME).read_text().replace(CLIENT_VERSION, "1.2.0.0"))
    install_shim(home, path_of())
    assert CLIENT_VERSION in (home / NAME).read_text()


def test_what_is_not_ours_is_replaced_by_force_only(home: Path) -> None:
    official = other(home)
    with pytest.raises(UsageError, match="--force"):
        install_shim(home, path_of())
    with pytest.raises(UsageError, match="Not removed"):
        remove_shims(home, path_of())
    assert official.read_bytes() == b"\x7fELF"
    install_shim(home, path_of(), force=True)
    assert is_ours(official)


def test_force_replaces_a_link_and_not_what_it_leads_to(home: Path) -> None:
    official = other(home / "opt")
    link = home / NAME
    link.symlink_to(official)
    with pytest.raises(UsageError, match="Not installed"):
        install_shim(home, path_of())
    install_shim(home, path_of(), force=True)
    assert is_ours(link)
    assert official.read_bytes() == b"\x7fELF"


def test_a_folder_in_its_place(home: Path) -> None:
    (home / NAME).mkdir()
    with pytest.raises(ConfigurationError, match="cannot be written"):
        install_shim(home, path_of(), force=True)
    assert [one.name for one in home.iterdir()] == [NAME]


def test_a_file_in_the_place_of_the_folder(home: Path) -> None:
    (home / "mine").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        install_shim(home / "mine", path_of())


def test_all_of_ours_on_path_are_removed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    official = other(home / "usr")
    folders = [home / "one", home / "two"]
    for folder in folders:
        install_shim(folder, path_of())
    capsys.readouterr()
    remove_shims(None, path_of(*folders, official.parent, home / "nowhere"))
    assert [folder for folder in folders if (folder / NAME).exists()] == []
    assert f"Tools find {official} now." in capsys.readouterr().err


def test_nothing_to_remove(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    remove_shims(None, path_of(home))
    remove_shims(home, path_of(home))
    said = capsys.readouterr().err
    assert f"There is no {NAME} of ssmtui on PATH." in said
    assert f"There is no {NAME} of ssmtui in {home}." in said


# The program itself


@pytest.fixture
def shim(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One whose Python prints its arguments and where it looks for libraries."""
    python = home / "it's python"
    python.write_text('#!/bin/sh\nprintf "<%s>" "$@"\nprintf "%s" "${LD_LIBRARY_PATH-none}$PYTHONHOME"\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    install_shim(home / "mine", path_of())
    return home / "mine" / NAME


def answer(shim: Path, *arguments: str, **more: str) -> str:
    environment = {"PATH": os.environ["PATH"], **more}
    return subprocess.run([shim, *arguments], env=environment, capture_output=True, text=True, check=True).stdout


def test_what_callers_ask_first_needs_no_python(shim: Path) -> None:
    assert answer(shim, "--version") == f"{CLIENT_VERSION}\n"
    assert answer(shim) == (
        "\nThe Session Manager plugin was installed successfully. Use the AWS CLI to start a session.\n\n"
    )


def test_arguments_arrive_as_they_are(shim: Path) -> None:
    given = ['{"a": "b c"}', "", "*", "$HOME", "it's", "--version"]
    shown = "".join(f"<{one}>" for one in ["-P", "-m", "ssmtui", "plugin", *given])
    assert answer(shim, *given) == f"{shown}none"


def test_it_loads_its_own_libraries(shim: Path, home: Path) -> None:
    frozen = home / "aws-cli" / "dist"
    frozen.mkdir(parents=True)
    (frozen / "aws").write_text("")
    assert answer(shim, "a", LD_LIBRARY_PATH=str(frozen)).endswith("none")
    (frozen / "_internal").mkdir()
    assert answer(shim, "a", LD_LIBRARY_PATH=str(frozen / "_internal")).endswith("none")
    assert answer(shim, "a", LD_LIBRARY_PATH=str(frozen), LD_LIBRARY_PATH_ORIG="/mine").endswith("/mine")
    assert answer(shim, "a", LD_LIBRARY_PATH="/mine").endswith("/mine")
    assert answer(shim, "a", PYTHONHOME=str(frozen)).endswith("none")


def test_an_installation_that_is_gone_starts_no_session(shim: Path) -> None:
    Path(sys.executable).unlink()
    done = subprocess.run([shim, "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (127, "")
    assert "ssmtui is gone from" in done.stderr


# Windows, where a program is an .exe


@pytest.fixture
def windows(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of an installation there."""
    scripts = home / "Scripts"
    scripts.mkdir()
    (scripts / "ssmtui.exe").write_bytes(b"MZ launcher ssmtui.cli.main")
    monkeypatch.setattr(sys, "executable", str(scripts / "python.exe"))
    monkeypatch.setattr(plugin_shim, "_is_windows", lambda: True)
    return scripts


def test_a_copy_of_the_launcher(windows: Path, home: Path) -> None:
    install_shim(home / "mine", path_of())
    file = home / "mine" / f"{NAME}.exe"
    assert file.read_bytes() == (windows / "ssmtui.exe").read_bytes()
    assert is_ours(file)
    remove_shims(home / "mine", path_of())
    assert not file.exists()


def test_no_launcher_to_copy(windows: Path, home: Path) -> None:
    (windows / "ssmtui.exe").unlink()
    with pytest.raises(ConfigurationError, match=r"ssmtui\.exe is not there"):
        install_shim(home / "mine", path_of())
