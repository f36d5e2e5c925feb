"""`aws login`: the page, the proof of possession, and the AWS CLI's file."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import stat
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from ssmtui.aws.sign_in.flow import sign_in
from ssmtui.errors import ConfigurationError, CredentialsError
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.tasks import Tasks
from tests.support.fake_aws import FakeAws, Refusal
from tests.support.signer import Signer, come_back, query_of
from tests.support.wait import wait_until
from tests.unit.aws.sign_in.conftest import LOGIN_SESSION

CONSOLE = SignIn(SignInWay.LOGIN, LOGIN_SESSION, "console")
TOKEN = "/v1/token"


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def decoded(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=="))
    return found


def given(subject: str = LOGIN_SESSION) -> dict[str, Any]:
    return {
        "accessToken": {"accessKeyId": "ASIALOGIN", "secretAccessKey": "login-secret", "sessionToken": "login-token"},
        "tokenType": "urn:aws:params:oauth:token-type:access_token_sigv4",
        "expiresIn": 900,
        "refreshToken": "login-refresh",
        "idToken": f"{encoded({'alg': 'none'})}.{encoded({'sub': subject})}.x",
    }


@pytest.fixture(autouse=True)
def service(fake_aws: FakeAws) -> None:
    fake_aws.answers[TOKEN] = given()


async def begun(signer: Signer, *, browser: bool) -> asyncio.Future[None]:
    attempt = Tasks("test").start("sign-in", sign_in(CONSOLE, signer, browser=browser), awaited=True)
    await wait_until("the page is shown", lambda: signer.pages or attempt.done())
    if attempt.done():
        await attempt
    return attempt


def kept(home: Path) -> dict[str, Any]:
    name = hashlib.sha256(LOGIN_SESSION.encode()).hexdigest()
    file = home / ".aws" / "login" / "cache" / f"{name}.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found: dict[str, Any] = json.loads(file.read_text())
    return found


async def test_the_browser_signs_in_and_botocore_has_the_credentials(configuration: Path, fake_aws: FakeAws) -> None:
    signer = Signer()
    attempt = await begun(signer, browser=True)
    (page,) = signer.pages
    asked = query_of(page)
    assert page.address.startswith(f"{fake_aws.url}/v1/authorize?")
    assert page.is_here
    assert asked["client_id"] == "arn:aws:signin:::devtools/same-device"
    assert (asked["scope"], asked["code_challenge_method"]) == ("openid", "SHA-256")
    await come_back(page, code="the-code")
    await attempt
    (exchanged,) = fake_aws.of(TOKEN)
    assert exchanged["redirectUri"] == asked["redirect_uri"]
    assert (exchanged["grantType"], exchanged["code"]) == ("authorization_code", "the-code")
    token = kept(configuration)
    assert set(token) == {
        "accessToken", "tokenType", "clientId", "refreshToken", "idToken", "dpopKey", "signInRegion",
    }  # fmt: skip
    assert token["accessToken"]["accountId"] == "123456789012"
    assert token["signInRegion"] == "eu-north-1"
    found = botocore.session.Session(profile="console").get_credentials()
    assert found is not None
    assert found.get_frozen_credentials().access_key == "ASIALOGIN"


async def test_the_request_is_proven_with_the_key_that_is_kept(configuration: Path, fake_aws: FakeAws) -> None:
    signer = Signer()
    attempt = await begun(signer, browser=True)
    await come_back(signer.pages[0], code="c")
    await attempt
    (proof,) = [call.headers["DPoP"] for call in fake_aws.calls if call.operation == TOKEN]
    head, body, signature = proof.split(".")
    jwk = decoded(head)["jwk"]
    assert decoded(head)["typ"] == "dpop+jwt"
    assert decoded(body)["htm"] == "POST"
    assert decoded(body)["htu"] == f"{fake_aws.url}{TOKEN}"
    x, y = (int.from_bytes(base64.urlsafe_b64decode(jwk[name] + "==")) for name in "xy")
    raw = base64.urlsafe_b64decode(signature + "==")
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    public.verify(der, f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
    assert kept(configuration)["dpopKey"].startswith("-----BEGIN EC PRIVATE KEY-----\n")


async def test_botocore_refreshes_with_the_key_that_is_kept(configuration: Path, fake_aws: FakeAws) -> None:
    fake_aws.answers[TOKEN] = {**given(), "expiresIn": 1}  # within botocore's window: it refreshes at once
    signer = Signer()
    attempt = await begun(signer, browser=True)
    await come_back(signer.pages[0], code="c")
    await attempt
    fake_aws.answers[TOKEN] = given()
    found = botocore.session.Session(profile="console").get_credentials()
    assert found is not None
    found.get_frozen_credentials()
    assert fake_aws.of(TOKEN)[-1]["grantType"] == "refresh_token"
    proofs = [call.headers["DPoP"] for call in fake_aws.calls if call.operation == TOKEN]
    assert decoded(proofs[0].split(".")[0])["jwk"] == decoded(proofs[-1].split(".")[0])["jwk"]


async def test_on_another_device_the_person_brings_the_code_and_another_pages_is_no_use(
    configuration: Path, fake_aws: FakeAws
) -> None:
    codes: asyncio.Queue[str] = asyncio.Queue()

    class Typing(Signer):
        async def ask(self, wanted: Any) -> str:
            self.asked.append(wanted)
            return await codes.get()

    signer = Typing()
    attempt = await begun(signer, browser=False)
    asked = query_of(signer.pages[0])
    state = asked["state"]
    assert asked["client_id"] == "arn:aws:signin:::devtools/cross-device"
    assert asked["redirect_uri"] == f"{fake_aws.url}/v1/sessions/confirmation"
    right = base64.b64encode(f"state={state}&code=cross".encode()).decode()
    for typed in ("nonsense", base64.b64encode(b"state=other&code=x").decode(), f" {right[:20]}\n{right[20:]} "):
        codes.put_nowait(typed)
    await attempt
    assert [bool(one.wrong) for one in signer.asked] == [False, True, True]
    assert not any(one.is_mfa for one in signer.asked)
    (exchanged,) = fake_aws.of(TOKEN)
    assert exchanged["code"] == "cross"
    assert exchanged["redirectUri"].endswith("/v1/sessions/confirmation")
    assert kept(configuration)["clientId"] == "arn:aws:signin:::devtools/cross-device"


async def test_somebody_else_in_the_browser_is_refused_and_nothing_kept(configuration: Path, fake_aws: FakeAws) -> None:
    fake_aws.answers[TOKEN] = given("arn:aws:iam::999999999999:root")
    signer = Signer()
    attempt = await begun(signer, browser=True)
    await come_back(signer.pages[0], code="c")
    with pytest.raises(CredentialsError) as raised:
        await attempt
    assert raised.value.title == "Somebody else was signed in"
    assert "999999999999" in raised.value.detail
    assert "aws login --profile console" in raised.value.remedy
    assert not (configuration / ".aws" / "login").exists()


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("AUTHCODE_EXPIRED", "The code has expired"),
        ("INSUFFICIENT_PERMISSIONS", "AWS does not allow this sign-in"),
        ("OTHER", "AWS refuses the sign-in"),
    ],
)
async def test_refusals_are_told(fake_aws: FakeAws, kind: str, title: str) -> None:
    fake_aws.answers[TOKEN] = Refusal("AccessDeniedException", fields={"error": kind, "message": "It says no"})
    signer = Signer()
    attempt = await begun(signer, browser=True)
    await come_back(signer.pages[0], code="c")
    with pytest.raises(CredentialsError) as raised:
        await attempt
    assert raised.value.title == title
    assert "It says no" in raised.value.detail


async def test_an_id_token_that_names_nobody_is_an_error(fake_aws: FakeAws) -> None:
    fake_aws.answers[TOKEN] = {**given(), "idToken": "x.y.z"}
    signer = Signer()
    attempt = await begun(signer, browser=True)
    await come_back(signer.pages[0], code="c")
    with pytest.raises(CredentialsError, match="names nobody"):
        await attempt


async def test_the_folder_is_the_aws_clis(configuration: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLACE", str(tmp_path / "place"))
    monkeypatch.setenv("AWS_LOGIN_CACHE_DIRECTORY", "$PLACE/cache")
    signer = Signer()
    attempt = await begun(signer, browser=True)
    await come_back(signer.pages[0], code="c")
    await attempt
    assert len(list((tmp_path / "place" / "cache").iterdir())) == 1


async def test_an_aws_profile_that_has_no_login_session_says_so() -> None:
    with pytest.raises(ConfigurationError, match="has no login_session"):
        await sign_in(CONSOLE._replace(aws_profile="base"), Signer(), browser=True)
