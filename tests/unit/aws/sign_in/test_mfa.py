"""The role behind an MFA code: asked for with the code, and kept where the AWS CLI looks for it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import stat
from pathlib import Path

import pytest

from ssmtui.aws.session import ProfileSession, Source
from ssmtui.aws.sign_in.flow import sign_in
from ssmtui.aws.sign_in.person import problem_with_mfa_code
from ssmtui.errors import ConfigurationError, ServiceError, SsmtuiError
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.tasks import Tasks
from tests.support.fake_aws import FakeAws, Refusal
from tests.support.signer import Signer
from tests.support.wait import wait_until

DEVICE = "arn:aws:iam::123456789012:mfa/jane"
ROLE = "arn:aws:iam::123456789012:role/Guarded"
GUARDED = SignIn(SignInWay.MFA, f"{DEVICE} {ROLE}", "guarded")
WRONG = Refusal("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ", 403)


def assumed(expires: str = "2100-01-01T00:00:00Z", key: str = "ASIAROLE") -> str:
    return f"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey>
<SessionToken>role-token</SessionToken><Expiration>{expires}</Expiration></Credentials>
<AssumedRoleUser><AssumedRoleId>AROA:x</AssumedRoleId>
<Arn>arn:aws:sts::123456789012:assumed-role/Guarded/x</Arn></AssumedRoleUser>
</AssumeRoleResult></AssumeRoleResponse>"""


@pytest.fixture(autouse=True)
def service(fake_aws: FakeAws) -> None:
    fake_aws.answers["AssumeRole"] = assumed()


def cache_file(home: Path) -> Path:
    key = json.dumps({"RoleArn": ROLE, "SerialNumber": DEVICE}, sort_keys=True)
    return home / ".aws" / "cli" / "cache" / f"{hashlib.sha1(key.encode()).hexdigest()}.json"


async def test_the_code_opens_the_role_and_every_session_of_the_profile_has_it(
    configuration: Path, fake_aws: FakeAws
) -> None:
    signer = Signer(["123 456"])
    await sign_in(GUARDED, signer, browser=True)
    (asked,) = signer.asked
    assert DEVICE in asked.question
    assert ROLE in asked.question
    assert asked.is_mfa
    (call,) = fake_aws.of("AssumeRole")
    assert (call["SerialNumber"], call["TokenCode"], call["RoleArn"]) == (DEVICE, "123456", ROLE)
    kept = cache_file(configuration)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(kept.read_text())["Credentials"]["AccessKeyId"] == "ASIAROLE"
    found = ProfileSession(Source("guarded")).core.get_credentials()
    assert found is not None
    assert found.get_frozen_credentials().access_key == "ASIAROLE"
    assert len(fake_aws.of("AssumeRole")) == 1


async def test_a_wrong_code_is_asked_for_again_and_says_why(fake_aws: FakeAws) -> None:
    fake_aws.answers["AssumeRole"] = [WRONG, assumed()]
    signer = Signer(["111111", "222222"])
    await sign_in(GUARDED, signer, browser=False)
    assert [bool(one.wrong) for one in signer.asked] == [False, True]
    assert "wait for the next one" in signer.asked[1].wrong
    assert [one["TokenCode"] for one in fake_aws.of("AssumeRole")] == ["111111", "222222"]


async def test_what_cannot_be_a_code_is_not_sent(fake_aws: FakeAws) -> None:
    signer = Signer(["", "12345", "abcdef", "１２３４５６", "123456"])
    await sign_in(GUARDED, signer, browser=False)
    assert [one.wrong for one in signer.asked] == [
        "",
        "type the six digits that the device shows",
        "an MFA code has six digits, not 5",
        "an MFA code has digits only",
        "an MFA code has digits only",
    ]
    assert len(fake_aws.of("AssumeRole")) == 1


async def test_it_is_asked_for_before_the_old_ones_end(configuration: Path, fake_aws: FakeAws) -> None:
    await sign_in(GUARDED, Signer(["123456"]), browser=False)
    fake_aws.answers["AssumeRole"] = assumed(key="ASIANEWER")
    await sign_in(GUARDED, Signer(["654321"]), browser=False)
    assert json.loads(cache_file(configuration).read_text())["Credentials"]["AccessKeyId"] == "ASIANEWER"


async def test_a_role_that_may_not_be_assumed_is_an_error_and_no_further_question(fake_aws: FakeAws) -> None:
    fake_aws.answers["AssumeRole"] = Refusal(
        "AccessDenied", "User: x is not authorized to perform: sts:AssumeRole", 403
    )
    signer = Signer(["123456"])
    with pytest.raises(SsmtuiError, match="not authorized") as raised:
        await sign_in(GUARDED, signer, browser=False)
    assert not isinstance(raised.value, ServiceError) or raised.value.code == "AccessDenied"
    assert len(signer.asked) == 1


async def test_cancelled_while_it_asks_it_leaves_nothing(configuration: Path, fake_aws: FakeAws) -> None:
    signer = Signer()
    attempt = Tasks("test").start("sign-in", sign_in(GUARDED, signer, browser=False), awaited=True)
    await wait_until("it asks", lambda: signer.asked)
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    assert not fake_aws.of("AssumeRole")
    assert not cache_file(configuration).exists()


async def test_an_aws_profile_without_a_device_says_so() -> None:
    with pytest.raises(ConfigurationError, match="has no mfa_serial"):
        await sign_in(GUARDED._replace(aws_profile="base"), Signer(["123456"]), browser=False)


@pytest.mark.parametrize("code", ["123456", "123 456", " 123456 "])
def test_codes_that_may_be_right(code: str) -> None:
    assert problem_with_mfa_code(code) == ""
