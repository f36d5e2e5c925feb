"""The official agent's session worker, in the place of the lab's own agent: the lab stays the service in front of it.

A worker is what the agent's main process starts for each session: it reads its orders from a directory, opens a data
channel of its own to the service, and leaves word in the directory when it is done. Here it runs in namespaces that
show it a ``/var/lib`` and ``/var/log`` of its own and make it root of nothing else, so that it leaves nothing behind on
this machine and needs no privilege; as in a container it runs programs as whoever it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ipaddress
import json
import os
import secrets
import shutil
import ssl
import subprocess
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from ssmtui.lab import live
from ssmtui.lab.company import REGION
from ssmtui.lab.documents import SessionPlan
from ssmtui.lab.lab import Lab
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.signature import SignatureVerdict, SignedRequest, verify
from ssmtui.protocol import AgentMessage
from ssmtui.tasks import Tasks
from tests.support.lab_stack import LabStack, lab_stack
from tests.support.wait import wait_until

PROGRAM = "ssm-session-worker"
PROMPT = "worker$ "
PREFIX = "/v1/data-channel/"
NAMESPACES = ("unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "--")
DIED = (
    "document process failed unexpectedly: ipc messaging received timeout signal , "
    "check [ssm-document-worker]/[ssm-session-worker] log for crash reason"
)
"""What the agent's main process reports of a worker that has died (master.go). It does so a minute later, which no
test waits for."""
SETTLED = 10.0
"""Seconds in which a worker that is done has closed its socket."""

# $1 and $2 are shown to the worker as /var/lib and /var/log.
_ENTER = 'mount --bind "$1" /var/lib && mount --bind "$2" /var/log && shift 2 && exec "$@"'
_LOGGING = '<seelog type="sync" minlevel="info"><outputs formatid="plain"><console/></outputs><formats>'
_LOGGING += '<format id="plain" format="%Date(15:04:05.000) %LEVEL %Msg%n"/></formats></seelog>'


@cache
def why_not() -> str:
    """Why no worker can be run here, for a test to skip with; empty when it can."""
    if not sys.platform.startswith("linux"):
        return f"{PROGRAM} runs on Linux here"
    if shutil.which(PROGRAM) is None:
        return f"not on PATH: {PROGRAM}"
    with tempfile.TemporaryDirectory() as place:
        command = [*NAMESPACES, "sh", "-c", _ENTER, "sh", place, place, "true"]
        try:
            tried = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            return f"not on PATH: unshare, to keep {PROGRAM} apart from this machine"
    return f"no namespaces to keep {PROGRAM} apart: {tried.stderr.strip()}" if tried.returncode else ""


class WorkerAgent:
    """One session's worker, with the calls of the lab's own agent."""

    def __init__(
        self,
        bench: WorkerBench,
        node: LabNode,
        plan: SessionPlan,
        emit: Callable[[bytes], None],
        session_id: str,
    ) -> None:
        self.token = secrets.token_urlsafe(24)
        self.client_id = str(uuid.uuid4())
        self.states: list[str] = []
        """What it has told the service of the session."""
        self.failed = False
        """Whether it reported so at its end."""
        self._bench = bench
        self._node = node
        self._plan = plan
        self._emit = emit
        self._session_id = session_id
        self._home = bench.root / uuid.uuid4().hex
        self._orders = self._home / "lib/amazon/ssm" / node.id / "channels" / session_id
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()
        self._connection: ServerConnection | None = None
        self._process: asyncio.subprocess.Process | None = None

    def deliver(self, frame: bytes) -> None:
        """A frame of the client's or the gateway's."""
        self._frames.put_nowait(frame)

    def kill_now(self) -> None:
        """Kill it, and with its namespace whatever it has started."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def run(self) -> str:
        """Let it play the session to its end; the text that the gateway shows as its reason."""
        self._bench.workers[self._session_id] = self
        self._furnish()
        self._process = await self._start()
        try:
            done = await self._until_done()
            if done is None:
                self.failed = True
                return DIED
            # Its last frames are on the socket, its last word is not.
            await wait_until("the worker's socket to close", lambda: self._connection is None, SETTLED, self.log)
        finally:
            self.kill_now()
            await self._process.wait()
        self.failed = done["Status"] == "Failed"
        return _output(done)

    def log(self) -> str:
        """What it has logged."""
        return (self._home / "output").read_text(errors="replace")

    def cut(self) -> None:
        """Break its own connection to the service."""
        assert self._connection is not None
        self._connection.transport.abort()

    async def serve(self, connection: ServerConnection) -> None:
        """Pass frames on between its socket and the relay until it closes."""
        self._connection = connection
        tasks = Tasks("worker's socket")
        tasks.start("writer", self._write(connection))
        with contextlib.suppress(ConnectionClosed):
            async for frame in connection:
                assert isinstance(frame, bytes)
                message = AgentMessage.decode(frame)
                if message.message_type == "agent_session_state":
                    self.states.append(json.loads(message.payload)["SessionState"])
                else:
                    self._emit(frame)
        await tasks.close()
        if self._connection is connection:
            self._connection = None

    async def _write(self, connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await connection.send(await self._frames.get())

    def _furnish(self) -> None:
        """What the agent's installation and its main process would have left for it."""
        for name in ("log", "orchestration", "bin/configuration"):
            (self._home / name).mkdir(parents=True)
        (self._orders / "tmp").mkdir(parents=True)
        # A worker looks for its configuration beside itself only where the agent's other half is as well.
        for name in (PROGRAM, "ssm-agent-worker"):
            (self._home / "bin" / name).symlink_to(self._bench.program)
        identity = {"InstanceID": self._node.id, "Region": REGION, "CredentialsProvider": "DEFAULT"}
        configuration = {
            "Agent": {"ContainerMode": True, "Region": REGION},
            "Mgs": {"Endpoint": f"https://127.0.0.1:{self._bench.port}", "Region": REGION},
            "Kms": {"Endpoint": self._bench.lab.address.endpoint_url, "RequireKMSChallengeResponse": True},
            "Identity": {"ConsumptionOrder": ["CustomIdentity"], "CustomIdentities": [identity]},
        }
        (self._home / "bin/configuration/amazon-ssm-agent.json").write_text(json.dumps(configuration))
        (self._home / "bin/configuration/seelog.xml").write_text(_LOGGING)
        (self._orders / "master-20250101000000-000").write_text(json.dumps(self._order()))

    def _order(self) -> Mapping[str, str]:
        kind = self._plan.session_type
        configuration = {
            "PluginName": kind,
            "PluginID": kind,
            "Properties": self._plan.properties,
            "SessionId": self._session_id,
            "ClientId": self.client_id,
            "KmsKeyId": self._plan.kms_key_id,
            "MessageId": self._session_id,
            "OrchestrationDirectory": str(self._home / "orchestration"),
        }
        state = {
            "DocumentInformation": {"DocumentID": self._session_id, "InstanceID": self._node.id},
            "DocumentType": "StartSession",
            "SchemaVersion": "1.0",
            "InstancePluginsInformation": [{"Name": kind, "Id": kind, "Configuration": configuration}],
            "IOConfig": {"OrchestrationDirectory": str(self._home / "orchestration")},
        }
        return {"version": "1.0", "type": "pluginconfig", "content": json.dumps(state)}

    async def _start(self) -> asyncio.subprocess.Process:
        home, credentials = self._home, self._bench.lab.credentials
        worker = [str(home / "bin" / PROGRAM), self._session_id]
        with (home / "output").open("wb") as output:
            return await asyncio.create_subprocess_exec(
                *NAMESPACES, "sh", "-c", _ENTER, "sh", str(home / "lib"), str(home / "log"), *worker,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=home,
                env={
                    "PATH": os.environ["PATH"],
                    "LANG": "C.UTF-8",
                    "HOME": str(home),
                    "PS1": PROMPT,
                    "SSL_CERT_FILE": str(self._bench.certificate),
                    "AWS_ACCESS_KEY_ID": credentials.access_key_id,
                    "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
                    "AWS_EC2_METADATA_DISABLED": "true",
                },
            )  # fmt: skip

    async def _until_done(self) -> Mapping[str, object] | None:
        """The report with which it ends; it keeps running for some seconds after that. None when it has died without
        one, which it does of a port that refuses (port_basic.go, ``Stop``)."""
        assert self._process is not None
        process = self._process
        reports: list[Mapping[str, object]] = []

        def has_ended() -> bool:
            for path in sorted(self._orders.glob("worker-*")):
                message = json.loads(path.read_text())
                path.unlink()
                if message["type"] == "complete":
                    reports.append(json.loads(message["content"]))
            return bool(reports) or process.returncode is not None

        await wait_until("the worker's report", has_ended, 3600)  # as long as its session lives
        return reports[0] if reports else None


def _output(done: Mapping[str, object]) -> str:
    """The text that the agent makes of a worker's report."""
    results = done["PluginResults"]
    assert isinstance(results, dict)
    (result,) = results.values()
    if result["error"]:
        return str(result["error"])
    output = result["output"]
    return str(output["Output"] if isinstance(output, dict) else output or "")


class WorkerBench:
    """The agent's side of the service, over TLS, for any number of workers (protocol.md section 2.4)."""

    def __init__(self, root: Path, lab: Lab) -> None:
        self.root = root
        self.lab = lab
        self.program = root / PROGRAM
        self.certificate = root / "certificate.pem"
        self.port = 0
        self.workers: dict[str, WorkerAgent] = {}
        self._tasks = Tasks("worker bench")
        self._front: asyncio.Server | None = None
        self._sockets: Server | None = None
        self._inner_port = 0

    async def start(self) -> None:
        """Listen, and have a program that belongs to whom the workers take for root."""
        found = shutil.which(PROGRAM)
        assert found is not None
        shutil.copyfile(found, self.program)
        self.program.chmod(0o755)
        key = self.root / "key.pem"
        _certify(self.certificate, key)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.certificate, key)
        self._sockets = await serve(
            self._on_socket, "127.0.0.1", 0, compression=None, max_size=2**20, ping_interval=None, close_timeout=1
        )
        self._inner_port = next(iter(self._sockets.sockets)).getsockname()[1]
        self._front = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=tls)
        self.port = self._front.sockets[0].getsockname()[1]

    def agent(
        self,
        node: LabNode,
        plan: SessionPlan,
        machine: object,
        manners: object,
        emit: Callable[[bytes], None],
        *,
        session_id: str = "",
        **others: object,
    ) -> WorkerAgent:
        """In the place of the lab's own."""
        return WorkerAgent(self, node, plan, emit, session_id)

    async def close(self) -> None:
        """Close every socket. The workers are ended by the lab."""
        assert self._front is not None
        assert self._sockets is not None
        self._front.close()
        self._sockets.close()
        await self._sockets.wait_closed()
        await self._tasks.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.start("connection", self._serve(reader, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request over TLS: CreateDataChannel is answered here, an upgrade by the web-socket server behind."""
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"POST "):
                    writer.write(await self._create(head, reader))
                    await writer.drain()
                else:
                    await self._pass_on(head, reader, writer)
        finally:
            writer.transport.abort()

    async def _create(self, head: bytes, reader: asyncio.StreamReader) -> bytes:
        request_line, *lines = head.decode("latin-1").rstrip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        method, target, _ = request_line.split(" ")
        verdict = verify(SignedRequest(method, target, headers, body), self.lab.credentials, "ssmmessages")
        worker = self._worker(target)
        asked = json.loads(body)
        if verdict is not SignatureVerdict.GOOD or worker is None or asked["ClientId"] != worker.client_id:
            return b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        token = f"<MessageSchemaVersion>1.0</MessageSchemaVersion><TokenValue>{escape(worker.token)}</TokenValue>"
        answer = f"<CreateDataChannelOutput>{token}</CreateDataChannelOutput>".encode()
        length = f"Content-Length: {len(answer)}\r\nConnection: close\r\n\r\n".encode()
        return b"HTTP/1.1 201 Created\r\nContent-Type: application/xml\r\n" + length + answer

    async def _pass_on(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._inner_port)
        inner_writer.write(head)
        ways = Tasks("worker bench/ways")
        try:
            both = (
                ways.start("in", _pipe(reader, inner_writer)),
                ways.start("out", _pipe(inner_reader, writer)),
            )
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await ways.close()
            inner_writer.transport.abort()

    async def _on_socket(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        worker = self._worker(connection.request.path)
        opening = json.loads(await connection.recv())
        if worker is None or opening["TokenValue"] != worker.token:
            await connection.close(1003, "TokenValue is not valid")
            return
        await worker.serve(connection)

    def _worker(self, target: str) -> WorkerAgent | None:
        return self.workers.get(unquote(urlsplit(target).path).removeprefix(PREFIX))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


def _certify(certificate: Path, key: Path) -> None:
    """A certificate of 127.0.0.1 for a day, which trusts itself."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lab")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    addresses = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number(), now - day, now + day)
        .add_extension(addresses, critical=False)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key.write_bytes(private.private_bytes(encoding, form, serialization.NoEncryption()))


@asynccontextmanager
async def worker_stack(
    monkeypatch: pytest.MonkeyPatch, faults: str = "", *, signed_only: bool = True
) -> AsyncIterator[tuple[LabStack, WorkerBench]]:
    """A lab whose nodes are played by official workers, with our client in front of it."""
    with tempfile.TemporaryDirectory(prefix="ssmtui-worker-", ignore_cleanup_errors=True) as root:
        async with lab_stack(nodes=30, faults=faults, signed_only=signed_only) as stack:
            bench = WorkerBench(Path(root), stack.lab)
            await bench.start()
            monkeypatch.setattr(live, "Agent", bench.agent)
            yield stack, bench
        await bench.close()
