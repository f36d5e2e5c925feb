"""Why one region refuses credentials that others accept: the account has not enabled it.

Such a region does not know the account's keys, and answers as if these were wrong (AWS: "Specify which AWS Regions your
account can use"). Only another region can tell the two apart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ssmtui.aws.gateway import IDENTITY_TIMEOUT, Gateway, Gateways
from ssmtui.errors import CredentialsError, RegionNotEnabled, SsmtuiError
from ssmtui.model import Scope

PLACES = 2
"""Regions that are asked."""

_ALWAYS_ENABLED = (("cn-", "cn-north-1"), ("us-gov-", "us-gov-west-1"), ("us-iso", ""), ("eu-iso", ""), ("eusc-", ""))
"""By the beginning of a region's name, one of its partition that every account has; empty: not known."""


async def explained(error: SsmtuiError, scope: Scope, gateways: Gateways, others: Iterable[Scope]) -> SsmtuiError:
    """``error`` of a call in ``scope``, or what is behind it. ``others`` are scopes of the same AWS profile, those that
    work first. Raises nothing of AWS's."""
    if not isinstance(error, CredentialsError) or not error.may_be_region:
        return error
    for place in _places(scope, others, gateways.default)[:PLACES]:
        try:
            async with asyncio.timeout(IDENTITY_TIMEOUT):
                found = await _judged(error, scope, gateways.gateway(place))
        except (TimeoutError, SsmtuiError):
            continue
        found.__cause__ = error if found is not error else error.__cause__
        return found
    return error


def _places(scope: Scope, others: Iterable[Scope], default: Scope) -> Sequence[Scope]:
    known = [*others, *([default] if default.aws_profile == scope.aws_profile else [])]
    always = next((region for start, region in _ALWAYS_ENABLED if scope.region.startswith(start)), "us-east-1")
    regions = dict.fromkeys([*(one.region for one in known), always])
    return [replace(scope, region=region, organization=False) for region in regions if region not in ("", scope.region)]


async def _judged(error: CredentialsError, scope: Scope, elsewhere: Gateway) -> SsmtuiError:
    """What a region where the credentials work says of the one that refuses them. Raises an error where they do not
    work there either."""
    identity = await elsewhere.identity()
    known = {region.name: region.enabled for region in await elsewhere.region_list()}
    if known.get(scope.region):
        return CredentialsError(
            f"{scope.region} refuses the credentials that {elsewhere.scope.region} accepts, and account "
            f"{identity.account} has that region enabled ({error.detail})",
            title="The region does not accept the credentials",
            remedy="Session tokens of the global STS endpoint are not valid in regions that an account had to enable: "
            "set sts_regional_endpoints = regional in the AWS profile. A region that was enabled just now needs some "
            "minutes.",
        )
    return RegionNotEnabled(f"{scope.region} is not enabled for account {identity.account}")
