"""The gateway against an AWS of canned answers: every call goes through botocore and a real socket."""

from __future__ import annotations

import asyncio
import base64
import logging
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ssmtui.aws import boto
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
from ssmtui.model import Identity, Node, StartRequest
from tests.support.fake_aws import FakeAws, Refusal
from tests.support.wait import wait_until

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
    assert gateway.scope.endpoint_url == "http://localhost:4566"
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
    fake_aws.answers["DescribeInstanceInformation"] = {"InstanceInformationList": [node(1)]}
    arn = "arn:aws:sts::123456789012:assumed-role/Ops/jane"
    assert await gateway.identity() == Identity("123456789012", arn, "AROA:jane")
    assert {each.account for each in (await all_nodes(gateway)).values()} == {"123456789012"}


async def test_nodes_of_all_pages_joined_with_ec2(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    pages = [range(start, start + 50) for start in range(0, 1000, 50)]

    def page(arguments: dict[str, Any]) -> dict[str, Any]:
        number = int(arguments.get("NextToken", "0"))
        answer: dict[str, Any] = {"InstanceInformationList": [node(each) for each in pages[number]]}
        return answer | ({"NextToken": str(number + 1)} if number + 1 < len(pages) else {})

    fake_aws.answers["DescribeInstanceInformation"] = page
    fake_aws.answers["DescribeInstances"] = instances(3, 999)
    found = await all_nodes(gateway)
    assert len(found) == 1000
    assert {call["MaxResults"] for call in fake_aws.of("DescribeInstanceInformation")} == {50}
    named = {each.name for each in found.values() if not each.name.startswith("host-")}
    assert named == {"web-3", "web-999"}


async def test_nodes_come_before_ec2_has_answered_and_again_with_its_facts(
    gateway: BotoGateway, fake_aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boto, "JOIN_BATCH", 2)
    gate = threading.Event()

    def late(arguments: dict[str, Any]) -> str:
        gate.wait(10)
        return instances(0, 1, 2)

    fake_aws.answers["DescribeInstanceInformation"] = {"InstanceInformationList": [node(each) for each in range(4)]}
    fake_aws.answers["DescribeInstances"] = late
    pages = gateway.nodes()
    assert [each.name for each in (await anext(pages)).nodes] == ["host-0", "host-1", "host-2", "host-3"]
    gate.set()
    assert [[each.name for each in page.nodes] async for page in pages] == [["web-0", "web-1"], ["web-2"]]


async def test_pages_that_come_after_ec2s_answer_are_joined_at_once(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    gate = threading.Event()

    def page(arguments: dict[str, Any]) -> dict[str, Any]:
        if "NextToken" not in arguments:
            return {"InstanceInformationList": [node(0)], "NextToken": "more"}
        gate.wait(10)
        return {"InstanceInformationList": [node(1)]}

    fake_aws.answers["DescribeInstanceInformation"] = page
    fake_aws.answers["DescribeInstances"] = instances(0, 1)
    pages = gateway.nodes()
    await anext(pages)
    await wait_until("EC2 has been asked", lambda: fake_aws.of("DescribeInstances"))
    later = asyncio.gather(anext(pages))
    await wait_until("EC2's facts are there", lambda: not any("nodes/ec2" in t.get_name() for t in asyncio.all_tasks()))
    gate.set()
    assert [each.name for each in (await later)[0].nodes] == ["web-1"]
    assert [[each.name for each in page.nodes] async for page in pages] in ([["web-0"]], [])


@pytest.mark.parametrize("refusal", [Refusal("UnauthorizedOperation", "no", 403), Refusal("InternalError", "", 500)])
async def test_ec2_may_refuse_without_harm(gateway: BotoGateway, fake_aws: FakeAws, refusal: Refusal) -> None:
    fake_aws.answers["DescribeInstanceInformation"] = {"InstanceInformationList": [node(1)]}
    fake_aws.answers["DescribeInstances"] = refusal
    assert [each.name for each in (await all_nodes(gateway)).values()] == ["host-1"]
    asked = len(fake_aws.of("DescribeInstances"))
    await all_nodes(gateway)
    again = len(fake_aws.of("DescribeInstances")) > asked
    assert again is (refusal.status == 500), "who is denied is not asked again"


async def test_edge_99_a_throttled_page_is_asked_for_again(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["DescribeInstances"] = NO_INSTANCES
    fake_aws.answers["DescribeInstanceInformation"] = [
        {"InstanceInformationList": [node(0)], "NextToken": "a"},
        Refusal("ThrottlingException", "Rate exceeded"),
        {"InstanceInformationList": [node(1)]},
    ]
    assert len(await all_nodes(gateway)) == 2


async def test_edge_99_a_page_token_that_expires_on_the_way(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["DescribeInstanceInformation"] = [
        {"InstanceInformationList": [node(0)], "NextToken": "a"},
        Refusal("InvalidNextToken", "The specified token is not valid."),
    ]
    with pytest.raises(ServiceError, match="Refresh"):
        await all_nodes(gateway)


async def test_the_consoles_list_where_only_that_is_allowed(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["DescribeInstances"] = Refusal("UnauthorizedOperation", "no", 403)
    fake_aws.answers["DescribeInstanceInformation"] = Refusal("AccessDeniedException", "no")
    row = {**node(1), "Name": "web-1", "InstanceType": "t3.micro", "AvailabilityZone": "eu-west-1a"}
    fake_aws.answers["DescribeInstanceProperties"] = {"InstanceProperties": [row]}
    found = (await all_nodes(gateway)).popitem()[1]
    assert (found.name, found.instance_type, found.zone) == ("web-1", "t3.micro", "eu-west-1a")


async def test_nobody_may_list_nodes(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["DescribeInstanceInformation"] = Refusal("AccessDeniedException", "no")
    fake_aws.answers["DescribeInstanceProperties"] = Refusal("AccessDeniedException", "no")
    with pytest.raises(AccessDenied):
        await all_nodes(gateway)


async def test_a_list_that_is_given_up_leaves_no_task(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    gate = threading.Event()

    def late(arguments: dict[str, Any]) -> str:
        gate.wait(10)
        return NO_INSTANCES

    fake_aws.answers["DescribeInstanceInformation"] = {"InstanceInformationList": [node(0)], "NextToken": "a"}
    fake_aws.answers["DescribeInstances"] = late
    before = asyncio.all_tasks()
    pages = gateway.nodes()
    await anext(pages)
    await pages.aclose()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
    gate.set()


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
    monkeypatch.setattr(boto, "FAREWELL", 0.05)
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


async def test_terminating_what_is_not_ours_is_not(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["TerminateSession"] = Refusal("AccessDeniedException", "no")
    with pytest.raises(AccessDenied):
        await gateway.terminate_session("jane-1")


@pytest.mark.parametrize(("active", "state"), [(True, "Active"), (False, "History")])
async def test_sessions_of_all_pages(gateway: BotoGateway, fake_aws: FakeAws, active: bool, state: str) -> None:
    fake_aws.answers["DescribeSessions"] = [
        {"Sessions": [{"SessionId": "jane-1"}], "NextToken": "a"},
        {"Sessions": [{"SessionId": "jane-2"}]},
    ]
    assert [each.session_id for each in await gateway.sessions(active=active)] == ["jane-1", "jane-2"]
    assert {call["State"] for call in fake_aws.of("DescribeSessions")} == {state}


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


async def test_an_active_session_is_asked_for_by_its_id(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    record = {"SessionId": "ops-1", "Status": "Connected", "StartDate": 1700000000.0, "MaxSessionDuration": "60"}
    fake_aws.answers["DescribeSessions"] = [{"Sessions": [record]}, {"Sessions": []}]
    found = await gateway.active_session("ops-1")
    assert found is not None
    assert found.started is not None
    assert (found.started.timestamp(), found.max_minutes) == (1700000000.0, 60)
    assert fake_aws.of("DescribeSessions") == [{"State": "Active", "Filters": [{"key": "SessionId", "value": "ops-1"}]}]
    assert await gateway.active_session("ops-2") is None
