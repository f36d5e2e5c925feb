"""Ten sessions live through an hour in which credentials end every minute, and not a byte is lost.

Time is scaled: a minute lasts two seconds, the least that all kinds of credentials can say of their end. The gateway
closes all data channels every five minutes, not once, so that many of them are resumed with credentials that are a
moment old or about to end. Ten minutes are played in an ordinary run, the whole hour with ``SSMTUI_MINUTES=60``.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.credentials import LoginCredentialFetcher, RefreshableCredentials

from ssmtui.aws.gateways import open_gateways
from ssmtui.lab.identity_center import SESSION
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.lab.roles import Lives
from ssmtui.model import PingStatus, Scope, StartRequest, TerminalSize
from ssmtui.sessions import carrier
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.states import SessionState
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.tasks import Tasks
from ssmtui.transport.policy import StreamPolicy
from ssmtui.transport.websocket import WebSocketDialer
from tests.support.credential_kinds import KINDS, signed_in
from tests.support.memory import RecordingViewer
from tests.support.wait import wait_until

MINUTE = 2.0
MINUTES = int(os.environ.get("SSMTUI_MINUTES", "10"))
CLOSED_EVERY = 5 * MINUTE
LISTED_EVERY = MINUTE
SIGNED_IN_EVERY = 7 * MINUTE
"""After that AWS profiles are read anew, the role's among them, which has no ``role_session_name``."""
WRITTEN_EVERY = 0.05
EACH = 2
"""Sessions of each kind."""
RENEWED = tuple(kind for kind in KINDS if kind.name in ("sso", "process", "login", "web-identity", "role"))


class Typist:
    """Types numbered lines into a session that sends each of them back."""

    def __init__(self, session: ChannelSession, viewer: RecordingViewer) -> None:
        self.session = session
        self.viewer = viewer
        self.typed = bytearray()
        self.begins_at = 0

    async def begin(self) -> None:
        session = self.session
        session.resize(TerminalSize(80, 24))
        await wait_until("it is open", lambda: session.state is SessionState.OPEN, report=lambda: session.error)
        session.write(b"stty raw -echo; echo READY-$((6 * 7)); exec cat\r")
        await wait_until("it reads", lambda: b"READY-42\n" in self.viewer.output, report=lambda: self.viewer.output)
        self.begins_at = len(self.viewer.output)

    async def type(self, until: float) -> None:
        number = 0
        while time.monotonic() < until:
            number += 1
            line = b"%s line %d\n" % (self.session.session_id[-6:].encode(), number)
            self.typed += line
            self.session.write(line)
            await asyncio.sleep(WRITTEN_EVERY)

    @property
    def echoed(self) -> bytes:
        return bytes(self.viewer.output[self.begins_at :])


async def every(seconds: float, until: float, what: Callable[[], Awaitable[None]]) -> int:
    """Call ``what`` again and again; how often."""
    times = 0
    while (left := until - time.monotonic()) > 0:
        await asyncio.sleep(min(seconds, left))
        await what()
        times += 1
    return times


def scale_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its windows are minutes before the end; in a scaled hour each call would renew."""
    monkeypatch.setattr(RefreshableCredentials, "_advisory_refresh_timeout", 15 * 60 * MINUTE / 3600)
    monkeypatch.setattr(RefreshableCredentials, "_mandatory_refresh_timeout", 10 * 60 * MINUTE / 3600)
    monkeypatch.setattr(LoginCredentialFetcher, "_REFRESH_THRESHOLD", 5 * 60 * MINUTE / 3600)


@pytest.mark.timeout(60 + 2 * MINUTES * MINUTE)
@pytest.mark.parametrize("behind", [0.0, 0.8], ids=["clocks agree", "our clock is behind"])
async def test_ten_sessions_live_through_a_scaled_hour(
    behind: float, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where our clock is ``behind``, botocore takes credentials for good that the service refuses already."""
    scale_botocore(monkeypatch)
    # Each close counts as a new trouble, so that the pauses stay short.
    monkeypatch.setattr(carrier, "SETTLED_AFTER", 0.0)
    lab = Lab(LabOptions(nodes=30, start_delay=0.01, shell="sh", signed_only=True, lives=Lives(credentials=MINUTE)))
    lab.keyring._wall = lambda: datetime.now(UTC) + timedelta(seconds=behind)
    await lab.start()
    tasks = Tasks("hour")
    placed = signed_in(RENEWED, lab, home, monkeypatch)
    await asyncio.to_thread(placed.__enter__)
    gateways = await open_gateways(aws_profile="corp-sso")
    try:
        typists = []
        for kind in RENEWED:
            gateway = gateways.gateway(Scope(kind.aws_profile, "eu-west-1", None))
            await gateway.open()
            nodes = [node async for page in gateway.nodes() for node in page.nodes]
            target = next(
                one.id
                for one in nodes
                if one.ping is PingStatus.ONLINE
                and one.platform_name == "Ubuntu"
                and one.tags.get("access") != "approval"
            )
            dialer = WebSocketDialer(StreamPolicy(endpoint_url=gateway.effective_endpoint), gateway.sign_stream)
            for _ in range(EACH):
                viewer = RecordingViewer()
                session = ChannelSession(StartRequest(target), gateway, dialer, viewer, tasks)
                typists.append(Typist(session, viewer))
        await asyncio.gather(*(typist.begin() for typist in typists))

        async def close_all() -> None:
            lab.say_bye()

        async def list_all() -> None:
            for kind in RENEWED:
                gateway = gateways.gateway(Scope(kind.aws_profile, "eu-west-1", None))
                assert [node async for page in gateway.nodes() for node in page.nodes]

        async def sign_in_again() -> None:
            gateways.signed_in(SignIn(SignInWay.SSO, SESSION, "corp-sso"))

        until = time.monotonic() + MINUTES * MINUTE
        closes, *_ = await asyncio.gather(
            every(CLOSED_EVERY, until - MINUTE, close_all),
            every(LISTED_EVERY, until, list_all),
            every(SIGNED_IN_EVERY, until - 2 * MINUTE, sign_in_again),
            *(typist.type(until) for typist in typists),
        )
        for typist in typists:
            await wait_until(
                "all has come back",
                lambda typist=typist: len(typist.echoed) >= len(typist.typed),  # type: ignore[misc]
                20,
                lambda typist=typist: (typist.session.state, typist.session.trouble),  # type: ignore[misc]
            )
            assert typist.echoed == bytes(typist.typed)
            assert (typist.session.state, typist.session.error) == (SessionState.OPEN, None)
            assert typist.session.resumes == closes
            typist.session.end()
        await asyncio.gather(*(typist.session.life for typist in typists))
        assert all(typist.session.confirmed_gone for typist in typists)
        # Everybody was given new credentials once in two minutes at the least.
        lent = Counter(key.principal.arn for key in lab.keyring._keys.values() if key.expires is not None)
        assert len(lent) == len(RENEWED)
        assert min(lent.values()) >= 0.5 * MINUTES * MINUTE / (MINUTE + behind), lent
        if not behind:
            assert {one.status for one in lab.streams.upgrades} == {101}
    finally:
        await tasks.close()
        await gateways.close()
        await asyncio.to_thread(placed.__exit__, None, None, None)
        await lab.close()
