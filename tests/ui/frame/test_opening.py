"""Starts without an account that could be opened: the account picker opens all the same, and what is chosen opens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ssmtui.errors import ConfigurationError, NotConfigured
from ssmtui.model import AwsProfile, Scope
from ssmtui.ui.services import Progress, Recollection, Services
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.second_run import SecondRun

NO_REGION = ConfigurationError("no AWS region is set", title="No region", remedy="Give --region, or set AWS_REGION.")


class NoAccount(SecondRun):
    """No region is set; the configuration names two AWS profiles."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, FakeGateway([node._replace(aws_profile="staging") for node in fleet(5)]))
        self.gateway.scope = Scope("staging", "eu-central-1")
        self.gate.set()
        self.recollection: Recollection | None = None
        self.error: ConfigurationError | None = NO_REGION

    async def recall(self) -> Recollection:
        async def aws_profiles() -> list[AwsProfile]:
            return [AwsProfile("prod", "eu-west-1", "sso"), AwsProfile("staging", "eu-central-1", "role")]

        self.recollection = replace(await super().recall(), scopes=(), aws_profiles=aws_profiles)
        return self.recollection

    async def open_services(self, progress: Progress) -> Services:
        assert self.recollection is not None
        if self.error is not None and not self.recollection.were_chosen:
            raise self.error
        return await super().open_services(progress)


async def test_an_account_is_chosen_where_none_could_be_opened(tmp_path: Path) -> None:
    async with NoAccount(tmp_path).run() as harness:
        await harness.shows("no AWS region is set")
        await harness.press("A")
        await harness.shows("prod", "staging")
        await harness.press("down", "space", "enter")
        await harness.shows("5 nodes")
        assert list(harness.fleet.states) == [Scope("staging", "eu-central-1")]
        assert "No region" not in harness.text()
        await harness.press("enter")
        await wait_until("a session is started", harness.manager.snapshots)


async def test_without_a_choice_everything_stays_as_it_is(tmp_path: Path) -> None:
    async with NoAccount(tmp_path).run() as harness:
        await harness.shows("no AWS region is set")
        await harness.press("A")
        await harness.shows("prod", "staging")
        await harness.press("escape")
        await harness.shows("no AWS region is set")
        assert harness.app.services is None


async def test_the_ways_on_are_named_with_their_keys(tmp_path: Path) -> None:
    async with NoAccount(tmp_path).run() as harness:
        await harness.shows(
            "A  choose an account", "I  sign in to AWS", "L  look around", "E  read how", "r  try again"
        )
        await harness.press("E")
        await harness.shows("[sso-session work]")
        await harness.press("escape")
        await harness.press("p")
        assert harness.app.services is None


async def test_without_any_configuration_there_are_three_ways(tmp_path: Path) -> None:
    harness = NoAccount(tmp_path)
    harness.error = NotConfigured("there is no AWS profile")
    async with harness.run():
        await harness.shows("No AWS configuration", "I  sign in", "L  look around", "E  read how")
        assert "A  choose" not in harness.text()


async def test_the_demo_opens_in_place_of_an_account(tmp_path: Path) -> None:
    async with NoAccount(tmp_path).run() as harness:
        await harness.shows("no AWS region is set")
        harness.error = None
        await harness.press("L")
        await harness.shows("5 nodes", "DEMO")
        assert not harness.app.leaves_alive
        await harness.press("L")
        assert "An account is open here" in harness.text()
        await harness.press("enter")
        await wait_until("a session is started", harness.manager.snapshots)


async def test_every_way_that_is_named_is_a_command(tmp_path: Path) -> None:
    async with NoAccount(tmp_path).run() as harness:
        await harness.shows("A  choose", "r  try again", "q  quit")
