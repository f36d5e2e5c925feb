"""A gateway and a session manager without AWS, network or engines, for tests of the screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from ssmtui.aws.configuration import Configuration, ConfigurationProblem
from ssmtui.aws.gateway import HYBRID_TAGS, DatabasePage, Known, LastCall, NodePage, unknown, unread_tags
from ssmtui.aws.node_rows import tagged
from ssmtui.browser import Browser
from ssmtui.clipboard import Clipboard
from ssmtui.errors import AccessDenied, ConfigurationError, SsmtuiError
from ssmtui.ledger.entry import Entry
from ssmtui.model import (
    AccessCredentials,
    AccessStatus,
    AccessToken,
    AwsProfile,
    CredentialFacts,
    DataKey,
    DocumentParameter,
    DocumentSummary,
    Grant,
    Identity,
    Instance,
    Network,
    Node,
    PingStatus,
    Platform,
    Region,
    Scope,
    SessionDocument,
    SessionRecord,
    StartRequest,
    TerminalSize,
)
from ssmtui.sessions.activity import Doing
from ssmtui.sessions.channel_log import ChannelLog
from ssmtui.sessions.engine_tail import PortableScreen
from ssmtui.sessions.snapshots import ClipboardRequest, SessionChange, SessionMemory, SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.sessions.taking_over import TAKEN_ELSEWHERE, TakeOver
from ssmtui.sessions.watching import Watch, WatchHit
from ssmtui.sign_in import SignIn
from ssmtui.terminal.marks import Find, MarkAction, MarkOverlay, SearchStatus, ViewLink
from ssmtui.terminal.screen import Colors, Cursor, Frame, FrameRow, Modes, Run
from ssmtui.ui.services import Clock

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
ACCOUNT = "123456789012"
SCOPE = Scope("prod", "eu-west-1")


class FrozenClock(Clock):
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = NOW
        self.seconds = 1000.0

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.seconds

    def move(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        self.seconds += seconds


_SYSTEMS = (
    (Platform.LINUX, "Ubuntu", "24.04", "3.3.2299.0"),
    (Platform.LINUX, "Amazon Linux", "2023", "3.3.2299.0"),
    (Platform.WINDOWS, "Microsoft Windows Server 2022 Datacenter", "10.0.20348", "3.3.1611.0"),
    (Platform.LINUX, "Debian GNU/Linux", "12", "3.2.2303.0"),
)
_ROLES = ("web", "db", "worker", "cache", "bastion")


def make_node(number: int) -> Node:
    """The ``number``-th node of the fake fleet; every seventh has lost its connection, every eleventh has no name."""
    platform, system, version, agent = _SYSTEMS[number % len(_SYSTEMS)]
    role = _ROLES[number % len(_ROLES)]
    lost = number % 7 == 5
    return Node(
        id=f"i-{0xABC0000000000 + number * 7919:017x}",
        name="" if number % 11 == 9 else f"{role}-{number // len(_ROLES) + 1}",
        ping=PingStatus.CONNECTION_LOST if lost else PingStatus.ONLINE,
        platform=platform,
        platform_name=system,
        platform_version=version,
        agent_version=agent,
        agent_is_latest=agent == "3.3.2299.0",
        ip=f"10.0.{number // 200}.{number % 200 + 10}",
        computer_name=f"ip-10-0-{number // 200}-{number % 200 + 10}.ec2.internal",
        last_ping=NOW - timedelta(hours=3 if lost else 0, seconds=number * 3 % 60),
        resource_type="EC2Instance",
        iam_role="role/Ops",
        account=ACCOUNT,
        region="eu-west-1",
        tags={"Name": f"{role}-{number}", "env": "prod" if number % 2 else "staging", "team": "platform"},
        instance_type="t3.medium",
        instance_state="stopped" if lost else "running",
        zone=f"eu-west-1{'abc'[number % 3]}",
        vpc_id="vpc-0a1b2c3d",
    )


def fleet(size: int = 8) -> list[Node]:
    """That many nodes."""
    return [make_node(number) for number in range(size)]


DOCUMENTS = (
    SessionDocument(
        "Acme-Debug",
        "Opens a shell in the debug container",
        "InteractiveCommands",
        (
            DocumentParameter("container", description="Name of the container", allowed_pattern="^[a-z][a-z0-9-]*$"),
            DocumentParameter(
                "level", description="How much to say", default=("info",), allowed_values=("info", "debug")
            ),
            DocumentParameter("args", "StringList", "More arguments", ()),
        ),
        (Platform.LINUX,),
    ),
    SessionDocument("Acme-WindowsConsole", "PowerShell as Administrator", "Standard_Stream", (), (Platform.WINDOWS,)),
    SessionDocument(
        "AWS-StartInteractiveCommand",
        "Document to run single interactive command on an instance",
        "InteractiveCommands",
        (DocumentParameter("command", "StringList", "The command to run", min_chars=1),),
        (Platform.LINUX, Platform.WINDOWS),
    ),
    SessionDocument("SSM-SessionManagerRunShell", "The account's shell preferences", "Standard_Stream"),
)


class FakeGateway:
    """Answers at once, or with ``error`` where one is set."""

    def __init__(self, nodes: Sequence[Node] | None = None) -> None:
        self.listed = list(fleet() if nodes is None else nodes)
        self.error: SsmtuiError | None = None
        self.documents_error: SsmtuiError | None = None
        self.instances: dict[str, Instance] = {}
        self.access: list[AccessToken | SsmtuiError] = [AccessToken(AccessStatus.PENDING)]
        """What GetAccessToken answers; the last one stays."""
        self.access_requests: list[tuple[str, str]] = []
        """Node id and reason of each."""
        self.tags_of_hybrid: dict[str, Mapping[str, str]] = {}
        self.tags_asked: list[list[str]] = []
        """The ids of each request for tags."""
        self.tags_gate: asyncio.Event | None = None
        """Tags come once it is set."""
        self.sessions: list[SessionRecord] = []
        """What DescribeSessions lists, in both states."""
        self.sessions_error: SsmtuiError | None = None
        self.sessions_asked: list[tuple[bool, str]] = []
        """Whether the active ones, and of which node."""
        self.database_pages: list[DatabasePage] = []
        """What the services list of databases."""
        self.databases_error: SsmtuiError | None = None
        self.databases_asked = 0
        self.denied_actions: dict[str, SsmtuiError] = {}
        """What trying an action ends with."""
        self.closed = False
        self.page_size = 10
        self.scope = SCOPE

    async def identity(self) -> Identity:
        return Identity(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/Ops/jane")

    async def network(self) -> Network:
        return Network("https://ssm.eu-west-1.amazonaws.com")

    async def account_alias(self) -> str:
        return "acme"

    async def regions(self) -> Sequence[str]:
        return ("eu-central-1", "eu-west-1", "us-east-1")

    async def region_list(self) -> Sequence[Region]:
        return (Region("af-south-1", False), *(Region(name, True) for name in await self.regions()))

    async def nodes(self, known: Known = unknown) -> AsyncIterator[NodePage]:
        for start in range(0, len(self.listed), self.page_size):
            yield NodePage(self.listed[start : start + self.page_size], "Systems Manager")
        if self.error is not None:
            raise self.error

    async def with_hybrid_tags(self, nodes: Sequence[Node], most: int | None = None) -> AsyncIterator[NodePage]:
        asked = [node for node in nodes if node.is_hybrid and not node.tags_known]
        self.tags_asked.append([node.id for node in asked])
        if not asked:
            return
        yield NodePage((), HYBRID_TAGS, unread_tags(len(asked)))
        if self.tags_gate is not None:
            await self.tags_gate.wait()
        found = [tagged(node, self.tags_of_hybrid.get(node.id, {})) for node in asked[:most]]
        yield NodePage(found, HYBRID_TAGS, unread_tags(len(asked) - len(found)))

    async def node(self, node_id: str) -> Node | None:
        if self.error is not None:
            raise self.error
        return next((node for node in self.listed if node.id == node_id), None)

    async def nodes_tagged(self, key: str, values: Sequence[str]) -> Sequence[Node]:
        if self.error is not None:
            raise self.error
        tags = {node.id: node.tags if node.tags_known else self.tags_of_hybrid.get(node.id, {}) for node in self.listed}
        return [node for node in self.listed if tags[node.id].get(key) in values]

    async def instance(self, instance_id: str) -> Instance | None:
        return self.instances.get(instance_id)

    async def databases(self) -> AsyncIterator[DatabasePage]:
        self.databases_asked += 1
        for page in self.database_pages:
            yield page
        if self.databases_error is not None:
            raise self.databases_error

    async def database_token(self, host: str, port: int, user: str) -> str:
        if self.databases_error is not None:
            raise self.databases_error
        return f"{host}:{port}/?Action=connect&DBUser={user}&X-Amz-Signature=5ec2e7"

    async def documents(self) -> Sequence[DocumentSummary]:
        if self.documents_error is not None:
            raise self.documents_error
        return [
            DocumentSummary(d.name, "Amazon" if d.name.startswith("AWS-") else ACCOUNT, d.platforms, "1", d.description)
            for d in DOCUMENTS
        ]

    async def document(self, name: str) -> SessionDocument:
        if self.documents_error is not None:
            raise self.documents_error
        return next(document for document in DOCUMENTS if document.name == name)

    async def start_session(self, request: StartRequest) -> Grant:
        raise NotImplementedError

    async def resume_session(self, session_id: str) -> Grant:
        raise NotImplementedError

    async def terminate_session(self, session_id: str) -> None:
        raise NotImplementedError

    def end_without_loop(self, session_id: str) -> None:
        raise NotImplementedError

    async def session_pages(self, *, active: bool = True, target: str = "") -> AsyncIterator[Sequence[SessionRecord]]:
        self.sessions_asked.append((active, target))
        if self.sessions_error is not None:
            raise self.sessions_error
        found = [one for one in self.sessions if one.is_over is not active and target in ("", one.target)]
        for start in range(0, len(found), 200):
            yield found[start : start + 200]

    async def active_session(self, session_id: str) -> SessionRecord | None:
        return None

    async def past_session(self, session_id: str) -> SessionRecord | None:
        return None

    async def hybrid_tags(self, node_id: str) -> Mapping[str, str]:
        return {}

    async def connection_status(self, target: str) -> bool:
        return True

    async def try_action(self, action: str) -> None:
        if action in self.denied_actions:
            raise self.denied_actions[action]

    async def start_access_request(self, node_id: str, reason: str) -> str:
        self.access_requests.append((node_id, reason))
        return f"oi-{len(self.access_requests):012x}"

    async def access_token(self, request_id: str) -> AccessToken:
        answer = self.access.pop(0) if len(self.access) > 1 else self.access[0]
        if isinstance(answer, SsmtuiError):
            raise answer
        return answer

    async def generate_data_key(self, key_id: str, context: Mapping[str, str]) -> DataKey:
        raise NotImplementedError

    async def send_ssh_public_key(self, instance_id: str, user: str, key: str) -> None:
        raise NotImplementedError

    async def sign_stream(self, stream_url: str) -> Mapping[str, str]:
        return {}

    def replace_credentials(self, credentials: AccessCredentials) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        self.closed = True


class FakeGateways:
    """Gateways by scope. ``default`` is of the scope that the program is started for; those of other scopes are in
    ``others``, made empty where they are asked for first."""

    def __init__(self, gateway: FakeGateway | None = None) -> None:
        self.default_gateway = gateway or FakeGateway()
        self.others: dict[Scope, FakeGateway] = {}
        self.profiles: list[AwsProfile] = [AwsProfile("prod", "eu-west-1", "sso"), AwsProfile("staging", "", "role")]
        self.approvals: list[AccessCredentials] = []
        self.problems: list[ConfigurationProblem] = []
        """What is wrong in the AWS configuration."""
        self.facts: dict[str | None, CredentialFacts] = {}
        """By AWS profile; of others nothing but the kind is known."""
        self.signed: list[SignIn] = []
        """The sign-ins that it has heard of, in their order."""

    @property
    def default(self) -> Scope:
        return self.default_gateway.scope

    def gateway(self, scope: Scope | None = None) -> FakeGateway:
        if scope is None or scope == self.default:
            return self.default_gateway
        if scope not in self.others:
            self.others[scope] = FakeGateway([])
            self.others[scope].scope = scope
        return self.others[scope]

    def approved(self, scope: Scope, credentials: AccessCredentials) -> FakeGateway:
        self.approvals.append(credentials)
        return self.gateway(scope)

    def unanswered(self) -> Sequence[LastCall]:
        return ()

    async def aws_profiles(self) -> Sequence[AwsProfile]:
        return self.profiles

    async def configuration(self) -> Configuration:
        return Configuration((), tuple(self.profiles), tuple(self.problems))

    async def credential_facts(self, aws_profile: str | None = None) -> CredentialFacts:
        known = next((one for one in self.profiles if one.name == aws_profile), None)
        return self.facts.get(aws_profile) or CredentialFacts(known.kind if known else "environment")

    def signed_in(self, sign_in: SignIn) -> None:
        self.signed.append(sign_in)

    async def close(self) -> None:
        for gateway in (self.default_gateway, *self.others.values()):
            await gateway.close()


class FakeClipboard(Clipboard):
    """One that only remembers. ``programs`` take what they are given."""

    def __init__(self, *programs: str, printed: bool = True) -> None:
        super().__init__({})
        self.programs = list(programs)
        self.printed = printed
        self.given: list[str] = []

    def sequence(self, text: str) -> str:
        return super().sequence(text) if self.printed else ""

    def give(self, text: str) -> list[str]:
        self.given.append(text)
        return self.programs


class FakeBrowser(Browser):
    """One that only remembers."""

    def __init__(self) -> None:
        super().__init__({})
        self.there = True
        self.opened: list[str] = []

    @property
    def can_open(self) -> bool:
        return self.there

    def open(self, address: str) -> bool:
        self.opened.append(address)
        return self.there


class FakeManager:
    """Sessions that do what the test says, and remember what was done to them. The interface is SessionManager's."""

    def __init__(self, *, read_only: bool = False) -> None:
        self.read_only = read_only
        self.denied_end: AccessDenied | None = None
        self.written: dict[int, bytearray] = {}
        self.pasted: list[tuple[int, bytes]] = []
        self.stopped: list[int] = []
        self.sizes: dict[int, TerminalSize] = {}
        self.resizes: list[tuple[int, TerminalSize]] = []
        """Every resize that a node has heard of."""
        self.hurried: list[int] = []
        self.approvals_of: list[int | None] = []
        self.scrolled: list[tuple[int, int]] = []
        self.rested: list[int] = []
        self.resets: list[int] = []
        self.native: int | None = None
        """The session that has the terminal alone."""
        self.slipped = b""
        """What it had its terminal do beside."""
        self.marked: list[tuple[int, MarkAction]] = []
        self.selected = ""
        self.output: str | None = None
        self.refuse_recording: ConfigurationError | None = None
        self.shown_links: tuple[ViewLink, ...] = ()
        self.looked_at: list[tuple[int, int]] = []
        self.counted: list[tuple[int, Find]] = []
        self.counts: dict[int, SearchStatus] = {}
        self.pulled: list[tuple[int, int]] = []
        self.colors: Colors | None = None
        self.preferred: int | None = None
        self.closed = False
        self.taken_over: list[TakeOver] = []
        self.filled_from: list[PortableScreen | None] = []
        """What the screens of these were filled from."""
        self.cannot_be_left: set[int] = set()
        """Keys of sessions that no other client could take over."""
        self.detached = False
        """Whether it was closed with its sessions left alive."""
        self.close_allowed = asyncio.Event()
        self.close_allowed.set()
        self.left_behind: list[str] = []
        self.listeners: list[tuple[int, Callable[[bytes], None]]] = []
        self._keys = count(1)
        self._sessions: dict[int, SessionSnapshot] = {}
        self._handles: dict[int, FakeSession] = {}
        self._frames: dict[int, Frame] = {}
        self._viewers: list[Callable[[int, SessionChange], None]] = []
        self.looks: list[FakeLook] = []

    def warning_read(self, key: int) -> None:
        """It goes."""
        self.becomes(key, self._sessions[key].state, warning=None)

    # What tests say

    def becomes(self, key: int, state: SessionState, **facts: Any) -> None:
        """Bring a session into ``state``, with other ``facts`` of its snapshot."""
        if state is not SessionState.STARTING and "session_id" not in facts and state is not SessionState.FAILED:
            facts["session_id"] = f"ops-{key:017d}"
        self._sessions[key] = replace(self._sessions[key], state=state, **facts)
        self._tell(key, SessionChange.STATE)

    def sets_modes(self, key: int, modes: Modes) -> None:
        """Have the engine tell other modes, which nobody is told of yet."""
        self._sessions[key] = replace(self._sessions[key], modes=modes)

    def prints(self, key: int, *lines: str | FrameRow, cursor: Cursor | None = None, **facts: Any) -> None:
        """Have these lines on the screen, from the top."""
        size = self.sizes[key]
        rows: dict[int, FrameRow] = dict.fromkeys(range(size.rows), ())
        for number, line in enumerate(lines):
            rows[number] = (Run(line, len(line)),) if isinstance(line, str) else line
        shown = cursor or Cursor(len(lines[-1]) if isinstance(lines[-1], str) else 0, len(lines) - 1)
        seq = self._frames[key].seq + 1
        self._frames[key] = Frame(seq, size, rows, shown, **facts)
        self._tell(key, SessionChange.SCREEN)

    def shows(self, key: int, overlay: MarkOverlay) -> None:
        """Have something else marked, with nothing printed."""
        frame = self._frames[key]
        self._frames[key] = replace(frame, seq=frame.seq + 1, rows={}, overlay=overlay)
        self._tell(key, SessionChange.SCREEN)

    def outputs(self, key: int, data: bytes) -> None:
        """Have the node print ``data``, as far as listeners are concerned."""
        for listened, heard in [*self.listeners]:
            if listened == key:
                heard(data)

    def rings(self, key: int) -> None:
        """Ring a session's bell."""
        self._tell(key, SessionChange.BELL)

    def does(self, key: int, doing: Doing, seconds: float = 0.0) -> None:
        """Have a session do something else, since so many ``seconds``."""
        self._sessions[key] = replace(self._sessions[key], doing=doing, doing_for=seconds)
        self._tell(key, SessionChange.ACTIVITY)

    def watch(self, key: int, watch: Watch) -> None:
        self._sessions[key] = replace(self._sessions[key], watch=watch)
        self._tell(key, SessionChange.STATE)

    def hits(self, key: int, hit: WatchHit) -> None:
        """Have a session do what it is watched for."""
        self._sessions[key] = replace(self._sessions[key], hit=hit)
        self._tell(key, SessionChange.WATCHED)

    # SessionManager's own

    def subscribe(self, viewer: Callable[[int, SessionChange], None]) -> Callable[[], None]:
        self._viewers.append(viewer)
        return lambda: self._viewers.remove(viewer)

    def snapshot(self, key: int) -> SessionSnapshot:
        return self._sessions[key]

    def session(self, key: int) -> FakeSession:
        return self._handles[key]

    def snapshots(self) -> tuple[SessionSnapshot, ...]:
        return tuple(self._sessions.values())

    @property
    def live_count(self) -> int:
        return sum(session.live for session in self._sessions.values())

    def recolor(self, colors: Colors) -> None:
        self.colors = colors

    def prefer(self, key: int | None) -> None:
        self.preferred = key

    def start(
        self, request: StartRequest, size: TerminalSize, node: Node | None = None, *, approval_of: int | None = None
    ) -> int:
        self.approvals_of.append(approval_of)
        return self._open(request, size, node)

    def request_access(self, request: StartRequest, reason: str, size: TerminalSize, node: Node | None = None) -> int:
        key = self.start(request, size, node)
        self.becomes(
            key, SessionState.AWAITING_APPROVAL, session_id="", access_request=f"oi-{key:012x}", access_reason=reason
        )
        return key

    def restart(self, key: int) -> int:
        old = self._sessions[key]
        self.remove(key)
        new = self._open(old.request, self.sizes[key], old.node)
        self.renamed(new, old.title)
        return new

    def remove(self, key: int) -> None:
        del self._sessions[key], self._handles[key]
        self._tell(key, SessionChange.REMOVED)

    def take_over(
        self,
        request: StartRequest,
        takes_over: TakeOver,
        size: TerminalSize,
        node: Node | None = None,
        *,
        record: Entry | None = None,
        filled_from: PortableScreen | None = None,
    ) -> int:
        self.taken_over.append(takes_over)
        self.filled_from.append(filled_from)
        key = self._open(request, size, node)
        record_id = record.id if record is not None else ""
        self.becomes(key, SessionState.CONNECTING, session_id=takes_over.session_id, record=record_id)
        return key

    @property
    def left_alive(self) -> list[SessionSnapshot]:
        return [one for one in self._sessions.values() if one.state is SessionState.DETACHED]

    async def close(self, timeout: float = 5.0, *, detach: bool = False) -> list[str]:
        await self.close_allowed.wait()
        self.closed, self.detached = True, detach
        for key, session in [*self._sessions.items()]:
            if session.live:
                stays = session.is_being_taken_over or (detach and self._handles[key].can_be_left)
                self.becomes(key, SessionState.DETACHED if stays else SessionState.ENDED, left_alive=stays)
        return self.left_behind

    def _open(self, request: StartRequest, size: TerminalSize, node: Node | None) -> int:
        key = next(self._keys)
        self._sessions[key] = SessionSnapshot(
            key, request.label, request, node, SessionState.STARTING, read_only=self.read_only
        )
        self._handles[key] = FakeSession(self, key)
        self.written[key], self.sizes[key] = bytearray(), size
        self._frames[key] = Frame(1, size, {})
        self._tell(key, SessionChange.ADDED)
        return key

    def _tell(self, key: int, change: SessionChange) -> None:
        for viewer in tuple(self._viewers):
            viewer(key, change)
        if change is SessionChange.SCREEN:
            for look in tuple(self.looks):
                if look.key == key:
                    look.changed()

    # What its sessions say

    def pull(self, key: int, since: int) -> Frame:
        self.pulled.append((key, since))
        return self._frames[key]

    def resized(self, key: int, size: TerminalSize) -> bool:
        if self.sizes[key] == size:
            return False
        self.resizes.append((key, size))
        self.sizes[key] = size
        self._frames[key] = replace(self._frames[key], seq=self._frames[key].seq + 1, size=size)
        self._tell(key, SessionChange.SCREEN)
        return True

    def changed(self, key: int, **facts: object) -> None:
        """Another fact of a session's snapshot, which is announced."""
        self.becomes(key, self._sessions[key].state, **facts)

    def renamed(self, key: int, title: str) -> None:
        self._sessions[key] = replace(self._sessions[key], title=title or self._sessions[key].request.label)
        self._tell(key, SessionChange.STATE)

    def without_clipboard(self, key: int) -> ClipboardRequest | None:
        taken = self._sessions[key].clipboard
        self._sessions[key] = replace(self._sessions[key], clipboard=None)
        return taken


class FakeLook:
    """A viewer of a session's screen. The interface is Look's; it is called for every change, pulled or not."""

    def __init__(self, manager: FakeManager, session: FakeSession, changed: Callable[[], None], is_news: bool) -> None:
        self.key = session.key
        self.changed = changed
        self.is_news = is_news
        self._manager = manager
        self._session = session

    @property
    def closed(self) -> bool:
        return self not in self._manager.looks or self.key not in self._manager._handles

    async def frame(self, since: int) -> Frame:
        return await self._session.frame(since)

    async def tail(self, count: int) -> tuple[FrameRow, ...]:
        return await self._session.tail(count)

    def rest(self) -> None:
        self._session.rest()

    def close(self) -> None:
        if self in self._manager.looks:
            self._manager.looks.remove(self)


class FakeSession:
    """One of them: tells its manager what was done to it. The interface is Session's, that of its terminal and of the
    marks there."""

    def __init__(self, manager: FakeManager, key: int) -> None:
        self.key = key
        self.log = ChannelLog(NOW.timestamp)
        self._manager = manager

    @property
    def terminal(self) -> FakeSession:
        return self

    @property
    def marks(self) -> FakeSession:
        return self

    @property
    def modes(self) -> Modes:
        return self._manager.snapshot(self.key).modes

    @property
    def accepts_input(self) -> bool:
        return self.snapshot().accepts_input

    def snapshot(self) -> SessionSnapshot:
        return self._manager.snapshot(self.key)

    @property
    def can_be_left(self) -> bool:
        return self.snapshot().live and self.key not in self._manager.cannot_be_left

    def detach(self) -> None:
        self._manager.becomes(self.key, SessionState.DETACHED if self.can_be_left else SessionState.CLOSING)

    def lose_to_another(self) -> None:
        self._manager.becomes(self.key, SessionState.DETACHED, end_reason=TAKEN_ELSEWHERE)

    def look(self, changed: Callable[[], None], *, is_news: bool = True) -> FakeLook:
        look = FakeLook(self._manager, self, changed, is_news)
        self._manager.looks.append(look)
        return look

    async def frame(self, since: int) -> Frame:
        return self._manager.pull(self.key, since)

    async def tail(self, count: int) -> tuple[FrameRow, ...]:
        rows = self._manager._frames[self.key].rows
        after = max((line + 1 for line, row in rows.items() if row), default=0)
        return tuple(rows.get(line, ()) for line in range(max(0, after - count), after))

    async def text(self) -> str:
        return ""

    def write(self, data: bytes) -> None:
        self._manager.written[self.key] += data

    def paste(self, data: bytes) -> None:
        self._manager.pasted.append((self.key, data))
        self._manager.written[self.key] += data

    def cancel_paste(self) -> None:
        self._manager.stopped.append(self.key)

    def resize(self, size: TerminalSize) -> bool:
        return self._manager.resized(self.key, size)

    def slip_in(self, data: bytes) -> bool:
        if self.key != self._manager.native:
            return False
        self._manager.slipped += data
        return True

    def watch(self, watch: Watch) -> None:
        self._manager.watch(self.key, watch)

    def rest(self) -> None:
        self._manager.rested.append(self.key)

    def scroll(self, lines: int) -> None:
        self._manager.scrolled.append((self.key, lines))

    def reset(self) -> None:
        self._manager.resets.append(self.key)

    def mark(self, mark: MarkAction) -> None:
        self._manager.marked.append((self.key, mark))

    async def record(self) -> Path:
        if self._manager.refuse_recording is not None:
            raise self._manager.refuse_recording
        self._manager.changed(self.key, is_recorded=True)
        return Path("/home/jane/recordings/web.cast")

    def stop_recording(self) -> Path | None:
        self._manager.changed(self.key, is_recorded=False)
        return Path("/home/jane/recordings/web.cast")

    async def memory(self) -> SessionMemory | None:
        return SessionMemory(9_994, 9_594_240, 65_000_000)

    async def selected_text(self) -> str:
        return self._manager.selected

    async def last_output(self) -> str | None:
        return self._manager.output

    async def link_at(self, x: int, y: int) -> str:
        self._manager.looked_at.append((x, y))
        return next((link.address for link in self._manager.shown_links), "")

    async def links(self) -> tuple[ViewLink, ...]:
        return self._manager.shown_links

    async def count_matches(self, find: Find) -> SearchStatus:
        self._manager.counted.append((self.key, find))
        return self._manager.counts.get(self.key, SearchStatus(0, 0, True))

    def take_clipboard(self) -> ClipboardRequest | None:
        return self._manager.without_clipboard(self.key)

    def resume_now(self) -> None:
        self._manager.hurried.append(self.key)

    @property
    def size(self) -> TerminalSize:
        return self._manager.sizes[self.key]

    def listen(self, heard: Callable[[bytes], None]) -> Callable[[], None]:
        self._manager.listeners.append((self.key, heard))
        return lambda: self._manager.listeners.remove((self.key, heard))

    def rename(self, title: str) -> None:
        self._manager.renamed(self.key, title)

    def end(self) -> None:
        self._manager.becomes(self.key, SessionState.CLOSING)
