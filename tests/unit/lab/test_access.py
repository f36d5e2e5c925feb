"""Just-in-time access: from the request to the session that the returned credentials start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from ssmtui.lab.access import needs_approval
from ssmtui.lab.fault_spec import parse_faults
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.lab.lab_node import LabNode
from tests.support.lab_client import Aws, signed_headers
from tests.unit.lab.conftest import AwsOf


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def options(clock: Clock) -> LabOptions:
    return LabOptions(start_delay=0.0, now=clock, approve_after=5.0)


@pytest.fixture
def staging(aws_of: AwsOf) -> Aws:
    return aws_of("staging")


def guarded(lab: Lab) -> list[LabNode]:
    return [node for node in lab.site("staging").fleet if needs_approval(node)]


async def ask(aws: Aws, node: LabNode, reason: str = "look at the queue") -> str:
    targets = [{"Key": "InstanceIds", "Values": [node.id]}]
    answer = await aws.call("ssm", "StartAccessRequest", Reason=reason, Targets=targets)
    return str(answer["AccessRequestId"])


async def status(aws: Aws, request_id: str) -> str:
    return str((await aws.call("ssm", "GetAccessToken", AccessRequestId=request_id))["AccessRequestStatus"])


async def approved(lab: Lab, staging: Aws, node: LabNode) -> Aws:
    """Clients with the credentials of an approved request."""
    request_id = await ask(staging, node)
    lab.approve(request_id)
    given = (await staging.call("ssm", "GetAccessToken", AccessRequestId=request_id))["Credentials"]
    return _with(lab, given)


def _with(lab: Lab, given: dict[str, Any]) -> Aws:
    aws = Aws(lab.address, "staging")
    aws._clients["ssm"] = aws.client("ssm", **_keys(given))
    aws._clients["ec2"] = aws.client("ec2", **_keys(given))
    return aws


def _keys(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


async def refused(aws: Aws, operation: str, service: str = "ssm", **parameters: object) -> str:
    with pytest.raises(ClientError) as error:
        await aws.call(service, operation, **parameters)
    return str(error.value.response["Error"]["Code"])


async def test_a_guarded_node_refuses_whoever_has_no_approval(lab: Lab, staging: Aws) -> None:
    assert len(guarded(lab)) == 3
    assert await refused(staging, "StartSession", Target=guarded(lab)[0].id) == "AccessDeniedException"


async def test_a_request_is_pending_then_approved_by_itself(lab: Lab, staging: Aws, clock: Clock) -> None:
    request_id = await ask(staging, guarded(lab)[0])
    assert await status(staging, request_id) == "Pending"
    clock.wait(4.9)
    assert await status(staging, request_id) == "Pending"
    clock.wait(0.2)
    assert await status(staging, request_id) == "Approved"


@pytest.mark.parametrize(
    ("reason", "fate"), [("please reject", "Rejected"), ("let it Expire", "Expired"), ("revoke this", "Revoked")]
)
async def test_words_of_the_reason_decide_otherwise(
    lab: Lab, staging: Aws, clock: Clock, reason: str, fate: str
) -> None:
    request_id = await ask(staging, guarded(lab)[0], reason)
    clock.wait(5)
    assert await status(staging, request_id) == fate


async def test_approved_credentials_are_good_for_a_session_on_that_node_only(lab: Lab, staging: Aws) -> None:
    node, other, *_ = guarded(lab)
    aws = await approved(lab, staging, node)
    grant = await aws.call("ssm", "StartSession", Target=node.id)
    (session,) = (await staging.call("ssm", "DescribeSessions", State="Active"))["Sessions"]
    assert session["AccessType"] == "JustInTime"
    assert await refused(aws, "StartSession", Target=other.id) == "AccessDeniedException"
    assert await refused(aws, "DescribeInstanceInformation") == "AccessDeniedException"
    assert await refused(aws, "DescribeInstances", service="ec2") == "UnauthorizedOperation"
    plain = lab.site("staging").fleet[0]
    theirs = await staging.call("ssm", "StartSession", Target=plain.id)
    assert await refused(aws, "TerminateSession", SessionId=theirs["SessionId"]) == "AccessDeniedException"
    assert (await aws.call("ssm", "ResumeSession", SessionId=grant["SessionId"]))["TokenValue"]
    assert (await aws.call("ssm", "TerminateSession", SessionId=grant["SessionId"]))["SessionId"] == grant["SessionId"]
    aws.close()


async def upgrade(lab: Lab, url: str, keys: dict[str, Any]) -> int:
    """The status of a web socket's upgrade that is signed with these."""
    credentials = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys.get("SessionToken"))
    headers = signed_headers(lab, url, credentials=credentials)
    try:
        async with connect(url, additional_headers=headers, compression=None):
            return 101
    except InvalidStatus as answer:
        return answer.response.status_code


async def test_the_web_socket_is_open_to_the_sessions_own_credentials(lab: Lab, staging: Aws) -> None:
    given = []
    for node in guarded(lab)[:2]:
        request_id = await ask(staging, node)
        lab.approve(request_id)
        given.append((await staging.call("ssm", "GetAccessToken", AccessRequestId=request_id))["Credentials"])
    aws = _with(lab, given[0])
    url = (await aws.call("ssm", "StartSession", Target=guarded(lab)[0].id))["StreamUrl"]
    assert await upgrade(lab, url, given[0]) == 101
    assert await upgrade(lab, url, given[1]) == 403
    assert await upgrade(lab, url, {**given[0], "SessionToken": "other"}) == 403
    prod = lab.address.profiles["prod"]
    assert (
        await upgrade(lab, url, {"AccessKeyId": prod.access_key_id, "SecretAccessKey": prod.secret_access_key}) == 404
    )
    aws.close()


async def test_credentials_end_with_their_time_and_with_a_revocation(lab: Lab, staging: Aws, clock: Clock) -> None:
    node = guarded(lab)[0]
    late = await approved(lab, staging, node)
    clock.wait(3_600)
    assert await refused(late, "StartSession", Target=node.id) == "ExpiredTokenException"
    late.close()
    request_id = await ask(staging, node)
    lab.approve(request_id)
    given = (await staging.call("ssm", "GetAccessToken", AccessRequestId=request_id))["Credentials"]
    lab.reject(request_id, "Revoked")
    assert await status(staging, request_id) == "Revoked"
    revoked = _with(lab, given)
    assert await refused(revoked, "StartSession", Target=node.id) == "UnrecognizedClientException"
    revoked.close()


async def test_a_node_that_needs_no_approval_has_it_at_once(lab: Lab, staging: Aws) -> None:
    assert await status(staging, await ask(staging, lab.site("staging").fleet[0])) == "Approved"


async def test_a_request_may_be_rejected_by_hand(lab: Lab, staging: Aws) -> None:
    request_id = await ask(staging, guarded(lab)[0])
    lab.reject(request_id)
    assert await status(staging, request_id) == "Rejected"
    with pytest.raises(KeyError):
        lab.approve("oi-000000000000")


async def test_what_is_refused(lab: Lab, staging: Aws, aws: Aws) -> None:
    targets = [{"Key": "InstanceIds", "Values": [guarded(lab)[0].id]}]
    nobody = [{"Key": "InstanceIds", "Values": ["i-0123456789abcdef0"]}]
    assert await refused(aws, "StartAccessRequest", Reason="x", Targets=targets) == "ValidationException"
    assert await refused(staging, "StartAccessRequest", Reason="x", Targets=[]) == "ValidationException"
    assert await refused(staging, "StartAccessRequest", Reason="x", Targets=nobody) == "ResourceNotFoundException"
    assert await refused(staging, "GetAccessToken", AccessRequestId="oi-0") == "ResourceNotFoundException"
    for _ in range(50):
        await ask(staging, guarded(lab)[0])
    assert await refused(staging, "StartAccessRequest", Reason="x", Targets=targets) == "ServiceQuotaExceededException"


async def test_d7_approved_credentials_start_the_default_document_only(lab: Lab, staging: Aws) -> None:
    node = guarded(lab)[0]
    aws = await approved(lab, staging, node)
    for document in ("AWS-StartPortForwardingSession", "AWS-StartInteractiveCommand"):
        code = await refused(aws, "StartSession", Target=node.id, DocumentName=document)
        assert code == "AccessDeniedException"
    assert await aws.call("ssm", "StartSession", Target=node.id, DocumentName="SSM-SessionManagerRunShell")
    aws.close()


async def test_d8_a_partition_without_approvals_does_not_know_the_call(lab: Lab, staging: Aws) -> None:
    lab.faults.spec = parse_faults("no-approvals")
    targets = [{"Key": "InstanceIds", "Values": [guarded(lab)[0].id]}]
    assert await refused(staging, "StartAccessRequest", Reason="x", Targets=targets) == "UnknownOperationException"
