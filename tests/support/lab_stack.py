"""A lab with the client's own gateway and dialer in front of it, over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ssmtui.aws.boto import BotoGateway, open_gateway
from ssmtui.aws.session import StaticCredentials
from ssmtui.lab.fault_spec import parse_faults
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.model import PingStatus, StartRequest
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.tasks import Tasks
from ssmtui.transport.policy import StreamPolicy
from ssmtui.transport.websocket import WebSocketDialer
from tests.support.memory import RecordingViewer


@dataclass
class LabStack:
    """What a session needs, and who watches it."""

    lab: Lab
    gateway: BotoGateway
    dialer: WebSocketDialer
    tasks: Tasks = field(default_factory=lambda: Tasks("stack"))
    viewer: RecordingViewer = field(default_factory=RecordingViewer)

    def session(self, request: StartRequest) -> ChannelSession:
        """Start a session that the viewer watches."""
        return ChannelSession(request, self.gateway, self.dialer, self.viewer, self.tasks)

    async def target(self) -> str:
        """The id of a node whose shell is a real one of this machine."""
        nodes = [node async for page in self.gateway.nodes() for node in page.nodes]
        return next(one.id for one in nodes if one.ping is PingStatus.ONLINE and one.platform_name == "Ubuntu")


@asynccontextmanager
async def lab_stack(
    nodes: int, faults: str = "", *, signed_only: bool = True, pacing: bool = True
) -> AsyncIterator[LabStack]:
    """A lab of so many nodes that lets nobody in unsigned, or anybody; ``pacing``: its agents keep the real one's
    pace. All of it is closed at the end."""
    spec = parse_faults(faults)
    options = LabOptions(nodes=nodes, start_delay=0.01, shell="sh", signed_only=signed_only, pacing=pacing, faults=spec)
    lab = Lab(options)
    address = await lab.start()
    static = StaticCredentials(lab.credentials.access_key_id, lab.credentials.secret_access_key)
    gateway = await open_gateway(
        region=address.environment["AWS_REGION"], endpoint_url=address.endpoint_url, static=static
    )
    dialer = WebSocketDialer(StreamPolicy(endpoint_url=gateway.effective_endpoint), gateway.sign_stream)
    stack = LabStack(lab, gateway, dialer)
    yield stack
    await stack.tasks.close()
    await gateway.close()
    await lab.close()
