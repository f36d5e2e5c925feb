"""Several accounts and regions: who calls is told by the access key, where by the signature."""

from __future__ import annotations

import time

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from ssmtui.lab.aws_config import config_file, environment
from ssmtui.lab.company import ACCOUNT, COMPANY, REGION
from ssmtui.lab.fault_spec import parse_faults
from ssmtui.lab.fleet import LabFleet
from ssmtui.lab.lab import Lab
from ssmtui.lab.places import FleetPlace
from tests.unit.lab.conftest import NOW, AwsOf


def code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


async def listed(aws_of: AwsOf, account: str, region: str | None = None) -> list[str]:
    answer = await aws_of(account, region).call("ssm", "DescribeInstanceInformation", MaxResults=50)
    return [node["InstanceId"] for node in answer["InstanceInformationList"]]


async def test_every_account_and_region_has_nodes_of_its_own(aws_of: AwsOf, lab: Lab) -> None:
    prod, elsewhere = await listed(aws_of, "prod"), await listed(aws_of, "prod", "us-east-1")
    assert prod == [node.id for node in lab.fleet]
    assert elsewhere == [node.id for node in lab.site("prod", "us-east-1").fleet]
    assert len(elsewhere) == 24
    assert set(prod).isdisjoint(elsewhere)
    assert await listed(aws_of, "prod", "us-west-2") == []


async def test_some_ids_are_in_two_accounts(aws_of: AwsOf) -> None:
    prod, staging = await listed(aws_of, "prod"), await listed(aws_of, "staging")
    assert prod[:3] == staging[:3]
    assert set(prod).isdisjoint(staging[3:])


def test_a_node_of_another_place_is_found_by_its_id_and_says_where_it_is() -> None:
    staging = next(account for account in COMPANY if account.name == "staging")
    fleet = LabFleet(30, 1, lambda: NOW, FleetPlace.of(staging, REGION))
    for node in fleet:
        assert fleet.find(node.id) == node
        assert node.name.startswith("staging-")
        assert node.tags["env"] == "staging"
    assert {node.tags["role"] for node in fleet if node.tags.get("access") == "approval"} == {"database"}


def test_the_first_place_is_what_it_always_was() -> None:
    assert list(LabFleet(48, 1, lambda: NOW, FleetPlace.of(COMPANY[0], REGION))) == list(LabFleet(48, 1, lambda: NOW))
    ids = [node.id for node in LabFleet(2, 1, lambda: NOW)]
    assert ids == ["i-00f8021f352afec13", "i-0add9ab387128e2e7"]


async def test_the_caller_and_the_alias_are_the_accounts(aws_of: AwsOf) -> None:
    staging, dev = aws_of("staging"), aws_of("dev")
    identity = await staging.call("sts", "GetCallerIdentity")
    assert identity["Account"] == "210987654321"
    assert identity["Arn"] == "arn:aws:sts::210987654321:assumed-role/Ops/jane@example.com"
    assert (await staging.call("iam", "ListAccountAliases"))["AccountAliases"] == ["example-staging"]
    with pytest.raises(ClientError) as refused:
        await dev.call("iam", "ListAccountAliases")
    assert code(refused) == "AccessDenied"


@pytest.mark.parametrize(
    ("account", "service", "operation", "expected"),
    [
        ("dev", "ec2", "DescribeInstances", "UnauthorizedOperation"),
        ("dev", "ec2", "DescribeRegions", "UnauthorizedOperation"),
        ("staging", "ssm", "DescribeInstanceProperties", "AccessDeniedException"),
        ("sandbox", "ssm", "DescribeInstanceInformation", "ThrottlingException"),
        ("audit", "ssm", "DescribeInstanceInformation", "AccessDeniedException"),
        ("legacy", "ssm", "DescribeInstanceInformation", "ExpiredTokenException"),
        ("legacy", "sts", "GetCallerIdentity", "ExpiredToken"),
        ("legacy", "ec2", "DescribeInstances", "RequestExpired"),
    ],
)
async def test_what_ails_the_accounts_ails_them_every_time(
    aws_of: AwsOf, account: str, service: str, operation: str, expected: str
) -> None:
    aws = aws_of(account)
    for _ in range(2):
        with pytest.raises(ClientError) as refused:
            await aws.call(service, operation)
        assert code(refused) == expected


async def test_a_refusal_is_told_in_awss_own_words(aws_of: AwsOf) -> None:
    with pytest.raises(ClientError) as refused:
        await aws_of("dev").call("ec2", "DescribeInstances")
    assert refused.value.response["Error"]["Message"] == (
        "User: arn:aws:sts::345678901234:assumed-role/Ops/jane@example.com is not authorized to perform: "
        "ec2:DescribeInstances because no identity-based policy allows the ec2:DescribeInstances action"
    )


async def test_regions_are_enabled_by_account_and_refused_where_they_are_not(aws_of: AwsOf) -> None:
    enabled = [one["RegionName"] for one in (await aws_of("prod").call("ec2", "DescribeRegions"))["Regions"]]
    assert "af-south-1" in enabled
    assert "ap-east-1" not in enabled
    every = (await aws_of("staging").call("ec2", "DescribeRegions", AllRegions=True))["Regions"]
    assert {one["OptInStatus"] for one in every} == {"opt-in-not-required", "not-opted-in"}
    with pytest.raises(ClientError) as refused:
        await aws_of("staging", "af-south-1").call("ssm", "DescribeInstanceInformation")
    assert code(refused) == "UnrecognizedClientException"


async def test_a_fault_may_be_of_one_account(aws_of: AwsOf, lab: Lab) -> None:
    lab.fail_next("ListDocuments", "ThrottlingException", account="management")
    await aws_of("prod").call("ssm", "ListDocuments")
    with pytest.raises(ClientError) as refused:
        await aws_of("management").call("ssm", "ListDocuments")
    assert code(refused) == "ThrottlingException"


async def test_a_session_of_one_account_is_none_of_anothers(aws_of: AwsOf, lab: Lab) -> None:
    node = lab.site("management").fleet[0]
    grant = await aws_of("management").call("ssm", "StartSession", Target=node.id)
    for other in (aws_of("prod"), aws_of("management", "us-east-1")):
        with pytest.raises(ClientError) as refused:
            await other.call("ssm", "ResumeSession", SessionId=grant["SessionId"])
        assert code(refused) == "AccessDeniedException"
    await aws_of("management").call("ssm", "TerminateSession", SessionId=grant["SessionId"])


async def test_sessions_start_in_every_place_where_nodes_are(aws_of: AwsOf, lab: Lab) -> None:
    node = lab.site("prod", "us-east-1").fleet[0]
    with pytest.raises(ClientError) as refused:
        await aws_of("prod").call("ssm", "StartSession", Target=node.id)
    assert code(refused) == "TargetNotConnected"
    grant = await aws_of("prod", "us-east-1").call("ssm", "StartSession", Target=node.id)
    assert lab.site("prod", "us-east-1").book.find(grant["SessionId"])


async def test_the_configuration_file_has_an_aws_profile_for_each_account_and_goes(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    with config_file(lab.address) as file:
        assert file.stat().st_mode & 0o777 == 0o600
        for name, value in environment(lab.address, file).items():
            monkeypatch.setenv(name, value)
        assert Session().available_profiles == [account.name for account in COMPANY]
        session = Session(profile="management")
        assert session.get_credentials().access_key == lab.address.profiles["management"].access_key_id
        client = session.create_client("sts", config=Config(retries={"total_max_attempts": 1}))
        assert client.meta.region_name == REGION
        assert client.meta.endpoint_url == lab.address.endpoint_url
        client.close()
    assert not file.exists()


async def test_no_secret_is_shown(lab: Lab) -> None:
    profile = lab.address.profiles["dev"]
    shown = repr((lab.address, profile, lab.keyring.of(profile.account)))
    assert profile.secret_access_key not in shown


def test_accounts_are_told_apart_by_everything() -> None:
    for facts in ([one.id for one in COMPANY], [one.name for one in COMPANY], [one.caller_id for one in COMPANY]):
        assert len(set(facts)) == len(COMPANY)
    assert COMPANY[0].id == ACCOUNT
    assert not COMPANY[0].troubles


async def test_what_has_stopped_has_a_past(aws_of: AwsOf, lab: Lab) -> None:
    aws = aws_of("prod", "us-east-1")
    past = (await aws.call("ssm", "DescribeSessions", State="History", MaxResults=200))["Sessions"]
    stopped = {node.id for node in lab.site("prod", "us-east-1").fleet.unmanaged if node.state.startswith("stop")}
    assert stopped <= {session["Target"] for session in past}
    assert [one["StartDate"] for one in past] == sorted((one["StartDate"] for one in past), reverse=True)


async def test_a_token_expires_midway_once_and_the_listing_can_be_read_anew(aws_of: AwsOf, lab: Lab) -> None:
    lab.faults.spec = parse_faults("expire-token=3")
    for account in ("prod", "staging"):
        aws = aws_of(account)
        page = await aws.call("ssm", "DescribeInstanceInformation", MaxResults=5)
        page = await aws.call("ssm", "DescribeInstanceInformation", MaxResults=5, NextToken=page["NextToken"])
        with pytest.raises(ClientError) as refused:
            await aws.call("ssm", "DescribeInstanceInformation", MaxResults=5, NextToken=page["NextToken"])
        assert code(refused) == "InvalidNextToken"
        await aws.call("ssm", "DescribeInstanceInformation", MaxResults=5, NextToken=page["NextToken"])


async def test_a_slow_call_takes_its_time_and_others_do_not(aws_of: AwsOf, lab: Lab) -> None:
    lab.faults.spec = parse_faults("slow=DescribeInstances@prod:80ms,slow=*@management:60s")
    prod, staging = (lab.address.profiles[name].account for name in ("prod", "staging"))
    assert lab.sites.delay("DescribeInstances", staging) == lab.sites.delay("DescribeRegions", prod) == 0.0
    started = time.monotonic()
    await aws_of("prod").call("ec2", "DescribeInstances")
    assert time.monotonic() - started >= 0.08
