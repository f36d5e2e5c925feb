"""What the client's own gateways make of the lab's refusals where no screen is needed to see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from ssmtui.aws.gateways import BotoGateways, open_gateways
from ssmtui.aws.session import StaticCredentials
from ssmtui.errors import AccessDenied
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.model import AccessStatus
from tests.support.readme_policy import policies, whole_policy, without

WHY = "(no identity-based policy allows it)"


@asynccontextmanager
async def gateways_of(account: str, *missing: str) -> AsyncIterator[tuple[Lab, BotoGateways]]:
    """Those of an account whose callers have all that the README names, but some actions."""
    have = policies(without(whole_policy(), *missing))
    lab = Lab(LabOptions(nodes=48, start_delay=0.0, approve_after=0.0, policies=have))
    address = await lab.start()
    profile = address.profiles[account]
    static = StaticCredentials(profile.access_key_id, profile.secret_access_key)
    gateways = await open_gateways(region=profile.region, endpoint_url=address.endpoint_url, static=static)
    try:
        yield lab, gateways
    finally:
        await gateways.close()
        await lab.close()


@pytest.mark.parametrize("missing", ["", "ssm:ListNodes", "ssm:ListResourceDataSync"])
async def test_the_nodes_of_an_organization_need_list_nodes_alone(missing: str) -> None:
    async with gateways_of("management", missing) as (_, gateways):
        scope = replace(gateways.default, organization=True)
        pages = gateways.gateway(scope).nodes()
        if missing == "ssm:ListNodes":
            with pytest.raises(AccessDenied) as refused:
                await anext(pages)
            assert refused.value.brief == f"ssm:ListNodes is denied {WHY}"
        else:  # the usual name of the list does where it cannot be looked up
            assert (await anext(pages)).nodes
        await pages.aclose()


@pytest.mark.parametrize("missing", ["", "ssm:StartAccessRequest", "ssm:GetAccessToken"])
async def test_just_in_time_access_takes_two_actions(missing: str) -> None:
    async with gateways_of("staging", missing) as (lab, gateways):
        node = next(node for node in lab.site("staging").fleet if node.tags.get("access") == "approval")
        gateway = gateways.gateway()

        async def ask() -> AccessStatus:
            request_id = await gateway.start_access_request(node.id, "on call")
            return (await gateway.access_token(request_id)).status

        if not missing:
            assert await ask() is AccessStatus.APPROVED
            return
        with pytest.raises(AccessDenied) as refused:
            await ask()
        assert refused.value.brief == f"{missing} is denied {WHY}"
