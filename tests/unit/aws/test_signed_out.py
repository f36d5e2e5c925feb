"""Calls without usable credentials fail at once, and say which sign-in helps; what fetches credentials slowly holds up
nobody else."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ssmtui.aws.credentials import mfa_source, role_cache_key
from ssmtui.aws.gateways import BotoGateways, open_gateways
from ssmtui.errors import ConfigurationError, CredentialsError, SsmtuiError
from ssmtui.model import Scope
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.tasks import Tasks
from tests.support.fake_aws import FakeAws, Refusal
from tests.support.wait import wait_until

ROLE = "arn:aws:iam::123456789012:role/ops"
SERIAL = "arn:aws:iam::123456789012:mfa/jane"
CONFIG = f"""
[default]
region = eu-west-1
[profile signin]
sso_session = My Corp Ltd
sso_account_id = 123456789012
sso_role_name = Ops
[sso-session 'My Corp Ltd']
sso_start_url = http://127.0.0.1:9/start#/
sso_region = eu-west-2
[profile ops]
role_arn = {ROLE}
source_profile = signin
[profile far]
role_arn = {ROLE}
source_profile = ops
[profile login]
login_session = arn:aws:iam::123456789012:user/jane
[profile mfa]
role_arn = {ROLE}
source_profile = default
mfa_serial = {SERIAL}
[profile over-mfa]
role_arn = {ROLE}2
source_profile = mfa
[profile mfa-over-sso]
role_arn = {ROLE}
source_profile = signin
mfa_serial = {SERIAL}
[profile tool]
credential_process = TOOL
[profile web]
role_arn = {ROLE}
web_identity_token_file = /no-such-folder/token
[profile there]
role_arn = {ROLE}
credential_source = EcsContainer
[profile over-tool]
role_arn = {ROLE}
source_profile = tool
"""
KEYS = "[default]\naws_access_key_id = AKIDKEYS\naws_secret_access_key = s\n"
SSO = SignIn(SignInWay.SSO, "My Corp Ltd", "signin")
MFA = SignIn(SignInWay.MFA, mfa_source(SERIAL, ROLE), "mfa")
MFA_SETTINGS = {"role_arn": ROLE, "mfa_serial": SERIAL}


@pytest.fixture
def aws(fake_aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *args: 0.0)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", fake_aws.url)
    fake_aws.answers["GetConnectionStatus"] = {"Status": "connected"}
    return fake_aws


@pytest.fixture
def tool(home: Path) -> Path:
    """The program of ``credential_process``. It answers once the file ``answer`` is there."""
    file = home / "tool"
    file.write_text(
        f"#!{sys.executable}\nimport os, time\nopen({str(home / 'begun')!r}, 'a').write('x')\n"
        f"while not os.path.exists({str(home / 'answer')!r}): time.sleep(0.01)\n"
        f"print(open({str(home / 'answer')!r}).read())\n"
    )
    file.chmod(0o755)
    return file


def answer(home: Path, key: str, **more: str) -> None:
    text = json.dumps({"Version": 1, "AccessKeyId": key, "SecretAccessKey": "s", **more})
    (home / "partial").write_text(text)
    (home / "partial").rename(home / "answer")


def replace_tool(home: Path, text: str) -> None:
    """At once, for one that runs is read line by line."""
    (home / "newer").write_text(text)
    (home / "newer").chmod(0o755)
    (home / "newer").rename(home / "tool")


@pytest.fixture
async def gateways(home: Path, aws: FakeAws, tool: Path) -> AsyncIterator[BotoGateways]:
    folder = home / ".aws"
    folder.mkdir(exist_ok=True)
    (folder / "config").write_text(CONFIG.replace("TOOL", str(tool)))
    (folder / "credentials").write_text(KEYS)
    opened = await open_gateways(None, None, aws.url)
    yield opened
    await opened.close()


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    owner = Tasks("test")
    yield owner
    await owner.close()


async def call(gateways: BotoGateways, name: str) -> bool:
    return await gateways.gateway(Scope(name, "eu-west-1")).connection_status("i-1")


def signers(aws: FakeAws) -> list[str]:
    signatures = [one.headers.get("Authorization", "none=none/") for one in aws.calls]
    return [text.split("=")[1].split("/")[0] for text in signatures]


@pytest.mark.parametrize(
    ("name", "sign_in", "command"),
    [
        ("signin", SSO, "aws sso login --profile signin"),
        ("ops", SSO, "aws sso login --profile signin"),
        ("far", SSO, "aws sso login --profile signin"),
        ("login", SignIn(SignInWay.LOGIN, "arn:aws:iam::123456789012:user/jane", "login"), "aws login --profile login"),
        ("mfa", MFA, "ssmtui sign-in mfa"),
        ("over-mfa", MFA, "ssmtui sign-in mfa"),
        ("mfa-over-sso", SSO, "aws sso login --profile signin"),
    ],
)
async def test_case_24_who_is_signed_out_is_told_which_aws_profile_signs_in(
    gateways: BotoGateways, aws: FakeAws, monkeypatch: pytest.MonkeyPatch, name: str, sign_in: SignIn, command: str
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda *_: pytest.fail("the terminal was read"))
    for _ in range(2):
        with pytest.raises(CredentialsError) as refused:
            await call(gateways, name)
        assert refused.value.sign_in == sign_in
        assert f"`{command}`" in refused.value.remedy
        assert f"`ssmtui sign-in {sign_in.aws_profile}`" in refused.value.remedy
        assert ("come from the AWS profile" in refused.value.remedy) == (sign_in.aws_profile != name)
    assert aws.calls == []
    facts = await gateways.credential_facts(name)
    assert (facts.sign_in, facts.missing) == (sign_in, True)


def cache_role(home: Path, settings: dict[str, str], key: str, left: timedelta) -> None:
    file = home / ".aws" / "cli" / "cache" / f"{role_cache_key(settings)}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    end = (datetime.now(UTC) + left).strftime("%Y-%m-%dT%H:%M:%SZ")
    credentials = {"AccessKeyId": key, "SecretAccessKey": "s", "SessionToken": "t", "Expiration": end}
    file.write_text(json.dumps({"Credentials": credentials}))


async def test_a_code_that_was_entered_counts_until_the_role_ends(
    home: Path, gateways: BotoGateways, aws: FakeAws, tasks: Tasks
) -> None:
    cache_role(home, MFA_SETTINGS, "ASIAONE", timedelta(minutes=5))
    assert await call(gateways, "mfa"), "botocore would ask for another code in its last quarter of an hour"
    facts = await gateways.credential_facts("mfa")
    assert (facts.kind, facts.sign_in, facts.missing) == ("role", MFA, False)
    cache_role(home, MFA_SETTINGS, "ASIATWO", timedelta(hours=1))
    gateways.signed_in(MFA)
    assert await call(gateways, "mfa")
    assert signers(aws) == ["ASIAONE", "ASIATWO"]


async def test_a_role_whose_end_has_come_wants_another_code(home: Path, gateways: BotoGateways, aws: FakeAws) -> None:
    cache_role(home, MFA_SETTINGS, "ASIAONE", timedelta(seconds=20))
    with pytest.raises(CredentialsError) as refused:
        await call(gateways, "mfa")
    assert refused.value.sign_in == MFA
    assert aws.calls == []


async def test_credentials_that_aws_refuses_want_a_sign_in_where_one_gives_newer_ones(
    home: Path, gateways: BotoGateways, aws: FakeAws, tasks: Tasks
) -> None:
    cache_role(home, MFA_SETTINGS, "ASIAONE", timedelta(hours=1))
    aws.answers["GetConnectionStatus"] = Refusal("ExpiredTokenException", "expired")
    with pytest.raises(CredentialsError, match="expired") as refused:
        await call(gateways, "mfa")
    assert refused.value.sign_in == MFA
    assert len(aws.calls) == 2
    with pytest.raises(CredentialsError, match="expired") as refused:
        await call(gateways, "default")
    assert refused.value.sign_in is None
    assert "Check its access key in ~/.aws/credentials" in refused.value.remedy
    aws.answers["GetConnectionStatus"] = Refusal("InvalidSignatureException", "Signature expired: too old")
    with pytest.raises(CredentialsError, match="clock") as refused:
        await call(gateways, "mfa")
    assert refused.value.sign_in is None


async def test_credentials_of_the_environment_that_have_ended(
    home: Path, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    gateways = await open_gateways(None, "eu-west-1", aws.url)
    aws.answers["GetConnectionStatus"] = Refusal("ExpiredTokenException", "expired")
    with pytest.raises(CredentialsError, match="Set AWS_ACCESS_KEY_ID") as refused:
        await gateways.gateway().connection_status("i-1")
    assert refused.value.sign_in is None
    await gateways.close()


async def test_who_has_signed_in_goes_on_at_once(home: Path, gateways: BotoGateways, aws: FakeAws) -> None:
    """The token is there, but the portal cannot be reached: what is wrong now is the network, not the sign-in."""
    name = hashlib.sha1(b"My Corp Ltd").hexdigest()
    with pytest.raises(CredentialsError):
        await call(gateways, "ops")
    cache = home / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    end = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    (cache / f"{name}.json").write_text(json.dumps({"accessToken": "t", "expiresAt": end}))
    gateways.signed_in(SSO)
    facts = await gateways.credential_facts("far")
    assert (facts.missing, facts.sign_in) == (False, SSO)


async def test_opening_a_gateway_starts_no_program(home: Path, gateways: BotoGateways, aws: FakeAws) -> None:
    tool = await open_gateways("tool", "eu-west-1", aws.url)
    assert tool.default == Scope("tool", "eu-west-1", aws.url)
    assert (await tool.gateway().network()).endpoint == aws.url
    assert not (home / "begun").exists()
    await tool.close()


async def test_a_program_that_hangs_holds_up_its_own_aws_profile_only(
    home: Path, gateways: BotoGateways, aws: FakeAws, tasks: Tasks
) -> None:
    aws.answers["DescribeInstanceInformation"] = {"InstanceInformationList": []}
    aws.answers["ListDocuments"] = {"DocumentIdentifiers": []}
    waiting = [tasks.start("call", call(gateways, "tool"), awaited=True) for _ in range(30)]
    waiting += [
        tasks.start("call", gateways.gateway(Scope("tool", f"eu-west-{each}")).documents(), awaited=True)
        for each in range(1, 13)
    ]
    waiting += [
        tasks.start("call", gateways.gateway(Scope("tool", "eu-west-1")).identity(), awaited=True) for _ in range(12)
    ]
    await wait_until("it runs", (home / "begun").exists)
    async with asyncio.timeout(60):
        assert await call(gateways, "default")
        assert await gateways.gateway(Scope("default", "eu-west-1")).documents() == []
    assert not any(task.done() for task in waiting)
    answer(home, "AKIDTOOL")
    aws.answers["GetCallerIdentity"] = Refusal("AccessDenied", "no")
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert done[:30] == [True] * 30
    assert (home / "begun").read_text() == "x", "it was started once for all of them"
    assert set(signers(aws)) == {"AKIDKEYS", "AKIDTOOL"}


async def test_a_call_that_nobody_waits_for_any_more_is_not_made(
    home: Path, gateways: BotoGateways, aws: FakeAws, tasks: Tasks
) -> None:
    given_up = tasks.start("call", call(gateways, "tool"), awaited=True)
    await wait_until("it runs", (home / "begun").exists)
    given_up.cancel()
    kept = tasks.start("call", call(gateways, "tool"), awaited=True)
    await asyncio.sleep(0)
    answer(home, "AKIDTOOL")
    assert await kept
    assert len(aws.calls) == 1


async def test_credentials_that_are_refused_are_fetched_anew_beside_the_threads_of_others(
    home: Path, gateways: BotoGateways, aws: FakeAws, tasks: Tasks
) -> None:
    answer(home, "AKIDOLD")
    assert await call(gateways, "tool")
    (home / "answer").unlink()
    renewed: list[bool] = []
    aws.answers["GetConnectionStatus"] = lambda _: (
        {"Status": "connected"} if renewed else Refusal("ExpiredTokenException", "expired")
    )
    aws.answers["ListDocuments"] = {"DocumentIdentifiers": []}
    waiting = [tasks.start("call", call(gateways, "tool"), awaited=True) for _ in range(20)]
    await wait_until("one was refused, and it runs again", lambda: (home / "begun").read_text() == "xx")
    async with asyncio.timeout(60):
        assert await gateways.gateway(Scope("default", "eu-west-1")).documents() == []
    renewed.append(True)
    answer(home, "AKIDNEW")
    assert await asyncio.gather(*waiting) == [True] * 20
    assert signers(aws)[-20:] == ["AKIDNEW"] * 20
    assert (home / "begun").read_text() == "xx"


async def test_channels_that_are_refused_at_once_start_the_program_once(
    home: Path, gateways: BotoGateways, aws: FakeAws, tasks: Tasks
) -> None:
    """A web socket that is refused with 403 has its credentials fetched anew."""
    answer(home, "AKIDOLD")
    gateway = gateways.gateway(Scope("tool", "eu-west-1"))
    assert "AKIDOLD" in (await gateway.sign_stream("ws://127.0.0.1/x"))["Authorization"]
    (home / "answer").unlink()
    await asyncio.gather(*(gateway.renew_credentials() for _ in range(20)))
    waiting = [tasks.start("sign", gateway.sign_stream("ws://127.0.0.1/x"), awaited=True) for _ in range(20)]
    await wait_until("it runs", lambda: (home / "begun").read_text() == "xx")
    async with asyncio.timeout(60):
        assert await call(gateways, "default")
    answer(home, "AKIDNEW")
    assert all("AKIDNEW" in headers["Authorization"] for headers in await asyncio.gather(*waiting))
    assert (home / "begun").read_text() == "xx"


async def test_the_program_of_a_source_profile_is_run_by_the_same_rules(
    home: Path, gateways: BotoGateways, aws: FakeAws, tasks: Tasks
) -> None:
    (home / "tool").write_text("#!/bin/sh\necho no ticket >&2\nexit 4\n")
    for name in ("tool", "over-tool"):
        with pytest.raises(CredentialsError) as failed:
            await call(gateways, name)
        told = str(failed.value)
        assert "The credential_process of the AWS profile tool failed" in told
        assert "ended with exit code 4: no ticket" in told
        line = CONFIG.splitlines().index("credential_process = TOOL") + 1
        assert f"~/.aws/config, line {line}, [profile tool], credential_process" in told
        assert failed.value.sign_in is None


async def test_when_the_credentials_of_a_program_end(home: Path, gateways: BotoGateways, aws: FakeAws) -> None:
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=3)
    answer(home, "AKIDTOOL", Expiration=end.isoformat(), SessionToken="t")
    assert (await gateways.credential_facts("tool")) == ("process", None, None, False)
    for _ in range(3):
        assert await call(gateways, "tool")
    assert (home / "begun").read_text() == "x", "botocore would start it with every call in the last ten minutes"
    assert (await gateways.credential_facts("tool")) == ("process", end, None, False)


async def test_closing_ends_the_program(home: Path, gateways: BotoGateways, tasks: Tasks) -> None:
    waiting = tasks.start("call", call(gateways, "tool"), awaited=True)
    await wait_until("it runs", (home / "begun").exists)
    await gateways.close()
    with pytest.raises(CredentialsError, match="SIGKILL"):
        await waiting


async def test_a_denied_role_says_whose_permission_lacks(home: Path, gateways: BotoGateways, aws: FakeAws) -> None:
    answer(home, "AKIDTOOL")
    aws.answers["AssumeRole"] = Refusal("AccessDenied", "User: x is not authorized to perform: sts:AssumeRole")
    with pytest.raises(CredentialsError, match="trust policy") as denied:
        await call(gateways, "over-tool")
    assert denied.value.sign_in is None
    assert "aws sso login" not in denied.value.remedy


async def test_a_web_identity_whose_file_is_not_there(gateways: BotoGateways, aws: FakeAws) -> None:
    with pytest.raises(CredentialsError, match="/no-such-folder/token: no such file") as failed:
        await call(gateways, "web")
    assert "web_identity_token_file" in failed.value.remedy
    assert failed.value.sign_in is None


async def test_a_web_identity_that_sts_does_not_take(home: Path, gateways: BotoGateways, aws: FakeAws) -> None:
    config = home / ".aws" / "config"
    config.write_text(config.read_text().replace("/no-such-folder/token", str(home / "token")))
    (home / "token").write_text("canary")
    aws.answers["AssumeRoleWithWebIdentity"] = Refusal("InvalidIdentityToken", "No OpenIDConnect provider found")
    with pytest.raises(CredentialsError, match="No OpenIDConnect provider") as failed:
        await call(gateways, "web")
    assert "trust policy" in failed.value.remedy
    assert "canary" not in str(failed.value)


async def test_a_container_that_is_none(gateways: BotoGateways, aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CredentialsError, match="AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        await call(gateways, "there")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/")
    monkeypatch.setattr("botocore.utils.ContainerMetadataFetcher.SLEEP_TIME", 0)
    with pytest.raises(CredentialsError, match="answers only there"):
        await call(gateways, "there")


async def test_a_program_whose_credentials_have_ended(home: Path, gateways: BotoGateways, aws: FakeAws) -> None:
    answer(home, "AKIDTOOL", Expiration="2020-01-01T00:00:00Z")
    with pytest.raises(CredentialsError, match="have ended already") as failed:
        await call(gateways, "tool")
    assert "Run its credential_process in a terminal" in failed.value.remedy
    assert "clock" in failed.value.remedy
    assert aws.calls == []


@pytest.mark.parametrize("token", ['{"accessToken": "t", "expiresAt": "soon"}', '{"accessToken": "t", "expiresAt": 5}'])
async def test_a_damaged_cache_is_repaired_by_signing_in(
    home: Path, gateways: BotoGateways, aws: FakeAws, token: str
) -> None:
    cache = home / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    (cache / f"{hashlib.sha1(b'My Corp Ltd').hexdigest()}.json").write_text(token)
    with pytest.raises(CredentialsError) as failed:
        await call(gateways, "ops")
    assert failed.value.sign_in == SSO


async def test_what_is_read_from_the_metadata_service_is_no_matter_of_signing_in(
    home: Path, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateways = await open_gateways(None, "eu-west-1", aws.url)
    with pytest.raises(CredentialsError, match="No AWS credentials") as failed:
        await gateways.gateway().connection_status("i-1")
    assert failed.value.sign_in is None
    facts = await gateways.credential_facts(None)
    assert (facts.kind, facts.sign_in) == ("machine", None)
    await gateways.close()


async def test_facts_follow_the_files(home: Path, gateways: BotoGateways, aws: FakeAws) -> None:
    assert (await gateways.credential_facts("ops")).sign_in == SSO
    config = home / ".aws" / "config"
    config.write_text(config.read_text().replace("source_profile = signin", "source_profile = login"))
    facts = await gateways.credential_facts("ops")
    assert facts.sign_in is not None
    assert facts.sign_in.way is SignInWay.LOGIN
    config.write_text("[nonsense")
    with pytest.raises(ConfigurationError, match="line 1"):
        await gateways.credential_facts("ops")


async def test_who_signs_in_while_credentials_are_fetched_hears_of_the_new_ones(
    home: Path, gateways: BotoGateways, aws: FakeAws, tasks: Tasks
) -> None:
    """A call of after the sign-in may join a fetch that began before it, and that fails."""
    fails = f"#!/bin/sh\necho x >> {home / 'begun'}\nwhile [ ! -e {home / 'go'} ]; do sleep 0.01; done\nexit 1\n"
    replace_tool(home, fails)
    first = tasks.start("before", call(gateways, "tool"), awaited=True)
    await wait_until("it runs", (home / "begun").exists)
    gateways.signed_in(SSO)
    second = tasks.start("after", call(gateways, "tool"), awaited=True)
    answer(home, "AKIDTOOL")
    replace_tool(home, f"#!/bin/sh\ncat {home / 'answer'}\n")
    (home / "go").touch()
    assert await asyncio.gather(first, second) == [True, True]
    assert signers(aws) == ["AKIDTOOL"] * 2


async def test_a_defect_reaches_who_waits(
    gateways: BotoGateways, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ssmtui.aws.sessions.explain", fail)
    with pytest.raises(SsmtuiError, match="defect in ssmtui"):
        await call(gateways, "mfa")
