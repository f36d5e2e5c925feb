"""The service's time limits: what counts as a sign of life, and how a session that runs out of time ends."""

from __future__ import annotations

import asyncio
import math
import re
import uuid
from collections.abc import Awaitable, Callable

import pytest

from ssmtui.lab.documents import DEFAULT_IDLE_MINUTES, DocumentStore, LabDocument
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.lab.time_limits import IDLE, TOO_LONG, TimeLimits, is_sign_of_life
from ssmtui.protocol import AgentMessage, MessageType, PayloadType
from ssmtui.protocol.message import encode_acknowledgement
from tests.support.lab_client import Aws, ChannelClient, stamp
from tests.support.processes import is_running
from tests.support.wait import wait_until
from tests.unit.lab.conftest import NOW

StartChannel = Callable[..., Awaitable[ChannelClient]]


async def moment() -> None:
    """Some time, much less than any limit here."""
    loop = asyncio.get_running_loop()
    later = loop.time() + 0.02
    await wait_until("a moment to pass", lambda: loop.time() >= later)


def frame(kind: PayloadType, message_type: str = MessageType.INPUT) -> AgentMessage:
    return AgentMessage(message_type, uuid.uuid4().bytes, 0, payload_type=kind, payload=b"x")


@pytest.mark.parametrize("kind", list(PayloadType))
def test_keys_sizes_and_flags_are_signs_of_life(kind: PayloadType) -> None:
    alive = kind in (PayloadType.OUTPUT, PayloadType.SIZE, PayloadType.FLAG)
    assert is_sign_of_life(frame(kind).encode()) is alive
    assert not is_sign_of_life(frame(kind, MessageType.OUTPUT).encode())


def test_acknowledgements_and_nonsense_are_none() -> None:
    assert not is_sign_of_life(encode_acknowledgement(stamp(), frame(PayloadType.OUTPUT)))
    for size in range(120):
        assert not is_sign_of_life(bytes(size))
    assert not is_sign_of_life(b"")


def test_the_idle_limit_is_the_documents_the_accounts_or_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    store = DocumentStore()
    assert store.idle_minutes(store.get("Ops-SystemReport")) == "5"
    preferences = LabDocument("SSM-SessionManagerRunShell", "me", {"inputs": {"idleSessionTimeout": 33}}, NOW)
    monkeypatch.setitem(store._documents, preferences.name, preferences)
    assert store.idle_minutes(store.get("AWS-StartSSHSession")) == "33"
    monkeypatch.setitem(store._documents, preferences.name, LabDocument(preferences.name, "me", {}, NOW))
    assert store.idle_minutes(store.get("AWS-StartSSHSession")) == DEFAULT_IDLE_MINUTES == "20"


async def test_each_sign_of_life_starts_the_idle_time_anew() -> None:
    loop, ended = asyncio.get_running_loop(), []
    limits = TimeLimits(0.2, math.inf, ended.append)
    born = loop.time()
    while loop.time() < born + 0.5:
        last = loop.time()
        limits.see(frame(PayloadType.OUTPUT).encode())
        await moment()
    assert ended == []
    await wait_until("the limit", lambda: ended == [IDLE])
    assert loop.time() - last >= 0.19


async def test_nothing_prolongs_the_longest_time_and_cancelling_ends_both() -> None:
    loop, ended, silent, idle = asyncio.get_running_loop(), [], [], []
    TimeLimits(0.05, 0.1, idle.append)
    limits = TimeLimits(10.0, 0.2, ended.append)
    called_off = TimeLimits(0.1, 0.1, silent.append)
    called_off.cancel()
    born = loop.time()
    while not ended and loop.time() < born + 5:
        limits.touch()
        await moment()
    assert ended == [TOO_LONG]
    assert loop.time() - born < 5
    assert silent == []
    assert idle == [IDLE], "and the other limit has nothing left to end"


class TestIdle:
    """A minute is 40 ms: 0.8 s for the account, 0.2 s for ``Ops-SystemReport``."""

    @pytest.fixture
    def options(self) -> LabOptions:
        return LabOptions(start_delay=0.0, now=lambda: NOW, minute=0.04)

    async def test_a_session_without_input_is_ended_and_its_program_killed(
        self, start: StartChannel, aws: Aws, lab: Lab
    ) -> None:
        client = await start()
        await client.until("$ ")
        await client.type("echo pid=$$; while :; do echo busy; sleep 0.05; done\r")
        await wait_until("the shell's pid", lambda: re.search(rb"pid=(\d+)\r\n", client.output))
        pid = int(re.search(rb"pid=(\d+)\r\n", client.output)[1])  # type: ignore[index]
        assert await client.until_closed() == IDLE, "output is no sign of life"
        assert not is_running(pid)
        session = lab.book.find(client.grant["SessionId"])
        assert session is not None
        await wait_until("the book to say so", lambda: not session.active)
        filters = [{"key": "SessionId", "value": session.session_id}]
        answer = await aws.call("ssm", "DescribeSessions", State="History", Filters=filters)
        assert answer["Sessions"][0]["Status"] == "Terminated"
        assert answer["Sessions"][0]["Details"] == IDLE

    async def test_keys_keep_it_alive(self, start: StartChannel) -> None:
        client = await start()
        await client.until("$ ")
        for number in range(5):  # which takes longer than the limit
            await client.type(f"sleep 0.25; echo done=$(({number}*1))\r")
            await client.until(f"done={number}\r\n")
        assert client.closed is None

    async def test_resuming_keeps_it_alive(self, start: StartChannel, aws: Aws, lab: Lab) -> None:
        client = await start()
        session = lab.book.find(client.grant["SessionId"])
        assert session is not None
        loop = asyncio.get_running_loop()
        born = loop.time()
        while loop.time() < born + 1.2:
            await aws.call("ssm", "ResumeSession", SessionId=session.session_id)
        assert session.active
        await wait_until("the limit", lambda: session.status == "Terminated")

    async def test_the_documents_own_limit_goes_before_the_accounts(self, start: StartChannel, lab: Lab) -> None:
        theirs = await start()
        own = await start("ad-dc-1", DocumentName="Ops-SystemReport")
        found = [lab.book.find(client.grant["SessionId"]) for client in (theirs, own)]
        assert [session.idle_minutes for session in found if session is not None] == ["20", "5"]


class TestLongest:
    """A minute is 10 ms: ``Ops-TailUnit`` may run for 0.6 s, and be idle for 0.2 s."""

    @pytest.fixture
    def options(self) -> LabOptions:
        return LabOptions(start_delay=0.0, now=lambda: NOW, minute=0.01)

    async def test_input_does_not_prolong_it(
        self, start: StartChannel, aws: Aws, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        body = {**lab.documents.get("Ops-TailUnit").body, "properties": {"linux": {"commands": "sleep 600"}}}
        document = LabDocument("Ops-TailUnit", "me", body, NOW)
        monkeypatch.setitem(lab.documents._documents, document.name, document)
        client = await start(DocumentName="Ops-TailUnit", Parameters={"unit": ["ssh"]})
        session = lab.book.find(client.grant["SessionId"])
        assert session is not None
        answer = await aws.call("ssm", "DescribeSessions", State="Active")
        assert answer["Sessions"][0]["MaxSessionDuration"] == "60"
        while session.active:
            lab._live.touch(session)
            await moment()
        assert await client.until_closed() == TOO_LONG
        assert (session.status, session.details) == ("Terminated", TOO_LONG)
