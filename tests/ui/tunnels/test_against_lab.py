"""A tunnel from the form to a service behind a lab's node, over real sockets, as the list shows it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from ssmtui.forwards.tunnel import TunnelState
from ssmtui.loopback import LOOPBACK
from ssmtui.model import PingStatus
from ssmtui.ui.tunnels.form import TunnelForm
from ssmtui.ui.tunnels.view import TunnelsView
from tests.support.lab_stack import lab_stack
from tests.support.open_tunnel import tunnels_of, until_none_left
from tests.support.tcp_service import TcpService
from tests.support.wait import wait_until
from tests.ui.harness import Harness


async def test_what_the_form_makes_carries_bytes_that_the_list_counts_and_a_restart_keeps_the_port() -> None:
    service = TcpService(echoes=True)
    await service.start()
    try:
        async with lab_stack(6, pacing=False) as stack, tunnels_of(stack) as tunnels:
            harness = Harness(cast("Any", stack.gateway))
            harness.tunnels = tunnels
            async with harness.run((120, 40)):
                await wait_until("the nodes are listed", lambda: harness.app.main.nodes.selected, report=harness.text)
                await harness.press("slash", *"ping:online platform:ubuntu", "enter")
                node = harness.app.main.nodes.selected
                assert node is not None
                assert node.ping is PingStatus.ONLINE
                await harness.press("f")
                await wait_until("the form", lambda: isinstance(harness.app.screen, TunnelForm))
                await harness.press(*f"0:{service.port}", "ctrl+s")
                await wait_until(
                    "it is open", lambda: not isinstance(harness.app.screen, TunnelForm), report=harness.text
                )
                (tunnel,) = tunnels.snapshots()
                assert tunnel.state is TunnelState.OPEN
                await harness.press("T")
                await wait_until("the list", lambda: isinstance(harness.app.panes.front, TunnelsView))
                reader, writer = await asyncio.open_connection(LOOPBACK, tunnel.local_port)
                writer.write(b"x" * 150_000)
                await reader.readexactly(150_000)
                await harness.tells("1 connection open · 1 so far", "150 kB received", "150 kB sent")
                await harness.press("r")
                await harness.tells("1 open connection will be reset.")
                await harness.press("y")
                await wait_until("it is reset", lambda: not tunnels.snapshots()[0].connections)
                writer.close()
                await wait_until("it is open again", lambda: tunnels.snapshots()[0].state is TunnelState.OPEN)
                reader, writer = await asyncio.open_connection(LOOPBACK, tunnel.local_port)
                writer.write(b"again")
                assert await reader.readexactly(5) == b"again", "on the same port"
                writer.close()
                await wait_until("it is counted no more", lambda: not tunnels.snapshots()[0].connections)
                await harness.press("x")
                await harness.tells("Closed. Nothing listens any more.")
                await until_none_left(stack)
    finally:
        await service.close()
