"""The gateways of all scopes: opened when first asked, AWS profiles shared by regions, the demo's box sealed."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ssmtui.aws.gateways import BotoGateways, open_gateways
from ssmtui.aws.session import StaticCredentials, StaticProfile
from ssmtui.errors import ConfigurationError, ConnectionFailed, CredentialsError, ServiceError
from ssmtui.model import AccessCredentials, AwsProfile, CredentialFacts, Scope, StartRequest
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.tasks import Tasks
from tests.support.fake_aws import FakeAws, Refusal
from tests.support.wait import wait_until

STATIC = StaticCredentials("AKIDLAB", "lab-secret")
CONFIG = """
[default]
region = eu-west-1
[profile ops]
region = eu-west-2
sso_session = corp
sso_account_id = 345678901234
[profile role]
role_arn = arn:aws:iam::123456789012:role/Ops
source_profile = old
[profile web]
role_arn = arn:aws:iam::123456789012:role/Ops
web_identity_token_file = token
[profile tool]
credential_process = tool
[sso-session corp]
sso_start_url = https://corp
"""
CREDENTIALS = "[old]\naws_access_key_id = AKIDOLD\naws_secret_access_key = s\n"


@pytest.fixture
def aws(fake_aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *args: 0.0)
    fake_aws.answers["GetConnectionStatus"] = {"Status": "connected"}
    return fake_aws


@pytest.fixture
async def demo(aws: FakeAws) -> AsyncIterator[BotoGateways]:
    profiles = {
        name: StaticProfile(StaticCredentials(f"AKID{name.upper()}", "s"), region)
        for name, region in {"staging": "us-east-1", "audit": "eu-west-1"}.items()
    }
    gateways = await open_gateways(None, "eu-west-1", aws.url, STATIC, profiles)
    yield gateways
    await gateways.close()


def write_config(home: Path, config: str = CONFIG) -> None:
    folder = home / ".aws"
    folder.mkdir(exist_ok=True)
    (folder / "config").write_text(config)
    (folder / "credentials").write_text(CREDENTIALS)


def signers(aws: FakeAws) -> list[str]:
    """Access key and region of each call."""
    scopes = [call.headers["Authorization"].split("Credential=")[1].split("/") for call in aws.calls]
    return [f"{key} {region}" for key, _, region, *_ in scopes]


async def test_each_scope_has_one_gateway_with_its_credentials_and_its_region(demo: BotoGateways, aws: FakeAws) -> None:
    assert demo.default == Scope(None, "eu-west-1", aws.url)
    assert demo.gateway() is demo.gateway(demo.default)
    staging = Scope("staging", "us-east-1", aws.url)
    assert demo.gateway(staging) is demo.gateway(Scope("staging", "us-east-1", aws.url))
    for scope in (None, staging, Scope(None, "eu-west-3")):
        assert await demo.gateway(scope).connection_status("i-1")
    assert signers(aws) == ["AKIDLAB eu-west-1", "AKIDSTAGING us-east-1", "AKIDLAB eu-west-3"]
    assert demo.gateway(staging).scope == staging


async def test_a_demo_has_its_own_aws_profiles_and_reads_no_others(
    home: Path, demo: BotoGateways, aws: FakeAws
) -> None:
    write_config(home)
    assert await demo.aws_profiles() == (
        AwsProfile("staging", "us-east-1", "keys"),
        AwsProfile("audit", "eu-west-1", "keys"),
    )
    with pytest.raises(ConfigurationError, match="old"):
        await demo.gateway(Scope("old", "eu-west-1", aws.url)).connection_status("i-1")
    assert aws.calls == []


async def test_the_aws_profiles_of_a_person_with_their_kinds(home: Path) -> None:
    write_config(home)
    gateways = await open_gateways()
    assert set(await gateways.aws_profiles()) == {
        AwsProfile("default", "eu-west-1", ""),
        AwsProfile("ops", "eu-west-2", "sso", "345678901234", SignIn(SignInWay.SSO, "corp", "ops")),
        AwsProfile("role", "", "role", "123456789012"),
        AwsProfile("web", "", "web identity", "123456789012"),
        AwsProfile("tool", "", "process"),
        AwsProfile("old", "", "keys"),
    }
    await gateways.close()


async def test_a_sign_in_has_all_that_share_it_read_their_files_anew(home: Path, aws: FakeAws) -> None:
    config = """
[profile mfa]
role_arn = arn:aws:iam::123456789012:role/Ops
source_profile = old
mfa_serial = arn:aws:iam::123456789012:mfa/jane
[profile over]
role_arn = arn:aws:iam::123456789012:role/Far
source_profile = mfa
"""
    write_config(home, config)
    gateways = await open_gateways("old", "eu-west-1", aws.url)
    assert await gateways.gateway().connection_status("i-1")
    write_config(home, config + "[profile old]\naws_access_key_id = NEW\naws_secret_access_key = s\n")
    (home / ".aws" / "credentials").write_text("")
    (sign_in,) = {one.sign_in for one in await gateways.aws_profiles() if one.sign_in}
    gateways.signed_in(sign_in)
    assert await gateways.gateway().connection_status("i-1")
    assert signers(aws) == ["AKIDOLD eu-west-1"] * 2, "it is not for keys"
    facts = await gateways.credential_facts("over")
    assert (facts.kind, facts.missing, facts.sign_in) == ("role", True, sign_in)
    await gateways.close()


async def test_the_credentials_of_a_demo_are_made_up(home: Path, demo: BotoGateways) -> None:
    write_config(home, "[nonsense")
    assert await demo.credential_facts("staging") == CredentialFacts("keys")
    assert (await demo.configuration()).problems == ()


async def test_what_is_wrong_with_the_default_scope_is_told_at_opening(home: Path) -> None:
    with pytest.raises(ConfigurationError, match="region"):
        await open_gateways()
    with pytest.raises(ConfigurationError, match="nope"):
        await open_gateways("nope", "eu-west-1")


async def test_what_is_wrong_with_another_scope_is_told_by_its_first_call(home: Path, aws: FakeAws) -> None:
    write_config(home)
    gateways = await open_gateways("old", "eu-west-1", aws.url)
    stranger = gateways.gateway(Scope("nope", "eu-west-1"))
    with pytest.raises(ConfigurationError, match="nope"):
        await stranger.connection_status("i-1")
    write_config(home, f"{CONFIG}\n[profile nope]\n{CREDENTIALS.partition(']')[2]}")
    assert await stranger.connection_status("i-1"), "it may have been written meanwhile"
    await gateways.close()


async def test_the_endpoint_of_the_command_line_counts_for_all_scopes(home: Path, aws: FakeAws) -> None:
    write_config(home)
    gateways = await open_gateways("old", "eu-west-1", aws.url)
    assert await gateways.gateway(Scope("old", "us-east-1")).connection_status("i-1")
    assert signers(aws) == ["AKIDOLD us-east-1"]
    await gateways.close()


async def test_credentials_by_environment_stay_those_in_other_regions(
    home: Path, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(home)
    monkeypatch.setenv("AWS_PROFILE", "old")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    gateways = await open_gateways(None, "eu-west-1", aws.url)
    assert gateways.default.aws_profile == "old"
    await gateways.gateway().connection_status("i-1")
    await gateways.gateway(Scope("old", "us-east-1")).connection_status("i-1")
    assert signers(aws) == ["AKIDENV eu-west-1", "AKIDENV us-east-1"]
    await gateways.close()


async def test_the_default_profile_is_known_by_its_name_unless_the_environment_goes_before(
    home: Path, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(home)
    gateways = await open_gateways()
    assert gateways.default == Scope("default", "eu-west-1")
    await gateways.close()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    gateways = await open_gateways()
    assert gateways.default == Scope(None, "eu-west-1")
    await gateways.close()


async def test_regions_of_an_aws_profile_share_its_session_and_what_is_read_anew(home: Path, aws: FakeAws) -> None:
    write_config(home)
    gateways = await open_gateways("old", "eu-west-1", aws.url)
    regions = [gateways.gateway(Scope("old", region)) for region in ("us-east-1", "us-west-2")]
    for gateway in regions:
        await gateway.connection_status("i-1")
    (home / ".aws" / "credentials").write_text(CREDENTIALS.replace("AKIDOLD", "AKIDNEW"))
    aws.answers["GetConnectionStatus"] = [Refusal("ExpiredTokenException", "expired"), {"Status": "connected"}]
    for gateway in regions:
        assert await gateway.connection_status("i-1")
    assert signers(aws) == [
        "AKIDOLD us-east-1",
        "AKIDOLD us-west-2",
        "AKIDOLD us-east-1",
        "AKIDNEW us-east-1",
        "AKIDNEW us-west-2",
    ], "the second region has not to be refused first"
    await gateways.close()


async def test_approved_credentials_are_the_only_ones_and_go_with_their_gateway(
    home: Path, demo: BotoGateways, aws: FakeAws
) -> None:
    credentials = AccessCredentials("ASIA-approved", "approved-secret", "approved-token")
    approved = demo.approved(demo.default, credentials)
    assert await approved.connection_status("i-1")
    assert signers(aws) == ["ASIA-approved eu-west-1"]
    assert aws.calls[0].headers["X-Amz-Security-Token"] == "approved-token"
    assert "approved-" not in repr(credentials) + repr(approved) + repr(vars(approved))
    await approved.close()
    await wait_until("its connections are closed", lambda: aws.connections == 0)
    assert await demo.gateway().connection_status("i-1"), "the others go on"


async def test_d9_newer_credentials_of_the_same_access_sign_what_comes_after(demo: BotoGateways, aws: FakeAws) -> None:
    approved = demo.approved(demo.default, AccessCredentials("ASIA-approved", "approved-secret", "approved-token"))
    assert await approved.connection_status("i-1")
    approved.replace_credentials(AccessCredentials("ASIA-newer", "newer-secret", "newer-token"))
    assert await approved.connection_status("i-1")
    assert signers(aws) == ["ASIA-approved eu-west-1", "ASIA-newer eu-west-1"]
    signed = await approved.sign_stream(
        "wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/s?role=publish_subscribe"
    )
    assert "ASIA-newer" in str(signed)
    assert "newer-" not in repr(approved) + repr(vars(approved)) + repr(approved._caller.source)
    await approved.close()
    await wait_until("its connections are closed", lambda: aws.connections == 0)


async def test_approved_credentials_that_have_expired_are_replaced_by_no_others(
    home: Path, demo: BotoGateways, aws: FakeAws
) -> None:
    write_config(home)
    approved = demo.approved(demo.default, AccessCredentials("ASIA-approved", "approved-secret", "approved-token"))
    aws.answers["ResumeSession"] = Refusal("ExpiredTokenException", "expired")
    with pytest.raises(CredentialsError):
        await approved.resume_session("jane-1")
    assert set(signers(aws)) == {"ASIA-approved eu-west-1"}
    await approved.close()


async def test_who_has_to_sign_in_is_told_to_which_aws_profile(home: Path, aws: FakeAws) -> None:
    write_config(home, CONFIG + "[profile 'two words']\nregion = eu-west-1\n")
    gateways = await open_gateways("old", "eu-west-1", aws.url)
    for name, option in {"default": "default", "two words": "'two words'"}.items():
        with pytest.raises(CredentialsError) as refused:
            await gateways.gateway(Scope(name, "eu-west-1")).connection_status("i-1")
        assert f"`aws configure sso --profile {option}`" in refused.value.remedy
    await gateways.close()


async def test_the_demo_names_the_aws_profile_that_is_signed_out(demo: BotoGateways, aws: FakeAws) -> None:
    aws.answers["GetConnectionStatus"] = Refusal("ExpiredTokenException", "expired")
    for _ in range(2):
        with pytest.raises(CredentialsError, match="`aws sso login --profile staging`"):
            await demo.gateway(Scope("staging", "us-east-1", aws.url)).connection_status("i-1")


async def test_closing_closes_all(demo: BotoGateways, aws: FakeAws) -> None:
    scopes = [None, Scope("staging", "us-east-1"), Scope("audit", "us-east-1")]
    for scope in scopes:
        await demo.gateway(scope).connection_status("i-1")
    assert aws.connections == 3
    await demo.close()
    await wait_until("the connections are closed", lambda: aws.connections == 0)
    with pytest.raises(ConnectionFailed, match="closing"):
        await demo.gateway(scopes[1]).connection_status("i-1")


@pytest.mark.parametrize("approved", [False, True])
async def test_fault_4_a_session_whose_start_was_not_heard_of_is_ended_without_the_loop(
    approved: bool, demo: BotoGateways, aws: FakeAws
) -> None:
    gate = threading.Event()
    grant = {"SessionId": "jane-1", "TokenValue": "t", "StreamUrl": "ws://127.0.0.1:1/x"}
    aws.answers["StartSession"] = lambda _: grant if gate.wait(10) else {}
    aws.answers["TerminateSession"] = {"SessionId": "jane-1"}
    gateway = demo.approved(demo.default, AccessCredentials("AKIA", "s", "t")) if approved else demo.gateway()
    tasks = Tasks("test")
    start = tasks.start("start", gateway.start_session(StartRequest("i-1")), awaited=True)
    await wait_until("it is under way", demo.unanswered)
    # From here on the loop stands still: what AWS answers is not taken note of.
    gate.set()
    (call,) = demo.unanswered()
    call.end()
    assert aws.of("TerminateSession") == [{"SessionId": "jane-1"}]
    assert (await start).session_id == "jane-1"
    assert demo.unanswered() == []
    await gateway.close()


@pytest.mark.parametrize("answer", [Refusal("TargetNotConnected"), {"SessionId": "jane-1"}])
async def test_a_start_that_has_failed_is_waited_for_no_more(
    answer: Refusal | dict[str, str], demo: BotoGateways, aws: FakeAws
) -> None:
    aws.answers["StartSession"] = answer
    aws.answers["TerminateSession"] = {"SessionId": "jane-1"}
    with pytest.raises(ServiceError):
        await demo.gateway().start_session(StartRequest("i-1"))
    await wait_until("nothing is under way", lambda: not demo.unanswered())
