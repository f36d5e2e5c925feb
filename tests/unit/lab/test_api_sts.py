"""Roles on the wire: who may take them on, with which code or token, and the words of the refusals."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import botocore
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from ssmtui.lab.company import COMPANY
from ssmtui.lab.lab import Lab
from ssmtui.lab.roles import DEPLOY, GUARDED, OPS, LabRole
from ssmtui.lab.web_identity import WebIdentities
from tests.support.lab_client import Aws

PROD, STAGING = COMPANY[:2]
FEDERATED = LabRole(PROD, DEPLOY)
SERIAL = "arn:aws:iam::123456789012:mfa/jane"


async def refusal(sts: Any, operation: str, **parameters: object) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as refused:
        await asyncio.to_thread(sts._make_api_call, operation, parameters)
    answer = refused.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def client(lab: Lab, given: dict[str, Any] | None = None) -> Any:
    """STS with the keys of prod, or with credentials that STS gave."""
    own = (
        {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
        if given
        else {}
    )
    return Aws(lab.address).client("sts", **own)


async def assume(sts: Any, role: LabRole, **more: object) -> dict[str, Any]:
    answer = await asyncio.to_thread(sts.assume_role, RoleArn=role.arn, RoleSessionName="deploy-1", **more)
    given = answer["Credentials"]
    assert isinstance(given, dict)
    return given


async def test_a_role_in_another_account_is_taken_on_and_ends(lab: Lab) -> None:
    lab.options.lives.credentials = 60.0
    given = await assume(client(lab), LabRole(STAGING, OPS))
    assert 50 < given["Expiration"].timestamp() - time.time() <= 60
    who = await asyncio.to_thread(client(lab, given).get_caller_identity)
    assert (who["Account"], who["Arn"]) == (STAGING.id, f"arn:aws:sts::{STAGING.id}:assumed-role/Ops/deploy-1")
    assert who["UserId"] == LabRole(STAGING, OPS).principal("deploy-1").user_id

    lab.options.lives.credentials = 0.0
    ended = client(lab, await assume(client(lab), LabRole(PROD, OPS)))
    assert await refusal(ended, "GetCallerIdentity") == (
        "ExpiredToken",
        403,
        "The security token included in the request is expired",
    )


async def test_ended_credentials_open_no_service(lab: Lab) -> None:
    lab.options.lives.credentials = 0.0
    given = await assume(client(lab), LabRole(PROD, OPS))
    own = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    for service, operation, parameters, code in (
        ("ssm", "DescribeInstanceInformation", {}, "ExpiredTokenException"),
        ("kms", "GenerateDataKey", {"KeyId": "alias/x", "KeySpec": "AES_256"}, "ExpiredTokenException"),
        ("ecs", "ListClusters", {}, "ExpiredTokenException"),
        ("ec2", "DescribeInstances", {}, "RequestExpired"),
        ("rds", "DescribeDBInstances", {}, "ExpiredToken"),
    ):
        found = await refusal(Aws(lab.address).client(service, **own), operation, **parameters)
        assert found[0] == code, service


@pytest.mark.parametrize(
    "arn",
    [
        LabRole(PROD, DEPLOY).arn,
        LabRole(PROD, GUARDED).arn,
        LabRole(PROD, "Nobody").arn,
        "arn:aws:iam::111111111111:role/Ops",
    ],
)
async def test_roles_that_do_not_trust_the_caller(lab: Lab, arn: str) -> None:
    assert await refusal(client(lab), "AssumeRole", RoleArn=arn, RoleSessionName="me") == (
        "AccessDenied",
        403,
        "User: arn:aws:sts::123456789012:assumed-role/Ops/jane@example.com is not authorized to perform: "
        f"sts:AssumeRole on resource: {arn}",
    )


async def test_a_code_opens_a_guarded_role_once(lab: Lab) -> None:
    sts, device = client(lab), lab.identity.mfa
    code = device.code
    await assume(sts, LabRole(PROD, GUARDED), SerialNumber=SERIAL, TokenCode=code)
    assert device.code != code
    asked = {"RoleArn": LabRole(PROD, GUARDED).arn, "RoleSessionName": "me"}
    # As aws/aws-cli#2279 quotes it.
    used = await refusal(sts, "AssumeRole", **asked, SerialNumber=SERIAL, TokenCode=code)
    assert used == ("AccessDenied", 403, "MultiFactorAuthentication failed with invalid MFA one time pass code. ")


@pytest.mark.parametrize(
    ("serial", "code", "words"),
    [
        (SERIAL, "", "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."),
        (
            "arn:aws:iam::123456789012:mfa/other",
            "right",
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is "
            "valid and associated with this user.",
        ),
        (SERIAL, "abcdef", r"Member must satisfy regular expression pattern: [\d]*"),
    ],
)
async def test_codes_that_are_refused(lab: Lab, serial: str, code: str, words: str) -> None:
    device = {"TokenCode": lab.identity.mfa.code if code == "right" else code} if code else {}
    for operation, role in (("GetSessionToken", {}), ("AssumeRole", {"RoleArn": LabRole(PROD, GUARDED).arn})):
        named = {"RoleSessionName": "me", **role} if role else {}
        found = await refusal(client(lab), operation, SerialNumber=serial, **device, **named)
        assert found[2].endswith(words)


async def test_a_session_token_is_of_the_caller_itself(lab: Lab) -> None:
    answer = await asyncio.to_thread(client(lab).get_session_token)
    who = await asyncio.to_thread(client(lab, answer["Credentials"]).get_caller_identity)
    assert who["Arn"] == PROD.caller_arn


async def test_a_role_on_top_of_a_role_lasts_an_hour_at_most(lab: Lab) -> None:
    first = await assume(client(lab), LabRole(STAGING, OPS), DurationSeconds=43_200)
    chained = client(lab, first)
    asked = {"RoleArn": LabRole(PROD, OPS).arn, "RoleSessionName": "me"}
    found = await refusal(chained, "AssumeRole", **asked, DurationSeconds=3601)
    assert found[:2] == ("ValidationError", 400)
    assert "1 hour session limit for roles assumed by role chaining" in found[2]
    await assume(chained, LabRole(PROD, OPS))


@pytest.mark.parametrize("name", ["has a space", "x" * 65])
async def test_names_of_role_sessions_have_a_pattern(lab: Lab, name: str) -> None:
    sts = Aws(lab.address).client("sts", config=Config(parameter_validation=False))
    found = await refusal(sts, "AssumeRole", RoleArn=LabRole(PROD, OPS).arn, RoleSessionName=name)
    assert found[:2] == ("ValidationError", 400)


async def with_token(lab: Lab, token: str, role: LabRole = FEDERATED) -> dict[str, Any]:
    sts = Aws(lab.address).client("sts", config=Config(signature_version=botocore.UNSIGNED))
    answer = await asyncio.to_thread(
        sts.assume_role_with_web_identity, RoleArn=role.arn, RoleSessionName="pod-1", WebIdentityToken=token
    )
    assert isinstance(answer, dict)
    return answer


async def test_a_token_of_the_issuer_opens_its_role_without_a_signature(lab: Lab) -> None:
    answer = await with_token(lab, lab.identity.identities.token(60))
    assert answer["SubjectFromWebIdentityToken"] == "system:serviceaccount:tools:ssmtui"
    who = await asyncio.to_thread(client(lab, answer["Credentials"]).get_caller_identity)
    assert who["Arn"] == f"arn:aws:sts::{PROD.id}:assumed-role/Deploy/pod-1"


async def test_tokens_that_open_nothing(lab: Lab) -> None:
    own = lab.identity.identities
    foreign = WebIdentities(lambda: "https://oidc.example.com/id").token(60)
    head, body, signature = own.token(60).split(".")
    cases = [
        (own.token(-5), LabRole(PROD, DEPLOY), "ExpiredTokenException", "Token expired: current date/time "),
        (own.token(60), LabRole(PROD, OPS), "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
        (own.token(60, "other"), LabRole(PROD, DEPLOY), "InvalidIdentityToken", "Incorrect token audience"),
        (
            foreign,
            LabRole(PROD, DEPLOY),
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://oidc.example.com/id",
        ),
        (
            f"{head}.{body}.{signature[::-1]}",
            LabRole(PROD, DEPLOY),
            "InvalidIdentityToken",
            "No OpenIDConnect provider",
        ),
        ("not a token", LabRole(PROD, DEPLOY), "InvalidIdentityToken", "The ID Token provided is not a valid JWT."),
    ]
    for token, role, code, words in cases:
        with pytest.raises(ClientError) as refused:
            await with_token(lab, token, role)
        error = refused.value.response["Error"]
        assert error["Code"] == code
        assert error["Message"].startswith(words)
