"""The gateway against an AWS of canned answers: every call goes through botocore and a real socket."""

from __future__ import annotations

import asyncio
import base64
import logging
import threading
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ssmtui.aws import starting
from ssmtui.aws.boto import BotoGateway, open_gateway
from ssmtui.aws.session import StaticCredentials
from ssmtui.errors import (
    AccessDenied,
    ConfigurationError,
    ConnectionFailed,
    CredentialsError,
    DocumentError,
    ServiceError,
    SessionGone,
    TargetNotConnected,
    Throttled,
    UsageError,
)
from ssmtui.model import Container, Identity, Node, Region, StartRequest
from tests.support.fake_aws import FakeAws, Refusal
from tests.support.wait import wait_until

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
STATIC = StaticCredentials("AKIDLAB", "lab-secret")
GRANT = {"SessionId": "jane-1", "TokenValue": "secret-token", "StreamUrl": "ws://127.0.0.1:1/x"}
NO_INSTANCES = "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>"


@pytest.fixture
async def gateway(fake_aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[BotoGateway]:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *args: 0.0)
    gateway = await open_gateway(region="eu-west-1", endpoint_url=fake_aws.url, static=STATIC)
    yield gateway
    await gateway.close()


def node(number: int) -> dict[str, Any]:
    return {"InstanceId": f"i-{number:017x}", "PingStatus": "Online", "ComputerName": f"host-{number}"}


def instances(*numbers: int) -> str:
    items = "".join(
        f"<item><instanceId>i-{number:017x}</instanceId><instanceType>t3.micro</instanceType>"
        f"<tagSet><item><key>Name</key><value>web-{number}</value></item></tagSet></item>"
        for number in numbers
    )
    reservation = f"<item><instancesSet>{items}</instancesSet></item>"
    return f"<DescribeInstancesResponse><reservationSet>{reservation}</reservationSet></DescribeInstancesResponse>"


async def all_nodes(gateway: BotoGateway) -> dict[str, Node]:
    return {each.id: each async for page in gateway.nodes() for each in page.nodes}


async def test_the_scope_and_the_endpoint(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    assert (gateway.scope.aws_profile, gateway.scope.region) == (None, "eu-west-1")
    assert gateway.scope.endpoint_url == gateway.effective_endpoint == fake_aws.url
    assert gateway.ca_bundle is None


async def test_the_scope_of_the_real_service_names_no_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = await open_gateway(region="eu-west-1")
    assert gateway.scope.endpoint_url is None
    assert gateway.effective_endpoint == "https://ssm.eu-west-1.amazonaws.com"
    await gateway.close()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4566")
    gateway = await open_gateway(region="eu-west-1")
    assert gateway.scope.endpoint_url == gateway.stand_in == "http://localhost:4566"
    await gateway.close()


async def test_an_endpoint_that_only_looks_like_this_machine_is_no_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.evil.example")
    gateway = await open_gateway(region="eu-west-1")
    assert (gateway.stand_in, gateway.scope.endpoint_url) == (None, None)
    await gateway.close()


async def test_opening_tells_what_is_wrong_with_the_configuration() -> None:
    with pytest.raises(ConfigurationError, match="region"):
        await open_gateway()
    with pytest.raises(ConfigurationError, match="nope"):
        await open_gateway(aws_profile="nope", region="eu-west-1")
    with pytest.raises(ConfigurationError):
        await open_gateway(region="not a region")


async def test_identity(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["GetCallerIdentity"] = (
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/Ops/jane</Arn>"
        "<UserId>AROA:jane</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    fake_aws.answers["DescribeInstanceProperties"] = {"InstanceProperties": [node(1)]}
    arn = "arn:aws:sts::123456789012:assumed-role/Ops/jane"
    assert await gateway.identity() == Identity("123456789012", arn)
    assert {each.account for each in (await all_nodes(gateway)).values()} == {"123456789012"}


async def test_own_documents_come_first(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["ListDocuments"] = [
        {"DocumentIdentifiers": [{"Name": "AWS-StartSSHSession", "Owner": "Amazon"}], "NextToken": "a"},
        {"DocumentIdentifiers": [{"Name": "zeta", "Owner": "1"}, {"Name": "Alpha", "Owner": "1"}]},
    ]
    assert [each.name for each in await gateway.documents()] == ["Alpha", "zeta", "AWS-StartSSHSession"]
    assert fake_aws.of("ListDocuments")[0]["Filters"] == [{"Key": "DocumentType", "Values": ["Session"]}]


async def test_a_document(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["GetDocument"] = {
        "Content": '{"schemaVersion": "1.0", "sessionType": "Port", "parameters": {"portNumber": {"type": "String"}}}',
        "DocumentType": "Session",
    }
    found = await gateway.document("Own")
    assert (found.name, found.session_type, found.parameters[0].name) == ("Own", "Port", "portNumber")
    assert fake_aws.of("GetDocument") == [{"Name": "Own", "DocumentFormat": "JSON"}]


async def test_a_document_that_may_only_be_described(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["GetDocument"] = Refusal("AccessDeniedException", "no")
    fake_aws.answers["DescribeDocument"] = {"Document": {"Parameters": [{"Name": "port", "Type": "String"}]}}
    assert [each.name for each in (await gateway.document("Own")).parameters] == ["port"]


async def test_a_document_of_another_kind(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["GetDocument"] = {"Content": '{"schemaVersion": "2.2"}', "DocumentType": "Command"}
    with pytest.raises(DocumentError, match="not a session document"):
        await gateway.document("AWS-RunShellScript")


@pytest.mark.parametrize(
    ("request_", "arguments"),
    [
        (StartRequest("i-1"), {"Target": "i-1"}),
        (StartRequest("i-1", document_name="", reason="", title="tab"), {"Target": "i-1"}),
        (StartRequest("i-1", parameters={"a": (), "b": ("",)}), {"Target": "i-1"}),
        (
            StartRequest("i-1", "Own", {"port": ("80",), "list": ("a", "b"), "blank": ("",)}, "why"),
            {
                "Target": "i-1",
                "DocumentName": "Own",
                "Parameters": {"port": ["80"], "list": ["a", "b"]},
                "Reason": "why",
            },
        ),
    ],
)
async def test_edge_95_start_sends_what_there_is_and_nothing_empty(
    gateway: BotoGateway, fake_aws: FakeAws, request_: StartRequest, arguments: dict[str, Any]
) -> None:
    fake_aws.answers["StartSession"] = GRANT
    grant = await gateway.start_session(request_)
    assert (grant.session_id, grant.token, grant.stream_url) == ("jane-1", "secret-token", "ws://127.0.0.1:1/x")
    assert fake_aws.of("StartSession") == [arguments]
    assert "ssmtui/" in fake_aws.calls[-1].headers["User-Agent"]


CONTAINER = Container("arn:cluster/shop", "arn:task/shop/0123", "app", "0123-1")


@pytest.mark.parametrize(("command", "sent"), [("", "/bin/sh"), ("bash -l", "bash -l")])
async def test_a_container_is_entered_by_execute_command(
    gateway: BotoGateway, fake_aws: FakeAws, command: str, sent: str
) -> None:
    session = {"sessionId": "ecs-execute-command-1", "tokenValue": "secret-token", "streamUrl": "ws://127.0.0.1:1/x"}
    fake_aws.answers["ExecuteCommand"] = {"session": session, "interactive": True}
    request = StartRequest("ecs:shop_0123_0123-1", "Own", {"a": ("b",)}, "why", container=CONTAINER, command=command)
    grant = await gateway.start_session(request)
    assert (grant.session_id, grant.token) == ("ecs-execute-command-1", "secret-token")
    assert grant.stream_url == "ws://127.0.0.1:1/x"
    assert fake_aws.of("ExecuteCommand") == [
        {
            "cluster": "arn:cluster/shop",
            "task": "arn:task/shop/0123",
            "container": "app",
            "command": sent,
            "interactive": True,
        }
    ]


async def test_a_container_that_nobody_waits_for_any_more_is_left_as_a_node_is(
    gateway: BotoGateway, fake_aws: FakeAws
) -> None:
    fake_aws.answers["ExecuteCommand"] = {"session": {"sessionId": "ecs-1"}}
    fake_aws.answers["TerminateSession"] = {}
    with pytest.raises(ServiceError, match="ExecuteCommand answered without a token"):
        await gateway.start_session(StartRequest("ecs:shop_0123_0123-1", container=CONTAINER))
    await wait_until("the session is ended", lambda: fake_aws.of("TerminateSession") == [{"SessionId": "ecs-1"}])


async def test_a_task_without_execute_command_says_what_it_takes(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    told = "The execute command failed because execute command was not enabled when the task was run"
    fake_aws.answers["ExecuteCommand"] = Refusal("InvalidParameterException", told)
    with pytest.raises(ServiceError, match="not enabled") as refused:
        await gateway.start_session(StartRequest("ecs:shop_0123_0123-1", container=CONTAINER))
    assert "enableExecuteCommand" in refused.value.remedy
    fake_aws.answers["ExecuteCommand"] = Refusal("TargetNotConnectedException", "not connected")
    with pytest.raises(TargetNotConnected) as refused_later:
        await gateway.start_session(StartRequest("ecs:shop_0123_0123-1", container=CONTAINER))
    assert "task role" in refused_later.value.remedy


@pytest.mark.parametrize(("age", "connecting"), [(5, True), (120, False)])
async def test_d4_a_new_tasks_agent_is_known_to_be_connecting(
    gateway: BotoGateway, fake_aws: FakeAws, age: int, connecting: bool
) -> None:
    fake_aws.answers["ExecuteCommand"] = Refusal("TargetNotConnectedException", "not connected")
    fake_aws.answers["DescribeTasks"] = {"tasks": [{"startedAt": time.time() - age}]}
    with pytest.raises(TargetNotConnected) as refused:
        await gateway.start_session(StartRequest("ecs:shop_0123_0123-1", container=CONTAINER))
    assert refused.value.is_connecting is connecting


async def test_d4_a_task_whose_age_cannot_be_read_is_not_waited_for(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["ExecuteCommand"] = Refusal("TargetNotConnectedException", "not connected")
    fake_aws.answers["DescribeTasks"] = Refusal("AccessDeniedException", "no")
    with pytest.raises(TargetNotConnected) as refused:
        await gateway.start_session(StartRequest("ecs:shop_0123_0123-1", container=CONTAINER))
    assert not refused.value.is_connecting


async def test_edge_98_start_on_a_node_that_is_not_connected(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["StartSession"] = Refusal("TargetNotConnected", "i-1 is not connected.")
    with pytest.raises(TargetNotConnected, match="i-1 is not connected"):
        await gateway.start_session(StartRequest("i-1"))


async def test_start_with_a_target_that_cannot_be_one(gateway: BotoGateway) -> None:
    with pytest.raises(UsageError):
        await gateway.start_session(StartRequest(""))


async def test_edge_98_start_throttled_for_good(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["StartSession"] = Refusal("ThrottlingException", "Rate exceeded")
    with pytest.raises(Throttled):
        await gateway.start_session(StartRequest("i-1"))
    assert len(fake_aws.of("StartSession")) == 3


async def cancelled_start(gateway: BotoGateway, fake_aws: FakeAws, gate: threading.Event) -> None:
    """Begin a start and stop waiting for it while the service thinks about it."""
    fake_aws.answers["StartSession"] = lambda arguments: GRANT if gate.wait(10) else {}
    fake_aws.answers["TerminateSession"] = {"SessionId": "jane-1"}
    starting = asyncio.gather(gateway.start_session(StartRequest("i-1")))
    await wait_until("the service was asked", lambda: fake_aws.of("StartSession"))
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting


async def test_a_session_that_nobody_waits_for_any_more_is_ended(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    gate = threading.Event()
    await cancelled_start(gateway, fake_aws, gate)
    assert fake_aws.of("TerminateSession") == []
    gate.set()
    await wait_until("the session is ended", lambda: fake_aws.of("TerminateSession") == [{"SessionId": "jane-1"}])


async def test_closing_waits_for_the_end_of_an_unwanted_session(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    gate = threading.Event()
    await cancelled_start(gateway, fake_aws, gate)
    gate.set()
    await gateway.close()
    assert fake_aws.of("TerminateSession") == [{"SessionId": "jane-1"}]


async def test_closing_does_not_wait_for_ever(
    gateway: BotoGateway, fake_aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "FAREWELL", 0.05)
    gate = threading.Event()
    await cancelled_start(gateway, fake_aws, gate)
    await gateway.close()
    assert not [task for task in asyncio.all_tasks() if "gateway" in task.get_name()]
    gate.set()


async def test_a_start_that_fails_after_nobody_waits_is_no_trouble(
    gateway: BotoGateway, fake_aws: FakeAws, caplog: pytest.LogCaptureFixture
) -> None:
    gate = threading.Event()
    fake_aws.answers["StartSession"] = lambda arguments: Refusal("TargetNotConnected") if gate.wait(10) else {}
    starting = asyncio.gather(gateway.start_session(StartRequest("i-1")))
    await wait_until("the service was asked", lambda: fake_aws.of("StartSession"))
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    gate.set()
    await gateway.close()
    assert fake_aws.of("TerminateSession") == []
    assert caplog.records == []


async def test_an_answer_without_a_token_is_an_error_and_its_session_is_ended(
    gateway: BotoGateway, fake_aws: FakeAws
) -> None:
    fake_aws.answers["StartSession"] = {"SessionId": "jane-1"}
    fake_aws.answers["TerminateSession"] = {}
    with pytest.raises(ServiceError, match="without a token"):
        await gateway.start_session(StartRequest("i-1"))
    await wait_until("the session is ended", lambda: fake_aws.of("TerminateSession") == [{"SessionId": "jane-1"}])


async def test_resume(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["ResumeSession"] = [
        {"SessionId": "jane-1", "TokenValue": "t2", "StreamUrl": "ws://127.0.0.1:1/y"},
        {"TokenValue": "t3"},
        {"SessionId": "jane-1", "TokenValue": ""},
        Refusal("DoesNotExistException", "gone"),
    ]
    first, second = await gateway.resume_session("jane-1"), await gateway.resume_session("jane-1")
    assert (first.token, first.stream_url) == ("t2", "ws://127.0.0.1:1/y")
    assert (second.session_id, second.token, second.stream_url) == ("jane-1", "t3", "")
    for _ in range(2):
        with pytest.raises(SessionGone):
            await gateway.resume_session("jane-1")


async def test_terminating_what_is_gone_is_a_success(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["TerminateSession"] = Refusal("DoesNotExistException", "gone")
    await gateway.terminate_session("jane-1")


async def test_w3_terminating_what_has_ended_is_a_success(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["TerminateSession"] = Refusal("ValidationException", "Session is not in a valid state")
    await gateway.terminate_session("jane-1")


async def test_w6_a_503_without_a_body_passes(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["TerminateSession"] = Refusal("", status=503)
    with pytest.raises(ServiceError) as refused:
        await gateway.terminate_session("jane-1")
    assert refused.value.is_passing


async def test_terminating_what_is_not_ours_is_not(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["TerminateSession"] = Refusal("AccessDeniedException", "no")
    with pytest.raises(AccessDenied):
        await gateway.terminate_session("jane-1")


@pytest.mark.parametrize(("active", "state"), [(True, "Active"), (False, "History")])
async def test_sessions_of_all_pages(gateway: BotoGateway, fake_aws: FakeAws, active: bool, state: str) -> None:
    fake_aws.answers["DescribeSessions"] = [
        {"Sessions": [{"SessionId": "jane-1"}, "nonsense"], "NextToken": "a"},
        {"Sessions": [{"SessionId": "jane-2", "StartDate": NOON.timestamp()}]},
    ]
    pages = [list(page) async for page in gateway.session_pages(active=active)]
    assert [[each.session_id for each in page] for page in pages] == [["jane-1"], ["jane-2"]]
    assert pages[1][0].started == NOON
    assert [(call["State"], call["MaxResults"]) for call in fake_aws.of("DescribeSessions")] == [(state, 200)] * 2
    assert all("Filters" not in call for call in fake_aws.of("DescribeSessions"))


async def test_sessions_of_one_node(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["DescribeSessions"] = {"Sessions": []}
    assert [page async for page in gateway.session_pages(target="i-1")] == [[]]
    assert fake_aws.of("DescribeSessions")[0]["Filters"] == [{"key": "Target", "value": "i-1"}]


@pytest.mark.parametrize(("status", "connected"), [("connected", True), ("notconnected", False), ("", False)])
async def test_connection_status(gateway: BotoGateway, fake_aws: FakeAws, status: str, connected: bool) -> None:
    fake_aws.answers["GetConnectionStatus"] = {"Target": "i-1", "Status": status}
    assert await gateway.connection_status("i-1") is connected


async def test_signing_uses_the_credentials_and_the_region_of_the_gateway(gateway: BotoGateway) -> None:
    headers = await gateway.sign_stream("wss://ssmmessages.eu-west-1.amazonaws.com/x?role=publish_subscribe")
    assert "AKIDLAB" in headers["Authorization"]
    assert "/eu-west-1/ssmmessages/aws4_request" in headers["Authorization"]
    assert await gateway.sign_stream("wss://ssmmessages.eu-west-1.amazonaws.com/x?X-Amz-Signature=a") == {}


def write_credentials(home: Path, key: str) -> None:
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws" / "credentials").write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = s\n")


async def test_credentials_renewed_in_the_files_are_used_at_once(home: Path, fake_aws: FakeAws) -> None:
    write_credentials(home, "AKIDOLD")
    gateway = await open_gateway(region="eu-west-1", endpoint_url=fake_aws.url)
    assert "AKIDOLD" in (await gateway.sign_stream("ws://127.0.0.1/x"))["Authorization"]
    write_credentials(home, "AKIDNEW")
    fake_aws.answers["ResumeSession"] = [Refusal("ExpiredTokenException", "expired"), {"TokenValue": "t"}]
    assert (await gateway.resume_session("jane-1")).token == "t"
    used = [call.headers["Authorization"].split("Credential=")[1].split("/")[0] for call in fake_aws.calls]
    assert used == ["AKIDOLD", "AKIDNEW"]
    assert "AKIDNEW" in (await gateway.sign_stream("ws://127.0.0.1/x"))["Authorization"]
    await gateway.close()


async def test_credentials_that_stay_refused_are_told_after_one_more_try(
    gateway: BotoGateway, fake_aws: FakeAws
) -> None:
    fake_aws.answers["ResumeSession"] = Refusal("ExpiredTokenException", "expired")
    with pytest.raises(CredentialsError, match="expired"):
        await gateway.resume_session("jane-1")
    assert len(fake_aws.of("ResumeSession")) == 2


async def test_who_signs_in_after_the_credentials_were_refused_and_removed(home: Path, fake_aws: FakeAws) -> None:
    write_credentials(home, "AKIDOLD")
    gateway = await open_gateway(region="eu-west-1", endpoint_url=fake_aws.url)
    assert await gateway.sign_stream("ws://127.0.0.1/x")
    (home / ".aws" / "credentials").write_text("")
    fake_aws.answers["GetConnectionStatus"] = [Refusal("ExpiredTokenException", "expired"), {"Status": "connected"}]
    with pytest.raises(CredentialsError, match="No AWS credentials"):
        await gateway.connection_status("i-1")
    write_credentials(home, "AKIDNEW")
    assert await gateway.connection_status("i-1")
    await gateway.close()


async def test_who_signs_in_later_needs_no_restart(home: Path, fake_aws: FakeAws) -> None:
    gateway = await open_gateway(region="eu-west-1", endpoint_url=fake_aws.url)
    with pytest.raises(CredentialsError, match="No AWS credentials"):
        await gateway.connection_status("i-1")
    with pytest.raises(CredentialsError):
        await gateway.sign_stream("ws://127.0.0.1/x")
    write_credentials(home, "AKIDNEW")
    fake_aws.answers["GetConnectionStatus"] = {"Status": "connected"}
    assert await gateway.connection_status("i-1")
    await gateway.close()


async def test_an_endpoint_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *args: 0.0)
    gateway = await open_gateway(region="eu-west-1", endpoint_url="http://127.0.0.1:9", static=STATIC)
    with pytest.raises(ConnectionFailed, match="cannot be connected to"):
        await gateway.connection_status("i-1")
    await gateway.close()


async def test_an_endpoint_that_is_not_aws(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["GetConnectionStatus"] = "<html>Welcome to the hotel</html>"
    with pytest.raises(ConnectionFailed, match="web page"):
        await gateway.connection_status("i-1")


async def test_no_call_holds_up_the_loop(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    gate = threading.Event()
    fake_aws.answers["GetConnectionStatus"] = lambda arguments: {"Status": "connected"} if gate.wait(10) else {}
    asking = [asyncio.gather(gateway.connection_status(f"i-{number}")) for number in range(20)]
    await wait_until("eight calls are under way", lambda: len(fake_aws.calls) == 8)
    gate.set()
    assert await asyncio.gather(*asking) == [[True]] * 20


async def test_closing_leaves_no_connection_open(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["GetConnectionStatus"] = {"Status": "connected"}
    await gateway.connection_status("i-1")
    assert fake_aws.connections == 1
    await gateway.close()
    await wait_until("the connection is closed", lambda: fake_aws.connections == 0)
    with pytest.raises(ConnectionFailed, match="closing"):
        await gateway.connection_status("i-1")


async def test_nothing_secret_is_logged(
    gateway: BotoGateway, fake_aws: FakeAws, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fake_aws.answers["StartSession"] = GRANT
    grant = await gateway.start_session(StartRequest("i-1"))
    await gateway.sign_stream("ws://127.0.0.1/x")
    shown = caplog.text + repr(grant) + repr(gateway) + repr(vars(gateway))
    assert "secret" not in shown
    assert "Signature=" not in shown


async def test_a_past_session_is_asked_for_by_its_id(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    record = {"SessionId": "ops-1", "Target": "i-1", "Status": "Terminated", "Details": "idle"}
    fake_aws.answers["DescribeSessions"] = [{"Sessions": [record]}, {"Sessions": []}]
    found = await gateway.past_session("ops-1")
    assert found is not None
    assert (found.session_id, found.status, found.details) == ("ops-1", "Terminated", "idle")
    assert fake_aws.of("DescribeSessions") == [
        {"State": "History", "Filters": [{"key": "SessionId", "value": "ops-1"}]}
    ]
    assert await gateway.past_session("ops-2") is None


async def test_a_data_key_has_64_bytes_is_bound_to_its_session_and_is_not_shown(
    gateway: BotoGateway, fake_aws: FakeAws
) -> None:
    plain, blob = bytes(range(64)), b"sealed"
    fake_aws.answers["GenerateDataKey"] = {
        "Plaintext": base64.b64encode(plain).decode(),
        "CiphertextBlob": base64.b64encode(blob).decode(),
        "KeyId": "arn:aws:kms:eu-west-1:123456789012:key/1",
    }
    context = {"aws:ssm:SessionId": "ops-1", "aws:ssm:TargetId": "i-1"}
    key = await gateway.generate_data_key("alias/ssm", context)
    assert (key.plaintext, key.ciphertext) == (plain, blob)
    assert fake_aws.of("GenerateDataKey") == [{"KeyId": "alias/ssm", "NumberOfBytes": 64, "EncryptionContext": context}]
    assert repr(key) == "DataKey()"


async def test_edge_64_a_key_that_is_denied_names_the_permission(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    message = "User: jane is not authorized to perform: kms:GenerateDataKey on resource: key/1"
    fake_aws.answers["GenerateDataKey"] = Refusal("AccessDeniedException", message)
    with pytest.raises(AccessDenied) as denied:
        await gateway.generate_data_key("alias/ssm", {})
    assert "kms:GenerateDataKey" in denied.value.remedy


async def test_nodes_are_asked_for_by_a_tag(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["DescribeInstanceInformation"] = {
        "InstanceInformationList": [{"InstanceId": "i-1"}, {"InstanceId": "mi-2"}]
    }
    assert [node.id for node in await gateway.nodes_tagged("env", ["prod", "test"])] == ["i-1", "mi-2"]
    assert fake_aws.of("DescribeInstanceInformation") == [
        {"Filters": [{"Key": "tag:env", "Values": ["prod", "test"]}], "MaxResults": 50}
    ]


KEY = f"ssh-ed25519 {'A' * 68}"


async def test_a_key_for_ssh_is_sent_with_its_user(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["SendSSHPublicKey"] = [{"RequestId": "1", "Success": True}, {"RequestId": "2"}]
    await gateway.send_ssh_public_key("i-0a1b2c3d4e5f60718", "ec2-user", KEY)
    assert fake_aws.of("SendSSHPublicKey") == [
        {"InstanceId": "i-0a1b2c3d4e5f60718", "InstanceOSUser": "ec2-user", "SSHPublicKey": KEY}
    ]
    with pytest.raises(ServiceError, match="without success"):
        await gateway.send_ssh_public_key("i-0a1b2c3d4e5f60718", "ec2-user", KEY)


@pytest.mark.parametrize(
    ("code", "kind", "remedy"),
    [
        ("AuthException", AccessDenied, "ec2-instance-connect:SendSSHPublicKey"),
        ("AccessDeniedException", AccessDenied, "ec2-instance-connect:SendSSHPublicKey"),
        ("EC2InstanceNotFoundException", ServiceError, "Only instances of EC2"),
        ("EC2InstanceStateInvalidException", ServiceError, "Only instances of EC2"),
        ("EC2InstanceUnavailableException", ServiceError, ""),
        ("ThrottlingException", Throttled, "Wait a moment"),
    ],
)
async def test_a_key_that_is_refused_says_what_to_do(
    gateway: BotoGateway, fake_aws: FakeAws, code: str, kind: type[ServiceError], remedy: str
) -> None:
    fake_aws.answers["SendSSHPublicKey"] = Refusal(code, "The service's own words.")
    with pytest.raises(kind) as refused:
        await gateway.send_ssh_public_key("i-0a1b2c3d4e5f60718", "ec2-user", KEY)
    assert refused.value.detail == "The service's own words."
    assert remedy in refused.value.remedy


async def test_an_active_session_is_asked_for_by_its_id(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    record = {"SessionId": "ops-1", "Status": "Connected", "StartDate": 1700000000.0, "MaxSessionDuration": "60"}
    fake_aws.answers["DescribeSessions"] = [{"Sessions": [record]}, {"Sessions": []}]
    found = await gateway.active_session("ops-1")
    assert found is not None
    assert found.started is not None
    assert (found.started.timestamp(), found.max_minutes) == (1700000000.0, 60)
    assert fake_aws.of("DescribeSessions") == [{"State": "Active", "Filters": [{"key": "SessionId", "value": "ops-1"}]}]
    assert await gateway.active_session("ops-2") is None


async def test_the_accounts_alias(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    answer = (
        "<ListAccountAliasesResponse><ListAccountAliasesResult><AccountAliases>{}</AccountAliases>"
        "<IsTruncated>false</IsTruncated></ListAccountAliasesResult></ListAccountAliasesResponse>"
    )
    fake_aws.answers["ListAccountAliases"] = [
        answer.format("<member>acme-prod</member>"),
        answer.format(""),
        Refusal("AccessDenied", "no", 403),
    ]
    assert [await gateway.account_alias() for _ in range(3)] == ["acme-prod", "", ""]


async def test_the_regions_of_the_account_or_all_where_that_is_denied(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    items = "".join(f"<item><regionName>{name}</regionName></item>" for name in ("us-east-1", "eu-west-1"))
    fake_aws.answers["DescribeRegions"] = [
        f"<DescribeRegionsResponse><regionInfo>{items}</regionInfo></DescribeRegionsResponse>",
        Refusal("UnauthorizedOperation", "no", 403),
    ]
    assert await gateway.regions() == ["eu-west-1", "us-east-1"]
    known = await gateway.regions()
    assert {"eu-west-1", "us-east-1", "ap-southeast-2"} <= set(known)
    assert not any(region.startswith(("cn-", "us-gov-")) for region in known), "those are other partitions"


async def test_regions_that_the_account_has_not_enabled(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    told = {"us-east-1": "opt-in-not-required", "af-south-1": "not-opted-in", "me-south-1": "opted-in", "xx-new-1": ""}
    items = "".join(
        f"<item><regionName>{name}</regionName><optInStatus>{status}</optInStatus></item>"
        for name, status in told.items()
    )
    fake_aws.answers["DescribeRegions"] = [
        f"<DescribeRegionsResponse><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
    ]
    assert await gateway.region_list() == [
        Region("af-south-1", False),
        Region("me-south-1", True),
        Region("us-east-1", True),
        Region("xx-new-1", None),
    ]
    assert fake_aws.of("DescribeRegions")[0].get("AllRegions") == "true"
    for code, status in (("UnauthorizedOperation", 403), ("AuthFailure", 401)):
        fake_aws.answers["DescribeRegions"] = [Refusal(code, "no", status)] * 4
        assert Region("eu-west-1", None) in await gateway.region_list(), code
    fake_aws.answers["DescribeRegions"] = [Refusal("RequestLimitExceeded", "slow", 503)] * 4
    with pytest.raises(Throttled):
        await gateway.region_list()


async def test_one_node_as_it_is_now(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["DescribeInstanceInformation"] = [
        {"InstanceInformationList": [{**node(1), "IsLatestVersion": False}]},
        {"InstanceInformationList": []},
        Refusal("InvalidInstanceId", "no such"),
        Refusal("ThrottlingException", "slow"),
    ]
    found = await gateway.node(f"i-{1:017x}")
    assert found is not None
    assert (found.name, found.agent_is_latest) == ("host-1", False)
    assert fake_aws.of("DescribeInstanceInformation") == [
        {"Filters": [{"Key": "InstanceIds", "Values": [f"i-{1:017x}"]}]}
    ]
    assert await gateway.node("i-2") is None
    assert await gateway.node("i-3") is None
    with pytest.raises(Throttled):
        await gateway.node("i-4")


async def test_one_instance_as_it_is_now(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    instance = (
        "<item><instanceId>i-1</instanceId><instanceState><name>stopped</name></instanceState>"
        "<stateReason><message>Client.UserInitiatedShutdown: by the user</message></stateReason>"
        "<launchTime>2026-01-15T12:00:00.000Z</launchTime><iamInstanceProfile><arn>arn:profile/Ops</arn>"
        "</iamInstanceProfile><vpcId>vpc-1</vpcId><subnetId>subnet-1</subnetId>"
        "<privateIpAddress>10.0.0.1</privateIpAddress><platformDetails>Linux/UNIX</platformDetails>"
        "<tagSet><item><key>env</key><value>prod</value></item></tagSet></item>"
    )
    fake_aws.answers["DescribeInstances"] = [
        "<DescribeInstancesResponse><reservationSet><item><instancesSet>"
        f"{instance}</instancesSet></item></reservationSet></DescribeInstancesResponse>",
        Refusal("InvalidInstanceID.NotFound", "no such"),
        NO_INSTANCES,
        Refusal("UnauthorizedOperation", "no", 403),
    ]
    found = await gateway.instance("i-1")
    assert found is not None
    assert (found.state, found.instance_profile) == ("stopped", "arn:profile/Ops")
    assert found.state_reason == "Client.UserInitiatedShutdown: by the user"
    assert found.launched == datetime(2026, 1, 15, 12, tzinfo=UTC)
    assert found.tags == {"env": "prod"}
    assert await gateway.instance("i-2") is None
    assert await gateway.instance("i-3") is None
    with pytest.raises(AccessDenied):
        await gateway.instance("i-4")


async def test_access_is_asked_for_and_looked_after(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["StartAccessRequest"] = [{"AccessRequestId": "oi-0123456789ab"}, {}]
    credentials = {
        "AccessKeyId": "ASIA",
        "SecretAccessKey": "approved-secret",
        "SessionToken": "t",
        "ExpirationTime": 1768478400.0,
    }
    fake_aws.answers["GetAccessToken"] = [
        {"AccessRequestStatus": "Pending"},
        {"AccessRequestStatus": "Thinking"},
        {"AccessRequestStatus": "Approved"},
        {"AccessRequestStatus": "Approved", "Credentials": credentials},
        {"AccessRequestStatus": "Rejected", "Credentials": credentials},
    ]
    assert await gateway.start_access_request("i-1", "incident 42") == "oi-0123456789ab"
    assert fake_aws.of("StartAccessRequest") == [
        {"Reason": "incident 42", "Targets": [{"Key": "InstanceIds", "Values": ["i-1"]}]}
    ]
    with pytest.raises(ServiceError, match="without an id"):
        await gateway.start_access_request("i-1", "incident 42")
    tokens = [await gateway.access_token("oi-0123456789ab") for _ in range(5)]
    assert [token.status.value for token in tokens] == ["Pending", "Pending", "Pending", "Approved", "Rejected"]
    granted = tokens[3].credentials
    assert granted is not None
    assert granted.expires == datetime.fromtimestamp(1768478400.0, UTC)
    assert [token.credentials for token in tokens if token is not tokens[3]] == [None] * 4
    assert "approved-secret" not in repr(tokens)
