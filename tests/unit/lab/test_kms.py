"""The lab's KMS, and sessions that it encrypts, from document to shell."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from botocore.exceptions import ClientError

from ssmtui.aws.boto import BotoGateway, open_gateway
from ssmtui.aws.session import StaticCredentials
from ssmtui.lab.document_texts import SESSION_KEY
from ssmtui.lab.kms import KEY_ARN
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.model import DataKey, StartRequest
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import TaskGroup
from ssmtui.transport.policy import StreamPolicy
from ssmtui.transport.websocket import WebSocketDialer
from tests.support.lab_client import Aws
from tests.support.memory import RecordingViewer
from tests.support.wait import wait_until

CONTEXT = {"aws:ssm:SessionId": "jane-1", "aws:ssm:TargetId": "i-1"}


async def test_a_data_key_comes_back_for_its_own_context_alone(aws: Aws) -> None:
    made = await aws.call("kms", "GenerateDataKey", KeyId=SESSION_KEY, NumberOfBytes=64, EncryptionContext=CONTEXT)
    assert (len(made["Plaintext"]), made["KeyId"]) == (64, KEY_ARN)
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
    def __init__(self, lab: Lab, gateway: BotoGateway) -> None:
        self.lab = lab
        self.gateway = gateway
        self.dialer = WebSocketDialer(StreamPolicy(endpoint_url=gateway.effective_endpoint), gateway.sign_stream)
        self.tasks = TaskGroup("bench")
        self.viewer = RecordingViewer()
        self.contexts: list[dict[str, str]] = []

    def session(self, *, challenge: bool = True) -> ChannelSession:
        """An encrypted shell on a node whose agent asks for a challenge, or is too old for that."""
        old = "3.2.2303.0"
        node = next(
            node for node in self.lab.fleet if node.connected and node.name and (node.agent_version == old) != challenge
        )
        request = StartRequest(node.id, "Ops-EncryptedShell")
        return ChannelSession(request, self.gateway, self.dialer, self.viewer, self.tasks)


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    lab = Lab(LabOptions(nodes=60, start_delay=0.01, shell="sh", signed_only=True))
    address = await lab.start()
    static = StaticCredentials(lab.credentials.access_key_id, lab.credentials.secret_access_key)
    gateway = await open_gateway(
        region=address.environment["AWS_REGION"], endpoint_url=address.endpoint_url, static=static
    )
    bench = Bench(lab, gateway)
    generate = gateway.generate_data_key

    async def noted(key_id: str, context: dict[str, str]) -> DataKey:
        bench.contexts.append(dict(context))
        return await generate(key_id, context)

    monkeypatch.setattr(gateway, "generate_data_key", noted)
    yield bench
    await bench.tasks.close()
    await gateway.close()
    await lab.close()


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
