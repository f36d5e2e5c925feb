"""The lab as one thing: builds its parts, starts and closes them. Everything listens on 127.0.0.1 only."""

from __future__ import annotations

import atexit
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ssmtui.lab.api_documents import DocumentApi
from ssmtui.lab.api_nodes import NodeApi
from ssmtui.lab.api_query import Ec2Api
from ssmtui.lab.api_sessions import SessionApi
from ssmtui.lab.documents import DocumentStore
from ssmtui.lab.fault_spec import NO_FAULTS, ApiFault, FaultSpec
from ssmtui.lab.faults import LabFaults
from ssmtui.lab.fleet import REGION, Clock, Fleet, LabNode
from ssmtui.lab.http_server import HttpServer
from ssmtui.lab.kms import LabKms
from ssmtui.lab.live import LiveSessions
from ssmtui.lab.machine import Machine
from ssmtui.lab.manners import Manners
from ssmtui.lab.service import Service
from ssmtui.lab.sessions import SessionBook
from ssmtui.lab.signature import LabCredentials
from ssmtui.lab.stream_server import StreamServer


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class LabOptions:
    """How a lab is to be."""

    nodes: int = 48
    """How many managed nodes there are."""
    port: int = 0
    """Port of the HTTP endpoint; 0 takes a free one. The web socket always takes a free one."""
    seed: int = 1
    """What the fleet and the past sessions are made from."""
    pacing: bool = True
    """Whether agents pause 1 ms after each read, as the real one does."""
    start_delay: float = 1.0
    """Seconds from the start of a shell to its first output; 1 on a real node."""
    forget_acks: float = 0.01
    """The share of an agent's frames whose first acknowledgement it forgets; 0 for none."""
    deaf: float = 0.02
    """Seconds after a handshake in which an agent throws input away."""
    minute: float = 60.0
    """Seconds that a minute of the service's time limits lasts (``idleSessionTimeout`` and ``maxSessionDuration``)."""
    shell: str | None = None
    """The login shell of unix nodes; None: bash, or sh where there is none."""
    signed_only: bool = False
    """Refuse a web-socket upgrade without a signature. Clients from before signing send none; a wrong one is always
    refused."""
    faults: FaultSpec = NO_FAULTS
    """What is to go wrong; nothing by default."""
    now: Clock = _utc_now
    """The service's clock, time zone aware."""


@dataclass(frozen=True, slots=True)
class LabAddress:
    """Where a lab is, and the environment variables that lead the AWS SDKs there."""

    endpoint_url: str
    environment: Mapping[str, str] = field(repr=False)


class Lab:
    """One running stand-in: fleet, documents, sessions, shells. All its calls belong to one event loop."""

    def __init__(self, options: LabOptions | None = None) -> None:
        self.options = options or LabOptions()
        self.credentials = LabCredentials(_access_key_id(), secrets.token_urlsafe(30))
        self.faults = LabFaults(self.options.faults)
        self.fleet = _FaultyFleet(self.options.nodes, self.options.seed, self.options.now, self.faults)
        self.documents = DocumentStore()
        self.book = SessionBook(self.fleet, self.options.now, self.options.seed)
        self._machine = Machine(self.options.shell)
        manners = Manners(self.options.start_delay, self.options.pacing, self.options.forget_acks, self.options.deaf)
        self.kms = LabKms()
        self._live = LiveSessions(self.book, self._machine, manners, self.faults, self.kms, self.options.minute)
        self.streams = StreamServer(
            self.book, self._live.relays, self.credentials, signed_only=self.options.signed_only
        )
        self._http = HttpServer(self._service().answer)

    async def start(self) -> LabAddress:
        """Listen; raises ``OSError`` when the port is taken. Programs die with this process even without ``close``."""
        await self._http.start(self.options.port)
        try:
            await self.streams.start()
        except BaseException:
            await self._http.close()
            raise
        atexit.register(self.kill_now)
        return self.address

    @property
    def address(self) -> LabAddress:
        """Where it listens, once it has started."""
        endpoint_url = f"http://127.0.0.1:{self._http.port}"
        return LabAddress(
            endpoint_url,
            {
                "AWS_ENDPOINT_URL": endpoint_url,
                "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
                "AWS_SECRET_ACCESS_KEY": self.credentials.secret_access_key,
            },
        )

    async def close(self) -> None:
        """End every session, close every socket, kill every program, remove the homes."""
        await self._http.close()
        await self._live.close()
        await self.streams.close()
        self._machine.close()
        atexit.unregister(self.kill_now)

    def kill_now(self) -> None:
        """Kill every program without waiting, from wherever the process is about to die."""
        self._live.kill_now()
        self._machine.close()

    def cut_clients(self) -> None:
        """Break every client's socket."""
        for relay in self._live.relays.values():
            relay.cut()

    def cut_agents(self) -> None:
        """Break every agent's own connection, for a moment."""
        for relay in self._live.relays.values():
            relay.cut_agent()

    def black_hole(self, seconds: float) -> None:
        """Let nothing through the clients' sockets of this moment for ``seconds``, pongs included; they stay open."""
        for relay in self._live.relays.values():
            relay.black_hole(seconds)

    def say_bye(self) -> None:
        """Close every client's socket with ``1000 Bye``."""
        for relay in self._live.relays.values():
            relay.say_bye()

    def fail_next(self, call: str, code: str, times: int = 1, status: int = 400) -> None:
        """Let the next so many of an API call (``*``: of any) fail."""
        self.faults.api.add(ApiFault(call, code, status, times))

    def end_silently(self, session_id: str) -> None:
        """End a session so that its client learns of it only when it asks."""
        session = self.book.find(session_id)
        if session is not None:
            self._live.end_silently(session)

    def _service(self) -> Service:
        sessions = SessionApi(
            self.fleet, self.documents, self.book, self._live, lambda: f"ws://127.0.0.1:{self.streams.port}"
        )
        nodes = NodeApi(self.fleet, self.options.now)
        documents, ec2 = DocumentApi(self.documents), Ec2Api(self.fleet)
        return Service(self.credentials, nodes, documents, sessions, ec2, self.kms, self.faults)


class _FaultyFleet(Fleet):
    """A fleet whose agents may all be of another version."""

    def __init__(self, size: int, seed: int, clock: Clock, faults: LabFaults) -> None:
        super().__init__(size, seed, clock)
        self._faults = faults

    def _node(self, index: int) -> LabNode:
        node = super()._node(index)
        version = self._faults.spec.agent_version
        return replace(node, agent_version=version) if version else node


def _access_key_id() -> str:
    return "AKIALAB" + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(13))
