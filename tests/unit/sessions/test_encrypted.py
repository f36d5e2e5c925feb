"""Sessions that a key of KMS encrypts: the key's context, the refusal, and clear text where there may be none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ssmtui import protocol
from ssmtui.errors import AccessDenied
from ssmtui.model import StartRequest
from ssmtui.protocol.message import AgentMessage, MessageType
from ssmtui.sessions import carrier
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.states import SessionState
from ssmtui.transport.stamp import new_stamp
from tests.support.session_stage import SessionStage
from tests.support.wait import wait_until


class Stage(SessionStage):
    def __init__(self) -> None:
        super().__init__(StartRequest("mi-1"))

    async def open(self, **parameters: str) -> None:
        await self.reaches(SessionState.WAITING)
        self.agent.encrypt(KMSKeyId="alias/ssm", **parameters)
        await self.reaches(SessionState.OPEN)


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(carrier.Backoff, "delay", lambda self: 0.002)
    stage = Stage()
    yield stage
    await stage.close()


async def test_bytes_travel_both_ways_and_the_session_says_that_it_is_encrypted(stage: Stage) -> None:
    await stage.open(Challenge="Y2hhbGxlbmdl")
    stage.session.write(b"uptime\r")
    stage.agent.say(b"up 3 days")
    stage.agent.say(b"oops", protocol.PayloadType.STDERR)
    await wait_until("input and output arrived", lambda: stage.agent.received and stage.viewer.stderr)
    assert (stage.agent.received, stage.viewer.output, stage.viewer.stderr) == (b"uptime\r", b"up 3 days", b"oops")
    assert stage.session.encrypted
    assert stage.session.message == "This session is encrypted."


@pytest.mark.parametrize("challenge", [{}, {"Challenge": "Y2hhbGxlbmdl"}])
async def test_edge_65_66_the_key_is_bound_to_session_target_and_challenge(
    stage: Stage, challenge: dict[str, str]
) -> None:
    await stage.open(**challenge)
    expected = {"KeyId": "alias/ssm", "aws:ssm:SessionId": "session-1", "aws:ssm:TargetId": "mi-1"}
    if challenge:
        expected["aws:ssm:RandomChallenge"] = "Y2hhbGxlbmdl"
    assert stage.service.key_contexts == [expected]


async def test_edge_64_a_denied_key_is_told_to_the_agent_and_in_the_tab(stage: Stage) -> None:
    stage.service.refuse_key = AccessDenied("not authorized to perform: kms:GenerateDataKey")
    await stage.reaches(SessionState.WAITING)
    stage.agent.encrypt(KMSKeyId="alias/ssm")
    await wait_until("the agent is answered", lambda: stage.agent.answer)
    assert stage.agent.answer is not None
    refused = stage.agent.answer.actions[1]
    assert refused.status is protocol.ActionStatus.FAILED
    assert "kms:GenerateDataKey" in refused.error
    assert "kms:GenerateDataKey" in stage.session.trouble
    await stage.agent.finish(f"KMSEncryption failed on client with status 2 error: {refused.error}")
    await stage.session.life
    assert stage.session.state is SessionState.FAILED
    assert "kms:GenerateDataKey" in str(stage.session.error)


async def test_edge_67_a_resumed_session_keeps_its_key(stage: Stage) -> None:
    await stage.open()
    stage.agent.link.break_off(1000, "Bye")
    stage.agent.say(b"meanwhile")
    await wait_until("it is back", lambda: stage.session.resumes == 1)
    stage.session.write(b"on")
    await wait_until("both have arrived", lambda: stage.agent.received == b"on" and stage.viewer.output == b"meanwhile")
    assert len(stage.service.key_contexts) == 1


async def test_edge_62_output_in_clear_is_not_shown_and_ends_the_session(stage: Stage) -> None:
    await stage.open()
    stage.agent.say(b"first")
    await wait_until("the first output is there", lambda: stage.viewer.output == b"first")
    stamp = new_stamp()
    clear = AgentMessage(
        MessageType.OUTPUT,
        stamp.id_bytes,
        stamp.created,
        4,
        0,
        protocol.PayloadType.OUTPUT,
        b"a forged prompt, long enough to hold a nonce and a tag",
    )
    await stage.agent.link.send(clear.encode())
    await asyncio.wait_for(stage.session.life, 5)
    assert stage.session.state is SessionState.FAILED
    assert stage.viewer.output == b"first"
    assert stage.service.terminated == ["session-1"]


async def test_edge_100_odd_characters_of_a_session_id_stay_as_they_are(stage: Stage) -> None:
    stage.service.prefix = odd = "jane.doe@example.com=a,b"
    session_id = f"{odd}-2"
    session = ChannelSession(StartRequest("mi-1"), stage.service, stage.service, stage.viewer, stage.tasks)
    await wait_until("there is a channel", lambda: session_id in stage.service.agents)
    stage.service.agents[session_id].encrypt(KMSKeyId="alias/ssm")
    await wait_until("it is open", lambda: session.state is SessionState.OPEN)
    session.end()
    await session.life
    assert [context["aws:ssm:SessionId"] for context in stage.service.key_contexts] == [session_id]
    assert stage.service.dialled[-1] == f"wss://ssmmessages.test/{session_id}"
    assert stage.service.terminated == [session_id]
