"""A person signs in to the lab, which plays AWS's services: from the page to the first call that is signed."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from ssmtui.aws import role_names
from ssmtui.aws.boto import open_gateway
from ssmtui.aws.configuration import aws_profiles
from ssmtui.aws.sign_in import portal, sso
from ssmtui.aws.sign_in.flow import next_sign_in, sign_in
from ssmtui.aws.sign_in.person import CodeWanted, Page
from ssmtui.errors import CredentialsError
from ssmtui.lab.roles import Lives
from tests.support.credential_kinds import KINDS, Holder, holding
from tests.support.signed_in import http
from tests.support.signer import Signer, fetch
from tests.support.wait import SCALE

KEYS = next(one for one in KINDS if one.name == "keys")
"""The lab's own caller, whom nobody signs in."""


class LabPerson(Signer):
    """Somebody who does in the browser and types what is asked for."""

    def __init__(self, holder: Holder) -> None:
        super().__init__()
        self._holder = holder
        self._last: Page | None = None

    def show(self, page: Page) -> None:
        super().show(page)
        self._last = page
        if page.code:
            self._holder.lab.identity.center.decide(page.code, approve=True)
        elif page.is_here:
            self._holder.tasks.start("browser", self._approve(page), awaited=True)

    async def _approve(self, page: Page) -> None:
        answer = await asyncio.to_thread(http, "POST", page.address)
        await fetch(answer.headers["Location"])

    async def ask(self, wanted: CodeWanted) -> str:
        self.asked.append(wanted)
        if wanted.is_mfa:
            return self._holder.lab.identity.mfa.code
        assert self._last is not None
        answer = await asyncio.to_thread(http, "POST", self._last.address)
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        return base64.b64encode(f"state={query['state'][0]}&code={query['code'][0]}".encode()).decode()


async def who(aws_profile: str) -> str:
    """Who calls with an AWS profile; raises what keeps anybody from it."""
    gateway = await open_gateway(aws_profile=aws_profile)
    try:
        return (await gateway.identity()).arn
    finally:
        await gateway.close()


@pytest.mark.parametrize("browser", [True, False], ids=["browser", "code"])
@pytest.mark.parametrize("name", ["sso", "sso-legacy", "login", "role", "mfa"])
async def test_signed_out_a_call_fails_and_signed_in_it_is_answered(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, browser: bool
) -> None:
    monkeypatch.setattr(sso, "SHORTEST_INTERVAL", 0.05)
    wanted = next(one for one in KINDS if one.name == name)
    assert wanted.aws_profile is not None
    async with holding((KEYS,), home, monkeypatch, Lives()) as (holder,):
        with pytest.raises(CredentialsError):
            await who(wanted.aws_profile)
        needed, _ = await asyncio.to_thread(next_sign_in, wanted.aws_profile)
        assert needed is not None
        await asyncio.wait_for(sign_in(needed, LabPerson(holder), browser=browser), 30 * SCALE)
        assert not (await asyncio.to_thread(next_sign_in, wanted.aws_profile))[1].missing
        assert wanted.role in await who(wanted.aws_profile)


async def test_the_role_that_a_code_opens_again_goes_by_its_name(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was opened by the AWS CLI, which made the name up; sessions were started under it."""
    monkeypatch.setattr(role_names, "_names", {})
    kind = next(one for one in KINDS if one.name == "mfa")
    assert kind.aws_profile is not None
    async with holding((kind,), home, monkeypatch, Lives()) as (holder,):
        before = await who(kind.aws_profile)
        assert before.endswith("/botocore-session-1700000000")
        keys = len(holder.lab.keyring._keys)
        profile = next(one for one in await asyncio.to_thread(aws_profiles) if one.name == kind.aws_profile)
        assert profile.sign_in is not None
        await asyncio.wait_for(sign_in(profile.sign_in, LabPerson(holder), browser=False), 30 * SCALE)
        assert await who(kind.aws_profile) == before
        assert len(holder.lab.keyring._keys) == keys + 1


async def test_a_start_url_becomes_an_aws_profile(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sso, "SHORTEST_INTERVAL", 0.05)
    file = home / "config"
    async with holding((KEYS,), home, monkeypatch, Lives()) as (holder,):
        monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
        monkeypatch.setenv("AWS_ENDPOINT_URL", holder.lab.address.endpoint_url)
        settings = await asyncio.to_thread(portal.new_session, holder.lab.identity.center.start_url, "eu-west-1")
        await portal.sign_in_at(settings, LabPerson(holder), browser=True)
        roles = await portal.roles_of(settings)
        assert {role.account for role in roles} == {account.id for account in holder.lab.options.accounts}
        role = next(one for one in roles if one.account_name == "example-staging")
        await asyncio.to_thread(portal.add_profile, settings, role, "mine", "eu-west-1")
        assert role.account in await who("mine")
        # The next one finds the section that this one has written, and the token.
        again = await asyncio.to_thread(portal.new_session, settings.start_url, "eu-west-1")
        assert again == settings
        other = next(one for one in roles if one.account != role.account)
        await asyncio.to_thread(portal.add_profile, again, other, "other", "eu-west-1")
        assert other.account in await who("other")
        assert file.read_text().count("[sso-session ") == 1


async def test_a_person_who_denies_it_stays_signed_out(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sso, "SHORTEST_INTERVAL", 0.05)

    class Denier(LabPerson):
        def show(self, page: Page) -> None:
            self._holder.lab.identity.center.decide(page.code, approve=False)

    async with holding((KEYS,), home, monkeypatch, Lives()) as (holder,):
        wanted, _ = await asyncio.to_thread(next_sign_in, "corp-sso")
        assert wanted is not None
        with pytest.raises(CredentialsError) as raised:
            await sign_in(wanted, Denier(holder), browser=False)
        assert raised.value.title == "The sign-in was refused in the browser"


async def test_a_code_that_expires_at_the_service_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sso, "SHORTEST_INTERVAL", 0.05)

    class Late(LabPerson):
        def show(self, page: Page) -> None:
            self._holder.lab.identity.center.expire_device_codes()

    async with holding((KEYS,), home, monkeypatch, Lives()) as (holder,):
        wanted, _ = await asyncio.to_thread(next_sign_in, "corp-sso")
        assert wanted is not None
        with pytest.raises(CredentialsError) as raised:
            await sign_in(wanted, Late(holder), browser=False)
        assert raised.value.title == "The code has expired"
