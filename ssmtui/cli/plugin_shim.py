"""The program session-manager-plugin that is ssmtui: put into a folder, found on PATH, removed again.

On POSIX it is a script of the shell, which answers at once what needs no Python. On Windows a program is only found as
an ``.exe``: it is a copy of ssmtui's own, which looks at its name (``cli.main``).
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ssmtui.cli.say import say
from ssmtui.errors import ConfigurationError, UsageError
from ssmtui.protocol.payloads import CLIENT_VERSION

NAME = "session-manager-plugin"
INSTALLED = "\nThe Session Manager plugin was installed successfully. Use the AWS CLI to start a session.\n\n"
"""What the official client answers without arguments. `aws ecs execute-command` calls it so before anything else."""
MARK = "Made by `ssmtui plugin install`"
"""What a script of ours has in it."""
_LAUNCHED = b"ssmtui.cli.main"
"""What a launcher of ours on Windows has in it."""
_HEAD = 4096
_MOST = 4 << 20
"""Bytes of a program that are looked at on Windows."""

_SCRIPT = """\
#!/bin/sh
# {mark}; `ssmtui plugin remove` removes it.
python={python}
if ! [ -x "$python" ]; then
    echo "session-manager-plugin: ssmtui is gone from $python. Install it again, or remove $0." >&2
    exit 127
fi
case $#$1 in
0) printf {installed}; exit 0 ;;
1--version) echo {version}; exit 0 ;;
esac
# The AWS CLI is a frozen program, and has what it starts load its own libraries (PyInstaller, "LD_LIBRARY_PATH").
if [ -n "${{LD_LIBRARY_PATH_ORIG+set}}" ]; then
    export LD_LIBRARY_PATH="$LD_LIBRARY_PATH_ORIG"
elif [ -e "${{LD_LIBRARY_PATH:-/nowhere}}/aws" ] || [ -e "${{LD_LIBRARY_PATH:-/nowhere}}/../aws" ]; then
    unset LD_LIBRARY_PATH
fi
unset PYTHONHOME  # where a caller in Python has its own, with which ours would not start
exec "$python" -P -m ssmtui plugin "$@"
"""


def script() -> str:
    """The program's text on POSIX."""
    return _SCRIPT.format(
        mark=MARK,
        python=shlex.quote(sys.executable),
        installed=shlex.quote(INSTALLED.replace("\n", "\\n")),
        version=CLIENT_VERSION,
    )


def install_shim(folder: Path | None, environment: Mapping[str, str], *, force: bool = False) -> None:
    """Put it into ``folder``, and say what will find it. Raises UsageError where a program of that name is there which
    is not ours, unless ``force``; ConfigurationError where it cannot be written."""
    folder = (folder or _default_folder()).expanduser().absolute()
    file = folder / _file_name()
    if os.path.lexists(file) and not force and not is_ours(file):
        raise UsageError(
            f"{file} is there, and ssmtui has not put it there",
            title="Not installed",
            remedy="Choose another folder that comes first on PATH, or replace it with --force.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(file)
    except OSError as error:
        raise ConfigurationError(
            f"{file} cannot be written: {error.strerror or error}",
            title="Not installed",
            remedy="Choose another folder.",
        ) from None
    say(f"{file} is ssmtui now. {_found(file, environment)}")


def remove_shims(folder: Path | None, environment: Mapping[str, str]) -> None:
    """Remove it from ``folder``, or from each folder of PATH. What is not ours stays: where ``folder`` is given that is
    a UsageError."""
    if folder is not None:
        file = folder.expanduser().absolute() / _file_name()
        if os.path.lexists(file) and not is_ours(file):
            raise UsageError(f"{file} is there, and ssmtui has not put it there", title="Not removed")
        files = [file]
    else:
        files = [one / _file_name() for one in dict.fromkeys([*_folders(environment), _default_folder()])]
    removed = [file for file in files if is_ours(file)]
    for file in removed:
        try:
            file.unlink()
        except OSError as error:
            why = f"{file} cannot be removed: {error.strerror or error}"
            raise ConfigurationError(why, title="Not removed") from None
        say(f"{file} is removed.")
    if not removed:
        say(f"There is no {NAME} of ssmtui{f' in {folder}' if folder is not None else ' on PATH'}.")
    found = shutil.which(NAME, path=environment.get("PATH", ""))
    if found is not None:
        say(f"Tools find {found} now.")


def is_ours(file: Path) -> bool:
    """Whether ``file`` is a program that :func:`install_shim` has made."""
    with suppress(OSError):
        # A link is somebody else's, whatever it leads to.
        if file.is_file() and not file.is_symlink():
            with file.open("rb") as stream:
                return _LAUNCHED in stream.read(_MOST) if _is_windows() else MARK.encode() in stream.read(_HEAD)
    return False


def _found(file: Path, environment: Mapping[str, str]) -> str:
    """What tools find that look for it."""
    found = shutil.which(NAME, path=environment.get("PATH", ""))
    if found is not None and Path(found).absolute() == file:
        return "It comes first on PATH: the AWS CLI finds it."
    if file.parent in _folders(environment):
        return f"But {found} comes first on PATH: put {file.parent} before it."
    first = f"; the AWS CLI finds {found}" if found is not None else ""
    if _is_windows():
        return f"{file.parent} is not on PATH{first}. Put it first there."
    return f"{file.parent} is not on PATH{first}. Put it first there: export PATH={shlex.quote(str(file.parent))}:$PATH"


def _folders(environment: Mapping[str, str]) -> list[Path]:
    return [Path(one).absolute() for one in environment.get("PATH", "").split(os.pathsep) if one]


def _default_folder() -> Path:
    return Path(sys.executable).parent if _is_windows() else Path.home() / ".local" / "bin"


def _file_name() -> str:
    return f"{NAME}.exe" if _is_windows() else NAME


def _is_windows() -> bool:
    return os.name == "nt"


def _write(file: Path) -> None:
    """Put the program in the place of ``file`` in one step: it may be called at any moment."""
    content = _launcher() if _is_windows() else script().encode()
    descriptor, beside = tempfile.mkstemp(prefix=f".{NAME}-", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        os.chmod(beside, 0o755)  # noqa: S103  # others may run it
        os.replace(beside, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def _launcher() -> bytes:
    """The program ``ssmtui.exe`` of this installation."""
    launcher = Path(sys.executable).with_name("ssmtui.exe")
    try:
        return launcher.read_bytes()
    except OSError:
        raise ConfigurationError(
            f"{launcher} is not there", title="Not installed", remedy="Install ssmtui with pip, pipx or uv."
        ) from None
