"""The account picker: which AWS profiles are listed, each in which regions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from ssmtui.errors import ConfigurationError, CredentialsError
from ssmtui.model import AwsProfile, CredentialFacts, Identity, Region, Scope
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.ui.accounts.dialog import AccountsScreen
from ssmtui.ui.accounts.regions import RegionsScreen
from tests.support.fakes import NOW, FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness, listed

PROD = Scope("prod", "eu-west-1")
STAGING = Scope("staging", "eu-central-1")
SANDBOX = Scope("sandbox", "us-east-1")


def company() -> Harness:
    harness = Harness(FakeGateway([node._replace(aws_profile="prod") for node in fleet(12)]))
    harness.gateways.profiles = [
        AwsProfile("prod", "eu-west-1", "sso"),
        AwsProfile("staging", "eu-central-1", "role"),
        AwsProfile("sandbox", "us-east-1", "keys"),
    ]
    for scope, nodes in ((STAGING, 5), (SANDBOX, 3)):
        gateway = FakeGateway(
            [node._replace(aws_profile=scope.aws_profile, region=scope.region) for node in fleet(nodes)]
        )
        gateway.scope = scope
        harness.gateways.others[scope] = gateway
    return harness


async def open_picker(harness: Harness) -> None:
    await listed(harness)
    await harness.press("A")
    await wait_until("the accounts", lambda: "□ staging" in harness.text(), report=harness.text)
    await harness.settle()


def chosen(harness: Harness) -> list[Scope]:
    return list(harness.fleet.states)


async def test_b6_enter_on_a_row_that_is_not_ticked_switches_to_it_alone():
    async with company().run() as harness:
        await open_picker(harness)
        await harness.press("down")
        assert "enter list it alone" in harness.text()
        await harness.press("enter")
        assert chosen(harness) == [STAGING]
        await wait_until("its nodes", lambda: " 5 nodes" in harness.text(), report=harness.text)
        await harness.press("A", *"sand", "enter")
        assert chosen(harness) == [SANDBOX]


async def test_b7_each_aws_profile_is_listed_in_its_own_region():
    async with company().run() as harness:
        await open_picker(harness)
        await harness.press("down", "space", "down", "space")
        assert "3 of 3 ticked" in harness.text()
        assert "enter list 3" in harness.text()
        await harness.press("enter")
        assert chosen(harness) == [PROD, STAGING, SANDBOX]
        await wait_until("all nodes", lambda: "20 nodes" in harness.text(), report=harness.text)


async def test_the_only_ticked_row_can_be_unticked_and_enter_lists_the_row_then():
    async with company().run() as harness:
        await open_picker(harness)
        await harness.press("space")
        assert "none ticked" in harness.text()
        await harness.press("enter")
        assert chosen(harness) == [PROD]


async def test_a_region_is_added_to_an_aws_profile_by_typing_some_of_it():
    async with company().run() as harness:
        await open_picker(harness)
        await harness.press("tab")
        await wait_until("the regions", lambda: "eu-central-1" in harness.text().split("Regions of prod")[-1])
        await harness.press(*"us-e", "enter")
        assert "2 of 4 ticked" in harness.text()
        await harness.press("enter")
        assert chosen(harness) == [PROD, Scope("prod", "us-east-1")]
        await wait_until("the column", lambda: "REGION" in harness.text(), report=harness.text)


async def test_a_region_that_nobody_knows_is_taken_as_it_is_typed_if_it_is_formed_like_one():
    harness = company()

    async def region_list() -> Sequence[Region]:
        raise CredentialsError("no")

    harness.gateway.region_list = region_list
    async with harness.run():
        await open_picker(harness)
        await harness.press("tab")
        await wait_until("those that are known", lambda: "ap-northeast-1" in harness.text(), report=harness.text)
        await harness.press(*"nowhere", "enter")
        assert isinstance(harness.app.screen, RegionsScreen)
        assert "looks like eu-west-1" in harness.text()
        for _ in "nowhere":
            await harness.press("backspace")
        await harness.press(*"xx-new-9")
        assert "has not been asked whether there is such a region" in harness.text()
        await harness.press("enter", "enter")
        assert chosen(harness) == [PROD, Scope("prod", "xx-new-9")]


async def test_regions_are_added_to_all_that_are_ticked_and_taken_away_again():
    async with company().run() as harness:
        await open_picker(harness)
        await harness.press("down", "space", "tab")
        await wait_until("the dialog", lambda: "Regions of staging" in harness.text())
        assert "tab for all 2 ticked" in harness.text()
        await harness.press("tab", *"us-e", "space", "enter")
        assert "Accounts" in harness.text()
        assert "4 of 5 ticked" in harness.text()
        await harness.press("enter")
        assert set(chosen(harness)) == {
            PROD,
            Scope("prod", "us-east-1"),
            STAGING,
            Scope("staging", "us-east-1"),
        }
        await harness.press("A", *"prod us", "delete", "escape")
        assert len(chosen(harness)) == 4, "esc changes nothing"


async def test_a_row_that_was_added_can_be_taken_away_and_a_profiles_own_cannot():
    async with company().run() as harness:
        await open_picker(harness)
        await harness.press("tab", *"us-e", "enter")
        assert "2 of 4 ticked" in harness.text()
        assert "del takes the row away" in harness.text()
        await harness.press("delete")
        assert "1 of 3 ticked" in harness.text()
        await harness.press("up", "up", "delete")
        assert "1 of 3 ticked" in harness.text()


async def test_b20_nothing_is_done_to_a_row_that_is_not_there():
    async with company().run() as harness:
        await open_picker(harness)
        await harness.press(*"zz", "ctrl+o", "space", "tab", "enter")
        assert isinstance(harness.app.screen, AccountsScreen)
        assert "No account has zz" in harness.text()
        assert "1 of 3 ticked, 1 not shown" in harness.text()
        await harness.press("escape")
        assert chosen(harness) == [PROD]


async def test_a_whole_organization_is_a_way_to_list():
    async with company().run() as harness:
        await open_picker(harness)
        await harness.press("ctrl+o")
        assert "the whole organization" in harness.text()
        await harness.press("enter")
        assert chosen(harness) == [Scope("prod", "eu-west-1", organization=True)]


async def test_rows_say_account_alias_and_how_long_one_is_signed_in():
    harness = company()
    harness.gateways.facts = {
        "prod": CredentialFacts("sso", NOW + timedelta(minutes=41)),
        "staging": CredentialFacts("role", NOW - timedelta(minutes=1)),
        "sandbox": CredentialFacts("keys"),
    }
    async with harness.run():
        await open_picker(harness)
        await wait_until("the end", lambda: "sso 41 min" in harness.text(), report=harness.text)
        await wait_until("the alias", lambda: "123456789012 acme" in harness.text(), report=harness.text)
        assert "role ended" in harness.text()


async def test_a_row_says_who_is_signed_out_and_why():
    harness = company()
    gateway = harness.gateways.others[STAGING]

    async def identity() -> Identity:
        raise CredentialsError("the token has expired")

    gateway.identity = identity
    async with harness.run():
        await open_picker(harness)
        await harness.press("down", "space")
        await wait_until("why not", lambda: "the token has expired" in harness.text(), report=harness.text)
        assert "signed out" in harness.text()


async def test_b8_a_region_that_is_not_enabled_is_called_that_before_it_is_listed():
    async with company().run() as harness:
        await open_picker(harness)
        await harness.press("tab", *"af-s")
        await wait_until("it is said", lambda: "the account has not enabled it" in harness.text(), report=harness.text)
        await harness.press("enter")
        assert "not enabled" in harness.text()
        assert "The account has not enabled af-south-1" in harness.text()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_keys_that_come_before_the_configuration_is_read_mean_its_rows(size: tuple[int, int]):
    harness = company()
    gate, read = asyncio.Event(), harness.gateways.aws_profiles

    async def aws_profiles() -> Any:
        await gate.wait()
        return await read()

    harness.gateways.aws_profiles = aws_profiles
    async with harness.run(size):
        await listed(harness)
        await harness.press("A", *"sand", "enter")
        assert isinstance(harness.app.screen, AccountsScreen)
        gate.set()
        await wait_until("it is switched to", lambda: chosen(harness) == [SANDBOX], report=harness.text)


async def test_esc_does_not_wait_for_the_configuration():
    harness = company()
    gate = asyncio.Event()

    async def aws_profiles() -> Any:
        await gate.wait()

    harness.gateways.aws_profiles = aws_profiles
    async with harness.run():
        await listed(harness)
        await harness.press("A", "down", "escape")
        assert harness.app.screen is harness.app.main


async def test_a_configuration_that_cannot_be_read_leaves_what_is_listed():
    harness = company()

    async def aws_profiles() -> Any:
        raise ConfigurationError("line 3 has no =", title="The AWS configuration cannot be read")

    harness.gateways.aws_profiles = aws_profiles
    async with harness.run():
        await listed(harness)
        await harness.press("A")
        await wait_until("why", lambda: "line 3 has no =" in harness.text(), report=harness.text)
        assert "■ prod" in harness.text(), harness.text()


async def test_a_click_ticks():
    async with company().run() as harness:
        await open_picker(harness)
        lines = harness.text().splitlines()
        place = next(number for number, line in enumerate(lines) if "□ staging" in line)
        await harness.pilot.click(offset=(lines[place].index("staging"), place))
        await wait_until("it is ticked", lambda: "■ staging" in harness.text(), report=harness.text)


@pytest.mark.parametrize("size", [(30, 8), (40, 10), (60, 16), (200, 60)])
async def test_every_size_shows_rows_and_keys(size: tuple[int, int]):
    async with company().run(size) as harness:
        await harness.ready()
        await harness.press("A")
        await wait_until("the accounts", lambda: "□ staging" in harness.text(), report=harness.text)
        await harness.press("down")
        assert "enter list it alone" in harness.text(), harness.text()
        await harness.press("tab")
        await wait_until("the regions", lambda: "Regions of staging" in harness.text(), report=harness.text)
        assert "□ eu-central-1" in harness.text()


async def test_a_region_that_was_added_is_offered_again_and_can_be_taken_away_for_good():
    async with company().run() as harness:
        await open_picker(harness)
        await harness.press("tab", *"us-e", "enter", *"stag", "enter")
        assert chosen(harness) == [STAGING]
        await harness.press("A", *"prod us")
        assert "□ prod" in harness.text()
        assert "us-east-1" in harness.text()
        await harness.press("enter")
        assert chosen(harness) == [Scope("prod", "us-east-1")]
        await harness.press("A", "delete", *"stag", "enter", "A", *"prod us")
        assert "No account has prod us" in harness.text()


async def test_a_row_that_needs_it_is_signed_in_to_and_asked_again_afterwards():
    harness = company()
    harness.gateways.profiles[1] = harness.gateways.profiles[1]._replace(
        sign_in=SignIn(SignInWay.SSO, "corp", "staging")
    )
    gateway, works = harness.gateways.others[STAGING], harness.gateways.others[STAGING].identity

    async def identity() -> Identity:
        error = CredentialsError("the token has expired")
        error.sign_in = SignIn(SignInWay.SSO, "corp", "staging")
        raise error

    gateway.identity = identity
    async with harness.run():
        await open_picker(harness)
        assert "ctrl+s" not in harness.text()
        await harness.press("ctrl+s")
        assert isinstance(harness.app.screen, AccountsScreen)
        await harness.press("down", "space")
        await wait_until("the hint", lambda: "ctrl+s sign in" in harness.text(), report=harness.text)
        await harness.press("ctrl+s")
        await wait_until("the dialog", lambda: "Sign in to corp" in harness.text(), report=harness.text)
        gateway.identity = works
        await harness.press("escape")
        await wait_until("it works now", lambda: "the token has expired" not in harness.text(), report=harness.text)
        assert isinstance(harness.app.screen, AccountsScreen)
        assert "2 of 3 ticked" in harness.text()
