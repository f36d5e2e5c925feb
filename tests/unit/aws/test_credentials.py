"""What is known of credentials by files alone: chains of roles, who signs in, and when credentials end."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.credentials import AssumeRoleCredentialFetcher
from botocore.utils import generate_login_cache_key

from ssmtui.aws.credentials import (
    chain_of,
    facts_of,
    mfa_source,
    role_arguments,
    role_cache_key,
    sign_ins_of,
    time_of,
)
from ssmtui.sign_in import SignIn, SignInWay

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
ROLE = "arn:aws:iam::123456789012:role/ops"
SERIAL = "arn:aws:iam::123456789012:mfa/jane"
PROFILES = {
    "signin": {"sso_session": "corp", "sso_account_id": "123456789012", "sso_role_name": "Ops"},
    "legacy": {"sso_start_url": "https://corp.awsapps.com/start", "sso_account_id": "1", "sso_role_name": "Ops"},
    "ops": {"role_arn": ROLE, "source_profile": "signin"},
    "far": {"role_arn": ROLE, "source_profile": "ops"},
    "mfa": {"role_arn": ROLE, "source_profile": "keys", "mfa_serial": SERIAL},
    "over-mfa": {"role_arn": ROLE, "source_profile": "mfa"},
    "mfa-over-sso": {"role_arn": ROLE, "source_profile": "signin", "mfa_serial": SERIAL},
    "keys": {"aws_access_key_id": "AKIA", "aws_secret_access_key": "s"},
    "login": {"login_session": "arn:aws:iam::123456789012:user/jane"},
    "web": {"role_arn": ROLE, "web_identity_token_file": "token", "source_profile": "signin"},
    "machine": {"role_arn": ROLE, "credential_source": "Ec2InstanceMetadata"},
    "both": {"aws_access_key_id": "AKIA", "aws_secret_access_key": "s", "role_arn": ROLE, "source_profile": "mfa"},
    "over-both": {"role_arn": ROLE, "source_profile": "both"},
    "itself": {"role_arn": ROLE, "source_profile": "itself"},
    "there": {"role_arn": ROLE, "source_profile": "back"},
    "back": {"role_arn": ROLE, "source_profile": "there"},
    "nowhere": {"role_arn": ROLE, "source_profile": "nope"},
    "tool": {"credential_process": "tool"},
}
SSO = SignIn(SignInWay.SSO, "corp", "signin")
MFA = SignIn(SignInWay.MFA, mfa_source(SERIAL, ROLE), "mfa")


@pytest.mark.parametrize(
    ("name", "sign_ins"),
    [
        ("signin", (SSO,)),
        ("legacy", (SignIn(SignInWay.SSO, "https://corp.awsapps.com/start", "legacy"),)),
        ("ops", (SSO,)),
        ("far", (SSO,)),
        ("mfa", (MFA,)),
        ("over-mfa", (MFA,)),
        ("mfa-over-sso", (SSO, SignIn(SignInWay.MFA, mfa_source(SERIAL, ROLE), "mfa-over-sso"))),
        ("login", (SignIn(SignInWay.LOGIN, "arn:aws:iam::123456789012:user/jane", "login"),)),
        *((name, ()) for name in ("keys", "web", "machine", "over-both", "itself", "there", "nowhere", "tool", "none")),
    ],
)
def test_case_24_the_profile_that_really_signs_in_is_at_the_end_of_the_chain(
    name: str, sign_ins: tuple[SignIn, ...]
) -> None:
    assert sign_ins_of(PROFILES, name) == sign_ins


def test_a_chain_that_comes_back_ends() -> None:
    assert [name for name, _ in chain_of(PROFILES, "there")] == ["there", "back"]
    assert [name for name, _ in chain_of(PROFILES, "over-both")] == ["over-both", "both"], "its keys go before its role"


def test_one_sign_in_is_shared_by_what_comes_from_it() -> None:
    assert sign_ins_of(PROFILES, "ops")[0].key == sign_ins_of(PROFILES, "signin")[0].key
    assert sign_ins_of(PROFILES, "mfa")[0].key != sign_ins_of(PROFILES, "mfa-over-sso")[0].key


@pytest.mark.parametrize(
    "settings",
    [
        {"role_arn": ROLE, "mfa_serial": SERIAL},
        {"role_arn": ROLE, "mfa_serial": SERIAL, "external_id": "x", "role_session_name": "jane"},
        {"role_arn": ROLE, "duration_seconds": "3600"},
        {"role_arn": ROLE, "duration_seconds": "an hour"},
    ],
)
def test_roles_are_cached_under_the_name_that_botocore_gives_them(settings: dict[str, str]) -> None:
    arguments = role_arguments(settings)
    fetcher = AssumeRoleCredentialFetcher(None, None, ROLE, {k: v for k, v in arguments.items() if k != "RoleArn"})
    assert role_cache_key(settings) == fetcher._cache_key


def in_cache(home: Path, folder: str, key: str, content: object) -> None:
    file = home / ".aws" / folder / "cache" / f"{key}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content))


def at(hours: float) -> str:
    return (NOW + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def sso_token(home: Path, name: str = "corp", **token: object) -> None:
    in_cache(home, "sso", hashlib.sha1(name.encode()).hexdigest(), token)


def test_the_end_of_single_sign_on_is_the_tokens(home: Path) -> None:
    url = "https://corp.awsapps.com/start"
    sso_token(home, url, accessToken="t", expiresAt=at(1))
    expected = ("sso", NOW + timedelta(hours=1), SignIn(SignInWay.SSO, url, "legacy"))
    assert facts_of(PROFILES, "legacy", None, NOW) == (*expected, False)


def test_a_token_that_renews_itself_has_no_end_that_is_known_until_the_registration_is_about_to_end(home: Path) -> None:
    token = {"accessToken": "t", "expiresAt": at(1), "refreshToken": "r", "registrationExpiresAt": at(20)}
    sso_token(home, **token)
    assert facts_of(PROFILES, "ops", None, NOW).expires == NOW + timedelta(hours=1), "a program must be known for it"
    sso_token(home, **token, clientId="c", clientSecret="s")
    assert facts_of(PROFILES, "ops", None, NOW) == ("role", NOW + timedelta(hours=20), SSO, False)
    sso_token(home, **{**token, "registrationExpiresAt": at(24 * 90)}, clientId="c", clientSecret="s")
    assert facts_of(PROFILES, "ops", None, NOW) == ("role", None, SSO, False)


def test_credentials_that_were_fetched_outlive_the_sign_in(home: Path) -> None:
    sso_token(home, accessToken="t", expiresAt=at(-1))
    assert facts_of(PROFILES, "signin", None, NOW) == ("sso", NOW - timedelta(hours=1), SSO, True)
    assert facts_of(PROFILES, "signin", NOW + timedelta(hours=2), NOW).expires == NOW + timedelta(hours=2)


@pytest.mark.parametrize(
    "content", [None, "", "{", "[]", "null", '{"expiresAt": 3}', '{"expiresAt": "soon"}', "[" * 99999]
)
def test_without_a_usable_token_one_is_signed_out(home: Path, content: str | None) -> None:
    if content is not None:
        in_cache(home, "sso", hashlib.sha1(b"corp").hexdigest(), content)
    assert facts_of(PROFILES, "ops", None, NOW) == ("role", None, SSO, True)


def test_an_mfa_code_counts_for_as_long_as_its_role_is_cached(home: Path) -> None:
    assert facts_of(PROFILES, "mfa", None, NOW).missing
    in_cache(home, "cli", role_cache_key(PROFILES["mfa"]), {"Credentials": {"Expiration": at(0.5)}})
    assert facts_of(PROFILES, "mfa", None, NOW) == ("role", NOW + timedelta(minutes=30), MFA, False)
    assert facts_of(PROFILES, "over-mfa", None, NOW).expires == NOW + timedelta(minutes=30)


def test_a_sign_in_of_aws_login_renews_itself_for_half_a_day(home: Path) -> None:
    key = generate_login_cache_key("arn:aws:iam::123456789012:user/jane")
    login = sign_ins_of(PROFILES, "login")[0]
    assert facts_of(PROFILES, "login", None, NOW) == ("login", None, login, True)
    in_cache(home, "login", key, {"accessToken": {"expiresAt": at(-1)}, "refreshToken": "r"})
    assert facts_of(PROFILES, "login", None, NOW) == ("login", None, login, False)
    in_cache(home, "login", key, {"accessToken": {"expiresAt": at(-13)}, "refreshToken": "r"})
    assert facts_of(PROFILES, "login", None, NOW).missing


def test_credentials_without_a_person(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    soon = NOW + timedelta(minutes=20)
    assert facts_of(PROFILES, "keys", None, NOW) == ("keys", None, None, False)
    assert facts_of(PROFILES, "tool", soon, NOW) == ("process", soon, None, False)
    over_tool = {**PROFILES, "over-tool": {"role_arn": ROLE, "source_profile": "tool"}}
    assert facts_of(over_tool, "over-tool", soon, NOW) == ("role", None, None, False), "it is assumed again"
    assert facts_of(PROFILES, "web", soon, NOW) == ("web identity", None, None, False), "it renews itself"
    assert facts_of(
        {"k": {**PROFILES["keys"], "x_security_token_expires": at(1)}}, "k", None, NOW
    ).expires == NOW + timedelta(hours=1)
    assert facts_of({}, None, soon, NOW) == ("machine", None, None, False)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "token")
    assert facts_of({}, None, soon, NOW).kind == "web identity"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", soon.isoformat())
    assert facts_of({}, None, None, NOW) == ("environment", soon, None, False)


def test_times_as_these_files_write_them() -> None:
    assert {
        time_of(text) for text in ("2026-01-15T12:00:00Z", "2026-01-15T12:00:00UTC", "2026-01-15T13:00:00+01:00")
    } == {NOW}
    assert [time_of(text) for text in ("", "soon", None, 5)] == [None] * 4
    assert time_of("2026-01-15T12:00:00") == NOW
