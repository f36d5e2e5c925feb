"""Looking into other scopes."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any, cast

from ssmtui.diagnosis.elsewhere import OtherScopes
from ssmtui.errors import AccessDenied
from ssmtui.model import Instance, Scope
from tests.support.fakes import FakeGateway, FakeGateways, make_node

NODE = make_node(0)
MACHINE = "mi-0a1b2c3d4e5f60718"
STAGING = Scope("staging", "us-east-1")


class Counting(FakeGateway):
    def __init__(self, *ids: str, denied: bool = False) -> None:
        super().__init__([NODE._replace(id=one) for one in ids])
        self.instances = {one: Instance(one, "running") for one in ids}
        self.denied = denied
        self.asked: list[str] = []

    async def instance(self, instance_id: str) -> Instance | None:
        self.asked.append(instance_id)
        if self.denied:
            raise AccessDenied("no", operation="DescribeInstances")
        return await super().instance(instance_id)


def gateways(**others: FakeGateway) -> FakeGateways:
    found = FakeGateways(FakeGateway([]))
    for region, gateway in others.items():
        scope = replace(found.default, region=region.replace("_", "-"))
        gateway.scope = scope
        found.others[scope] = gateway
    return found


def other_scopes(found: FakeGateways, *scopes: Scope) -> OtherScopes:
    return OtherScopes(cast("Any", found), found.default, scopes)


async def test_the_chosen_scopes_are_asked_and_named_with_their_options() -> None:
    found, region = gateways(), Counting(NODE.id)
    found.others[STAGING] = Counting(NODE.id)
    found.others[Scope("prod", "eu-central-1")] = region
    everybody = Scope("management", "eu-west-1", organization=True)
    found.others[everybody] = Counting(NODE.id)
    seen = await other_scopes(found, found.default, STAGING, everybody)(NODE.id)
    assert seen == [("us-east-1 of AWS profile staging", "EC2", "--aws-profile staging --region us-east-1")]
    assert region.asked == []


async def test_an_aws_profile_with_an_apostrophe_is_quoted_among_the_options() -> None:
    found, other = gateways(), Scope("Bob's sandbox", "us-east-1")
    found.others[other] = Counting(NODE.id)
    ((_, _, options),) = await other_scopes(found, found.default, other)(NODE.id)
    assert shlex.split(options) == ["--aws-profile", "Bob's sandbox", "--region", "us-east-1"]


async def test_where_none_of_them_has_it_the_other_regions_are_asked() -> None:
    found = gateways(us_east_1=Counting(), eu_central_1=Counting(NODE.id))
    seen = await other_scopes(found)(NODE.id)
    assert seen == [("eu-central-1", "EC2", "--region eu-central-1")]


async def test_where_ec2_is_denied_systems_manager_knows() -> None:
    found = gateways(us_east_1=Counting(NODE.id, denied=True))
    assert [one.by for one in await other_scopes(found)(NODE.id)] == ["Systems Manager"]


async def test_machines_are_systems_managers_alone() -> None:
    machine = Counting(MACHINE)
    assert [one.by for one in await other_scopes(gateways(us_east_1=machine))(MACHINE)] == ["Systems Manager"]
    assert machine.asked == []


async def test_nowhere() -> None:
    assert await other_scopes(gateways())(NODE.id) == []
