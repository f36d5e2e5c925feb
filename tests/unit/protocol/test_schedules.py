"""Seeded schedules of loss, doubling, delay, damage, cuts and silence: all arrives once, in order, within bounds.

``SSMTUI_SCHEDULES`` is how many are played (2,000 unless told); a long profile is ``SSMTUI_SCHEDULES=100000``. One seed
alone: ``python -c "from tests.support.fake_wire import run_schedule; run_schedule(SEED)"``.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from ssmtui.model import TerminalSize
from ssmtui.protocol import InputReceived, RequestedAction, Role, SizeReceived
from tests.support.fake_wire import FakeWire, Faults, run_schedule

SCHEDULES = int(os.environ.get("SSMTUI_SCHEDULES", "2000"))
SHARES = 8
STANDARD = RequestedAction("SessionType", {"SessionType": "Standard_Stream", "Properties": None})


@pytest.mark.timeout(max(60, SCHEDULES // 20))
@pytest.mark.parametrize("share", range(SHARES))
def test_every_schedule_delivers_all_once_and_in_order(share: int) -> None:
    for seed in range(share, SCHEDULES, SHARES):
        try:
            run_schedule(seed)
        except Exception as error:
            raise AssertionError(f"schedule of seed {seed}: {error}") from error


def test_frame_whose_acknowledgement_came_too_soon_is_acknowledged_again_and_shown_once() -> None:
    """Section 11, row 1: the agent has not listed the frame yet, forgets its acknowledgement and sends it again."""
    wire = FakeWire(Random(1), Faults(unlisted=0.03))
    wire.agent.send_output(b"0123456789abcdef" * 2, 0.0)
    wire.run()
    assert wire.received[Role.CLIENT] == [("data", b"0123456789abcdef" * 2)]
    assert wire.client.counters.duplicates == 2
    assert wire.resends_acknowledged_again == 2
    assert wire.agent.unacknowledged == (0, 0)


def test_input_waits_until_the_agent_listens_and_the_lost_size_is_said_again_with_the_first_output() -> None:
    """Section 11, row 2: what arrives just after HandshakeComplete is acknowledged and thrown away."""
    wire = FakeWire(Random(1), Faults(deaf=0.05))
    wire.agent.request_handshake("3.3.987.0", [STANDARD], 0.0)
    wire.client.send_size(TerminalSize(132, 43), 0.0)
    wire.client.send_input(b"ls", 0.0)
    wire.run()
    assert wire.thrown_away == [SizeReceived(TerminalSize(132, 43))]
    assert wire.received[Role.AGENT] == [("data", b"ls")]
    assert wire.sizes == []
    wire.agent.send_output(b"$ ", wire.now)
    wire.run()
    assert wire.sizes == [TerminalSize(132, 43)]


def test_an_agent_that_is_deaf_for_longer_than_the_client_waits_does_lose_input() -> None:
    """The wire's own proof: throwing away is real, and only the client's wait protects from it."""
    wire = FakeWire(Random(1), Faults(deaf=0.5))
    wire.agent.request_handshake("3.3.987.0", [STANDARD], 0.0)
    wire.client.send_input(b"ls", 0.0)
    wire.run()
    assert wire.thrown_away == [InputReceived(b"ls")]
