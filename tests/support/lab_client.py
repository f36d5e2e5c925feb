"""The lab's counterparts in tests: the real boto3, and a raw web socket with a client's :class:`DataChannel`."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.validate import validate_parameters
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from ssmtui.lab.lab import Lab, LabAddress
from ssmtui.model import TerminalSize
from ssmtui.protocol import (
    CLIENT_VERSION,
    ChannelClosed,
    DataChannel,
    Event,
    ExitCode,
    Flag,
    FlagReceived,
    OpenDataChannel,
    Output,
    Ready,
    Role,
    Stamp,
    StdErr,
)
from ssmtui.tasks import Tasks
from tests.support.wait import wait_until

_session = boto3.session.Session()


def stamp() -> Stamp:
    return Stamp(uuid.uuid4().bytes, time.time_ns() // 1_000_000)


class Aws:
    """boto3 clients of one lab. Every answer is held against botocore's own output shape."""

    def __init__(self, address: LabAddress, account: str | None = None, region: str | None = None) -> None:
        """Calls as the account of that name (None: the first one), in ``region`` (None: that of its AWS profile)."""
        self._address = address
        self._profile = next(iter(address.profiles.values())) if account is None else address.profiles[account]
        self._region = region or self._profile.region
        self._clients: dict[str, Any] = {}

    def client(self, service: str, **overrides: object) -> Any:
        arguments: dict[str, Any] = {
            "region_name": self._region,
            "endpoint_url": self._address.endpoint_url,
            "aws_access_key_id": self._profile.access_key_id,
            "aws_secret_access_key": self._profile.secret_access_key,
            "config": Config(retries={"total_max_attempts": 1}),
            **overrides,
        }
        client: Callable[..., Any] = _session.client  # its stub has an overload for each literal name
        return client(service, **arguments)

    async def call(self, service: str, operation: str, **parameters: object) -> dict[str, Any]:
        """``operation`` by its API name; the parsed answer without its metadata."""
        client = self._clients.get(service) or self._clients.setdefault(service, self.client(service))
        answer = await asyncio.to_thread(client._make_api_call, operation, parameters)
        assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
        shape = client.meta.service_model.operation_model(operation).output_shape
        validate_parameters(answer, shape)
        return dict(answer)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


def signed_headers(
    lab: Lab, stream_url: str, service: str = "ssmmessages", credentials: Credentials | None = None
) -> dict[str, str]:
    """The upgrade's signature, of form-decoded query values (protocol.md section 2.3)."""
    parts = urlsplit(stream_url)
    request = AWSRequest(
        method="GET",
        url=f"https://{parts.netloc}{parts.path}",
        params=dict(parse_qsl(parts.query, keep_blank_values=True)),
    )
    own = Credentials(lab.credentials.access_key_id, lab.credentials.secret_access_key)
    SigV4Auth(credentials or own, service, "eu-west-1").add_auth(request)
    return dict(request.headers.items())


class ChannelClient:
    """A client at its simplest: one socket at a time, everything it hears is kept."""

    def __init__(self, lab: Lab, grant: Mapping[str, str], client_version: str = CLIENT_VERSION) -> None:
        self._lab = lab
        self.grant = grant
        self.core = DataChannel(Role.CLIENT, stamp, client_version=client_version)
        self.output = bytearray()
        self.errors = bytearray()
        self.exit_code: int | None = None
        self.flags: list[Flag] = []
        self.ready: Ready | None = None
        self.closed: str | None = None
        self.received_bytes: list[int] = []
        """Size of each piece of output as it came in a frame."""
        self.socket: ClientConnection | None = None
        self._client_id = uuid.uuid4()
        self._tasks = Tasks("client")

    async def open(self, grant: Mapping[str, str] | None = None) -> None:
        self.grant = grant or self.grant
        url = self.grant["StreamUrl"]
        self.socket = await connect(
            url, additional_headers=signed_headers(self._lab, url), compression=None, ping_interval=None
        )
        opening = OpenDataChannel(uuid.uuid4(), self.grant["TokenValue"], self._client_id)
        await self.socket.send(opening.to_json())
        self.core.connected(time.monotonic())
        self._tasks.start("pump", self._pump(self.socket))

    async def type(self, text: str) -> None:
        await self.send(text.encode())

    async def send(self, data: bytes) -> None:
        self.core.send_input(data, time.monotonic())
        await self.flush()

    async def flag(self, flag: Flag) -> None:
        self.core.send_flag(flag, time.monotonic())
        await self.flush()

    async def resize(self, cols: int, rows: int) -> None:
        self.core.send_size(TerminalSize(cols, rows), time.monotonic())
        await self.flush()

    async def flush(self) -> None:
        assert self.socket is not None
        for frame in self.core.frames_to_send(time.monotonic()):
            await self.socket.send(frame)

    async def until(self, text: str, timeout: float = 10.0) -> None:
        """Wait for ``text`` in the output."""
        await wait_until(f"output {text!r}", lambda: text.encode() in self.output, timeout, lambda: bytes(self.output))

    async def until_ready(self) -> Ready:
        """Wait until the agent may be spoken to."""
        await wait_until("the agent to be ready", lambda: self.ready is not None)
        assert self.ready is not None
        return self.ready

    async def until_closed(self) -> str:
        """Wait for channel_closed; its text."""
        await wait_until("channel_closed", lambda: self.closed is not None, 10.0, lambda: bytes(self.output))
        assert self.closed is not None
        return self.closed

    async def drop(self) -> None:
        """Lose the socket without a word, and keep the channel."""
        assert self.socket is not None
        await self._tasks.close()
        self.socket.transport.abort()
        await self.socket.wait_closed()
        self.core.disconnected(time.monotonic())

    async def close(self) -> None:
        await self._tasks.close()
        if self.socket is not None:
            await self.socket.close()

    async def _pump(self, socket: ClientConnection) -> None:
        while True:
            try:
                await self.flush()
                async with asyncio.timeout(self._patience()):
                    frame = await socket.recv()
            except TimeoutError:
                self.core.handle_timeout(time.monotonic())
                continue
            except ConnectionClosed:
                return
            assert isinstance(frame, bytes)
            self.core.receive(frame, time.monotonic())
            for event in self.core.events():
                self._note(event)

    def _patience(self) -> float:
        """Until the deadline, but not long: what is sent meanwhile sets deadlines of its own."""
        deadline = self.core.next_deadline()
        return 0.02 if deadline is None else min(0.02, max(0.0, deadline - time.monotonic()))

    def _note(self, event: Event) -> None:
        if isinstance(event, Output):
            self.output += event.data
            self.received_bytes.append(len(event.data))
        elif isinstance(event, StdErr):
            self.errors += event.data
        elif isinstance(event, ExitCode):
            self.exit_code = event.code
        elif isinstance(event, FlagReceived):
            self.flags.append(event.flag)
        elif isinstance(event, Ready):
            self.ready = event
        elif isinstance(event, ChannelClosed):
            self.closed = event.output
