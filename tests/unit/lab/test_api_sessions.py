"""The session operations, through boto3 and held against its shapes. What a channel does is in ``test_stream``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from ssmtui.lab.api_sessions import SessionApi
from ssmtui.lab.fault_spec import parse_faults
from ssmtui.lab.lab import Lab
from tests.support.lab_client import Aws, ChannelClient
from tests.support.shapes import misfits
from tests.unit.lab.conftest import NOW

StartChannel = Callable[..., Awaitable[ChannelClient]]


async def test_what_a_start_hands_out(start: StartChannel, lab: Lab) -> None:
    grant = (await start(open_channel=False)).grant
    assert grant["SessionId"].startswith("jane@example.com-")
    assert len(grant["TokenValue"]) == 64
    path = f"/v1/data-channel/{grant['SessionId']}?role=publish_subscribe&cell-number="
    assert grant["StreamUrl"].startswith(f"ws://127.0.0.1:{lab.streams.port}{path}")
    assert misfits("ssm", "StartSession", grant) == []


async def test_tokens_and_ids_are_never_the_same(start: StartChannel) -> None:
    grants = [(await start(open_channel=False)).grant for _ in range(3)]
    assert len({grant["TokenValue"] for grant in grants}) == 3
    assert len({grant["SessionId"] for grant in grants}) == 3


async def test_a_session_is_described_while_it_runs_and_after(start: StartChannel, aws: Aws, lab: Lab) -> None:
    client = await start(
        Reason="INC-4711", DocumentName="Ops-TailUnit", Parameters={"unit": ["ssh"]}, open_channel=False
    )
    (found,) = (await aws.call("ssm", "DescribeSessions", State="Active"))["Sessions"]
    assert found == {
        "SessionId": client.grant["SessionId"],
        "Target": lab.fleet.named("web-1").id,
        "Status": "Connecting",
        "StartDate": NOW,
        "DocumentName": "Ops-TailUnit",
        "Owner": "arn:aws:sts::123456789012:assumed-role/Ops/jane@example.com",
        "Reason": "INC-4711",
        "MaxSessionDuration": "60",
        "AccessType": "Standard",
        "OutputUrl": {},
    }


async def test_a_failed_session_tells_why_in_the_history(start: StartChannel, aws: Aws, lab: Lab) -> None:
    client = await start("ad-dc-1", DocumentName="Ops-TailUnit", Parameters={"unit": ["ssh"]})
    await client.until_closed()
    (found,) = await until_in_history(aws, client)
    assert found["Status"] == "Failed"
    assert found["Details"] == "Commands cannot be empty for session type InteractiveCommands"
    assert found["EndDate"] == NOW


async def until_in_history(aws: Aws, client: ChannelClient) -> list[dict[str, object]]:
    mine = [{"key": "SessionId", "value": client.grant["SessionId"]}]
    while True:
        found = await aws.call("ssm", "DescribeSessions", State="History", Filters=mine)
        if found["Sessions"]:
            return list(found["Sessions"])


async def test_the_past_has_a_dozen_sessions_newest_first_in_pages(aws: Aws) -> None:
    first = await aws.call("ssm", "DescribeSessions", State="History", MaxResults=7)
    second = await aws.call("ssm", "DescribeSessions", State="History", MaxResults=7, NextToken=first["NextToken"])
    assert "NextToken" not in second
    started = [session["StartDate"] for session in first["Sessions"] + second["Sessions"]]
    assert len(started) == 12
    assert started == sorted(started, reverse=True)
    assert misfits("ssm", "DescribeSessions", {"Sessions": []}) == []


async def test_raw_answers_fit_their_shape(lab: Lab) -> None:
    api = SessionApi(lab.fleet, lab.documents, lab.book, lab._live, lambda: "ws://x")
    assert misfits("ssm", "DescribeSessions", api.describe_sessions({"State": "History", "MaxResults": 200})) == []


@pytest.mark.parametrize(
    ("key", "value", "count"),
    [
        ("InvokedAfter", (NOW - timedelta(hours=24)).strftime("%Y-%m-%dT%H:%M:%SZ"), 2),
        ("InvokedBefore", (NOW - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ"), 0),
        ("Status", "Terminated", 12),
        ("Status", "Failed", 0),
        ("Target", "i-nope", 0),
        ("Owner", "nobody", 0),
        ("AccessType", "Standard", 12),
        ("AccessType", "JustInTime", 0),
    ],
)
async def test_filters(aws: Aws, key: str, value: str, count: int) -> None:
    answer = await aws.call(
        "ssm", "DescribeSessions", State="History", MaxResults=50, Filters=[{"key": key, "value": value}]
    )
    assert len(answer["Sessions"]) == count


@pytest.mark.parametrize(
    ("name", "request_fields", "code"),
    [
        ("api-5", {}, "TargetNotConnected"),
        ("lon-print", {}, "TargetNotConnected"),
        ("web-1", {"DocumentName": "nope"}, "InvalidDocument"),
        ("web-1", {"DocumentName": "AWS-RunShellScript"}, "InvalidDocument"),
        ("web-1", {"DocumentName": "Ops-TailUnit"}, "InvalidParameters"),
        ("web-1", {"Parameters": {"surplus": ["x"]}}, "InvalidParameters"),
        ("web-1", {"Reason": "x" * 257}, "ValidationException"),
        ("web-1", {"Reason": "two\nlines"}, "ValidationException"),
    ],
)
async def test_what_a_start_refuses(
    start: StartChannel, aws: Aws, name: str, request_fields: dict[str, object], code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        await start(name, **request_fields)
    assert refused.value.response["Error"]["Code"] == code
    assert (await aws.call("ssm", "DescribeSessions", State="Active"))["Sessions"] == []


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("StartSession", {"Target": "i-0123456789abcdef0"}, "TargetNotConnected"),
        # A session that does not exist has no tag, so the callers' policy does not allow it.
        ("ResumeSession", {"SessionId": "nope"}, "AccessDeniedException"),
        ("TerminateSession", {"SessionId": "nope"}, "AccessDeniedException"),
        ("ResumeSession", {"SessionId": "ecs-execute-command-nope"}, "DoesNotExistException"),
        ("TerminateSession", {"SessionId": "ecs-execute-command-nope"}, "DoesNotExistException"),
        ("DescribeSessions", {"State": "Active", "NextToken": "nonsense"}, "InvalidNextToken"),
        ("DescribeSessions", {"State": "Other"}, "ValidationException"),
        ("DescribeSessions", {"State": "Active", "Filters": [{"key": "Nope", "value": "x"}]}, "InvalidFilterKey"),
        ("DescribeSessions", {"State": "Active", "MaxResults": 201}, "ValidationException"),
        (
            "DescribeSessions",
            {"State": "Active", "Filters": [{"key": "InvokedAfter", "value": "yesterday"}]},
            "ValidationException",
        ),
    ],
)
async def test_refusals(aws: Aws, operation: str, parameters: dict[str, object], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        await aws.call("ssm", operation, **parameters)
    assert refused.value.response["Error"]["Code"] == code


async def test_a_session_that_has_ended_cannot_be_resumed(start: StartChannel, aws: Aws) -> None:
    client = await start()
    await client.until("$ ")
    await client.type("exit\r")
    await client.until_closed()
    await until_in_history(aws, client)
    with pytest.raises(ClientError, match="DoesNotExistException"):
        await aws.call("ssm", "ResumeSession", SessionId=client.grant["SessionId"])


async def test_a_session_that_is_being_ended_cannot_be_resumed(start: StartChannel, aws: Aws, lab: Lab) -> None:
    client = await start()
    await client.until("$ ")
    session = lab.book.find(client.grant["SessionId"])
    assert session is not None
    session.status = "Terminating"
    with pytest.raises(ClientError, match="DoesNotExistException"):
        await aws.call("ssm", "ResumeSession", SessionId=session.session_id)


async def test_terminating_a_session_that_no_client_ever_opened(start: StartChannel, aws: Aws) -> None:
    client = await start(open_channel=False, DocumentName="AWS-StartSSHSession")
    await aws.call("ssm", "TerminateSession", SessionId=client.grant["SessionId"])
    await until_in_history(aws, client)


async def error_of(aws: Aws, operation: str, **parameters: object) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        await aws.call("ssm", operation, **parameters)
    error = refused.value.response["Error"]
    return str(error["Code"]), str(error.get("Message", ""))


async def ended(start: StartChannel, aws: Aws) -> str:
    """A session whose shell has exited."""
    client = await start()
    await client.until("$ ")
    await client.type("exit\r")
    await client.until_closed()
    await until_in_history(aws, client)
    return str(client.grant["SessionId"])


async def test_w3_a_session_that_has_ended_is_in_no_valid_state(start: StartChannel, aws: Aws, lab: Lab) -> None:
    session_id = await ended(start, aws)
    told = await error_of(aws, "TerminateSession", SessionId=session_id)
    assert told == ("ValidationException", "Session is not in a valid state")
    lab.faults.spec = parse_faults("old-terminate")
    assert (await aws.call("ssm", "TerminateSession", SessionId=session_id))["SessionId"] == session_id


async def test_w1_the_sessions_of_others_are_not_ended_nor_resumed(aws: Aws) -> None:
    theirs = (await aws.call("ssm", "DescribeSessions", State="History"))["Sessions"][0]["SessionId"]
    assert (await error_of(aws, "TerminateSession", SessionId=theirs))[0] == "AccessDeniedException"
    assert (await error_of(aws, "ResumeSession", SessionId=theirs))[0] == "AccessDeniedException"


async def test_w4_refused_parameters_may_come_without_a_word(aws: Aws, lab: Lab) -> None:
    web = lab.fleet.named("web-1").id
    lab.faults.spec = parse_faults("silent-refusals")
    told = await error_of(aws, "StartSession", Target=web, DocumentName="Ops-TailUnit")
    assert told == ("InvalidParameters", "")


async def test_w5_an_old_agent_and_the_wrong_tier_are_bad_requests(aws: Aws, lab: Lab) -> None:
    lab.faults.spec = parse_faults("agent-version=3.1.1373.0,standard-tier")
    web = next(node.id for node in lab.fleet if node.connected and not node.hybrid)
    document, given = "AWS-StartPortForwardingSessionToRemoteHost", {"host": ["db-1"], "portNumber": ["80"]}
    told = await error_of(aws, "StartSession", Target=web, DocumentName=document, Parameters=given)
    assert told[0] == "BadRequest"
    assert "remote hosts" in told[1]
    hybrid = next(node.id for node in lab.fleet if node.connected and node.hybrid)
    told = await error_of(aws, "StartSession", Target=hybrid)
    assert told[0] == "BadRequest"
    assert "advanced-instances" in told[1]
    lab.faults.spec = parse_faults("agent-version=3.1.1374.0")
    assert await aws.call("ssm", "StartSession", Target=web, DocumentName=document, Parameters=given)
