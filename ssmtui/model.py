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
from typing import Any, NamedTuple

from ssmtui.sign_in import SignIn

DEFAULT_SHELL = "SSM-SessionManagerRunShell"
"""The document of the account's default shell, which holds Session Manager's preferences once they were saved."""

SESSION_TAG = "ssm:resourceTag/aws:ssmmessages:session-id"
"""The condition key of a session's tag, whose value begins with the caller's ``aws:userid``."""

SESSION_STATEMENT: Mapping[str, Any] = {
    "Effect": "Allow",
    "Action": ["ssm:ResumeSession", "ssm:TerminateSession"],
    "Resource": "arn:*:ssm:*:*:session/*",
    "Condition": {"StringLike": {SESSION_TAG: "${aws:userid}*"}},
}
"""What a policy needs for sessions to be resumed and ended (AWS: "Additional sample IAM policies for Session Manager",
method 2). A session's id begins with the name of the role session or the user, ``aws:userid`` with the role's id: the
resource ``session/${aws:userid}-*`` of AWS's quickstart matches no session of a role (aws/amazon-ssm-agent#514)."""

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
    organization: bool = False
    """Whether ListNodes is asked for the nodes of the whole organization, as the region's resource data sync has them,
    instead of those of one account."""


class Network(NamedTuple):
    """How one gets to AWS from here, whatever option, variable or file says so."""

    endpoint: str
    """URL of Systems Manager's endpoint."""
    ca_bundle: str | None = None
    """File or directory of certificates that are trusted in place of the system's."""
    message_endpoint: str = ""
    """Host that the AWS profile or the environment has data channels opened to; empty: the one that AWS gives out."""


class Identity(NamedTuple):
    """Who is calling (STS GetCallerIdentity)."""

    account: str
    arn: str

    @property
    def short(self) -> str:
        """The part of the ARN that a person recognizes: ``role/Ops`` for an assumed role, ``user/jane``, ``root``."""
        resource = self.arn.split(":", 5)[-1]
        if resource.startswith("assumed-role/"):
            return "role/" + resource.split("/")[1]
        return resource


class Region(NamedTuple):
    """A region of AWS, as an account sees it."""

    name: str
    enabled: bool | None = None
    """Whether the account has it (EC2 DescribeRegions ``OptInStatus``); None: the account may not ask."""


NodeKey = tuple[str, str, str]
"""AWS profile, region and id: what names a node among all scopes. An id alone may come twice."""


class Container(NamedTuple):
    """A container of an ECS task with ExecuteCommand enabled (protocol.md section 1.2)."""

    cluster: str
    """ARN of the cluster."""
    task: str
    """ARN of the task."""
    name: str
    runtime_id: str


class Node(NamedTuple):
    """A managed node as Systems Manager and EC2 describe it, or a container of an ECS task.

    A tuple, for a fleet holds a hundred thousand of them: made, compared and kept at a fraction of a dataclass's cost.
    """

    id: str
    """``i-...``, ``mi-...`` or ``ecs:...``: the ``Target`` of StartSession."""
    name: str
    """The ``Name`` tag where there is one, else the activation's name, else the computer name, else empty."""
    ping: PingStatus = PingStatus.UNKNOWN
    platform: Platform = Platform.UNKNOWN
    platform_name: str = ""
    platform_version: str = ""
    agent_version: str = ""
    agent_is_latest: bool | None = None
    ip: str = ""
    """The private address."""
    computer_name: str = ""
    last_ping: datetime | None = None
    """Time zone aware."""
    resource_type: str = ""
    """``EC2Instance``, ``ManagedInstance``, or for a container ``ECSContainer``, which is not AWS's word."""
    iam_role: str = ""
    account: str = ""
    region: str = ""
    aws_profile: str = ""
    """Name of the AWS profile whose listing shows the node; empty for the credentials of environment or machine."""
    tags: Mapping[str, str] = _NOTHING
    instance_type: str = ""
    instance_state: str = ""
    """EC2 state name, or a task's last status in lower case; empty where nothing is said."""
    zone: str = ""
    vpc_id: str = ""
    container: Container | None = None
    public_ip: str = ""
    """What Systems Manager lists as an EC2 instance's address where that is a public one."""
    tags_known: bool = False
    """Whether a service has listed its tags, be it that there are none; without that :attr:`tags` may lack some."""
    who: tuple[str, ...] = ()
    """Who has sessions there now, in short words, as far as somebody watches them; the one who came first is first."""

    @property
    def key(self) -> NodeKey:
        """What names the node among all scopes."""
        return (self.aws_profile, self.region, self.id)

    @property
    def is_hybrid(self) -> bool:
        """Whether an activation has registered it. EC2 does not know it, and its tags cost a call of their own."""
        return self.id.startswith("mi-")

    @property
    def label(self) -> str:
        """What to call the node in a tab: its name, or its id."""
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class Instance:
    """An EC2 instance as DescribeInstances describes it now."""

    id: str
    state: str = ""
    """``pending``, ``running``, ``shutting-down``, ``terminated``, ``stopping``, ``stopped``."""
    state_reason: str = ""
    """Why it is in that state, in EC2's words: ``User initiated (2026-01-15 12:00:00 GMT)``."""
    launched: datetime | None = None
    """Time zone aware."""
    instance_profile: str = ""
    """ARN of its instance profile; empty when it has none."""
    vpc_id: str = ""
    platform: str = ""
    """EC2's ``PlatformDetails``: ``Linux/UNIX``, ``Windows``."""
    http_tokens: str = ""
    """EC2's ``MetadataOptions.HttpTokens``: ``required`` where only IMDSv2 answers, else ``optional``."""
    type: str = ""
    zone: str = ""
    tags: Mapping[str, str] = field(default_factory=_nothing, hash=False)


class Database(NamedTuple):
    """A database or cache that AWS runs, at one of its addresses: a cluster has several."""

    service: str
    """Whose it is, as it is shown: ``RDS``, ``ElastiCache``, ``Redshift``, ``OpenSearch``. Aurora, Neptune and
    DocumentDB are listed by RDS."""
    name: str
    """Its identifier."""
    role: str
    """What the address leads to: ``instance``, ``writer``, ``reader``, ``custom``, ``proxy``, ``proxy reader``,
    ``primary``, ``configuration``, ``node``, ``serverless``, ``cluster``, ``domain``."""
    host: str
    port: int
    engine: str = ""
    """AWS's name of the engine: ``postgres``, ``aurora-mysql``, ``valkey``; of a proxy the engine family in lower
    case."""
    version: str = ""
    vpc_id: str = ""
    """Empty where the service does not say."""
    status: str = ""
    """The service's word for its state: ``available``."""
    cluster: str = ""
    """The cluster or replication group that it belongs to."""
    iam_auth: bool = False
    """Whether a token from IAM can be its password."""
    tls: bool | None = None
    """Whether it takes connections with TLS only; None where the service does not say."""
    database_name: str = ""
    """The database that was made with it."""
    admin: str = ""
    """Its first user."""
    cluster_mode: bool = False
    """Whether its clients are redirected to the addresses of other nodes (Redis and Valkey with cluster mode)."""
    public: bool = False
    """Whether it has a public address as well."""

    @property
    def is_available(self) -> bool:
        """Whether it takes connections, as far as its state says. ``backing-up``, ``modifying`` and the like do."""
        return self.status.lower() not in STOPPED_DATABASE


STOPPED_DATABASE = frozenset(
    {
        "create-failed", "creating", "deleted", "deleting", "failed", "inaccessible-encryption-credentials",
        "incompatible-network", "paused", "restore-failed", "starting", "stopped", "stopping",
    }
)  # fmt: skip
"""States in which a database or cache takes no connections (AWS: "Viewing Amazon RDS DB instance status", and its pages
on the states of clusters in Aurora, Redshift and ElastiCache)."""


class AwsProfile(NamedTuple):
    """An AWS profile of the person's AWS configuration."""

    name: str
    region: str
    """The region it names; empty when it names none."""
    kind: str
    """Where its credentials come from: ``sso``, ``role``, ``process``, ``keys``, ``web identity``, ``login``; empty
    when that is not to be seen."""
    account: str = ""
    """Id of the account that it is for, where the configuration names it."""
    sign_in: SignIn | None = None
    """How a person signs in to it, where one can; by its chain of roles, as the configuration has it."""


class CredentialFacts(NamedTuple):
    """What is known of the credentials that an AWS profile has now. Nothing secret is in it."""

    kind: str = ""
    """As :attr:`AwsProfile.kind`; ``environment`` and ``machine`` where no AWS profile gives them."""
    expires: datetime | None = None
    """When they end, or the sign-in that they come from does, whichever needs the person; None: never, or not known."""
    sign_in: SignIn | None = None
    """How the person renews them; None: nothing to be done from here, or they renew themselves."""
    missing: bool = False
    """Whether there are none, or only ended ones, until the person signs in by :attr:`sign_in`."""


@dataclass(frozen=True, slots=True)
class PaneOptions:
    """How a session is kept and shown here; nothing of it is sent to AWS."""

    profile: str = ""
    """Name of the saved connection that it was started from; empty for none."""
    on_connect: str = field(default="", repr=False)
    """Typed into the session once its shell is there; ``\\n`` is Enter."""
    largest: TerminalSize | None = None
    """The terminal is never made larger than this, however large its pane is."""
    scrollback_lines: int | None = None
    """Lines kept above the screen; None: as the settings say."""
    clipboard: str = ""
    """What is done when the node would write to the clipboard: ``ask``, ``allow`` or ``never``; empty: as the settings
    say."""
    keep_alive: bool = False
    """Whether something harmless is sent before the service's idle timeout would end the session."""
    recording: bool = False
    """Whether what the node prints is recorded in a file."""
    guarded: str = ""
    """Why to take care, in a few words: ``production``; empty when it is not."""
    color: str = ""
    """Name of the colour of its frame and tab: ``red``, ``yellow``, ``green``, ``cyan``, ``blue``, ``magenta``."""
    account_color: str = ""
    """The same by its account, which holds where :attr:`color` is empty."""
    icon: str = ""
    """One or two cells before its name."""
    message_endpoint: str = ""
    """Host of the interface endpoint that its data channel is opened to; empty: as the settings say."""


@dataclass(frozen=True, slots=True)
class StartRequest:
    """The four inputs of StartSession (protocol.md section 1.1)."""

    target: str
    document_name: str | None = None
    """None means the account's default shell; a name is only sent when there is one."""
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=_nothing, hash=False, repr=False)
    reason: str | None = None
    title: str = ""
    """What the tab is called; not sent. Empty: the target."""
    scope: Scope | None = None
    """Where StartSession is called; None: where the program was started for."""
    container: Container | None = None
    """A container is entered by ECS ExecuteCommand; document, parameters and reason do not go with it."""
    command: str = field(default="", repr=False)
    """What ExecuteCommand runs; empty: a shell."""
    options: PaneOptions = PaneOptions()

    @property
    def label(self) -> str:
        """The title, or the target."""
        return self.title or self.target

    @property
    def is_default_shell(self) -> bool:
        """Whether it starts the account's default shell, which is all that an approved request for access covers
        (AWS's managed policy AWSSystemsManagerJustInTimeAccessTokenPolicy): no other document and no port."""
        return self.document_name in (None, "", DEFAULT_SHELL)


@dataclass(frozen=True, slots=True)
class Grant:
    """What StartSession and ResumeSession hand out. The token opens the data channel and is never shown."""

    session_id: str
    stream_url: str = field(repr=False)
    token: str = field(repr=False)


class AccessStatus(Enum):
    """How far a request for just-in-time access is (GetAccessToken ``AccessRequestStatus``)."""

    PENDING = "Pending"
    APPROVED = "Approved"
    REJECTED = "Rejected"
    REVOKED = "Revoked"
    EXPIRED = "Expired"


@dataclass(frozen=True, slots=True)
class AccessCredentials:
    """What an approved request gives: credentials for one node. Never shown, never written."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expires: datetime | None = None
    """Time zone aware."""


class AccessToken(NamedTuple):
    """What GetAccessToken says."""

    status: AccessStatus
    credentials: AccessCredentials | None = None
    """There once it is approved."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """What KMS GenerateDataKey hands out for one encrypted session. Never shown, never written."""

    plaintext: bytes = field(repr=False)
    """The key itself: 64 bytes."""
    ciphertext: bytes = field(repr=False)
    """The same, which only KMS can read: it goes to the node."""


class DocumentSummary(NamedTuple):
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


class DocumentParameter(NamedTuple):
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
    min_items: int | None = None
    max_items: int | None = None
    """How many values a ``StringList`` takes."""
    display_type: str = ""
    """``textfield`` or ``textarea``; empty where the document says neither."""

    @property
    def required(self) -> bool:
        """A parameter without a default has to be given."""
        return self.default is None

    @property
    def is_list(self) -> bool:
        """A ``StringList`` takes several values."""
        return self.type == "StringList"


class SessionDocument(NamedTuple):
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
    kms_key: str = ""
    """``inputs.kmsKeyId``."""
    s3_bucket: str = ""
    """``inputs.s3BucketName``: where the session is logged to."""
    s3_prefix: str = ""
    """``inputs.s3KeyPrefix``: what the keys of its logs there begin with."""
    log_group: str = ""
    """``inputs.cloudWatchLogGroupName``: where the session is logged to."""
    runs_as: str | None = None
    """The user that the session runs as: ``inputs.runAsDefaultUser`` where ``runAsEnabled`` is true, empty where that
    names none (the caller's ``SSMSessionRunAs`` tag then says); None: the agent's own ``ssm-user``."""
    port_properties: tuple[tuple[str, str], ...] = ()
    """``properties`` of a ``Port`` document by name, placeholders among them (section 6.4)."""


SESSION_ENDS = frozenset({"Terminated", "Failed"})
"""The statuses of DescribeSessions for a session that is over."""


class SessionRecord(NamedTuple):
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
    access_type: str = ""
    """``Standard`` or ``JustInTime``; empty where the service does not say."""
    s3_url: str = ""
    """Where the service says that the session's output is: the S3 prefix."""
    log_url: str = ""
    """The same for the CloudWatch log group."""

    @property
    def is_over(self) -> bool:
        """Whether it has ended: ``Terminated`` or ``Failed``. All other statuses, those that are not known here among
        them, are of a session that may still run."""
        return self.ended is not None or self.status in SESSION_ENDS
