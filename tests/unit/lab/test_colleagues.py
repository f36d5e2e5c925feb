"""The sessions of other people that a lab is born with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ssmtui.lab.lab import Lab, LabOptions
from tests.support.lab_client import Aws
from tests.unit.lab.conftest import NOW, AwsOf


@pytest.fixture
def options() -> LabOptions:
    return LabOptions(start_delay=0.0, now=lambda: NOW, colleagues=450)


async def all_sessions(aws: Aws, state: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    token = None
    while True:
        more = {"NextToken": token} if token else {}
        answer = await aws.call("ssm", "DescribeSessions", State=state, MaxResults=200, **more)
        found += answer["Sessions"]
        token = answer.get("NextToken")
        if not token:
            return found


async def test_they_are_listed_newest_first_on_nodes_that_are_connected(lab: Lab, aws: Aws) -> None:
    running = await all_sessions(aws, "Active")
    assert len({one["SessionId"] for one in running}) == 450
    assert {one["Status"] for one in running} == {"Connected", "Disconnected"}
    started = [one["StartDate"].timestamp() for one in running]
    assert started == sorted(started, reverse=True)
    assert min(started) >= (NOW - timedelta(hours=4)).timestamp()
    assert all((node := lab.fleet.find(str(one["Target"]))) and node.connected for one in running)
    assert not any(str(one["Owner"]).endswith("/jane") for one in running)


async def test_places_without_nodes_have_none(aws_of: AwsOf) -> None:
    assert await all_sessions(aws_of("prod", "eu-west-3"), "Active") == []


@pytest.mark.parametrize("call", ["TerminateSession", "ResumeSession"])
async def test_only_their_owners_may_end_or_resume_them(aws: Aws, call: str) -> None:
    one = (await all_sessions(aws, "Active"))[0]
    with pytest.raises(ClientError) as refused:
        await aws.call("ssm", call, SessionId=one["SessionId"])
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


async def test_one_that_is_ended_is_of_the_past_at_once(lab: Lab, aws: Aws) -> None:
    one = next(iter(lab.book))
    lab.site().live.terminate(one)
    assert one.session_id in [past["SessionId"] for past in await all_sessions(aws, "History")]
    assert len(await all_sessions(aws, "Active")) == 449


def test_a_seed_makes_the_same_ones() -> None:
    made = [[one.session_id for one in Lab(LabOptions(now=lambda: NOW, colleagues=5)).book] for _ in range(2)]
    assert made[0] == made[1]


def test_no_id_is_there_in_two_accounts_or_regions() -> None:
    lab = Lab(LabOptions(now=lambda: NOW, colleagues=20))
    books = [lab.site(*place).book for place in ((None, None), ("staging", None), ("prod", "us-east-1"))]
    ids = [one.session_id for book in books for one in book]
    assert len(set(ids)) == len(ids) > 60
