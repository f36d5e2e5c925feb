"""Which AWS profiles and regions are listed, and what is said of each."""

import asyncio

import pytest

from ssmtui.errors import AccessDenied, CredentialsError
from ssmtui.model import AwsProfile, Identity, Node, Scope
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.ui.accounts.line import ScopeLine
from ssmtui.ui.accounts.troubles import Troubles
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness, listed


def two_accounts() -> Harness:
    gateway = FakeGateway([node._replace(aws_profile="prod") for node in fleet(12)])
    harness = Harness(gateway)
    staging = FakeGateway([node._replace(aws_profile="staging", account="999999999999") for node in fleet(5)])
    staging.scope = Scope("staging", "eu-west-1")

    async def identity() -> Identity:
        return Identity("999999999999", "arn:aws:sts::999999999999:assumed-role/Dev/jane")

    staging.identity = identity
    harness.gateways.others[staging.scope] = staging
    return harness


async def open_picker(harness: Harness) -> None:
    await listed(harness)
    await harness.press("A")
    await wait_until("the profiles", lambda: "□ staging" in harness.text(), report=harness.text)
    await harness.settle()


async def test_another_account_is_ticked_and_its_nodes_come_beside_the_others():
    async with two_accounts().run() as harness:
        await open_picker(harness)
        await harness.press("down", "space", "enter")
        await wait_until("all nodes", lambda: "17 nodes" in harness.text(), report=harness.text)
        await harness.settle()
        assert "2 accounts" in harness.text()
        assert "ACCOUNT" in harness.text()
        assert "REGION" not in harness.text()
        assert set(harness.fleet.states) == {Scope("prod", "eu-west-1"), Scope("staging", "eu-west-1")}
        await harness.press("A", "space", "enter")
        await wait_until("the other's only", lambda: " 5 nodes" in harness.text(), report=harness.text)
        await harness.settle()
        assert "ACCOUNT" not in harness.text()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_scope_that_fails_hides_nothing_and_says_all_on_demand(size):
    harness = two_accounts()
    staging = harness.gateways.others[Scope("staging", "eu-west-1")]
    staging.error = AccessDenied("ssm:DescribeInstanceInformation is not allowed", remedy="Ask for it.")
    staging.listed = []
    async with harness.run(size):
        await open_picker(harness)
        await harness.press("down", "space", "enter")
        await wait_until("the trouble", lambda: "staging eu-west-1 denied" in harness.text(), report=harness.text)
        await harness.settle()
        assert "12 nodes" in harness.text()
        assert "is not allowed" not in harness.text()
        await harness.press("e")
        await wait_until("all of it", lambda: "is not allowed" in harness.text(), report=harness.text)
        assert "Ask for it." in harness.text()
        await harness.press("e")
        assert harness.app.screen is harness.app.main


async def test_a_click_on_the_line_of_scopes_says_all_of_it():
    async with two_accounts().run() as harness:
        await open_picker(harness)
        await harness.press("down", "space", "enter")
        await wait_until("both", lambda: "2 accounts" in harness.text(), report=harness.text)
        await harness.settle()
        await harness.pilot.click(ScopeLine)
        await wait_until("all of it", lambda: isinstance(harness.app.screen, Troubles))


async def test_a_session_tells_whose_and_where_it_is_while_several_scopes_are_listed():
    async with two_accounts().run() as harness:
        await open_picker(harness)
        await harness.press("down", "space", "enter", "slash", *"999999999999", "enter")
        await wait_until("the other's only", lambda: "5 of 17" in harness.text(), report=harness.text)
        await harness.open_session()
        assert "role/Dev · 999999999999 · eu-west-1 · staging" in harness.text().splitlines()[0]
        harness.app.do(harness.app.registry["nodes"])
        await harness.settle()
        assert "2 accounts" in harness.text().splitlines()[0]


async def test_refused_credentials_leave_the_way_to_other_profiles_open():
    harness = two_accounts()
    harness.gateway.error = CredentialsError("the token has expired")
    harness.gateway.listed = []
    async with harness.run():
        await wait_until("why", lambda: "the token has expired" in harness.text(), report=harness.text)
        assert "A  other accounts" in harness.text()
        await harness.press("A")
        await wait_until("the profiles", lambda: "□ staging" in harness.text(), report=harness.text)
        await harness.press("down", "space", "up", "space", "enter")
        await wait_until("its nodes", lambda: " 5 nodes" in harness.text(), report=harness.text)
        assert "the token has expired" not in harness.text()


async def test_the_smallest_screen_has_room_for_every_dialog():
    async with two_accounts().run((40, 10)) as harness:
        await harness.ready()
        await harness.settle()
        for key in ("A", "e", "S", "C", "y", "d"):
            await harness.press(key, "down", "space", "escape")
            assert harness.app.screen is harness.app.main, key


async def test_d15_how_many_tags_are_unread_is_on_the_screen():
    hybrid = [Node(f"mi-{number}", f"pi-{number}", region="eu-west-1", aws_profile="prod") for number in range(3)]
    gateway = FakeGateway(hybrid)
    gateway.tags_gate = asyncio.Event()
    async with Harness(gateway).run((100, 30)) as harness:
        await harness.ready()
        await wait_until("it is said", lambda: "Not read: tags of hybrid nodes" in harness.text(), report=harness.text)
        assert "pi-0" in harness.text(), "the nodes do not wait for tags"
        await harness.press("e")
        await wait_until(
            "how many", lambda: "the tags of 3 hybrid nodes are not read yet" in harness.text(), report=harness.text
        )
        assert "tags of hybrid nodes: not read to the end" in harness.text()
        gateway.tags_gate.set()
        await harness.press("escape")
        await wait_until("all are read", lambda: "Not read" not in harness.text())


def signed_out(profile: str) -> CredentialsError:
    error = CredentialsError(f"the token of {profile} has expired", title="Signed out of AWS")
    error.sign_in = SignIn(SignInWay.SSO, "corp", "staging")
    return error


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_b9_each_cause_is_said_once_with_all_its_accounts(size):
    harness = two_accounts()
    harness.gateways.profiles += [AwsProfile(name, "eu-west-1", "sso") for name in ("dev", "test", "ops")]
    for name in ("staging", "dev", "test", "ops"):
        gateway = FakeGateway([])
        gateway.scope = Scope(name, "eu-west-1")
        gateway.error = signed_out(name)
        harness.gateways.others[gateway.scope] = gateway
    async with harness.run(size):
        await open_picker(harness)
        await harness.press(*["down", "space"] * 4, "enter")
        await wait_until(
            "the line", lambda: "staging, dev and 2 more signed out" in harness.text(), report=harness.text
        )
        await harness.press("e")
        await wait_until("all of it", lambda: isinstance(harness.app.screen, Troubles))
        await harness.settle()
        text = harness.text()
        assert text.count("Signed out of AWS") == 1
        assert text.count("Sign in again") == 1
        assert "signed out  4 accounts" in text
        assert all(f"{name} eu-west-1" in text for name in ("staging", "dev", "test", "ops"))
        assert "prod eu-west-1  12 nodes" in text
        assert "I sign in" in text
        await harness.press("I")
        await wait_until("the sign-in", lambda: not isinstance(harness.app.screen, Troubles), report=harness.text)


async def test_where_no_sign_in_helps_the_key_is_not_offered():
    harness = two_accounts()
    staging = harness.gateways.others[Scope("staging", "eu-west-1")]
    staging.error = AccessDenied("ssm:DescribeInstanceInformation is not allowed")
    staging.listed = []
    async with harness.run():
        await open_picker(harness)
        await harness.press("down", "space", "enter")
        await wait_until("the trouble", lambda: "staging eu-west-1 denied" in harness.text(), report=harness.text)
        await harness.press("e", "I")
        assert isinstance(harness.app.screen, Troubles)
        assert "I sign in" not in harness.text()
