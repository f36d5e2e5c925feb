"""The calls that show whether an action is allowed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ssmtui.aws.gateway import Gateway
from ssmtui.aws.gateways import open_gateways
from ssmtui.aws.permissions import PERMISSIONS
from ssmtui.aws.session import StaticCredentials
from ssmtui.aws.trials import TRIALS
from ssmtui.errors import ServiceError
from ssmtui.lab.fault_spec import parse_faults
from ssmtui.lab.lab import Lab, LabOptions

READS = re.compile(r"[\w-]+:(?:Describe|List|Get)\w+")


def test_nothing_is_changed_by_them() -> None:
    assert all(READS.fullmatch(action) for action in TRIALS)
    assert set(TRIALS) - {"sts:GetCallerIdentity"} <= {permission.action for permission in PERMISSIONS}


@asynccontextmanager
async def gateway_to(lab: Lab) -> AsyncIterator[Gateway]:
    await lab.start()
    static = StaticCredentials(lab.credentials.access_key_id, lab.credentials.secret_access_key)
    gateways = await open_gateways(None, lab.address.environment["AWS_REGION"], lab.address.endpoint_url, static)
    yield gateways.gateway()
    await gateways.close()
    await lab.close()


async def refusals(gateway: Gateway) -> dict[str, str]:
    """The codes of what is refused, by action."""
    found = {}
    for action in TRIALS:
        try:
            await gateway.try_action(action)
        except ServiceError as error:
            found[action] = error.code
    return found


async def test_each_reaches_aws() -> None:
    """Neither botocore nor the service refuses their parameters; what does not exist is the only refusal."""
    async with gateway_to(Lab(LabOptions(nodes=2))) as gateway:
        assert await refusals(gateway) == {
            "ecs:ListTasks": "ClusterNotFoundException",
            "ecs:DescribeTasks": "ClusterNotFoundException",
            "ssm:ListTagsForResource": "InvalidResourceId",
        }


async def test_a_denial_is_raised() -> None:
    async with gateway_to(Lab(LabOptions(nodes=2, faults=parse_faults("deny=DescribeSessions")))) as gateway:
        assert (await refusals(gateway))["ssm:DescribeSessions"] == "AccessDeniedException"
