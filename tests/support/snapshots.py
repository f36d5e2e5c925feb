"""Snapshots of what runs, for what shows them."""

from __future__ import annotations

from typing import Any

from ssmtui.documents.port_forwards import Forward
from ssmtui.forwards.tunnel import TunnelSnapshot, TunnelState

FORWARD = Forward(80)


def tunnel_snapshot(
    key: int = 1, forward: Forward = FORWARD, state: TunnelState = TunnelState.OPEN, **more: Any
) -> TunnelSnapshot:
    """A tunnel that has carried nothing, but for what ``more`` says."""
    made = TunnelSnapshot(
        key=key,
        forward=forward,
        target="i-0a1b2c3d4e5f60718",
        title="web-1",
        state=state,
        local_port=0,
        error=None,
        notice="",
        warning=None,
        connections=0,
        connections_made=0,
        sent=0,
        received=0,
    )
    return made._replace(**more)
