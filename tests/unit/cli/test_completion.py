"""What a shell is offered at Tab."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from ssmtui.cli.completion import SHELLS
from ssmtui.cli.main import run
from ssmtui.cli.offers import COMPLETION
from ssmtui.inventory.cache import NodeCache
from ssmtui.inventory.known_names import known_names
from ssmtui.ledger.ledger import Ledger
from ssmtui.model import Node, Scope, StartRequest
from tests.unit.cli.test_imports import loaded_by

Out = pytest.CaptureFixture[str]
PROD, DEV = Scope("prod", "eu-west-1"), Scope("dev", "eu-west-1")
HOSTILE = ["$(touch owned)", "`id`", "a;b", "-rf", "new\nline", "\x1b[31m", "it's", "a|b", "*", "~", "a\\b", ""]


@pytest.fixture
def known(own_files: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Profiles, nodes of two scopes, and an AWS configuration."""
    config = own_files / "config" / "ssmtui"
    (config / "profiles.d").mkdir(parents=True)
    (config / "profiles.toml").write_text(
        '[folders."prod/db"]\n[profiles."db shell"]\ndescription = "the primary"\n[profiles.web]\n[profiles."$(id)"]\n'
    )
    (config / "profiles.d" / "a.toml").write_text('[profiles."db other"]\n')
    (config / "profiles.d" / "b.toml").write_text("not TOML")
    cache = NodeCache(own_files / "cache" / "ssmtui" / "inventory")
    at = time.time()  # what is old is not kept
    hostile = [Node(f"i-{number}", name) for number, name in enumerate(HOSTILE)]
    cache.save(PROD, "1", "", [Node("i-0a1b", "db-1"), Node("i-0a2b", "web-1"), *hostile], at)
    cache.save(DEV, "2", "", [Node("i-0c1d", "db-2")], at - 10)
    (own_files / "aws").write_text("[default]\n[profile prod]\n[sso-session x]\n[profile 'two words']\n[services s]\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(own_files / "aws"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(own_files / "nowhere"))
    return own_files


def offered(line: str, monkeypatch: pytest.MonkeyPatch, capsys: Out, shell: str = "fish") -> list[str]:
    words = line.split("\n" if "\n" in line else " ")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1) if shell != "fish" else words[-1])
    monkeypatch.setenv(COMPLETION, f"{shell}_complete")
    assert run([]) == 0
    return [one.removeprefix("plain,").partition("\t")[0] for one in capsys.readouterr().out.splitlines() if one]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ssmtui conn", ["connect"]),
        ("ssmtui connect d", ["db shell", "db other", "db-1", "db-2"]),
        ("ssmtui --aws-profile dev connect db-", ["db-2"]),
        ("ssmtui --region us-east-1 connect db-", []),
        ("ssmtui connect i-0a", ["i-0a1b", "i-0a2b"]),
        ("ssmtui forward d", ["db shell", "db other", "db-1", "db-2"]),
        ("ssmtui doctor w", ["web-1"]),
        ("ssmtui profiles show ", ["db shell", "web", "db other"]),
        ("ssmtui profiles import i", ["ids"]),
        ("ssmtui profiles import --folder p", ["prod/db"]),
        ("ssmtui --aws-profile ", ["default", "prod", "two words"]),
        ("ssmtui --region eu-west-", ["eu-west-1", "eu-west-2", "eu-west-3"]),
        ("ssmtui connect --rea", ["--reason"]),
        ("ssmtui completion z", ["zsh"]),
    ],
)
def test_what_begins_as_it_was_typed_is_offered(
    line: str, expected: list[str], known: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    assert offered(line, monkeypatch, capsys) == expected


async def test_sessions_of_this_machine_are_offered(
    own_files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    state = own_files / "state" / "ssmtui"
    ledger = Ledger(state / "ledger", state / "journal.jsonl")
    await ledger.open()
    for session_id in ("jane-1", "jane-2", "john-3"):
        entry = ledger.begin(StartRequest("i-1"), title="web")
        assert await entry.begun()
        entry.answered(session_id, "")
        assert await entry.reserve(0, 256)
    monkeypatch.setenv(COMPLETION, "fish_complete")
    assert sorted(offered("ssmtui terminate jane", monkeypatch, capsys)) == ["jane-1", "jane-2"]
    await ledger.close()


def test_nothing_is_offered_that_a_shell_would_obey(known: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    names = offered("ssmtui connect ", monkeypatch, capsys)
    assert "web-1" in names
    assert not set(names) & {*HOSTILE, "$(id)"}


def test_an_aws_profile_with_an_apostrophe_is_not_offered_in_part(
    known: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    (known / "aws").write_text("[profile \"Bob's sandbox\"]\n[profile Bob's other]\n[profile bobby]\n")
    assert offered("ssmtui --aws-profile ", monkeypatch, capsys) == ["bobby"]


def test_without_any_files_there_is_nothing(own_files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    monkeypatch.setenv("HOME", str(own_files))
    for line in ("ssmtui connect ", "ssmtui --aws-profile ", "ssmtui profiles show "):
        assert offered(line, monkeypatch, capsys) == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_puts_a_name_with_blanks_into_the_line_as_it_is_typed(known: Path, capsys: Out, tmp_path: Path) -> None:
    assert run(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    fake = tmp_path / "ssmtui"
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "plain,db\\\\\\\\ shell" "plain,web"\n')
    fake.chmod(0o755)
    asked = f"{script}\nCOMP_WORDS=(ssmtui connect d); COMP_CWORD=2; _ssmtui_completion {fake}\n"
    done = subprocess.run(
        ["bash", "--norc", "-c", asked + 'printf "<%s>" "${COMPREPLY[@]}"'], capture_output=True, text=True, check=True
    )
    assert done.stdout == "<db\\ shell><web>"


def test_bash_is_given_the_backslashes_that_it_takes_away(
    known: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    assert offered("ssmtui profiles show db", monkeypatch, capsys, "bash") == [r"db\\ shell", r"db\\ other"]


@pytest.mark.parametrize("quote", ['"', "'"])
def test_bash_is_given_no_backslashes_within_quotes(
    quote: str, known: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    line = f"ssmtui\nprofiles\nshow\n{quote}db s"
    assert offered(line, monkeypatch, capsys, "bash") == ["db shell"]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_its_script(shell: str, own_files: Path, capsys: Out) -> None:
    assert run(["completion", shell]) == 0
    out = capsys.readouterr().out
    assert f"{COMPLETION}={shell}_complete" in out


def test_completion_loads_neither_aws_nor_the_screen(known: Path) -> None:
    asked = f"os.environ |= dict({COMPLETION}='fish_complete', COMP_WORDS='ssmtui connect w', COMP_CWORD='w')"
    loaded = loaded_by(f"import os\n{asked}\nfrom ssmtui.cli.main import run\nrun([])")
    assert loaded <= {"asyncio", "platformdirs"}


def test_files_that_are_none_of_ours_have_no_names(tmp_path: Path) -> None:
    for number, content in enumerate(
        [b"", b"{", b'{"scope": 1}\n', b'{"scope": ["a", "b"]}\n[1, 2, 3]\n["web"]\n\xff"web']
    ):
        (tmp_path / f"{number}.nodes").write_bytes(content)
    assert list(known_names(tmp_path, "")) == []
    assert list(known_names(tmp_path, "web")) == []
    assert list(known_names(tmp_path / "nowhere", "")) == []
