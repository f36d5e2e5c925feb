"""Fleets that change while they are looked at, and nodes as nobody expects them."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

import pytest

from ssmtui.lab.fault_spec import NO_FAULTS, parse_faults
from ssmtui.lab.faults import LabFaults
from ssmtui.lab.faulty_fleet import FaultyFleet
from ssmtui.lab.fleet import LabFleet
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.lab.lab_node import LabNode
from tests.support.lab_client import Aws
from tests.unit.lab.conftest import NOW


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def churning(faults: str, size: int = 1_000) -> tuple[FaultyFleet, Clock]:
    clock = Clock()
    return FaultyFleet(size, 1, clock, LabFaults(parse_faults(faults)), NO_FAULTS), clock


def seen(fleet: LabFleet) -> dict[str, LabNode]:
    return {node.id: node for _, node in fleet.scan(0)}


def test_nothing_changes_without_a_fault() -> None:
    fleet, clock = churning("")
    before = list(fleet.scan(0))
    clock.now += timedelta(days=1)
    assert list(fleet.scan(0)) == before == list(enumerate(LabFleet(1_000, 1, lambda: NOW)))


def test_each_period_the_asked_share_of_the_nodes_changes_and_nothing_between() -> None:
    fleet, clock = churning("churn=0.02:10s")
    before = seen(fleet)
    assert before == {node.id: node for node in LabFleet(1_000, 1, lambda: NOW)}
    for _ in range(3):
        clock.now += timedelta(seconds=9.9)
        assert seen(fleet) == before
        clock.now += timedelta(seconds=0.1)
        after = seen(fleet)
        changed = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
        assert 10 <= len(changed) <= 21
        before = after


def test_nodes_are_lost_and_found_updated_gone_and_new_and_all_of_it_again_the_same_way() -> None:
    fleet, clock = churning("churn=0.5:10s")
    first = seen(fleet)
    clock.now += timedelta(seconds=30)
    later = seen(fleet)
    assert first.keys() - later.keys()
    assert later.keys() - first.keys()
    both = [(first[key], later[key]) for key in first.keys() & later.keys()]
    assert any(one.connected and not two.connected for one, two in both)
    assert any(two.connected and not one.connected for one, two in both)
    assert any(one.agent_version != two.agent_version for one, two in both)
    lost = next(two for one, two in both if one.connected and not two.connected)
    assert NOW < lost.last_ping(clock.now) <= clock.now
    twin, clock.now = churning("churn=0.5:10s")[0], NOW
    assert seen(fleet) == seen(twin) == first


def test_what_is_gone_is_found_by_nobody_and_what_is_there_by_its_id() -> None:
    fleet, clock = churning("churn=0.5:10s")
    first = seen(fleet)
    clock.now += timedelta(seconds=30)
    later = seen(fleet)
    for key in first.keys() | later.keys():
        assert fleet.find(key) == later.get(key)


async def test_odd_nodes_come_through_the_api(lab_with_odds: Aws) -> None:
    answer = await lab_with_odds.call("ssm", "DescribeInstanceProperties", MaxResults=1000)
    found = answer["InstanceProperties"]
    assert {one.get("PingStatus") for one in found} >= {"Online", "Hibernating", None}
    assert {one.get("PlatformType") for one in found} >= {"Linux", "Plan9", None}
    assert max(one["LastPingDateTime"] for one in found if "LastPingDateTime" in one) > NOW + timedelta(days=1)
    assert min(one["LastPingDateTime"] for one in found if "LastPingDateTime" in one).year == 1970
    assert {"InstanceId": found[7]["InstanceId"]} == found[7]
    ids = [one["InstanceId"] for one in found]
    assert len(ids) == 50
    assert len(set(ids)) == 48


async def test_odd_tags_come_through_the_api(lab_with_odds: Aws) -> None:
    answer = await lab_with_odds.call("ec2", "DescribeInstances", MaxResults=1000)
    tags = [tag for one in answer["Reservations"] for tag in one["Instances"][0].get("Tags", [])]
    text = "".join(tag["Key"] + tag["Value"] for tag in tags)
    assert {"Cc", "Cf", "Zl", "Mn"} <= {unicodedata.category(letter) for letter in text}
    assert "\n" in text
    assert "\x9b" in text
    assert "\x1b" not in text
    assert max(len(tag["Value"]) for tag in tags) == 256
    assert max(len(tag["Key"]) for tag in tags) == 128
    assert any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)
    assert any(not one["Instances"][0].get("Tags") for one in answer["Reservations"])
    nodes = (await lab_with_odds.call("ssm", "DescribeInstanceProperties", MaxResults=1000))["InstanceProperties"]
    assert any("\x1b" in one.get("ComputerName", "") for one in nodes)


async def test_a_session_starts_on_a_node_of_an_odd_name(lab_with_odds: Aws) -> None:
    answer = await lab_with_odds.call("ssm", "DescribeInstanceInformation", MaxResults=50)
    online = [one["InstanceId"] for one in answer["InstanceInformationList"] if one.get("PingStatus") == "Online"]
    for node_id in online[:9]:
        grant = await lab_with_odds.call("ssm", "StartSession", Target=node_id)
        await lab_with_odds.call("ssm", "TerminateSession", SessionId=grant["SessionId"])


@pytest.fixture
def options(request: pytest.FixtureRequest) -> LabOptions:
    return LabOptions(start_delay=0.0, now=lambda: NOW, faults=parse_faults("odd-nodes,odd-tags"))


@pytest.fixture
def lab_with_odds(lab: Lab, aws: Aws) -> Aws:
    return aws
