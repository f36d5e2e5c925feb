"""Roles without a name of their own keep the one that their sessions were started under."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest

from ssmtui.aws import role_names
from ssmtui.aws.role_names import RoleCache, keep_names
from ssmtui.lab.company import COMPANY
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.lab.roles import DEPLOY, OPS, LabRole

ROLE = LabRole(COMPANY[1], OPS)
CLI = "botocore-session-1700000000"
"""The name that another program has made up."""


@pytest.fixture(autouse=True)
def unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name is in use yet."""
    monkeypatch.setattr(role_names, "_names", {})


@pytest.fixture(autouse=True)
def seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore makes up another name each second: here, each time."""
    at = iter(range(1_800_000_000, 1_900_000_000))
    monkeypatch.setattr("botocore.credentials.time", SimpleNamespace(time=lambda: next(at)))


@pytest.fixture
async def lab(home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lab]:
    lab = Lab(LabOptions(nodes=1))
    address = await lab.start()
    token = home / "token"
    token.write_text(lab.identity.identities.token(3600))
    config = home / "config"
    profile = address.profiles["prod"]
    config.write_text(
        f"[profile prod]\nendpoint_url = {address.endpoint_url}\naws_access_key_id = {profile.access_key_id}\n"
        f"aws_secret_access_key = {profile.secret_access_key}\n"
        f"[profile role]\nrole_arn = {ROLE.arn}\nsource_profile = prod\nregion = eu-west-1\n"
        f"endpoint_url = {address.endpoint_url}\n"
        f"[profile named]\nrole_arn = {ROLE.arn}\nsource_profile = prod\nregion = eu-west-1\n"
        f"endpoint_url = {address.endpoint_url}\nrole_session_name = jane\n"
        f"[profile pod]\nrole_arn = {LabRole(COMPANY[0], DEPLOY).arn}\nweb_identity_token_file = {token}\n"
        f"region = eu-west-1\nendpoint_url = {address.endpoint_url}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    yield lab
    await lab.close()


def name_of(lab: Lab, access_key: str) -> str:
    return lab.keyring._keys[access_key].principal.session_name


async def assumed(lab: Lab, home: Path, aws_profile: str, *, kept: bool = True) -> str:
    """Read the AWS profile and fetch its credentials: the name that the service knows them by."""

    def fetch() -> str:
        chain: Any = botocore.session.Session(profile=aws_profile).get_component("credential_provider")
        provider = chain.get_provider("assume-role")
        provider.cache = RoleCache(str(home / "cache"))
        if kept:
            keep_names(provider, provider.cache)
            keep_names(chain.get_provider("assume-role-with-web-identity"))
        return str(chain.load_credentials().get_frozen_credentials().access_key)

    return name_of(lab, await asyncio.to_thread(fetch))


def cached(home: Path) -> tuple[Path, dict[str, Any]]:
    [file] = (home / "cache").glob("*.json")
    return file, json.loads(file.read_text())


def ended(home: Path) -> None:
    """What is in the cache has ended."""
    file, response = cached(home)
    response["Credentials"]["Expiration"] = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    file.write_text(json.dumps(response))


def refreshed_by_another_program(home: Path) -> None:
    file, response = cached(home)
    for member in ("Arn", "AssumedRoleId"):
        before, sign, _ = (
            response["AssumedRoleUser"][member]
            .replace(":botocore", "|botocore")
            .rpartition("/" if member == "Arn" else "|")
        )
        response["AssumedRoleUser"][member] = before + sign + CLI
    response["Credentials"]["Expiration"] = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    file.write_text(json.dumps(response))


@pytest.mark.parametrize("aws_profile", ["role", "pod"])
async def test_an_aws_profile_that_is_read_anew_keeps_its_name(lab: Lab, home: Path, aws_profile: str) -> None:
    first = await assumed(lab, home, aws_profile)
    assert first.startswith("botocore-session-18")
    if aws_profile == "role":
        ended(home)
    assert await assumed(lab, home, aws_profile) == first


async def test_without_that_it_would_not(lab: Lab, home: Path) -> None:
    first = await assumed(lab, home, "pod", kept=False)
    assert await assumed(lab, home, "pod", kept=False) != first


async def test_credentials_that_another_program_has_fetched_meanwhile_are_not_taken(lab: Lab, home: Path) -> None:
    first = await assumed(lab, home, "role")
    refreshed_by_another_program(home)
    assert await assumed(lab, home, "role") == first
    assert cached(home)[1]["AssumedRoleUser"]["Arn"].endswith(f"/{first}")


async def test_the_name_in_the_cache_outlives_the_program(
    lab: Lab, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await assumed(lab, home, "role")
    refreshed_by_another_program(home)
    ended(home)
    monkeypatch.setattr(role_names, "_names", {})
    assert await assumed(lab, home, "role") == CLI


async def test_good_credentials_of_the_cache_are_taken_with_their_name(
    lab: Lab, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await assumed(lab, home, "role")
    refreshed_by_another_program(home)
    monkeypatch.setattr(role_names, "_names", {})
    keys = len(lab.keyring._keys)
    # The lab knows the keys by the name that it gave them; nothing new was fetched.
    assert (await assumed(lab, home, "role"), len(lab.keyring._keys)) == (first, keys)
    assert [*role_names._names.values()] == [CLI]


async def test_a_name_in_the_configuration_goes_first(lab: Lab, home: Path) -> None:
    assert await assumed(lab, home, "named") == "jane"
    assert "jane" not in role_names._names.values()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "{}",
        '{"Credentials": []}',
        '{"AssumedRoleUser": {"Arn": "a/b"}, "Credentials": {"Expiration": 1}}',
    ],
)
async def test_a_broken_cache_counts_as_none(lab: Lab, home: Path, text: str) -> None:
    first = await assumed(lab, home, "role")
    cached(home)[0].write_text(text)
    assert await assumed(lab, home, "role") == first


@pytest.mark.parametrize("arn", ['"arn:aws:sts::1:assumed-role/Ops/no name"', "1", "null"])
async def test_a_name_that_is_none_is_not_taken(lab: Lab, home: Path, arn: str) -> None:
    await assumed(lab, home, "role")
    file, response = cached(home)
    file.write_text(json.dumps({**response, "AssumedRoleUser": {"Arn": json.loads(arn)}}))
    cache = RoleCache(str(home / "cache"))
    assert (cache.name(file.stem), file.stem in cache) == ("", True)
    assert "other" not in cache


def test_other_credentials_stay_as_they_are() -> None:
    class Provider:
        def load(self) -> object:
            return self

    provider = Provider()
    keep_names(provider)
    assert provider.load() is provider
