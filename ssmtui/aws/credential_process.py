"""Runs the program that ``credential_process`` names, and says what is wrong with it or with its answer.

By AWS's contract (AWS CLI: "Sourcing credentials with an external process") it prints a JSON object with ``Version`` 1,
``AccessKeyId``, ``SecretAccessKey`` and perhaps ``SessionToken`` and ``Expiration``. Nothing of what it prints to
standard output is ever shown.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from ssmtui import inert
from ssmtui.aws.credentials import time_of
from ssmtui.errors import CredentialsError

TIME_LIMIT = 60.0
"""Seconds that a program has to answer. One that waits for a person (a page in the browser) needs as many."""

_SHOWN_COMMAND = 200
_SHOWN_STDERR = 400
_READ_STDERR = 64 << 10
_SECRET = re.compile(r"SecretAccessKey|SessionToken|secret_access_key|session_token", re.IGNORECASE)
_LONG_WORD = re.compile(r"[\w+/=-]{40,}", re.ASCII)
"""What may be a key or a token: a secret key of AWS has forty characters."""
_CONTRACT = "It must print a JSON object with Version 1, AccessKeyId and SecretAccessKey, and nothing else."


class ProcessSetting(NamedTuple):
    """A ``credential_process`` as it is configured."""

    aws_profile: str
    command: str
    place: str = ""
    """Where it stands: ``~/.aws/config, line 4, [profile work], credential_process``."""


class ProcessAnswer(NamedTuple):
    """What the program has printed. Never shown."""

    access_key: str
    secret_key: str
    token: str | None
    expires: str | None
    account: str | None

    def __repr__(self) -> str:
        return "ProcessAnswer(...)"


class RunningProcesses:
    """The programs that run now, to be ended with this program. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def started(self, process: subprocess.Popen[bytes]) -> None:
        """Remember ``process``; where all have been ended already, it is ended at once."""
        with self._lock:
            self._running.add(process)
            closed = self._closed
        if closed:
            _kill(process)

    def ended(self, process: subprocess.Popen[bytes]) -> None:
        """Forget ``process``."""
        with self._lock:
            self._running.discard(process)

    def close(self) -> None:
        """End all. Never blocks."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for process in running:
            _kill(process)


def split_command(command: str) -> list[str]:
    """The program and its arguments, as botocore splits them; raises ``ValueError`` for a quotation mark too many."""
    if os.name != "nt":
        return shlex.split(command)
    from botocore.compat import compat_shell_split

    return list(compat_shell_split(command))


def run_process(setting: ProcessSetting, running: RunningProcesses, limit: float = TIME_LIMIT) -> ProcessAnswer:
    """Run the program and read its answer. Blocks for up to ``limit`` seconds.

    It has no terminal and no standard input: it can ask nothing. Raises
    :class:`ssmtui.errors.CredentialsError`.
    """
    arguments = _arguments(setting)
    try:
        # A group of its own, so that what it starts ends with it; without the terminal, which the screen owns.
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise _not_started(setting, arguments, error) from None
    running.started(process)
    try:
        printed, complained = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired as late:
        printed, complained = late.stdout or b"", late.stderr or b""
        # Something that it has started may keep its output open for as long as it likes.
        is_over = process.poll() is not None
        _kill(process)
        if not is_over:
            _fail(
                setting,
                f"{_shown(arguments)} has not answered for {limit:.0f} s{_told(complained)}",
                "Run it in a terminal to see what it waits for: here it has no terminal to ask on. If it wants a "
                "sign-in, do that first.",
            )
    finally:
        running.ended(process)
        _close_pipes(process)
    if process.returncode != 0:
        _fail(setting, f"{_shown(arguments)} {_end_of(process.returncode)}{_told(complained)}", _run_it(arguments))
    return _answer(setting, arguments, printed)


def problem_of(setting: ProcessSetting) -> CredentialsError | None:
    """What is wrong with a setting, as far as that is known without starting the program."""
    try:
        arguments = _arguments(setting)
    except CredentialsError as error:
        return error
    program = arguments[0]
    if shutil.which(program) is not None:
        return None
    kind = PermissionError if os.path.exists(program) and os.sep in program else FileNotFoundError
    return _not_started(setting, arguments, kind())


def _arguments(setting: ProcessSetting) -> list[str]:
    try:
        arguments = split_command(setting.command)
    except ValueError as error:
        _fail(setting, f"the command cannot be split: {str(error).lower()}", "Close the quotation marks.")
    if not arguments or not arguments[0]:
        _fail(setting, "the command is empty", "Give the program and its arguments, or remove the setting.")
    return arguments


def _not_started(setting: ProcessSetting, arguments: Sequence[str], error: Exception) -> CredentialsError:
    program = inert.line(arguments[0], _SHOWN_COMMAND)
    given = ", ".join(shlex.quote(inert.line(each, 60)) for each in arguments[1:])
    split = f" (with the arguments {given})" if given else ""
    fix = "Check the path" if os.sep in arguments[0] else "Check that it is installed and on PATH"
    if isinstance(error, FileNotFoundError):
        what = "does not exist" if os.sep in arguments[0] else "is not on PATH"
    elif isinstance(error, PermissionError):
        what = "cannot be executed"
        fix = "It is a folder: check the path" if os.path.isdir(arguments[0]) else f"Allow it: chmod +x {program}"
    else:
        what = f"cannot be started: {inert.line(getattr(error, 'strerror', None) or str(error), 100)}"
        fix = "Check that it is a program, with a first line like #!/bin/sh where it is a script"
    whole = _unquoted_path(setting.command)
    if whole is not None:
        rest = setting.command.strip()[len(whole) :]
        fix = f'A path with spaces needs double quotes: credential_process = "{whole}"{rest}'
    elif given and os.sep in arguments[0]:
        fix += "; a path with spaces needs double quotes"
    return _failure(setting, f"{program} {what}{split}", f"{fix}.")


def _unquoted_path(command: str) -> str | None:
    """The beginning of ``command`` that is a program whose path has spaces."""
    words = command.strip().split(" ")
    for count in range(2, len(words) + 1):
        path = " ".join(words[:count])
        if os.sep in path and os.path.isfile(path):
            return path
    return None


def _answer(setting: ProcessSetting, arguments: Sequence[str], printed: bytes) -> ProcessAnswer:
    command = _shown(arguments)
    try:
        found = json.loads(printed.decode("utf-8"))
    except (ValueError, RecursionError):
        what = "has printed nothing" if not printed.strip() else "has printed something else than JSON"
        _fail(setting, f"{command} {what}", _CONTRACT)
    if not isinstance(found, dict):
        _fail(setting, f"{command} has printed JSON that is not an object", _CONTRACT)
    if found.get("Version") != 1:
        version = found.get("Version")
        what = f"Version {version}" if isinstance(version, (int, float)) else "no Version that is known"
        _fail(setting, f"{command} has answered with {what}", _CONTRACT)
    missing = [key for key in ("AccessKeyId", "SecretAccessKey") if not _text(found, key)]
    if missing:
        _fail(setting, f"{command} has answered without {' and '.join(missing)}", _CONTRACT)
    expires = found.get("Expiration")
    if expires is not None and time_of(expires) is None:
        _fail(setting, f"{command} has answered with an Expiration that is not a time", _CONTRACT)
    return ProcessAnswer(
        found["AccessKeyId"],
        found["SecretAccessKey"],
        _text(found, "SessionToken"),
        _text(found, "Expiration"),
        _text(found, "AccountId"),
    )


def _text(found: Mapping[str, Any], key: str) -> str | None:
    value = found.get(key)
    return value if isinstance(value, str) and value else None


def _fail(setting: ProcessSetting, what: str, remedy: str) -> NoReturn:
    raise _failure(setting, what, remedy) from None


def _failure(setting: ProcessSetting, what: str, remedy: str) -> CredentialsError:
    place = f" ({setting.place})" if setting.place else ""
    return CredentialsError(
        f"{what}{place}", title=f"The credential_process of the AWS profile {setting.aws_profile} failed", remedy=remedy
    )


def _shown(arguments: Sequence[str]) -> str:
    return inert.line(shlex.join(arguments), _SHOWN_COMMAND)


def _run_it(arguments: Sequence[str]) -> str:
    return f"Run it in a terminal to see more: {_shown(arguments)}"


def _end_of(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"was ended by {name}"


def _told(complained: bytes) -> str:
    """The last lines that it printed to standard error, without those that name a secret and what looks like one."""
    # From the beginning of a line on, which is what says that it holds a secret.
    begin = complained.rfind(b"\n", 0, max(0, len(complained) - _READ_STDERR)) + 1
    lines = complained[begin:].decode("utf-8", "replace").splitlines()
    kept = " ".join(_LONG_WORD.sub(_redacted, line).strip() for line in lines if not _SECRET.search(line))
    shown = inert.line(kept[-_SHOWN_STDERR:], _SHOWN_STDERR).strip()
    return f": {shown}" if shown else ""


def _redacted(word: re.Match[str]) -> str:
    """A long word, unless it has all of a key's letters: small ones, capitals and digits."""
    # Not by lookaheads: a long line would be searched again from each of its characters.
    kinds = (str.islower, str.isupper, str.isdigit)
    return "[redacted]" if all(any(map(kind, word[0])) for kind in kinds) else word[0]


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=1)
