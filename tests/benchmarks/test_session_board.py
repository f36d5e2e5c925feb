"""The board of sessions with 10,000 of them: how long the loop is held while they are listed, and what a change costs.

pytest tests/benchmarks/test_session_board.py -m benchmark -s
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from ssmtui.inventory.index import RowIndex
from ssmtui.inventory.query.row_query import parse_for
from ssmtui.inventory.query.session_language import SESSION_LANGUAGE
from ssmtui.inventory.session_board import SessionBoard
from ssmtui.inventory.session_fields import SESSION_ROWS
from ssmtui.inventory.session_rows import Holder, SessionWhere
from ssmtui.inventory.states import ScopePhase
from ssmtui.inventory.store import Delta
from ssmtui.model import SessionRecord
from tests.support.fakes import ACCOUNT, SCOPE, FakeGateway, FakeGateways

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(120)]

SESSIONS = 10_000
FRAME = 1 / 60
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
TYPED = ("u", "user1", "user12 inc-7", "owner:user7", "started:<1h", "is:leftover", "/user1[0-9]-/")


def record(number: int) -> SessionRecord:
    return SessionRecord(
        f"user{number % 300}-{number:026x}",
        f"i-{number % 2000:017x}",
        "Connected",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/Ops/user{number % 300}",
        "SSM-SessionManagerRunShell",
        f"INC-{number % 50}",
        NOW - timedelta(seconds=7 * number),
    )


async def test_ten_thousand_sessions() -> None:
    gateway = FakeGateway([])
    gateway.sessions = [record(number) for number in range(SESSIONS)]
    board = SessionBoard(lambda: FakeGateways(gateway))
    board.choose([SCOPE])
    worst, begun = 0.0, time.perf_counter()
    board.watch("benchmark", 3600.0)
    while board.states[SCOPE].phase is not ScopePhase.COMPLETE:
        turn = time.perf_counter()
        await asyncio.sleep(0)
        worst = max(worst, time.perf_counter() - turn)
    print(f"\nlisted in {time.perf_counter() - begun:.3f} s, the longest turn {worst * 1000:.1f} ms")
    assert len(board.sessions) == SESSIONS
    assert worst < FRAME
    turn = time.perf_counter()
    board.hold({record(number).session_id: Holder(SessionWhere.HERE) for number in range(50)})
    print(f"50 tabs taken in within {(time.perf_counter() - turn) * 1000:.2f} ms")
    index = RowIndex(SESSION_ROWS)
    turn = time.perf_counter()
    for _ in index.apply(Delta(list(board.sessions.values()))):
        pass
    print(f"indexed in {(time.perf_counter() - turn) * 1000:.1f} ms")
    for _ in index.warm():
        pass
    for text in TYPED:
        turn = time.perf_counter()
        for _ in index.select(parse_for(SESSION_LANGUAGE, text, now=NOW)):
            pass
        took = time.perf_counter() - turn
        print(f"{text:16} finds {len(index.shown):6,} in {took * 1000:.1f} ms")
        assert took < 0.02
    await board.close()
