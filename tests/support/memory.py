"""A service and a node of memory: a gateway that hands out grants, and agents at the end of links without sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ssmtui import protocol
from ssmtui.errors import DocumentError, LinkClosed, SsmtuiError
from ssmtui.model import (
    AccessCredentials,
    AccessToken,
    DataKey,
    Grant,
    Scope,
    SessionDocument,
    SessionRecord,
    StartRequest,
)
from ssmtui.protocol.message import channel_closed
from ssmtui.sessions.entry import ServiceLine
from ssmtui.tasks import Tasks
from ssmtui.transport.link import BATCH
from ssmtui.transport.pump import Pump
from ssmtui.transport.stamp import new_nonce, new_stamp
from tests.support.fakes import FakeGateway

DATA_KEY = bytes(range(64))
"""What this service's KMS generates."""


class MemoryLink:
    """One end of a pair; what one sends the other receives. Closing either end closes both."""

    latency: float | None = None

    def __init__(self) -> None:
        self.peer: MemoryLink = self
        self._inbox: asyncio.Queue[bytes | LinkClosed] = asyncio.Queue()
        self._closed: LinkClosed | None = None
        self.writes: list[int] = []
        """How many frames each call of ``send`` had."""
        self.answers_pings = asyncio.Event()
        self.answers_pings.set()
        self.reads = asyncio.Event()
        """While it is not set, this end receives nothing."""
        self.reads.set()

    @staticmethod
    def pair() -> tuple[MemoryLink, MemoryLink]:
        one, other = MemoryLink(), MemoryLink()
        one.peer, other.peer = other, one
        return one, other

    async def send(self, *frames: bytes) -> None:
        if self._closed is not None:
            raise self._closed
        self.writes.append(len(frames))
        for frame in frames:
            self.peer._inbox.put_nowait(frame)

    async def receive(self) -> bytes:
        item = await self._inbox.get()
        await self.reads.wait()
        if isinstance(item, LinkClosed):
            self._inbox.put_nowait(item)
            raise item
        return item

    async def receive_many(self) -> list[bytes]:
        frames = [await self.receive()]
        while len(frames) < BATCH and not self._inbox.empty():
            item = self._inbox.get_nowait()
            if isinstance(item, LinkClosed):
                self._inbox.put_nowait(item)
                break
            frames.append(item)
        return frames

    async def ping(self) -> None:
        if self._closed is not None:
            raise self._closed
        await self.answers_pings.wait()

    async def close(self) -> None:
        self.break_off(1000)

    def break_off(self, code: int = 1006, reason: str = "") -> None:
        for end in (self, self.peer):
            if end._closed is None:
                end._closed = LinkClosed(code, reason)
                end._inbox.put_nowait(end._closed)


@dataclass
class MemoryAgent:
    """The far end of one session, through any number of links: keeps what it was sent, says what the test has it
    say."""

    link: MemoryLink
    opening: str
    tasks: Tasks
    received: bytearray = field(default_factory=bytearray)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    answer: protocol.HandshakeResponse | None = None
    flags: list[protocol.Flag] = field(default_factory=list)
    on_input: Callable[[bytes], None] | None = None
    """Gets the input in the place of ``received``."""
    _held: list[bytes] | None = None

    def __post_init__(self) -> None:
        self.channel = protocol.DataChannel(protocol.Role.AGENT, new_stamp, nonce=new_nonce)
        self._clock = asyncio.get_running_loop().time
        self._encrypted = True
        self.attach(self.link, self.opening)

    def attach(self, link: MemoryLink, opening: str) -> None:
        """The client has come on a link, the first or another one."""
        self.link, self.opening = link, opening
        self.pump = Pump(self.channel, _Held(self, self.link), self._on_events, self._clock)
        self.tasks.start("agent", self.pump.run())

    def encrypt(self, **parameters: str) -> None:
        """Ask for an encrypted shell, then carry the handshake through."""
        actions = [
            protocol.RequestedAction("SessionType", {"SessionType": "Standard_Stream", "Properties": None}),
            protocol.RequestedAction("KMSEncryption", parameters),
        ]
        self.channel.request_handshake("3.3.987.0", actions, self._clock())
        self.pump.wake()

    def offer(self, session_type: str, version: str = "3.3.987.0", **properties: object) -> None:
        """Ask for a handshake, and carry it through without a key."""
        parameters = {"SessionType": session_type, "Properties": properties or None}
        actions = [protocol.RequestedAction("SessionType", parameters)]
        self.channel.request_handshake(version, actions, self._clock())
        self._encrypted = False
        self.pump.wake()

    def hold(self) -> None:
        """Take frames in, but do nothing with them: no acknowledgement goes out."""
        self._held = []

    @property
    def held(self) -> int:
        """How many frames are held."""
        return len(self._held or ())

    def release(self) -> None:
        """Go on with what was held."""
        frames, self._held = self._held or [], None
        for frame in frames:
            self.channel.receive(frame, self._clock())
        self._on_events(self.channel.events())

    def say(self, data: bytes, stream: protocol.PayloadType = protocol.PayloadType.OUTPUT) -> None:
        self.channel.send_output(data, self._clock(), stream)
        self.pump.wake()

    async def finish(self, output: str = "") -> None:
        await self.link.send(channel_closed(new_stamp(), "session", output).encode())

    def _on_events(self, events: list[protocol.Event]) -> None:
        for event in events:
            if isinstance(event, protocol.InputReceived):
                if self.on_input is not None:
                    self.on_input(event.data)
                else:
                    self.received += event.data
            elif isinstance(event, protocol.FlagReceived):
                self.flags.append(event.flag)
            elif isinstance(event, protocol.SizeReceived):
                self.sizes.append((event.size.cols, event.size.rows))
            elif isinstance(event, protocol.HandshakeAnswered):
                self.answer = event.response
                if not self._encrypted:
                    self.channel.complete_handshake("", 1, self._clock())
                elif all(action.status is protocol.ActionStatus.SUCCESS for action in event.response.actions):
                    self.channel.use_data_key(DATA_KEY)
                    self.channel.send_challenge(bytes(64))
            elif isinstance(event, protocol.ChallengeAnswered) and event.ok:
                self.channel.complete_handshake("This session is encrypted.", 1, self._clock())
        self.pump.wake()


class _Held:
    """The agent's end of a link, in front of which frames can be held."""

    def __init__(self, agent: MemoryAgent, link: MemoryLink) -> None:
        self._agent = agent
        self._link = link
        self.send = link.send
        self.ping = link.ping
        self.close = link.close
        self.latency: float | None = None

    async def receive_many(self) -> list[bytes]:
        while True:
            frames = await self._link.receive_many()
            if self._agent._held is None:
                return frames
            self._agent._held += frames


class MemoryService(FakeGateway):
    """The gateway's and the dialer's part of a client, with agents of memory behind it."""

    def __init__(self) -> None:
        super().__init__([])
        self.tasks = Tasks("memory service")
        self.agents: dict[str, MemoryAgent] = {}
        self.started: list[StartRequest] = []
        self.replaced: list[AccessCredentials] = []
        """Newer credentials of an approval, in their order."""
        self.approvals: list[AccessCredentials] = []
        """What lines were asked for with."""
        self.behind_approval: MemoryService | None = None
        """Who serves those that come with approved credentials; None: this one."""
        self.looks = 0
        """How often GetAccessToken was asked."""
        self.closings = 0
        self.lines: list[Scope | None] = []
        """The scopes that a line was asked for."""
        self.prefix = "session"
        """What the ids of its sessions begin with."""
        self.terminated: list[str] = []
        self.refuse_start: SsmtuiError | None = None
        self.refuse_dial: SsmtuiError | None = None
        self.refuse_terminate: SsmtuiError | None = None
        self.refuse_resume: SsmtuiError | None = None
        self.resumed: list[str] = []
        self.resume_address = "/again"
        """What is added to the address that ResumeSession hands out; empty: it hands out none."""
        self.dialled: list[str] = []
        self.refuse_key: SsmtuiError | None = None
        self.key_contexts: list[dict[str, str]] = []
        self.past: SessionRecord | None = None
        self.active: SessionRecord | SsmtuiError | None = None
        self.described: list[str] = []
        self.known_documents: dict[str, SessionDocument | SsmtuiError] = {}
        """By name; the service knows of no other."""
        self.documents_read: list[str] = []
        self.start_gate: asyncio.Event | None = None
        """When set, StartSession answers only after it."""
        self.resume_gate: asyncio.Event | None = None
        """The same for ResumeSession."""

    def line(self, scope: Scope | None = None) -> ServiceLine:
        self.lines.append(scope)
        return ServiceLine(self, self)

    def approved(self, scope: Scope | None, credentials: AccessCredentials) -> ServiceLine:
        self.approvals.append(credentials)
        served_by = self.behind_approval or self
        return ServiceLine(served_by, served_by)

    def replace_credentials(self, credentials: AccessCredentials) -> None:
        self.replaced.append(credentials)

    async def access_token(self, request_id: str) -> AccessToken:
        self.looks += 1
        return await super().access_token(request_id)

    async def start_session(self, request: StartRequest) -> Grant:
        self.started.append(request)
        session_id = f"{self.prefix}-{len(self.started)}"
        if self.start_gate is not None:
            await self.start_gate.wait()
        if self.refuse_start is not None:
            raise self.refuse_start
        return Grant(session_id, f"wss://ssmmessages.test/{session_id}", "token")

    async def resume_session(self, session_id: str) -> Grant:
        self.resumed.append(session_id)
        if self.resume_gate is not None:
            await self.resume_gate.wait()
        if self.refuse_resume is not None:
            raise self.refuse_resume
        address = self.resume_address and f"wss://ssmmessages.test/{session_id}{self.resume_address}"
        return Grant(session_id, address, f"token-{len(self.resumed)}")

    async def document(self, name: str) -> SessionDocument:
        self.documents_read.append(name)
        document = self.known_documents.get(name, DocumentError("no such document", code="InvalidDocument"))
        if isinstance(document, SsmtuiError):
            raise document
        return document

    async def active_session(self, session_id: str) -> SessionRecord | None:
        self.described.append(session_id)
        if isinstance(self.active, SsmtuiError):
            raise self.active
        return self.active

    async def past_session(self, session_id: str) -> SessionRecord | None:
        return self.past

    async def generate_data_key(self, key_id: str, context: Mapping[str, str]) -> DataKey:
        self.key_contexts.append({"KeyId": key_id, **context})
        if self.refuse_key is not None:
            raise self.refuse_key
        return DataKey(DATA_KEY, b"sealed")

    async def terminate_session(self, session_id: str) -> None:
        self.end_without_loop(session_id)

    def end_without_loop(self, session_id: str) -> None:
        if self.refuse_terminate is not None:
            raise self.refuse_terminate
        self.terminated.append(session_id)

    async def dial(self, stream_url: str, opening: str) -> MemoryLink:
        if self.refuse_dial is not None:
            raise self.refuse_dial
        self.dialled.append(stream_url)
        ours, theirs = MemoryLink.pair()
        session_id = stream_url.split("/")[3]
        if session_id in self.agents:
            self.agents[session_id].attach(theirs, opening)
        else:
            self.agents[session_id] = MemoryAgent(theirs, opening, self.tasks)
        return ours

    async def close(self) -> None:
        self.closings += 1
        await self.tasks.close()


class RecordingViewer:
    """Keeps what a session reports."""

    def __init__(self) -> None:
        self.output = bytearray()
        self.stderr = bytearray()
        self.changes = 0

    def session_changed(self) -> None:
        self.changes += 1

    def session_output(self, data: bytes, *, stderr: bool) -> None:
        (self.stderr if stderr else self.output).extend(data)
