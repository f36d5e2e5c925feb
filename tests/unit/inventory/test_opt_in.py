"""A region that is not enabled is called that, and no other refusal is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from ssmtui.errors import AccessDenied, ConnectionFailed, CredentialsError, RegionNotEnabled, ServiceError, SsmtuiError
from ssmtui.inventory.opt_in import explained
from ssmtui.inventory.states import ScopePhase, failed_phase
from ssmtui.model import Identity, Region, Scope

HERE = Scope("staging", "af-south-1")
HOME = Scope("staging", "eu-west-1")


def refused() -> CredentialsError:
    error = CredentialsError("UnrecognizedClientException: The security token included in the request is invalid.")
    error.may_be_region = True
    return error


class RegionalGateway:
    def __init__(self, scope: Scope, regions: Sequence[Region] = (), refusal: SsmtuiError | None = None) -> None:
        self.scope = scope
        self.regions = regions
        self.refusal = refusal

    async def identity(self) -> Identity:
        if self.refusal is not None:
            raise self.refusal
        return Identity("222222222222", "arn:aws:iam::222222222222:user/jane")

    async def region_list(self) -> Sequence[Region]:
        return self.regions


class RegionalGateways:
    def __init__(self, *gateways: RegionalGateway, default: Scope = HOME) -> None:
        self.known = {gateway.scope: gateway for gateway in gateways}
        self.default = default
        self.asked: list[Scope] = []

    def gateway(self, scope: Scope) -> RegionalGateway:
        self.asked.append(scope)
        return self.known.get(scope) or RegionalGateway(scope, refusal=refused())


async def judge(gateways: RegionalGateways, error: SsmtuiError, *others: Scope, scope: Scope = HERE) -> SsmtuiError:
    return await explained(error, scope, cast("Any", gateways), others)


async def test_b8_a_region_that_is_not_enabled_is_called_that() -> None:
    gateways = RegionalGateways(RegionalGateway(HOME, [Region("af-south-1", False), Region("eu-west-1", True)]))
    error = refused()
    found = await judge(gateways, error, HOME)
    assert isinstance(found, RegionNotEnabled)
    assert found.detail == "af-south-1 is not enabled for account 222222222222"
    assert found.__cause__ is error
    assert failed_phase(found, 0) is failed_phase(found, 7) is ScopePhase.NOT_ENABLED


@pytest.mark.parametrize("regions", [(), [Region("af-south-1")], [Region("eu-west-1", True)]])
async def test_where_nobody_says_which_regions_are_enabled_working_elsewhere_is_enough(
    regions: Sequence[Region],
) -> None:
    assert isinstance(await judge(RegionalGateways(RegionalGateway(HOME, regions)), refused(), HOME), RegionNotEnabled)


async def test_credentials_that_are_refused_everywhere_are_at_fault_themselves() -> None:
    error, gateways = refused(), RegionalGateways()
    assert await judge(gateways, error, HOME) is error
    assert [scope.region for scope in gateways.asked] == ["eu-west-1", "us-east-1"]
    assert failed_phase(error, 0) is ScopePhase.SIGNED_OUT


async def test_a_region_that_is_enabled_and_still_refuses_needs_other_tokens() -> None:
    gateways = RegionalGateways(RegionalGateway(HOME, [Region("af-south-1", True)]))
    found = await judge(gateways, refused(), HOME)
    assert isinstance(found, CredentialsError)
    assert "sts_regional_endpoints" in found.remedy
    assert failed_phase(found, 0) is ScopePhase.SIGNED_OUT


@pytest.mark.parametrize(
    "error",
    [CredentialsError("the token has expired"), AccessDenied("no"), ConnectionFailed("nobody is there")],
)
async def test_other_failures_ask_nobody(error: SsmtuiError) -> None:
    gateways = RegionalGateways(RegionalGateway(HOME))
    assert await judge(gateways, error, HOME) is error
    assert not gateways.asked


async def test_a_place_that_does_not_answer_is_passed_over() -> None:
    other = Scope("staging", "us-east-1")
    gateways = RegionalGateways(RegionalGateway(HOME, refusal=ConnectionFailed("no route")), RegionalGateway(other))
    assert isinstance(await judge(gateways, refused(), HOME), RegionNotEnabled)


async def test_another_aws_profile_is_not_asked_and_the_partition_counts() -> None:
    here = Scope("china", "cn-northwest-1")
    gateways = RegionalGateways(RegionalGateway(HOME))
    await judge(gateways, refused(), scope=here)
    assert gateways.asked == [Scope("china", "cn-north-1")]
    gateways.asked.clear()
    await judge(gateways, refused(), scope=Scope("secret", "us-iso-west-1"))
    assert not gateways.asked


def test_ec2s_own_word_for_it_counts() -> None:
    assert failed_phase(ServiceError("You must opt in", code="OptInRequired"), 0) is ScopePhase.NOT_ENABLED
