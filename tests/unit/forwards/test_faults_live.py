"""Connections through the lab's Port sessions over real sockets, to a TCP service of the test's own, in all three modes
while frames are lost, doubled, reordered and late and the socket is cut every few seconds: each byte arrives once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from ssmtui.forwards.port_session import PortSession
from ssmtui.model import StartRequest
from ssmtui.protocol.versions import PortMode
from ssmtui.sessions import carrier
from tests.support.digest_service import exchange, service
from tests.support.lab_stack import LabStack, lab_stack
from tests.support.live_faults import BYTES, CUTS, FAULTS, LIMIT

STREAMS = 4


async def start(stack: LabStack, document: str, **parameters: int) -> PortSession:
    values: Mapping[str, tuple[str, ...]] = {name: (str(value),) for name, value in parameters.items()}
    request = StartRequest(await stack.target(), document, values)
    return PortSession(request, stack.gateway, stack.dialer, stack.tasks)


@pytest.mark.timeout(LIMIT)
@pytest.mark.parametrize(
    ("mode", "document", "version"),
    [
        (PortMode.MUX, "AWS-StartPortForwardingSession", ""),
        (PortMode.BASIC, "AWS-StartPortForwardingSession", "agent-version=3.0.196.0"),
        (PortMode.RAW, "AWS-StartSSHSession", ""),
    ],
    ids=["mux", "basic", "raw"],
)
async def test_edge_92_streams_through_loss_reordering_and_cuts(
    mode: PortMode, document: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier, "SETTLED_AFTER", 0.0)
    faults = ",".join(filter(None, (FAULTS, CUTS, version)))
    async with service() as number, lab_stack(30, faults) as stack:
        port = await start(stack, document, portNumber=number)
        assert await port.opened() is mode
        if mode is PortMode.MUX:
            await asyncio.gather(*(exchange(port, BYTES // STREAMS + each) for each in range(STREAMS)))
        else:
            await exchange(port, BYTES)
        assert port.session.channel.counters.resent > 0, "nothing was lost"
        port.end()
        await port.session.life


async def test_small_requests_follow_each_other_over_one_basic_session() -> None:
    async with service() as number, lab_stack(30, "agent-version=3.0.196.0") as stack:
        port = await start(stack, "AWS-StartPortForwardingSession", portNumber=number)
        for size in (1, 1000, 5, 3000):
            await exchange(port, size)
        port.end()
        await port.session.life


async def test_a_port_that_nobody_listens_on_ends_each_stream_and_names_itself() -> None:
    async with lab_stack(30) as stack:
        async with service() as number:
            pass
        port = await start(stack, "AWS-StartPortForwardingSession", portNumber=number)
        stream = await port.connect()
        async with asyncio.timeout(10):
            assert await stream.read() == b""
        assert f"could not connect to localhost:{number}" in port.session.trouble
        port.end()
        await port.session.life
