"""The words that all rooms share: frozen values, no behaviour that needs I/O or a clock.

Names are AWS's for AWS's things. Everything read from AWS, from a file or from a node is untrusted text:
it is kept here as it came, and made inert where it is shown (``ui``) or printed (``cli``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Any

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def _nothing() -> Mapping[str, Any]:
    return _NOTHING


MIN_COLS, MIN_ROWS = 20, 5
MAX_COLS, MAX_ROWS = 1000, 500


@dataclass(frozen=True, slots=True)
class TerminalSize:
    """A terminal's size in character cells, clamped to what every engine survives (20x5 .. 1000x500)."""

    cols: int
    rows: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "cols", max(MIN_COLS, min(MAX_COLS, self.cols)))
        object.__setattr__(self, "rows", max(MIN_ROWS, min(MAX_ROWS, self.rows)))

    def __str__(self) -> str:
        return f"{self.cols}x{self.rows}"


class PingStatus(Enum):
    """What Systems Manager last heard of a node (DescribeInstanceInformation ``PingStatus``)."""

    ONLINE = "Online"
    CONNECTION_LOST = "ConnectionLost"
    INACTIVE = "Inactive"
    UNKNOWN = "Unknown"


class Platform(Enum):
    """A node's ``PlatformType``."""

    LINUX = "Linux"
    WINDOWS = "Windows"
    MACOS = "MacOS"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where calls go: one AWS profile in one region. ``endpoint_url`` is set for a local stand-in only."""

    aws_profile: str | None
    """Name of the AWS profile; None when credentials come from the environment or the machine."""
    region: str
    endpoint_url: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is calling (STS GetCallerIdentity)."""

    account: str
    arn: str
    user_id: str

    @property
    def short(self) -> str:
        """The part of the ARN that a person knows: ``role/Ops`` for an assumed role, ``user/jane``, ``root``."""
        resource = self.arn.split(":", 5)[-1]
        if resource.startswith("assumed-role/"):
            return "role/" + resource.split("/")[1]
        return resource


@dataclass(frozen=True, slots=True)
class Node:
    """A managed node as Systems Manager and EC2 describe it."""

    id: str
    """``i-...`` or ``mi-...``: the ``Target`` of StartSession."""
    name: str
    """The ``Name`` tag where there is one, else the activation's name, else the computer name, else empty."""
    ping: PingStatus = PingStatus.UNKNOWN
    platform: Platform = Platform.UNKNOWN
    platform_name: str = ""
    platform_version: str = ""
    agent_version: str = ""
    agent_is_latest: bool | None = None
    ip: str = ""
    computer_name: str = ""
    last_ping: datetime | None = None
    """Time zone aware."""
    resource_type: str = ""
    """``EC2Instance`` or ``ManagedInstance``."""
    iam_role: str = ""
    account: str = ""
    region: str = ""
    aws_profile: str = ""
    tags: Mapping[str, str] = field(default_factory=_nothing, hash=False)
    instance_type: str = ""
    instance_state: str = ""
    """EC2 state name, empty where EC2 says nothing of this node."""
    zone: str = ""
    vpc_id: str = ""

    @property
    def label(self) -> str:
        """What to call the node in a tab: its name, or its id."""
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class StartRequest:
    """The four inputs of StartSession (protocol.md section 1.1)."""

    target: str
    document_name: str | None = None
    """None means the account's default shell; a name is only sent when there is one."""
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=_nothing, hash=False)
    reason: str | None = None
    title: str = ""
    """What the tab is called; not sent. Empty: the target."""

    @property
    def label(self) -> str:
        """The title, or the target."""
        return self.title or self.target


@dataclass(frozen=True, slots=True)
class Grant:
    """What StartSession and ResumeSession hand out. The token opens the data channel and is never shown."""

    session_id: str
    stream_url: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DataKey:
    """What KMS GenerateDataKey hands out for one encrypted session. Never shown, never written."""

    plaintext: bytes = field(repr=False)
    """The key itself: 64 bytes."""
    ciphertext: bytes = field(repr=False)
    """The same, which only KMS can read: it goes to the node."""


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A row of ListDocuments with ``DocumentType=Session``."""

    name: str
    owner: str
    platforms: tuple[Platform, ...] = ()
    """Empty: the service gave no hint."""
    version: str = ""
    description: str = ""

    @property
    def is_aws(self) -> bool:
        """Whether AWS owns the document."""
        return self.owner.lower() == "amazon"


@dataclass(frozen=True, slots=True)
class DocumentParameter:
    """One entry of a session document's ``parameters`` (protocol.md section 8.3)."""

    name: str
    type: str = "String"
    description: str = ""
    default: tuple[str, ...] | None = None
    """None: required. A ``String`` has one element."""
    allowed_values: tuple[str, ...] = ()
    allowed_pattern: str = ""
    min_chars: int | None = None
    max_chars: int | None = None

    @property
    def required(self) -> bool:
        """A parameter without a default has to be given."""
        return self.default is None

    @property
    def is_list(self) -> bool:
        """A ``StringList`` takes several values."""
        return self.type == "StringList"


@dataclass(frozen=True, slots=True)
class SessionDocument:
    """A session document as far as a client needs it (protocol.md section 8)."""

    name: str
    description: str = ""
    session_type: str = ""
    """``Standard_Stream``, ``InteractiveCommands``, ``NonInteractiveCommands``, ``Port``; empty when the document could
    not be read and only its parameters are known."""
    parameters: tuple[DocumentParameter, ...] = ()
    """In document order."""
    platforms: tuple[Platform, ...] = ()
    encrypted: bool = False
    """``inputs.kmsKeyId`` is set."""
    idle_minutes: int | None = None
    """``inputs.idleSessionTimeout``, 1..60; None where the document names none."""
    max_minutes: int | None = None
    """``inputs.maxSessionDuration``, 1..1440; None where the document names none."""
    separate_output: tuple[str, ...] = ()
    """``separateOutputStream`` as each platform's properties name it, a placeholder among others; empty where one names
    none (section 6.3)."""
    complete: bool = True
    """Whether the document itself was read; otherwise only its description and parameters are known."""


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A row of DescribeSessions."""

    session_id: str
    target: str
    status: str
    owner: str = ""
    document_name: str = ""
    reason: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    details: str = ""
    max_minutes: int | None = None
    """``MaxSessionDuration``, 1..1440."""
