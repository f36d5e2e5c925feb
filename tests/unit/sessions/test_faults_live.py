"""A session over real sockets to the lab's real shell, while frames are lost, doubled, reordered and late, and its
socket is cut every few seconds: each byte arrives once and in order, in both directions."""

from __future__ import annotations

import hashlib
import random
import re

import pytest

from ssmtui.model import StartRequest, TerminalSize
from ssmtui.sessions import carrier
from ssmtui.sessions.states import SessionState
from tests.support.lab_stack import lab_stack
from tests.support.live_faults import BYTES, CUTS, FAULTS, LIMIT, SEED
from tests.support.wait import wait_until

LINE = 8
"""Bytes of one printed line, its end included."""


@pytest.mark.timeout(LIMIT)
async def test_edge_92_a_shell_through_loss_reordering_and_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "SETTLED_AFTER", 0.0)
    data = bytes(random.Random(SEED).choices(range(32, 127), k=BYTES))
    lines = BYTES // LINE
    async with lab_stack(30, f"{FAULTS},{CUTS}") as stack:
        session, output = stack.session(StartRequest(await stack.target())), stack.viewer.output
        session.resize(TerminalSize(80, 24))
        await wait_until("the session is open", lambda: session.state is SessionState.OPEN)
        session.write(
            b"stty raw -echo; echo READY; head -c %d | sha256sum; seq -f %%0%d.0f %d; echo ALL-$((6 * 7))\r"
            % (BYTES, LINE - 1, lines)
        )
        await wait_until("the shell reads", lambda: b"\nREADY" in output, report=lambda: bytes(output))
        session.write(data)
        await wait_until("everything has come", lambda: b"ALL-42" in output[-100:], LIMIT)

    digest = re.search(rb"([0-9a-f]{64})  -", output)
    assert digest is not None, f"seed {SEED}"
    assert digest[1].decode() == hashlib.sha256(data).hexdigest(), f"seed {SEED}"
    printed = bytes(output[digest.end() :]).replace(b"\r", b"").split(b"ALL-42")[0].strip()
    expected = b"\n".join(b"%0*d" % (LINE - 1, number) for number in range(1, lines + 1))
    assert hashlib.sha256(printed).hexdigest() == hashlib.sha256(expected).hexdigest(), f"seed {SEED}"
    assert session.channel.counters.dropped > 0, "nothing was damaged"
    assert session.channel.counters.resent > 0, "nothing was lost"
    assert session.error is None
