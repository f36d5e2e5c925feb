"""IAM Identity Center as a program sees it: raw requests, held against what AWS answers in public threads."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import botocore
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from ssmtui.lab.lab import Lab
from tests.support.lab_client import Aws
from tests.support.signed_in import (
    DEVICE_CODE,
    REDIRECT,
    SCOPES,
    Answer,
    Pkce,
    create_token,
    http,
    post_form,
    post_json,
    register,
)

Client = dict[str, Any]


@pytest.fixture
async def base(lab: Lab) -> str:
    return lab.address.endpoint_url


async def device(base: str, client: Client, start_url: str = "") -> Answer:
    body = {**ids(client), "startUrl": start_url or f"{base}/start"}
    return await asyncio.to_thread(post_json, f"{base}/device_authorization", body)


def ids(client: Client) -> dict[str, object]:
    return {"clientId": client["clientId"], "clientSecret": client["clientSecret"]}


async def token(base: str, client: Client, grant: str = DEVICE_CODE, **more: object) -> Answer:
    return await asyncio.to_thread(create_token, base, client, grant, **more)


async def registered(base: str, **more: object) -> Client:
    return await asyncio.to_thread(register, base, **more)


async def signed_in(lab: Lab, base: str, **more: object) -> tuple[Client, dict[str, Any]]:
    """A client and the tokens that a person has approved."""
    client = await registered(base, **more)
    asked = (await device(base, client)).json
    lab.identity.center.decide(asked["userCode"], approve=True)
    return client, (await token(base, client, deviceCode=asked["deviceCode"])).json


def refusal(answer: Answer) -> tuple[int, str, str]:
    """Status, the exception's name, and OAuth's word."""
    return answer.status, answer.headers["x-amzn-ErrorType"].partition(":")[0], answer.json["error"]


async def test_a_device_waits_for_a_person_and_its_code_opens_once(lab: Lab, base: str) -> None:
    client = await registered(base)
    asked = (await device(base, client)).json
    assert re.fullmatch(r"[A-Z]{4}-[A-Z]{4}", asked["userCode"])
    assert (asked["expiresIn"], asked["interval"]) == (600, 1)
    assert asked["verificationUriComplete"] == f"{asked['verificationUri']}?user_code={asked['userCode']}"
    code = {"deviceCode": asked["deviceCode"]}

    pending = await token(base, client, **code)
    # As aws/aws-cli#5971 quotes it.
    assert (pending.status, pending.body) == (
        400,
        b'{"error": "authorization_pending", "error_description": "Authorization is still pending"}',
    )
    assert pending.headers["x-amzn-ErrorType"] == (
        "AuthorizationPendingException:http://internal.amazon.com/coral/com.amazonaws.sso.oidc/"
    )
    shown = await asyncio.to_thread(http, "GET", asked["verificationUriComplete"])
    assert asked["userCode"].encode() in shown.body
    assert lab.identity.center.waiting() == [asked["userCode"]]
    approved = await asyncio.to_thread(post_form, f"{base}/device", user_code=asked["userCode"], decision="approve")
    assert (approved.status, lab.identity.center.waiting()) == (200, [])

    tokens = (await token(base, client, **code)).json
    assert (tokens["tokenType"], tokens["expiresIn"]) == ("Bearer", 3600)
    assert tokens["refreshToken"]
    assert refusal(await token(base, client, **code)) == (400, "InvalidGrantException", "invalid_grant")


async def test_a_person_may_deny_and_a_code_ends(lab: Lab, base: str) -> None:
    client = await registered(base)
    denied, late = (await device(base, client)).json, (await device(base, client)).json
    answer = await asyncio.to_thread(post_form, f"{base}/device", user_code=denied["userCode"], decision="deny")
    assert answer.status == 200
    again = await asyncio.to_thread(post_form, f"{base}/device", user_code=denied["userCode"], decision="approve")
    assert again.status == 404
    assert refusal(await token(base, client, deviceCode=denied["deviceCode"])) == (
        400,
        "AccessDeniedException",
        "access_denied",
    )
    lab.identity.center.expire_device_codes()
    assert refusal(await token(base, client, deviceCode=late["deviceCode"])) == (
        400,
        "ExpiredTokenException",
        "expired_token",
    )
    with pytest.raises(KeyError):
        lab.identity.center.decide(late["userCode"], approve=True)


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("SlowDownException", "slow_down"),
        ("ExpiredTokenException", "expired_token"),
        ("InternalServerException", "server_error"),
    ],
)
async def test_a_call_fails_as_a_test_wants_it(lab: Lab, base: str, code: str, word: str) -> None:
    client = await registered(base)
    asked = (await device(base, client)).json
    lab.fail_next("CreateToken", code)
    assert refusal(await token(base, client, deviceCode=asked["deviceCode"])) == (400, code, word)
    again = refusal(await token(base, client, deviceCode=asked["deviceCode"]))
    assert again == (400, "AuthorizationPendingException", "authorization_pending")


async def test_only_a_client_that_registered_is_served(base: str) -> None:
    client = await registered(base)
    wrong = {**client, "clientSecret": "guessed"}
    assert refusal(await device(base, wrong)) == (401, "InvalidClientException", "invalid_client")
    assert refusal(await token(base, wrong, deviceCode="x")) == (401, "InvalidClientException", "invalid_client")
    elsewhere = await device(base, client, "https://other.awsapps.com/start")
    assert refusal(elsewhere) == (400, "InvalidRequestException", "invalid_request")
    # What people copy from the browser ends in "#/".
    assert (await device(base, client, f"{base}/start#/")).status == 200
    assert refusal(await token(base, client, "password")) == (
        400,
        "UnsupportedGrantTypeException",
        "unsupported_grant_type",
    )


async def test_a_clients_registration_ends(lab: Lab, base: str) -> None:
    lab.options.lives.client = 0.0
    client = await registered(base)
    assert refusal(await device(base, client)) == (401, "InvalidClientException", "invalid_client")


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"clientType": "confidential"}, ("InvalidRequestException", "invalid_request")),
        ({"scopes": ["s3:everything"]}, ("InvalidScopeException", "invalid_scope")),
        ({"grantTypes": ["password"]}, ("UnsupportedGrantTypeException", "unsupported_grant_type")),
        (
            {"grantTypes": ["authorization_code"], "redirectUris": ["https://evil.example/"]},
            ("InvalidRedirectUriException", "invalid_redirect_uri"),
        ),
        ({"grantTypes": ["authorization_code"]}, ("InvalidRedirectUriException", "invalid_redirect_uri")),
    ],
)
async def test_registrations_that_are_refused(base: str, changed: dict[str, object], refused: tuple[str, str]) -> None:
    body = {"clientName": "x", "clientType": "public", **changed}
    answer = await asyncio.to_thread(post_json, f"{base}/client/register", body)
    assert refusal(answer) == (400, *refused)


class Browser:
    """A client that registered for PKCE, and the page that it sends a person to."""

    def __init__(self, base: str, client: Client, pkce: Pkce) -> None:
        self.base, self.client, self.pkce = base, client, pkce

    @classmethod
    async def open(cls, base: str) -> Browser:
        client = await registered(
            base,
            grantTypes=["authorization_code", "refresh_token"],
            redirectUris=["http://127.0.0.1/oauth/callback"],
            issuerUrl=f"{base}/start",
        )
        return cls(base, client, Pkce.make())

    def url(self, **changed: str) -> str:
        query = {
            "response_type": "code",
            "client_id": str(self.client["clientId"]),
            "redirect_uri": REDIRECT,
            "state": "the state",
            "code_challenge_method": "S256",
            "scopes": " ".join(SCOPES),
            "code_challenge": self.pkce.challenge,
            **changed,
        }
        return f"{self.base}/authorize?{urlencode(query)}"

    async def code(self) -> str:
        answer = await asyncio.to_thread(post_form, self.url())
        assert answer.status == 302
        location = urlsplit(answer.headers["Location"])
        assert location.geturl().startswith(REDIRECT)
        brought = parse_qs(location.query)
        assert brought["state"] == ["the state"]
        return brought["code"][0]

    async def redeem(self, code: str, **changed: object) -> Answer:
        facts = {"code": code, "codeVerifier": self.pkce.verifier, "redirectUri": REDIRECT, **changed}
        return await token(self.base, self.client, "authorization_code", **facts)


async def test_a_browser_brings_a_code_that_its_program_alone_can_redeem(base: str) -> None:
    browser = await Browser.open(base)
    shown = await asyncio.to_thread(http, "GET", browser.url())
    assert shown.status == 200
    assert "frame-ancestors 'none'" in shown.headers["Content-Security-Policy"]
    code = await browser.code()
    assert refusal(await browser.redeem(code, codeVerifier="x" * 43))[1] == "InvalidGrantException"
    # A code that was tried is void, no matter by whom.
    assert refusal(await browser.redeem(code))[1] == "InvalidGrantException"
    code = await browser.code()
    elsewhere = await browser.redeem(code, redirectUri="http://127.0.0.1:1/oauth/callback")
    assert refusal(elsewhere)[1] == "InvalidGrantException"
    tokens = (await browser.redeem(await browser.code())).json
    assert tokens["refreshToken"]
    # This client did not register for device codes.
    assert refusal(await device(base, browser.client))[1] == "UnauthorizedClientException"


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "http://evil.example/oauth/callback"},
        {"redirect_uri": "http://127.0.0.1:54321/elsewhere"},
        {"redirect_uri": "http://[broken"},
        {"client_id": "nobody"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"state": ""},
    ],
)
async def test_pages_that_lead_elsewhere_are_not_shown(base: str, changed: dict[str, str]) -> None:
    browser = await Browser.open(base)
    for method in ("GET", "POST"):
        answer = await asyncio.to_thread(http, method, browser.url(**changed))
        assert (answer.status, "Location" in answer.headers) == (400, False)


async def test_a_client_for_device_codes_cannot_use_a_browser(base: str) -> None:
    browser = Browser(base, await registered(base), Pkce.make())
    assert (await asyncio.to_thread(http, "GET", browser.url())).status == 400


async def test_a_refresh_token_renews_once_and_ends_with_the_sign_in(lab: Lab, base: str) -> None:
    client, tokens = await signed_in(lab, base)
    renewed = (await token(base, client, "refresh_token", refreshToken=tokens["refreshToken"])).json
    assert renewed["accessToken"] != tokens["accessToken"]
    used = await token(base, client, "refresh_token", refreshToken=tokens["refreshToken"])
    assert refusal(used) == (400, "InvalidGrantException", "invalid_grant")
    lab.identity.center.end_sign_ins()
    ended = await token(base, client, "refresh_token", refreshToken=renewed["refreshToken"])
    assert refusal(ended) == (400, "InvalidGrantException", "invalid_grant")


async def test_without_the_scope_there_is_no_refresh_token(lab: Lab, base: str) -> None:
    _, tokens = await signed_in(lab, base, scopes=[])
    assert "refreshToken" not in tokens
    assert tokens["expiresIn"] == 8 * 3600


async def portal(base: str, access_token: str, path: str) -> Answer:
    return await asyncio.to_thread(http, "GET", f"{base}{path}", None, {"x-amz-sso_bearer_token": access_token})


CREDENTIALS = "/federation/credentials?role_name=Ops&account_id=123456789012"


async def test_the_portal_gives_credentials_that_are_good_for_a_while(lab: Lab, base: str) -> None:
    lab.options.lives.credentials = 60.0
    _, tokens = await signed_in(lab, base)
    client = Aws(lab.address).client("sso", config=Config(signature_version=botocore.UNSIGNED))
    answer = await asyncio.to_thread(
        client.get_role_credentials, roleName="Ops", accountId="210987654321", accessToken=tokens["accessToken"]
    )
    own = answer["roleCredentials"]
    assert 50_000 < own["expiration"] - time.time() * 1000 <= 60_000
    sts = Aws(lab.address).client(
        "sts",
        aws_access_key_id=own["accessKeyId"],
        aws_secret_access_key=own["secretAccessKey"],
        aws_session_token=own["sessionToken"],
    )
    who = await asyncio.to_thread(sts.get_caller_identity)
    assert re.fullmatch(
        r"arn:aws:sts::210987654321:assumed-role/AWSReservedSSO_Ops_[0-9a-f]{16}/jane@example\.com", who["Arn"]
    )
    assert who["UserId"].endswith(":jane@example.com")


async def test_the_portal_lists_accounts_and_roles(lab: Lab, base: str) -> None:
    _, tokens = await signed_in(lab, base)
    client = Aws(lab.address).client("sso", config=Config(signature_version=botocore.UNSIGNED))

    def names() -> list[str]:
        pages = client.get_paginator("list_accounts").paginate(
            accessToken=tokens["accessToken"], PaginationConfig={"PageSize": 3}
        )
        return [one["accountId"] for page in pages for one in page["accountList"]]

    assert await asyncio.to_thread(names) == [account.id for account in lab.options.accounts]
    roles = await asyncio.to_thread(
        client.list_account_roles, accessToken=tokens["accessToken"], accountId="123456789012"
    )
    assert [one["roleName"] for one in roles["roleList"]] == ["Ops", "ReadOnly"]
    with pytest.raises(ClientError, match="ForbiddenException"):
        await asyncio.to_thread(client.list_account_roles, accessToken=tokens["accessToken"], accountId="1" * 12)


async def test_the_portal_refuses_in_awss_words(lab: Lab, base: str) -> None:
    _, tokens = await signed_in(lab, base)
    unknown = await portal(base, "unknown", CREDENTIALS)
    # As 61418/aws-sso-util#74 quotes it.
    assert (unknown.status, unknown.json) == (
        401,
        {
            "message": "Session token not found or invalid",
            "__type": "com.amazonaws.switchboard.portal#UnauthorizedException",
        },
    )
    forbidden = await portal(base, tokens["accessToken"], CREDENTIALS.replace("Ops", "Owner"))
    assert (forbidden.status, forbidden.json["message"]) == (403, "No access")
    assert forbidden.json["__type"].endswith("#ForbiddenException")
    assert (await portal(base, tokens["accessToken"], CREDENTIALS)).status == 200
    # Before the end that the token was given with (aws/aws-cli#7340).
    lab.identity.center.end_sign_ins()
    assert (await portal(base, tokens["accessToken"], CREDENTIALS)).status == 401


async def test_an_access_token_ends_and_a_logout_ends_all(lab: Lab, base: str) -> None:
    lab.options.lives.access_token = 0.0
    client, tokens = await signed_in(lab, base)
    assert (await portal(base, tokens["accessToken"], CREDENTIALS)).status == 401
    lab.options.lives.access_token = 60.0
    renewed = (await token(base, client, "refresh_token", refreshToken=tokens["refreshToken"])).json
    assert (await portal(base, renewed["accessToken"], CREDENTIALS)).status == 200
    headers = {"x-amz-sso_bearer_token": renewed["accessToken"]}
    assert (await asyncio.to_thread(http, "POST", f"{base}/logout", b"{}", headers)).status == 200
    assert (await portal(base, renewed["accessToken"], CREDENTIALS)).status == 401
