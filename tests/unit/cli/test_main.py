"""The command line as a whole: exit codes, what goes where, and what is not imported."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from ssmtui import __version__, wiring
from ssmtui.backend import Options, load_settings
from ssmtui.cli import main, nodes
from ssmtui.config import paths
from ssmtui.config.memory import Memory
from ssmtui.errors import AccessDenied, ConfigurationError, ConnectionFailed, CredentialsError, UsageError


@pytest.fixture
def broken_nodes(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """`ssmtui nodes` raises what is put into the list."""
    raised: list[BaseException] = []

    async def fail(options: Options, text: str, *, shows_tags: bool) -> list[object]:
        raise raised[0]

    monkeypatch.setattr(nodes, "_find", fail)
    return raised


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--version"]) == 0
    assert capsys.readouterr().out == f"ssmtui {__version__}\n"


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"\n  {verb} " in out for verb in main.VERBS)


def test_info_tells_where_the_files_are_though_the_settings_cannot_be_used(
    own_files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = own_files / "config" / "ssmtui" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text("theme = 7\n")
    assert main.run(["info"]) == 253
    captured = capsys.readouterr()
    assert f"\n  settings          {file}\n" in captured.out
    state = own_files / "state" / "ssmtui"
    assert f"\n  ledger            {state / 'ledger'} (not there)\n" in captured.out
    assert f"\n  journal           {state / 'journal.jsonl'} (not there)\n" in captured.out
    assert f"{file}, line 1: theme must be a string" in captured.out
    assert captured.err.count("line 1: theme must be a string") == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('theme = "nrd"\n', "line 1: there is no theme nrd. Did you mean nord?"),
        ('theme = ""\n[keys]\nquit = "s"\n', "line 2: the key s would be for both start and quit"),
    ],
)
def test_themes_and_keys_that_cannot_be_used_are_told_with_their_place(text: str, told: str, own_files: Path) -> None:
    file = own_files / "config" / "ssmtui" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    options = Options(demo=True, config=file)
    with pytest.raises(ConfigurationError) as raised:
        asyncio.run(wiring._run_app(options, load_settings(options)))
    assert raised.value.detail.startswith(f"{file}, {told}")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--open", "web pign:online"], "there is no key pign. Did you mean ping:?"),
        (["--open", " "], "--open has no filter"),
        (["--open", "web", "nodes"], "--open is for the full-screen program, and nodes opens none"),
        (["--open", "web", "--workspace", "last"], "--open and --workspace both say what to begin with"),
        (["--tiled"], "--tiled needs --open FILTER"),
        (["--open", "@min"], "--open has no filter"),
        (["--open", "@mine"], "the saved filter @mine is wrong"),
    ],
)
def test_what_cannot_be_opened_is_said_before_there_is_a_screen(
    arguments: list[str], told: str, own_files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Memory(paths.find().memory).update("filters", lambda _: {"saved": {"mine": "pign:online"}})
    assert main.run(arguments) == 252
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["frobnicate"], ["--frobnicate"], ["connect"], ["lab", "--nodes", "0"]])
def test_a_line_that_cannot_be_read_is_252(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(arguments) == 252
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Usage: ssmtui" in captured.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 252),
        (ConfigurationError("x"), 253),
        (CredentialsError("x"), 253),
        (AccessDenied("x"), 254),
        (ConnectionFailed("x"), 255),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(
    broken_nodes: list[BaseException], error: BaseException, code: int
) -> None:
    broken_nodes.append(error)
    assert main.run(["nodes"]) == code


def test_an_error_is_told_inert_on_standard_error(
    broken_nodes: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    broken_nodes.append(AccessDenied("not you\x1b[2J", remedy="Ask."))
    main.run(["nodes"])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "ssmtui: Access denied: not you\N{REPLACEMENT CHARACTER}[2J. Ask.\n"


def test_a_crash_is_one_sentence_and_its_details_are_in_the_log(
    broken_nodes: list[BaseException], own_files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken_nodes.append(ZeroDivisionError("TokenValue=hunter2"))
    assert main.run(["nodes"]) == 255
    log = own_files / "state" / "ssmtui" / "ssmtui.log"
    assert capsys.readouterr().err == (
        f"ssmtui: Something went wrong inside ssmtui (ZeroDivisionError). The details are in {log}.\n"
    )
    assert "Traceback" in log.read_text()
    assert "hunter2" not in log.read_text()


def test_details_go_to_the_log_file_that_was_named(broken_nodes: list[BaseException], own_files: Path) -> None:
    broken_nodes.append(ZeroDivisionError())
    main.run(["--log-file", str(own_files / "mine.log"), "nodes"])
    assert "ZeroDivisionError" in (own_files / "mine.log").read_text()
    assert not (own_files / "state").exists()


def test_a_trace_goes_to_the_file_that_was_named(own_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Options] = []

    async def note(options: Options, text: str, *, shows_tags: bool) -> list[object]:
        given.append(options)
        return []

    monkeypatch.setattr(nodes, "_find", note)
    assert main.run(["--trace", str(own_files / "trace"), "nodes"]) == 0
    assert main.run(["nodes"]) == 0
    assert [options.trace for options in given] == [own_files / "trace", None]


def test_a_trace_that_cannot_be_written_is_253(own_files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = own_files / "none" / "trace"
    assert main.run(["--trace", str(file), "nodes"]) == 253
    assert capsys.readouterr().err.startswith(f"ssmtui: The trace cannot be written: {file}: No such file")


def test_a_configuration_file_that_is_missing_is_253(own_files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--config", str(own_files / "none.toml"), "nodes"]) == 253
    assert "none.toml" in capsys.readouterr().err


def test_without_a_terminal_there_is_no_screen(capsys: pytest.CaptureFixture[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ssmtui"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 252
    assert done.stdout == ""
    assert done.stderr.startswith("ssmtui: ssmtui cannot draw its screen here: ")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_has_enough_is_no_failure() -> None:
    """The reading end is closed before anything is written."""
    with subprocess.Popen(
        [sys.executable, "-m", "ssmtui", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def _redirected(arguments: str, redirection: str) -> subprocess.CompletedProcess[bytes]:
    command = f'exec "$0" -m ssmtui {arguments} {redirection}'
    return subprocess.run(["sh", "-c", command, sys.executable], stderr=subprocess.PIPE, check=False)


@pytest.mark.parametrize("arguments", ["--help", "--version", "info", "completion bash", "profiles list", "lab --help"])
@pytest.mark.parametrize(
    ("redirection", "why"), [("> /dev/full", "No space left on device"), (">&-", "Bad file descriptor")]
)
def test_fault_19_output_that_cannot_be_written_is_a_sentence_and_255(
    arguments: str, redirection: str, why: str
) -> None:
    done = _redirected(arguments, redirection)
    told = f"ssmtui: The output cannot be written: {why}. Check that there is room where standard output goes,"
    assert done.stderr.decode().startswith(told)
    assert done.stderr.count(b"\n") == 1
    assert done.returncode == 255


def test_fault_19_errors_that_nobody_can_read_change_no_exit_code() -> None:
    assert _redirected("frobnicate", "2> /dev/full").returncode == 252
    assert _redirected("frobnicate", "2>&-").returncode == 252


def test_a_pipe_that_breaks_elsewhere_is_a_crash(broken_nodes: list[BaseException]) -> None:
    broken_nodes.append(BrokenPipeError())
    assert main.run(["nodes"]) == 255


@pytest.mark.parametrize("name", ["none/mine.log", "pipe", "link"])
def test_fault_17_a_log_file_that_cannot_be_written_is_253(
    name: str, own_files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(own_files / "pipe")
    (own_files / "victim").write_text("mine")
    (own_files / "link").symlink_to(own_files / "victim")
    file = own_files / name
    assert main.run(["--log-file", str(file), "info"]) == 253
    assert capsys.readouterr().err.startswith(f"ssmtui: The log cannot be written: {file}: ")
    assert (own_files / "victim").read_text() == "mine"


def test_fault_17_a_log_file_is_made_at_the_start(own_files: Path) -> None:
    assert main.run(["--log-file", str(own_files / "mine.log"), "info"]) == 0
    assert (own_files / "mine.log").exists()


def test_saved_connections_have_a_verb_by_that_name_too() -> None:
    group = main.command
    assert group.get_command(click.Context(group), "connections") is group.get_command(click.Context(group), "profiles")
