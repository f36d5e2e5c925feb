"""Profiles and folders as they are once their files have been read and what they inherit has been filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from ssmtui import matching
from ssmtui.config.snippets import Snippet
from ssmtui.documents.reasons import NO_RULE, ReasonRule
from ssmtui.model import TerminalSize

MAX_NAME = 80
"""Characters of a profile's name, and of each in a folder's path."""


class FilePlace(NamedTuple):
    """A place in a file."""

    file: Path
    line: int
    """From 1; 0 where it is not known."""

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}" if self.line else str(self.file)


class Origin(NamedTuple):
    """Where a value of a profile comes from."""

    place: FilePlace
    folder: str | None
    """The folder that gives it; None: the profile itself says it."""


class Several(Enum):
    """Which nodes are meant where a query matches more than one."""

    ASK = "ask"
    FIRST_ONLINE = "first-online"
    NEWEST = "newest"
    """The one that was launched, or else registered, last."""
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Values:
    """What a profile says, or a folder for those in it. The names are the keys of the file.

    Texts may hold ``${VARIABLE}`` and ``{ask:Question}`` as they were written: see :mod:`ssmtui.config.template`.
    """

    description: str = ""
    labels: tuple[str, ...] = ()
    aws_profile: str = ""
    """Empty: what the program was started with."""
    region: str = ""
    """Empty: the AWS profile's own."""
    target: str = ""
    """Id of a node. Either this or :attr:`query`."""
    query: str = ""
    """A filter (``docs/filter.md``)."""
    several: Several = Several.ASK
    document: str = ""
    """Empty: the account's default shell."""
    parameters: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({}), hash=False, repr=False
    )
    reason: str = ""
    reason_rule: ReasonRule = NO_RULE
    on_connect: str = field(default="", repr=False)
    snippets: Mapping[str, Snippet] = field(default_factory=lambda: MappingProxyType({}), hash=False, repr=False)
    """Saved commands by name, those of its folders among them."""
    largest: TerminalSize | None = None
    """``size = "132x43"``."""
    scrollback_lines: int | None = None
    color: str = ""
    icon: str = ""
    layout: str = ""
    """One of :data:`ssmtui.profiles.keys.LAYOUTS`, for sessions that are opened together; empty: it is asked."""
    recording: bool = False
    clipboard: str = ""
    guard: bool = False
    """Whether its nodes are guarded, as production is."""
    forwards: tuple[str, ...] = ()
    """As :func:`ssmtui.documents.port_forwards.parse` reads them."""
    shell: bool = True
    """Whether a session is started beside :attr:`forwards`."""
    tunnel_sessions: int = 0
    """Sessions of each tunnel; 0: as the load needs."""
    tunnel_keep_alive: bool = False
    database_user: str = ""
    """Whom an IAM token for the database behind a tunnel is made for."""
    keep_alive: bool = False
    message_endpoint: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """A saved connection."""

    name: str
    folder: str
    """``prod/db``; empty for the top."""
    values: Values
    """What holds for it: its own values over those of its folders over the defaults."""
    own: Mapping[str, object] = field(repr=False)
    """Key to value of what the profile itself says, as in TOML, unknown keys included."""
    origins: Mapping[str, Origin]
    """Key to where its value comes from; keys that are not set anywhere are missing."""
    place: FilePlace
    read_only: bool = False
    """Whether its file is one that a team shares."""
    problem: str = ""
    """Why it cannot be used as it is; empty while nothing is known to be wrong. It is shown all the same."""

    @property
    def path(self) -> str:
        """Folder and name: ``prod/db/db-1``."""
        return f"{self.folder}/{self.name}" if self.folder else self.name


@dataclass(frozen=True, slots=True)
class Folder:
    """What profiles are sorted into, and inherit from."""

    name: str
    """The whole path: ``prod/db``."""
    own: Mapping[str, object] = field(repr=False)
    origins: Mapping[str, Origin]
    """As a profile's, for what it gives to those in it."""
    values: Values
    place: FilePlace | None
    """None where only its profiles name it."""
    read_only: bool = False
    problem: str = ""


class Problem(NamedTuple):
    """Something invalid or unknown in a file; the rest of the file works."""

    place: FilePlace
    text: str
    """A sentence: what, which key, the nearest good key."""
    is_error: bool = True
    """Whether it keeps something from working."""

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


@dataclass(frozen=True, slots=True)
class Profiles:
    """All profiles of all files at one moment. Replaced at each change, never changed in place."""

    profiles: Mapping[str, Profile] = field(default_factory=dict)
    """By name, in the order of the files and of what is written in them."""
    folders: Mapping[str, Folder] = field(default_factory=dict)
    """By path, parents before children; each folder that is named anywhere."""
    problems: tuple[Problem, ...] = ()
    snippets: Mapping[str, Snippet] = field(default_factory=dict, repr=False)
    """Saved commands for all sessions, by name; of two files with one name the first counts."""


def searched(profile: Profile) -> matching.Haystack:
    """What the words that are typed to find ``profile`` are looked for in, as :func:`ssmtui.matching.matches` wants it:
    folder and name in pieces, the rest as it stands."""
    values = profile.values
    others = (*values.labels, values.description, values.target, values.query, values.document)
    return matching.searched(profile.path, (*others, values.aws_profile, values.region))
