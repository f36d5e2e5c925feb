"""One file of the AWS configuration as text: what botocore reads in it, with the lines in which it stands, and why
botocore refuses the file.

botocore reads with ``configparser.RawConfigParser`` (``botocore.configloader``), which stops at the first fault and
keeps no lines; the AWS CLI says no more than it. This reads by the same rules, on to the end.
"""

from __future__ import annotations

import configparser
import io
import locale
import os
import re
import shlex
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

MOST_BYTES = 4 * 1024 * 1024
"""Larger files are no AWS configuration."""

BOM = "\ufeff"
_COMMENTS = ("#", ";")
_SECTION: re.Pattern[str] = configparser.RawConfigParser.SECTCRE
_OPTION: re.Pattern[str] = configparser.RawConfigParser.OPTCRE
_SHOWN = 60


class ConfigurationProblem(NamedTuple):
    """Something wrong in the AWS configuration. All texts may hold what stands in the file, but no secret."""

    file: str
    what: str
    """What is wrong: ``the section is there twice: here and in line 1``."""
    fix: str
    """What to do about it."""
    line: int = 0
    """Counted from 1; 0 where it is about the whole file."""
    section: str = ""
    """As it stands between the brackets."""
    key: str = ""
    aws_profile: str = ""
    """The AWS profile that it is about; empty: the whole file, or none of the AWS profiles."""
    is_error: bool = True
    """Whether the AWS profile, or the file, cannot be used as it is; a warning otherwise."""

    @property
    def place(self) -> str:
        """Where it is: ``~/.aws/config, line 7, [profile one], region``."""
        line = f"line {self.line}" if self.line else ""
        section = f"[{self.section}]" if self.section else ""
        return ", ".join(each for each in (self.file, line, section, self.key) if each)


@dataclass(slots=True)
class WrittenKey:
    """A setting as it stands in the file."""

    line: int
    lines: list[str] = field(repr=False)
    """Its value; more than one line where indented ones follow."""

    @property
    def value(self) -> str:
        """As botocore has it before it reads nested settings."""
        return "\n".join(self.lines).rstrip()


@dataclass(slots=True)
class WrittenSection:
    """A section as it stands in the file."""

    name: str
    line: int
    keys: dict[str, WrittenKey] = field(default_factory=dict)
    """By name in lower case."""


class WrittenFile(NamedTuple):
    """What stands in a file."""

    path: str
    sections: Mapping[str, WrittenSection]
    problems: tuple[ConfigurationProblem, ...]
    """Why botocore refuses it, in the order of the lines."""
    unread: ConfigurationProblem | None = None
    """Why nothing of it is read; botocore goes on as if it were not there."""


@dataclass(slots=True)
class AwsFiles:
    """Both files as botocore reads them (``Session.full_config``)."""

    config: WrittenFile = field(repr=False)
    credentials: WrittenFile = field(repr=False)
    profiles: dict[str, dict[str, Any]] = field(repr=False)
    """The settings of each AWS profile; those of the credentials file go before those of the config file."""
    sso_sessions: dict[str, dict[str, Any]] = field(repr=False)
    services: dict[str, dict[str, Any]] = field(repr=False)
    sections: dict[tuple[str, str], WrittenSection] = field(repr=False)
    """The section of the config file that counts, by kind (``profile``, ``sso-session``, ``services``) and name."""

    @property
    def refusals(self) -> tuple[ConfigurationProblem, ...]:
        """Why botocore refuses the files."""
        return self.config.problems + self.credentials.problems

    def place(self, aws_profile: str, key: str = "") -> tuple[str, int, str]:
        """File, line and section of an AWS profile or of one of its settings; empty and 0 where it is nowhere."""
        for written, section in (
            (self.credentials, self.credentials.sections.get(aws_profile)),
            (self.config, self.sections.get(("profile", aws_profile))),
        ):
            if section is not None and (not key or key in section.keys):
                return short_path(written.path), section.keys[key].line if key else section.line, section.name
        return "", 0, ""


def kind_and_name(section: str) -> tuple[str, str | None]:
    """What a section of the config file is for botocore (``configloader.build_profile_map``): ``profile``,
    ``sso-session``, ``services`` or nothing, and its name; None for a name that botocore does not understand, whose
    section it leaves out without a word."""
    if section == "default":
        return "profile", section
    for kind in ("profile", "sso-session", "services"):
        if section.startswith(kind):
            try:
                words = shlex.split(section)
            except ValueError:
                return kind, None
            return kind, words[1] if len(words) == 2 else None
    return "", None


def short_path(path: str) -> str:
    """``path`` with ``~`` for the home directory."""
    home = os.path.expanduser("~")
    return "~" + path[len(home) :] if home not in ("", "/") and path.startswith(home + os.sep) else path


def read_file(path: str) -> WrittenFile:
    """Read a file, which need not be there. Blocks; raises nothing."""
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):
            # /dev/null is how one says that there is none.
            return _unread(path, "it is a folder", "Put a file there.") if stat.S_ISDIR(mode) else _nothing(path)
        with open(path, "rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return _nothing(path)
    except (OSError, ValueError) as error:
        reason = str(getattr(error, "strerror", None) or error).lower()
        return _unread(path, f"it cannot be read: {reason}", "Check its owner and permissions.")
    if len(content) > MOST_BYTES:
        return _unread(path, "it is too large for a configuration", "Check that the right file is named.")
    encoding = locale.getpreferredencoding(False)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = ConfigurationProblem(short_path(path), f"it is not {encoding}", f"Save it as {encoding}.", line)
        return WrittenFile(path, {}, (problem,))
    except LookupError:
        text = content.decode("utf-8", "replace")
    return read_text(path, text)


def _nothing(path: str) -> WrittenFile:
    return WrittenFile(path, {}, ())


def _unread(path: str, what: str, fix: str) -> WrittenFile:
    return WrittenFile(path, {}, (), ConfigurationProblem(short_path(path), what, fix))


def read_text(path: str, text: str) -> WrittenFile:
    """Read what a file holds by the rules of ``RawConfigParser._read``."""
    reading = _Reading(short_path(path))
    if text.startswith(BOM):
        reading.refuse(1, "the file begins with a byte order mark", "Save it as UTF-8 without a byte order mark.")
        text = text[1:]
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        reading.take(number, line)
    reading.read_nested()
    return WrittenFile(path, reading.sections, tuple(sorted(reading.problems, key=lambda one: one.line)))


class _Reading:
    def __init__(self, file: str) -> None:
        self.file = file
        self.sections: dict[str, WrittenSection] = {}
        self.problems: list[ConfigurationProblem] = []
        self._section: WrittenSection | None = None
        self._key: WrittenKey | None = None
        self._indent = 0

    def refuse(self, line: int, what: str, fix: str, section: str = "", key: str = "") -> None:
        self.problems.append(ConfigurationProblem(self.file, what, fix, line, section, key))

    def take(self, number: int, line: str) -> None:
        """One line, in its turn."""
        value = line.strip()
        if value.startswith(_COMMENTS):
            return
        if not value:
            if self._key is not None:
                self._key.lines.append("")
            return
        indent = len(line) - len(line.lstrip())
        if self._key is not None and indent > self._indent:
            self._key.lines.append(value)
            return
        self._indent = indent
        if header := _SECTION.match(value):
            self._begin(number, header["header"])
        elif self._section is None:
            self.refuse(number, f"{_quoted(value)} stands before the first section", _HEADER_FIX)
        else:
            self._set(number, value, self._section)

    def _begin(self, number: int, name: str) -> None:
        self._key = None
        first = self.sections.get(name)
        if first is None:
            self.sections[name] = self._section = WrittenSection(name, number)
            return
        if name == configparser.DEFAULTSECT:
            self._section = first
            return
        self.refuse(
            number,
            f"the section is there twice: here and in line {first.line}",
            "Keep one of them, with the settings of both.",
            name,
        )
        # What stands in the second one is read as a section of its own: its keys are no duplicates of the first.
        self._section = WrittenSection(name, number)

    def _set(self, number: int, value: str, section: WrittenSection) -> None:
        found = _OPTION.match(value)
        name = (found["option"] if found else "").rstrip().lower()
        if found is None or not name:
            self._key = self._key if found is None else None
            fix = "Write it as `name = value`"
            fix += ", or close the section's bracket." if value.startswith("[") else ", or put # before it."
            # The name of the setting is not known: the line may be part of a secret.
            shown = _quoted(value) if value.startswith("[") else "the line"
            self.refuse(number, f"{shown} has no `=`" if found is None else f"{shown} has no name", fix, section.name)
            return
        first = section.keys.get(name)
        key = WrittenKey(number, [found["value"].strip()])
        self._key = key
        if first is not None:
            what = f"the setting is there twice: here and in line {first.line}"
            self.refuse(number, what, "Keep one of them.", section.name, name)
            return
        section.keys[name] = key

    def read_nested(self) -> None:
        """Refuse lines of nested settings (``s3 =`` and indented lines below) that have no ``=``."""
        for section in self.sections.values():
            for name, key in section.keys.items():
                for number, _ in _faulty_nested(key):
                    fix = "Write it as `name = value`, or put the value behind the `=` above."
                    self.refuse(number, f"the line below `{name} =` has no `=`", fix, section.name, name)


_HEADER_FIX = "Put the name of an AWS profile above it: [default], or [profile NAME] (in the credentials file: [NAME])."


def _faulty_nested(key: WrittenKey) -> Iterator[tuple[int, str]]:
    value = key.value
    if not value.startswith("\n"):
        return
    for offset, line in enumerate(value.split("\n")):
        if line.strip() and "=" not in line:
            yield key.line + offset, line


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
