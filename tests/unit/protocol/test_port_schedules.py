"""Seeded schedules of faults under a port multiplexer: every stream delivers its own bytes, once and in order.

``SSMTUI_PORT_SCHEDULES`` is how many are played (400 unless told). One seed alone:
``python -c "from tests.support.port_wire import run_port_schedule; run_port_schedule(SEED)"``.
"""

from __future__ import annotations

import os

import pytest

from ssmtui.protocol import Role
from tests.support.port_wire import run_port_schedule

SCHEDULES = int(os.environ.get("SSMTUI_PORT_SCHEDULES", "400"))
SHARES = 4


@pytest.mark.timeout(max(60, SCHEDULES // 10))
@pytest.mark.parametrize("share", range(SHARES))
def test_edge_92_every_stream_delivers_its_own_bytes_once_and_in_order(share: int) -> None:
    moved = 0
    for seed in range(share, SCHEDULES, SHARES):
        try:
            wire = run_port_schedule(seed)
        except Exception as error:
            raise AssertionError(f"port schedule of seed {seed}: {error}") from error
        moved += sum(map(len, wire.got[Role.AGENT].values())) + sum(map(len, wire.got[Role.CLIENT].values()))
    assert moved > 100 * (SCHEDULES // SHARES), "the schedules move next to nothing"
