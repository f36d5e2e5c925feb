"""The lab's KMS, and sessions that it encrypts, from document to shell."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from botocore.exceptions import ClientError

from ssmtui.lab.document_texts import SESSION_KEY
from ssmtui.lab.kms import LabKms
from ssmtui.model import DataKey, StartRequest
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.states import SessionState
from tests.support.lab_client import Aws
from tests.support.lab_stack import LabStack, lab_stack
from tests.support.wait import wait_until

CONTEXT = {"aws:ssm:SessionId": "jane-1", "aws:ssm:TargetId": "i-1"}


async def test_a_data_key_comes_back_for_its_own_context_alone(aws: Aws) -> None:
    made = await aws.call("kms", "GenerateDataKey", KeyId=SESSION_KEY, NumberOfBytes=64, EncryptionContext=CONTEXT)
    assert (len(made["Plaintext"]), made["KeyId"]) == (64, LabKms().key_arn)
    blob = made["CiphertextBlob"]
    assert made["Plaintext"] not in blob
    read = await aws.call("kms", "Decrypt", CiphertextBlob=blob, EncryptionContext=CONTEXT)
    assert read["Plaintext"] == made["Plaintext"]
    for other in ({}, {**CONTEXT, "aws:ssm:TargetId": "i-2"}):
        with pytest.raises(ClientError, match="InvalidCiphertextException"):
            await aws.call("kms", "Decrypt", CiphertextBlob=blob, EncryptionContext=other)
    with pytest.raises(ClientError, match="InvalidCiphertextException"):
        await aws.call("kms", "Decrypt", CiphertextBlob=blob[::-1], EncryptionContext=CONTEXT)


async def test_an_unknown_key_and_an_absurd_size_are_refused(aws: Aws) -> None:
    with pytest.raises(ClientError, match="NotFoundException"):
        await aws.call("kms", "GenerateDataKey", KeyId="alias/other", NumberOfBytes=64)
    with pytest.raises(ClientError, match="ValidationException"):
        await aws.call("kms", "GenerateDataKey", KeyId=SESSION_KEY, NumberOfBytes=1025)


class Bench:
    def __init__(self, stack: LabStack) -> None:
        self.gateway, self.viewer = stack.gateway, stack.viewer
        self._stack = stack
        self.contexts: list[dict[str, str]] = []

    def session(self, *, challenge: bool = True) -> ChannelSession:
        """An encrypted shell on a node whose agent asks for a challenge, or is too old for that."""
        old = "3.2.2303.0"
        fleet = self._stack.lab.fleet
        node = next(node for node in fleet if node.connected and node.name and (node.agent_version == old) != challenge)
        return self._stack.session(StartRequest(node.id, "Ops-EncryptedShell"))


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    async with lab_stack(nodes=60) as stack:
        bench = Bench(stack)
        generate = bench.gateway.generate_data_key

        async def noted(key_id: str, context: dict[str, str]) -> DataKey:
            bench.contexts.append(dict(context))
            return await generate(key_id, context)

        monkeypatch.setattr(bench.gateway, "generate_data_key", noted)
        yield bench


@pytest.mark.parametrize("challenge", [True, False])
async def test_edge_65_66_an_encrypted_shell_from_end_to_end(bench: Bench, challenge: bool) -> None:
    session = bench.session(challenge=challenge)
    await wait_until("the session is open", lambda: session.state is SessionState.OPEN, report=lambda: session.error)
    assert session.encrypted
    assert "KMS" in session.message
    (context,) = bench.contexts
    assert context["aws:ssm:SessionId"] == session.session_id
    assert context["aws:ssm:TargetId"] == session.request.target
    assert ("aws:ssm:RandomChallenge" in context) == challenge
    session.write(b"echo sum-$((40 + 2))\r")
    await wait_until("the shell answers", lambda: b"sum-42" in bench.viewer.output)


async def test_a_key_bound_to_another_node_ends_the_session_before_it_begins(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate = bench.gateway.generate_data_key

    async def elsewhere(key_id: str, context: dict[str, str]) -> DataKey:
        return await generate(key_id, {**context, "aws:ssm:TargetId": "i-0"})

    monkeypatch.setattr(bench.gateway, "generate_data_key", elsewhere)
    session = bench.session()
    await session.life
    assert session.state is SessionState.FAILED
    assert "Fetching data key failed" in str(session.error)
    assert not bench.viewer.output
