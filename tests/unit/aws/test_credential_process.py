"""The program of ``credential_process``: what it prints is taken, and what is wrong with it is told by AWS profile,
setting, line and command."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path

import pytest

from ssmtui.aws.credential_process import ProcessSetting, RunningProcesses, problem_of, run_process
from ssmtui.errors import CredentialsError
from tests.support.wait import wait_until_sync

PLACE = "~/.aws/config, line 4, [profile work], credential_process"
ANSWER = {"Version": 1, "AccessKeyId": "AKIDTOOL", "SecretAccessKey": "canary-secret", "SessionToken": "canary-token"}


def script(folder: Path, body: str, name: str = "tool") -> Path:
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!{sys.executable}\nimport json, os, sys, time\n{body}\n")
    file.chmod(0o755)
    return file


def printing(folder: Path, answer: object) -> Path:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return script(folder, f"print({text!r})")


def failure(command: object, limit: float = 30) -> str:
    with pytest.raises(CredentialsError) as failed:
        run_process(ProcessSetting("work", str(command), PLACE), RunningProcesses(), limit)
    told = str(failed.value)
    assert told.startswith("The credential_process of the AWS profile work failed: ")
    assert PLACE in told
    assert "canary" not in told
    assert failed.value.sign_in is None
    assert "aws sso login" not in told, "that helps nobody here"
    assert failed.value.__cause__ is failed.value.__context__ is None or failed.value.__suppress_context__
    return told


def test_what_it_prints_is_taken_and_never_shown(tmp_path: Path) -> None:
    tool = printing(tmp_path, {**ANSWER, "Expiration": "2026-01-15T12:00:00Z", "AccountId": "123456789012"})
    answer = run_process(ProcessSetting("work", f"{tool} --account shop"), RunningProcesses())
    assert answer == ("AKIDTOOL", "canary-secret", "canary-token", "2026-01-15T12:00:00Z", "123456789012")
    assert "canary" not in repr(answer)


def test_it_has_neither_input_nor_terminal(tmp_path: Path) -> None:
    tool = script(
        tmp_path,
        "read = sys.stdin.read()\n"
        "try:\n    os.open('/dev/tty', os.O_RDWR)\n    read += 'a terminal'\n"
        "except OSError:\n    pass\n"
        f"print(json.dumps({{**{ANSWER!r}, 'AccountId': 'nothing' if read == '' else read}}))",
    )
    assert run_process(ProcessSetting("work", str(tool)), RunningProcesses()).account == "nothing"


def test_case_14_a_path_with_spaces_that_nobody_quoted(tmp_path: Path) -> None:
    told = failure("/opt/my tools/creds.sh --account shop")
    assert "/opt/my does not exist (with the arguments tools/creds.sh, --account, shop)" in told
    assert "a path with spaces needs double quotes" in told
    tool = printing(tmp_path / "my tools", ANSWER)
    told = failure(f"{tool} --account shop")
    assert f'credential_process = "{tool}" --account shop' in told
    assert run_process(ProcessSetting("work", f'"{tool}" --account shop'), RunningProcesses()).access_key == "AKIDTOOL"


def test_case_14_a_program_that_is_not_on_path() -> None:
    told = failure("no-such-helper --account shop")
    assert "no-such-helper is not on PATH (with the arguments --account, shop)" in told


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("'tool", "the command cannot be split: no closing quotation"),
        ("''", "the command is empty"),
        ("   ", "the command is empty"),
        ("/etc", "cannot be executed"),
        ("tool\0", "cannot be started"),
    ],
)
def test_commands_that_cannot_be_started(command: str, words: str) -> None:
    assert words in failure(command)


def test_a_file_that_may_not_be_executed(tmp_path: Path) -> None:
    tool = printing(tmp_path, ANSWER)
    tool.chmod(0o644)
    assert f"{tool} cannot be executed" in failure(tool)
    assert f"chmod +x {tool}" in failure(tool)
    assert str(problem_of(ProcessSetting("work", str(tool), PLACE))) == failure(tool)


def test_a_script_without_a_first_line(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("echo")
    (tmp_path / "tool").chmod(0o755)
    assert "a first line like #!/bin/sh" in failure(tmp_path / "tool")


def test_b27_exit_code_and_standard_error_are_told(tmp_path: Path) -> None:
    tool = script(
        tmp_path,
        "print('SecretAccessKey: canary', file=sys.stderr)\n"
        "print('\\033[31mno ticket\\033[0m, run kinit', file=sys.stderr)\nsys.exit(3)",
    )
    told = failure(f"{tool} 'a b'")
    assert f"{tool} 'a b' ended with exit code 3: " in told
    assert "no ticket" in told
    assert "run kinit" in told
    assert "\033" not in told
    assert f"Run it in a terminal to see more: {tool} 'a b'" in told


def test_long_complaints_are_cut_and_the_end_is_kept(tmp_path: Path) -> None:
    told = failure(script(tmp_path, "print('x' * 100000 + ' the reason', file=sys.stderr)\nsys.exit(1)"))
    assert "the reason" in told
    assert len(told) < 1500


@pytest.mark.parametrize("before", ["SessionToken: ", ""])
def test_no_secret_is_told_however_long_its_line_is(tmp_path: Path, before: str) -> None:
    """Of the first the end is shown, were it cut before it is looked at; the second names nothing."""
    token = "IQoJb3JpZ2luX2Vj/canary" * 200
    told = failure(script(tmp_path, f"print({before + token!r} + '\\nno ticket', file=sys.stderr)\nsys.exit(1)"))
    assert "no ticket" in told
    assert "X2Vj" not in told


def test_a_signal_is_told(tmp_path: Path) -> None:
    assert "was ended by SIGTERM" in failure(script(tmp_path, "os.kill(os.getpid(), 15)\ntime.sleep(60)"))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("", "has printed nothing"),
        ("canary-secret", "has printed something else than JSON"),
        ("[1]", "not an object"),
        ({**ANSWER, "Version": 2}, "answered with Version 2"),
        ({**ANSWER, "Version": "canary"}, "no Version that is known"),
        ({"Version": 1, "AccessKeyId": "AKIDTOOL"}, "answered without SecretAccessKey"),
        ({"Version": 1}, "answered without AccessKeyId and SecretAccessKey"),
        ({**ANSWER, "SecretAccessKey": 5}, "answered without SecretAccessKey"),
        ({**ANSWER, "Expiration": "canary"}, "an Expiration that is not a time"),
        ("[" * 100000, "something else than JSON"),
    ],
)
def test_answers_that_are_none(tmp_path: Path, answer: object, words: str) -> None:
    assert words in failure(printing(tmp_path, answer))


def test_one_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    tool = script(
        tmp_path,
        f"child = os.fork()\nopen({str(pids)!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
        "print('waiting for you', file=sys.stderr, flush=True)\ntime.sleep(600)",
    )
    told = failure(tool, limit=2)
    assert "has not answered for 2 s: waiting for you" in told
    for pid in map(int, pids.read_text().split()):
        wait_until_sync(f"the end of {pid}", lambda pid=pid: not alive(pid))


def test_one_whose_child_keeps_the_output_open_is_believed_when_it_has_ended(tmp_path: Path) -> None:
    tool = script(
        tmp_path,
        f"if os.fork() == 0:\n    time.sleep(600)\nprint({json.dumps(ANSWER)!r}, flush=True)\nos._exit(0)",
    )
    answer = run_process(ProcessSetting("work", str(tool)), RunningProcesses(), 2)
    assert answer.access_key == "AKIDTOOL"


def test_what_runs_ends_with_the_program(tmp_path: Path) -> None:
    running = RunningProcesses()
    begun = tmp_path / "begun"
    tool = script(tmp_path, f"open({str(begun)!r}, 'w').close()\ntime.sleep(600)")
    told: list[str] = []

    def run() -> None:
        try:
            run_process(ProcessSetting("work", str(tool)), running, 300)
        except CredentialsError as error:
            told.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    wait_until_sync("it runs", begun.exists)
    running.close()
    thread.join(30)
    assert "was ended by SIGKILL" in told[0]
    before = time.monotonic()
    with pytest.raises(CredentialsError, match="SIGKILL"):
        run_process(ProcessSetting("work", str(tool)), running, 300)
    assert time.monotonic() - before < 60, "nothing is started any more"


def test_what_is_wrong_is_known_without_starting_it(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    tool = script(tmp_path, f"open({str(begun)!r}, 'w').close()")
    assert problem_of(ProcessSetting("work", str(tool), PLACE)) is None
    assert problem_of(ProcessSetting("work", shutil.which("true") or "true")) is None
    for command in ("'", "", "no-such-helper", "/opt/my tools/creds.sh"):
        problem = problem_of(ProcessSetting("work", command, PLACE))
        assert str(problem) == failure(command)
    assert not begun.exists()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A child of a process that was killed waits for init to take note of its end.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True
