"""What goes into a bug report: the checkup, settings, the outline of the AWS configuration and the end of the log, all
scrubbed. It is made as text, for it is shown before it is written.
"""

from __future__ import annotations

import errno
import getpass
import os
import re
import socket
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from ssmtui import __version__, inert
from ssmtui.checkup import configuration, report
from ssmtui.checkup.files import log_tail
from ssmtui.checkup.results import Result
from ssmtui.checkup.run import CheckupRequest
from ssmtui.checkup.scrub import Scrubber
from ssmtui.config import settings
from ssmtui.config.settings import LoadedSettings
from ssmtui.errors import ConfigurationError

LOG_LINES = 120
OUTLINE_LINES = 400
"""Lines of an AWS configuration file that are outlined."""
MAX_LINE = 400
_SECTION = re.compile(r"\s*\[(?P<name>[^\]]*)\](?P<rest>.*)")
_KEY = re.compile(r"(?P<indent>\s*)(?P<key>[\w.-]+)\s*(?P<sign>[=:])\s*(?P<value>.*)")
_OPEN_KEYS = frozenset(
    {
        "region", "sso_region", "output", "use_fips_endpoint", "use_dualstack_endpoint", "credential_source",
        "retry_mode", "max_attempts", "sts_regional_endpoints", "ignore_configured_endpoint_urls", "defaults_mode",
        "duration_seconds", "ca_bundle", "endpoint_url", "source_profile", "sso_session", "sso_registration_scopes",
        "services", "sso_role_name", "sso_account_id", "sso_start_url", "role_arn", "login_session", "mfa_serial",
    }
)  # fmt: skip
"""Settings of AWS whose values are shown, scrubbed; of all others only is said that they are there."""
_HEAD = """\
A report of ssmtui {version}, {now:%Y-%m-%d %H:%M} UTC

Account ids, names, hosts, addresses and ids are replaced, the same one by the same word each time. Credentials, tokens
and what was typed or printed in sessions were never in it. Read it before you pass it on."""


def text(request: CheckupRequest, results: Sequence[Result], now: datetime) -> str:
    """The whole report. Blocks: it reads files."""
    loaded, trouble = _settings(request)
    scrub = Scrubber(_names(request, results), os.path.expanduser("~"))
    sections = [
        ("Checkup", report.text(results).splitlines()),
        ("Settings", [trouble] if trouble else _set(loaded)),
        ("Variables", _variables(request.environment)),
        *_outlines(request),
        ("Log", log_tail(request.log)[-LOG_LINES:]),
    ]
    lines = [_HEAD.format(version=__version__, now=now)]
    for title, found in sections:
        lines += ["", f"== {scrub(title)} ==", ""]
        # Indentation says what belongs to what: it is kept.
        lines += [_indent(line) + inert.line(scrub(line.strip()), MAX_LINE) for line in found] or ["(nothing)"]
    return "\n".join(lines) + "\n"


def write(file: Path, content: str) -> Path:
    """Write the report into a new file, for its owner alone; returns which one, ``~`` resolved. Raises
    :class:`ssmtui.errors.ConfigurationError`."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        file = file.expanduser()
        descriptor = os.open(file, flags, 0o600)
        with open(descriptor, "w", encoding="utf-8", errors="replace", newline="\n") as stream:
            stream.write(content)
    except (OSError, ValueError, RuntimeError) as error:  # the last one for a home that nobody has
        is_there = isinstance(error, OSError) and error.errno == errno.EEXIST
        why = "it exists already" if is_there else getattr(error, "strerror", None) or str(error)
        remedy = "Name another file: none is overwritten." if is_there else "Name a file in a place of your own."
        raise ConfigurationError(f"{file}: {why}", title="The report is not written", remedy=remedy) from error
    return file


def _settings(request: CheckupRequest) -> tuple[LoadedSettings, str]:
    try:
        return settings.load(request.settings, request.environment), ""
    except ConfigurationError as error:
        return LoadedSettings(), f"not usable: {error.detail}"


def _set(loaded: LoadedSettings) -> list[str]:
    return [f"{name} = {getattr(loaded.settings, name, '…')!r}" for name in sorted(loaded.origins)]


def _variables(environment: Mapping[str, str]) -> list[str]:
    plain = (*configuration.SHOWN, "TERM", "TERM_PROGRAM", "COLORTERM", "LANG", "LC_ALL", "NO_COLOR")
    hidden = (*configuration.HIDDEN, "TMUX", "STY", "SSH_CONNECTION", "DISPLAY", "WAYLAND_DISPLAY")
    lines = [f"{name}={environment[name]}" for name in plain if environment.get(name)]
    ours = sorted(name for name in environment if name.startswith("SSMTUI_"))
    return [*lines, *(f"{name} is set" for name in (*hidden, *ours) if environment.get(name))]


def _outlines(request: CheckupRequest) -> list[tuple[str, list[str]]]:
    if request.is_demo:
        return []
    from ssmtui.aws.configuration import read_configuration

    return [(file.path, outline(Path(file.path))) for file in read_configuration().files if file.exists]


def outline(file: Path) -> list[str]:
    """The lines of an AWS configuration file, with the values of those settings alone that hold no secret."""
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            lines = [stream.readline(MAX_LINE).rstrip("\n") for _ in range(OUTLINE_LINES)]
    except OSError as error:
        return [f"cannot be read: {error.strerror}"]
    while lines and not lines[-1]:
        lines.pop()
    return [f"{number:>4}  {_outlined(line)}" for number, line in enumerate(lines, start=1)]


def _outlined(line: str) -> str:
    if not line.strip():
        return ""
    if line.lstrip().startswith(("#", ";")):
        return "# …"
    if (section := _SECTION.match(line)) is not None:
        return f"[{section['name']}]{' …' if section['rest'].strip() else ''}"
    if (key := _KEY.match(line)) is not None:
        value = key["value"] if key["key"].lower() in _OPEN_KEYS else "…" if key["value"] else ""
        return f"{key['indent'][:8]}{key['key']} {key['sign']} {value}"
    return "(a line that is neither a section nor a key)"


def _names(request: CheckupRequest, results: Iterable[Result]) -> dict[str, list[str]]:
    """What is known to be somebody's name: it may stand anywhere, in the log above all."""
    found: dict[str, list[str]] = {"user": [], "machine": [], "profile": [], "node": [], "connection": []}
    with suppress(OSError, KeyError, ImportError):
        found["user"].append(getpass.getuser())
    with suppress(OSError):
        host = socket.gethostname()
        found["machine"] += [host, host.partition(".")[0]]
    if not request.is_demo:
        from ssmtui.aws.configuration import read_configuration

        found["profile"] += [profile.name for profile in read_configuration().profiles]
        found["profile"] += _sections(request)
        found["argument"] = _arguments(request)
        _of_files(request, found)
    named = request.aws_profile, request.environment.get("AWS_PROFILE"), request.environment.get("AWS_DEFAULT_PROFILE")
    found["profile"] += [name for name in (*named, *(scope.aws_profile for scope in request.scopes)) if name]
    prefix = "AWS profile "
    found["profile"] += [result.name.removeprefix(prefix) for result in results if result.name.startswith(prefix)]
    return found


def _arguments(request: CheckupRequest) -> list[str]:
    """What the commands of credential_process are given: errors name it, and it may be a password."""
    from ssmtui.aws.configuration import read_configuration

    found: list[str] = []
    for file in read_configuration().files:
        with suppress(OSError):
            for line in Path(file.path).read_text("utf-8", "replace").splitlines()[:OUTLINE_LINES]:
                key = _KEY.match(line)
                if key is not None and key["key"].lower() == "credential_process":
                    for word in re.split(r"[\s\"'=]+", key["value"])[1:]:
                        found += [word] if len(word) > 2 and not word.startswith("-") else []
    return found


def _sections(request: CheckupRequest) -> list[str]:
    """Names of sections of the AWS files, which may be broken so that nobody else reads them."""
    names = []
    for _, lines in _outlines(request):
        for line in lines:
            section = _SECTION.match(line[6:])
            if section is not None:
                name = section["name"].strip()
                for prefix in ("profile ", "sso-session ", "services "):
                    name = name.removeprefix(prefix)
                names.append(name.strip().strip("\"'"))
    return names


def _of_files(request: CheckupRequest, found: dict[str, list[str]]) -> None:
    from ssmtui.ledger.store import RecordFiles
    from ssmtui.profiles import loading
    from ssmtui.profiles.shelves import DiskShelf

    store = RecordFiles(request.places.ledger, request.places.journal)
    with suppress(OSError):
        for record in store.shelf().records:
            found["node"] += [record.node_name, record.title, record.request.target]
        for entry in store.journalled().entries:
            found["node"] += [entry.node_name, entry.title, entry.node]
    with suppress(OSError, ConfigurationError):
        loaded = loading.load(DiskShelf(request.places.profiles, request.places.shared_profiles), {})
        if loaded is not None:
            found["connection"] += [*loaded.profiles.profiles, *loaded.profiles.folders]
            for profile in loaded.profiles.profiles.values():
                found["node"].append(profile.values.target or "")


def _indent(line: str) -> str:
    return " " * min(12, len(line) - len(line.lstrip(" ")))
