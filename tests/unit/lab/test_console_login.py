"""AWS Sign-In as ``aws login`` sees it: who gets tokens, with which proof."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import Any
from urllib.parse import parse_qsl

import pytest

from ssmtui.lab.lab import Lab
from tests.support.lab_client import Aws
from tests.support.signed_in import REDIRECT, SAME_DEVICE, Answer, DpopKey, Pkce, console_code, http, post_json

CROSS_DEVICE = "arn:aws:signin:::devtools/cross-device"


class Console:
    """A program that signs in."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.url = f"{base}/v1/token"
        self.pkce = Pkce.make()
        self.key = DpopKey()

    async def code(self, redirect: str = REDIRECT, client_id: str = SAME_DEVICE) -> str:
        return await asyncio.to_thread(console_code, self.base, self.pkce, redirect, client_id)

    async def send(self, body: dict[str, object], proof: str | None = None) -> Answer:
        headers = {"DPoP": self.key.proof(self.url) if proof is None else proof}
        return await asyncio.to_thread(post_json, self.url, {"clientId": SAME_DEVICE, **body}, headers)

    async def redeem(self, code: str, proof: str | None = None, **changed: object) -> Answer:
        body = {
            "grantType": "authorization_code",
            "code": code,
            "codeVerifier": self.pkce.verifier,
            "redirectUri": REDIRECT,
            **changed,
        }
        return await self.send(body, proof)

    async def refresh(self, token: str, proof: str | None = None) -> Answer:
        return await self.send({"grantType": "refresh_token", "refreshToken": token}, proof)


@pytest.fixture
async def console(lab: Lab) -> Console:
    return Console(lab.address.endpoint_url)


def refusal(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.headers["x-amzn-ErrorType"], answer.json["error"]


INVALID = (400, "ValidationException", "INVALID_REQUEST")


async def test_a_login_gives_credentials_of_the_person(lab: Lab, console: Console) -> None:
    output = (await console.redeem(await console.code())).json
    assert (output["tokenType"], output["expiresIn"]) == ("aws_sigv4", 900)
    own = output["accessToken"]
    sts = Aws(lab.address).client(
        "sts",
        aws_access_key_id=own["accessKeyId"],
        aws_secret_access_key=own["secretAccessKey"],
        aws_session_token=own["sessionToken"],
    )
    who = await asyncio.to_thread(sts.get_caller_identity)
    claims = json.loads(base64.urlsafe_b64decode(output["idToken"].split(".")[1] + "=="))
    assert claims["sub"] == who["Arn"] == lab.identity.login.login_session


async def test_a_code_opens_once_for_whoever_asked_for_it(console: Console) -> None:
    assert refusal(await console.redeem(await console.code(), codeVerifier="x" * 43)) == INVALID
    assert refusal(await console.redeem(await console.code(), redirectUri="http://127.0.0.1:1/")) == INVALID
    code = await console.code()
    assert (await console.redeem(code)).status == 200
    assert refusal(await console.redeem(code)) == INVALID


async def test_a_code_ends(lab: Lab, console: Console) -> None:
    lab.options.lives.device_code = 0.0
    late = await console.redeem(await console.code())
    assert refusal(late) == (400, "AccessDeniedException", "AUTHCODE_EXPIRED")


async def test_a_refresh_token_is_bound_to_its_key_and_good_once(lab: Lab, console: Console) -> None:
    token = (await console.redeem(await console.code())).json["refreshToken"]
    assert refusal(await console.refresh(token, DpopKey().proof(console.url))) == INVALID
    output = (await console.refresh(token)).json
    assert "idToken" not in output
    used = await console.refresh(token)
    assert refusal(used) == INVALID
    # As aws/aws-cli#10613 quotes it.
    assert used.json["message"] == "The provided authorization grant is invalid, expired, revoked, or malformed"
    lab.identity.login.end_logins()
    ended = await console.refresh(output["refreshToken"])
    # As aws/aws-cli#10330 quotes it.
    assert refusal(ended) == (400, "AccessDeniedException", "TOKEN_EXPIRED")
    assert ended.json["message"] == "The refresh token has expired."


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"htm": "GET"}, "it is for another request"),
        ({"htu": "http://127.0.0.1:1/v1/token"}, "it is for another request"),
        ({"iat": int(time.time()) - 3600}, "it was made at another time"),
        ({"iat": "now"}, "it was made at another time"),
        ({"jti": ""}, "it has been used"),
        ({"typ": "jwt"}, "its type or algorithm is another one"),
        ({"alg": "none"}, "its type or algorithm is another one"),
        ({"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}, "its key is not a point of the curve"),
        ({"jwk": "none"}, "it has no public key of the curve P-256"),
    ],
)
async def test_a_proof_must_be_for_this_request(console: Console, changed: dict[str, Any], why: str) -> None:
    refused = await console.redeem(await console.code(), console.key.proof(console.url, **changed))
    assert refusal(refused) == INVALID
    assert refused.json["message"] == f"The DPoP proof is invalid: {why}"


async def test_a_proof_is_good_once_and_its_signature_counts(console: Console) -> None:
    proof = console.key.proof(console.url)
    assert (await console.redeem(await console.code(), proof)).status == 200
    again = await console.redeem(await console.code(), proof)
    assert again.json["message"] == "The DPoP proof is invalid: it has been used"
    own, other = (key.proof(console.url).split(".") for key in (console.key, DpopKey()))
    forged = await console.redeem(await console.code(), ".".join([*own[:2], other[2]]))
    assert forged.json["message"] == "The DPoP proof is invalid: its signature is wrong"
    for nonsense in ("", "a.b.c", "...", proof[:-9]):
        assert refusal(await console.redeem(await console.code(), nonsense)) == INVALID


async def test_a_program_on_another_machine_gets_a_code_to_type(console: Console) -> None:
    confirmation = f"{console.base}/v1/sessions/confirmation"
    code = await console.code(confirmation, CROSS_DEVICE)
    shown = await asyncio.to_thread(http, "GET", f"{confirmation}?state=the+state&code={code}")
    text = shown.body.decode().rpartition("<p>")[2].removesuffix("</p>")
    assert dict(parse_qsl(base64.b64decode(text).decode())) == {"state": "the state", "code": code}
    output = await console.redeem(code, clientId=CROSS_DEVICE, redirectUri=confirmation)
    assert output.status == 200


async def test_other_clients_and_grants_are_refused(console: Console) -> None:
    assert refusal(await console.redeem(await console.code(), clientId="arn:aws:signin:::other")) == INVALID
    other = await console.send({"grantType": "password"})
    assert refusal(other) == (400, "ValidationException", "unsupported_grant_type")
