"""``ssmtui profiles``, with files as a person has them."""

from __future__ import annotations

import io
import json
import os
import sys
import tomllib
from pathlib import Path

import pytest

from ssmtui.cli.editing import command_line
from ssmtui.cli.main import run
from ssmtui.errors import UsageError

ID = "i-0a1b2c3d4e5f60718"
OWN = f"""\
version = 1
[folders.prod]
aws_profile = "prod"
[profiles."db shell"]
folder = "prod"
target = "{ID}"   # the primary
on_connect = "cd /srv\\n"
[profiles.web]
query = "name:web"
regoin = "eu-west-1"
"""
SHARED = f'[profiles.bastion]\ntarget = "{ID}"\ndescription = "the way in"\n'


@pytest.fixture
def config(own_files: Path) -> Path:
    """The directory of the configuration, with profiles in it."""
    directory = own_files / "config" / "ssmtui"
    (directory / "profiles.d").mkdir(parents=True)
    (directory / "profiles.toml").write_text(OWN)
    (directory / "profiles.d" / "team.toml").write_text(SHARED)
    return directory


Out = pytest.CaptureFixture[str]


def test_a_list_with_folders_nodes_and_files(config: Path, capsys: Out) -> None:
    assert run(["profiles", "list"]) == 0
    out, err = capsys.readouterr()
    assert [line.split() for line in out.splitlines()] == [
        ["NAME", "FOLDER", "NODE", "AWS", "PROFILE", "REGION", "FILE"],
        ["db", "shell", "prod", ID, "prod", "profiles.toml"],
        ["web", "name:web", "profiles.toml"],
        ["bastion", ID, "team.toml", "(shared)"],
    ]
    assert err == "ssmtui: 1 problem in the files: `ssmtui profiles check` lists them\n"


def test_words_are_looked_for_in_the_document_as_in_the_view(config: Path, capsys: Out) -> None:
    text = f'[profiles.tail]\ntarget = "{ID}"\ndocument = "Example-TailLog"\n'
    (config / "profiles.d" / "logs.toml").write_text(text)
    assert run(["profiles", "list", "taillog", "--json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)] == ["tail"]


def test_a_filter_is_words(config: Path, capsys: Out) -> None:
    assert run(["profiles", "list", "way", "bas", "--json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)] == ["bastion"]


def test_what_holds_is_shown_with_where_it_comes_from(config: Path, capsys: Out) -> None:
    assert run(["profiles", "show", "DB shell"]) == 0
    lines = capsys.readouterr().out.splitlines()
    file = config / "profiles.toml"
    assert lines[:3] == ["db shell", "  folder           prod", f"  file             {file}, line 4"]
    assert lines[4].split(maxsplit=2) == ["aws_profile", '"prod"', f"folder prod ({file}, line 3)"]
    assert lines[5].split(maxsplit=2) == ["target", f'"{ID}"', "its own (line 6)"]
    assert '"cd /srv\\n"' in lines[6]
    assert run(["profiles", "show", "db shell", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["values"]["aws_profile"] == "prod"


def test_a_name_of_none_is_refused_with_the_nearest(config: Path, capsys: Out) -> None:
    assert run(["profiles", "show", "db-shell"]) == 252
    assert "there is no connection db-shell. Did you mean db shell?" in capsys.readouterr().err


def test_a_check_tells_all_and_ends_by_whether_something_does_not_work(config: Path, capsys: Out) -> None:
    file = config / "profiles.toml"
    assert run(["profiles", "check"]) == 0
    out, err = capsys.readouterr()
    assert f"{file}, line 10: warning: connection web: there is no key regoin. Did you mean region?" in out
    assert "3 connections, 1 problem" in err
    file.write_text(OWN.replace("query =", "several ="))
    assert run(["profiles", "check"]) == 253
    assert f"{file}, line 8: connection web has neither target nor query." in capsys.readouterr().out


def test_without_files_there_is_nothing(own_files: Path, capsys: Out) -> None:
    assert run(["profiles", "list"]) == 0
    assert run(["profiles", "check"]) == 0
    assert run(["profiles", "show", "x"]) == 252
    assert "There are none yet" in capsys.readouterr().err
    assert not (own_files / "config" / "ssmtui").exists()


def test_ids_are_imported_and_all_else_stays(
    config: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = "mi-0a1b2c3d4e5f60718"
    text = f"{ID} db shell\n{other} web\nweb-3\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert run(["--region", "eu-west-1", "profiles", "import", "ids", "-", "--folder", "new", "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("version = 1\n")
    assert "would be written" in err
    assert (config / "profiles.toml").read_text() == OWN

    (tmp_path / "nodes").write_text(text)
    assert run(["--region", "eu-west-1", "profiles", "import", "ids", str(tmp_path / "nodes"), "--folder", "new"]) == 0
    out, err = capsys.readouterr()
    assert out == "db shell (2)\nweb (2)\n"
    assert f"{tmp_path / 'nodes'}, line 3: web-3 is not an id such as" in err
    assert "web is called web (2)" in err
    written = (config / "profiles.toml").read_text()
    assert written.startswith(OWN)
    assert written[len(OWN) :] == "".join(
        f'\n[profiles."{name} (2)"]\nfolder = "new"\nregion = "eu-west-1"\ntarget = "{target}"\n'
        for name, target in (("db shell", ID), ("web", other))
    )


def test_hosts_of_ssh_and_aws_gate_are_imported_from_where_they_are(
    own_files: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = own_files / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".aws-gate").mkdir()
    (home / ".ssh" / "config").write_text(f"Host web\n ProxyCommand aws ssm start-session --target {ID}\n")
    (home / ".aws-gate" / "config").write_text("hosts: [{alias: web, name: web-1}]")
    monkeypatch.setenv("HOME", str(home))
    assert run(["profiles", "import", "ssh-config"]) == 0
    assert run(["profiles", "import", "aws-gate"]) == 0
    assert run(["profiles", "import", "ssh-config"]) == 0
    out, err = capsys.readouterr()
    assert out == "web\nweb (2)\n"
    assert "web is left out: there is a connection of that name for the same node" in err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["ids"], 252, "ids are read from a FILE"),
        (["ids", "nowhere"], 253, "there is no file nowhere"),
        (["nowhere"], 253, "there is no file nowhere"),
        (["putty", "file"], 252, "putty is not a source"),
        (["ssh-config", "nowhere"], 253, "there is no file nowhere"),
        (["aws-gate", "."], 253, "no configuration of aws-gate"),
        (["ids", "/dev/null"], 0, "/dev/null: there is nothing in it to take over as a connection"),
    ],
)
def test_what_cannot_be_imported_is_told(
    arguments: list[str], code: int, told: str, own_files: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own_files)
    assert run(["profiles", "import", *arguments]) == code
    assert told in capsys.readouterr().err


def test_an_aws_profile_with_an_apostrophe_goes_through_export_and_import(
    config: Path, capsys: Out, tmp_path: Path
) -> None:
    aws_profile = "Bob's sandbox"
    (config / "profiles.toml").write_text(
        f'version = 1\n\n[profiles."it\'s"]\naws_profile = "{aws_profile}"\ntarget = "{ID}"\n'
    )
    assert run(["profiles", "export", "it's", "--flat"]) == 0
    text = capsys.readouterr().out
    (tmp_path / "them.toml").write_text(text)
    (config / "profiles.toml").unlink()
    assert run(["profiles", "import", str(tmp_path / "them.toml")]) == 0
    profiles = tomllib.loads((config / "profiles.toml").read_text())["profiles"]
    assert profiles == {"it's": {"aws_profile": aws_profile, "target": ID}}


def test_an_export_is_what_an_import_takes(config: Path, capsys: Out, tmp_path: Path) -> None:
    assert run(["profiles", "export", "db shell", "--flat"]) == 0
    text = capsys.readouterr().out
    assert text == (
        f'version = 1\n\n[profiles."db shell"]\naws_profile = "prod"\ntarget = "{ID}"\non_connect = "cd /srv\\n"\n'
    )
    (tmp_path / "them.toml").write_text(text)
    (config / "profiles.toml").unlink()
    assert run(["profiles", "import", str(tmp_path / "them.toml")]) == 0
    assert (config / "profiles.toml").read_text() == text
    assert run(["profiles", "export", "--json"]) == 0
    exported = capsys.readouterr().out.partition("\n")[2]
    assert [one["name"] for one in json.loads(exported)] == ["db shell", "bastion"]


EDITOR = 'import sys; f = sys.argv[-1]; t = open(f).read(); open(f, "w").write(t.replace("query", "qeury"))'


def test_the_editor_is_opened_on_the_file_which_is_checked_then(
    config: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "editor.py"
    script.write_text(EDITOR)
    monkeypatch.setenv("VISUAL", f"{sys.executable} {script}")
    assert run(["profiles", "edit"]) == 253
    assert "line 9: warning: connection web: there is no key qeury. Did you mean query?" in capsys.readouterr().out
    assert run(["profiles", "edit", "bastion"]) == 252
    assert "is shared" in capsys.readouterr().err
    (config / "profiles.toml").unlink()
    assert run(["profiles", "edit"]) == 0
    assert (config / "profiles.toml").read_text().startswith("version = 1\n")


@pytest.mark.parametrize(
    ("editor", "told"), [("/nowhere/vi", "cannot be started"), ("false", "ended with 1"), ("'", "is not a command")]
)
def test_an_editor_that_fails_is_told(
    editor: str, told: str, config: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", editor)
    assert run(["profiles", "edit"]) in {252, 253}
    assert told in capsys.readouterr().err


def test_editors_that_can_are_sent_to_the_line() -> None:
    assert command_line("nvim -p", Path("f"), 7) == ["nvim", "-p", "+7", "f"]
    assert command_line("code --wait", Path("f"), 7) == ["code", "--wait", "f"]
    with pytest.raises(UsageError):
        command_line("", Path("f"), 0)


def test_a_demo_has_profiles_of_its_own_and_no_file(own_files: Path, capsys: Out) -> None:
    assert run(["--demo", "profiles", "list"]) == 0
    assert "bastion" in capsys.readouterr().out
    assert run(["--demo", "profiles", "edit"]) == 252
    assert os.listdir(own_files) in ([], ["state"])
