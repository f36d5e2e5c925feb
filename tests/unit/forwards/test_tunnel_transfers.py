"""Large transfers through a tunnel whose socket is cut every few seconds: each byte arrives once, both ways at a time.

``SSMTUI_LIVE_MB`` is the megabytes in each direction (1 unless told). The long profile is ``SSMTUI_LIVE_MB=200``, and
``=1000`` where there is an evening for it.
"""

from __future__ import annotations

import asyncio

import pytest

from ssmtui.forwards.tunnel import TunnelState
from ssmtui.sessions import carrier
from tests.support import digest_service
from tests.support.live_faults import BYTES, CUTS, LIMIT
from tests.support.open_tunnel import PEERS, open_tunnel

CONNECTIONS = 4


@pytest.mark.timeout(LIMIT)
@pytest.mark.parametrize("peer", PEERS)
async def test_edge_92_transfers_both_ways_through_cuts(peer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "SETTLED_AFTER", 0.0)  # each cut counts as a new one, whose pauses begin small
    # Small runs are over before the first cut by the clock: those are cut by what they have sent.
    cuts = CUTS if BYTES > 10_000_000 else f"cut-client={BYTES // 3}"
    async with (
        digest_service.service() as number,
        open_tunnel(peer, number, monkeypatch, cuts) as tunnel,
    ):
        lost = 0

        def watch() -> None:
            nonlocal lost
            lost += tunnel.snapshot.state is TunnelState.LOST

        tunnel.tunnels.subscribe(watch)
        await asyncio.gather(*(tunnel.exchange(BYTES // CONNECTIONS + each) for each in range(CONNECTIONS)))
        await tunnel.until_idle()
        assert min(tunnel.snapshot.sent, tunnel.snapshot.received) >= BYTES
        assert lost, "no socket was cut"
