"""What ``ssmtui profiles import`` reads: the files of other tools, standard input, exported profiles."""

from __future__ import annotations

import sys
from pathlib import Path

from ssmtui.config.files import MAX_FILE, read_text
from ssmtui.errors import ConfigurationError, UsageError
from ssmtui.profiles.imports import aws_gate, ours, ssh_config
from ssmtui.profiles.imports.found import Imported, LeftOut
from ssmtui.profiles.profile import FilePlace

STDIN = Path("-")


def gathered(source: str, file: Path | None, aws_profile: str = "", region: str = "") -> Imported:
    """What ``source`` (``ssh-config``, ``aws-gate``, ``ids``, or the name of a file of profiles) has, in ``file`` where
    that is given. Connections that name no AWS profile or region get those.

    Raises :class:`ssmtui.errors.UsageError` or :class:`ssmtui.errors.ConfigurationError`.
    """
    imported = _gathered(source, file)
    if not imported.found and not imported.left:
        nothing = "there is nothing in it to take over as a connection"
        imported = imported._replace(left=[LeftOut(FilePlace(file or _usual(source), 0), nothing)])
    given = {key: value for key, value in (("aws_profile", aws_profile), ("region", region)) if value}
    found = [one._replace(values={**one.values, **_missing(one.values, given)}) for one in imported.found]
    return imported._replace(found=found)


def _gathered(source: str, file: Path | None) -> Imported:
    if source == "ssh-config":
        return ssh_config.read(file or _usual(source), _text)
    if source == "aws-gate":
        return _aws_gate(file or _usual(source))
    if source == "ids":
        if file is None:
            raise UsageError("ids are read from a FILE, or from standard input: `ssmtui profiles import ids -`")
        return ours.read_ids(_text(file), file)
    if file is not None:
        raise UsageError(f"{source} is not a source: there are ssh-config, aws-gate, ids, and a file of connections")
    return ours.read_profiles(_text(Path(source)), Path(source))


def _usual(source: str) -> Path:
    """Where a source is when nobody says so; the name of a file is itself."""
    known = {"ssh-config": Path.home() / ".ssh" / "config", "aws-gate": Path.home() / ".aws-gate"}
    return known.get(source, Path(source))


def _aws_gate(file: Path) -> Imported:
    files = aws_gate.files(file) if file.is_dir() else [file]
    if not files:
        raise ConfigurationError(f"there is no configuration of aws-gate in {file}")
    return aws_gate.read({path: _text(path) for path in files})


def _text(file: Path) -> str:
    if file != STDIN:
        return read_text(file)
    content = sys.stdin.buffer.read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        raise ConfigurationError(f"standard input is larger than {MAX_FILE:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigurationError("standard input is not UTF-8 text") from None


def _missing(values: object, given: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in given.items() if isinstance(values, dict) and not values.get(key)}
