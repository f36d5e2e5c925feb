"""Every kind of credentials does all that a session needs: one test for each cell of the table in the pages.

The service checks every signature and every session token. Where credentials renew themselves, they do so in the
middle of each test.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ssmtui.lab.roles import Lives
from ssmtui.lab.signature import SignatureVerdict
from ssmtui.model import StartRequest, TerminalSize
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.states import SessionState
from tests.support.credential_kinds import KINDS, Holder, Kind, holding
from tests.support.memory import RecordingViewer
from tests.support.wait import wait_until

SHORT = 2.0
"""Seconds that credentials last where others come by themselves: the least that all kinds can say of their end."""
ENCRYPTED_SHELL = "Ops-EncryptedShell"


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
async def holder(kind: Kind, home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Holder]:
    lives = Lives(credentials=SHORT) if kind.renews else Lives()
    async with holding((kind,), home, monkeypatch, lives) as holders:
        yield holders[0]


def keys(holder: Holder) -> list[str]:
    """The access keys that the lab has lent."""
    return [name for name, key in holder.lab.keyring._keys.items() if key.expires is not None]


async def outlived(holder: Holder) -> None:
    """Wait until all credentials of this moment have ended, where others come by themselves."""
    if holder.kind.renews:
        ends = [key.expires for key in holder.lab.keyring._keys.values() if key.expires is not None]
        assert ends, "nobody has asked for credentials yet"
        await wait_until("they have ended", lambda: holder.lab.keyring._wall() >= max(ends))


async def opened(holder: Holder, document: str | None = None) -> tuple[ChannelSession, RecordingViewer]:
    session, viewer = holder.session(StartRequest(await holder.target(), document))
    session.resize(TerminalSize(80, 24))
    await wait_until("it is open", lambda: session.state is SessionState.OPEN, report=lambda: session.error)
    return session, viewer


async def answers(session: ChannelSession, viewer: RecordingViewer, number: int) -> None:
    session.write(b"echo answer-$((%d + 1))\r" % number)
    await wait_until("it answers", lambda: b"answer-%d" % (number + 1) in viewer.output, report=lambda: viewer.output)


async def test_list(holder: Holder) -> None:
    for number in range(2):
        if number:
            await outlived(holder)
        who = await holder.gateway.identity()
        assert holder.kind.role in who.arn
        nodes = [node async for page in holder.gateway.nodes() for node in page.nodes]
        account = next(one for one in holder.lab.options.accounts if one.name == holder.kind.account)
        assert {node.account for node in nodes} == {account.id} == {who.account}
    assert len(keys(holder)) >= (2 if holder.kind.renews else 0)


async def test_start(holder: Holder) -> None:
    for number in range(2):
        session, viewer = await opened(holder)
        await answers(session, viewer, number)
        book = holder.lab.site(holder.kind.account).book
        started = book.find(session.session_id)
        who = await holder.gateway.identity()
        assert started is not None
        assert started.owner == who.arn
        assert started.session_id.startswith(who.arn.rpartition("/")[2] + "-")
        if not number:
            await outlived(holder)
        session.end()
        await asyncio.wait_for(session.life, 20)
        assert session.confirmed_gone


async def test_resume(holder: Holder) -> None:
    session, viewer = await opened(holder)
    await answers(session, viewer, 1)
    await outlived(holder)
    # What the gateway does once an hour.
    holder.lab.say_bye()
    await wait_until("it is resumed", lambda: session.resumes, report=lambda: (session.state, session.trouble))
    await answers(session, viewer, 2)
    assert (session.error, session.resumes) == (None, 1)


async def test_kms(holder: Holder) -> None:
    for number in range(2):
        session, viewer = await opened(holder, ENCRYPTED_SHELL)
        assert session.encrypted
        await answers(session, viewer, number)
        if not number:
            await outlived(holder)


async def test_signed_upgrade(holder: Holder) -> None:
    session, viewer = await opened(holder)
    await outlived(holder)
    holder.lab.say_bye()
    await wait_until("it is resumed", lambda: session.resumes, report=lambda: (session.state, session.trouble))
    await answers(session, viewer, 1)
    upgrades = [one for one in holder.lab.streams.upgrades if one.status == 101]
    assert [one.verdict for one in upgrades] == [SignatureVerdict.GOOD] * 2
    used = [re.search(r"Credential=(\w+)/", one.headers["authorization"]) for one in upgrades]
    names = [match[1] for match in used if match is not None]
    if holder.kind.name == "keys":
        assert names == [holder.lab.credentials.access_key_id] * 2
        return
    owners = {holder.lab.keyring._keys[name].principal.arn for name in names}
    assert owners == {(await holder.gateway.identity()).arn}
    assert all(one.headers["x-amz-security-token"] for one in upgrades)
    assert len({*names}) == (2 if holder.kind.renews else 1)
