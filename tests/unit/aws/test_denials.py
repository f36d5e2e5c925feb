"""Who denied a call, by AWS's own words."""

from __future__ import annotations

import pytest

from ssmtui.aws.denials import Denial, DeniedBy, read

ROLE = "arn:aws:sts::123456789012:assumed-role/Ops/jane"
NODE = "arn:aws:ec2:eu-west-1:1:instance/i-1"
DENIED = f"User: {ROLE} is not authorized to perform: ssm:StartSession on resource: {NODE} "


@pytest.mark.parametrize(
    ("tail", "by", "explicit", "helps"),
    [
        ("because no identity-based policy allows the ssm:StartSession action", DeniedBy.IDENTITY, False, True),
        ("because no permissions boundary allows the ssm:StartSession action", DeniedBy.BOUNDARY, False, False),
        ("because no service control policy allows the ssm:StartSession action", DeniedBy.ORGANIZATION, False, False),
        ("because no session policy allows the ssm:StartSession action", DeniedBy.SESSION, False, False),
        ("because no VPC endpoint policy allows the ssm:StartSession action", DeniedBy.ENDPOINT, False, False),
        ("because no resource-based policy allows the ssm:StartSession action", DeniedBy.RESOURCE, False, False),
        ("with an explicit deny in an identity-based policy", DeniedBy.IDENTITY, True, False),
        ("with an explicit deny in a permissions boundary", DeniedBy.BOUNDARY, True, False),
        ("with an explicit deny in a service control policy", DeniedBy.ORGANIZATION, True, False),
        ("with an explicit deny in a resource control policy", DeniedBy.RESOURCE_CONTROL, True, False),
        ("with an explicit deny", DeniedBy.UNKNOWN, True, False),
        ("", DeniedBy.UNKNOWN, False, True),
    ],
)
def test_the_policy_that_decided(tail: str, by: DeniedBy, explicit: bool, helps: bool) -> None:
    denial = read(DENIED + tail)
    assert (denial.by, denial.explicit, denial.is_for_permission) == (by, explicit, helps)
    assert (denial.action, denial.caller) == ("ssm:StartSession", ROLE)
    assert denial.resource == NODE


def test_the_policy_is_named() -> None:
    arn = "arn:aws:organizations::999999999999:policy/o-example/service_control_policy/p-example"
    assert read(f"{DENIED}with an explicit deny in a service control policy: {arn}").policy == arn


def test_ec2_appends_what_only_a_machine_reads() -> None:
    denial = read(
        f"You are not authorized to perform this operation. User: {ROLE} is not authorized to perform: "
        "ec2:DescribeInstances with an explicit deny in a service control policy. "
        "Encoded authorization failure message: 4GIOHlTkIaWHQD0Q0m6XSnuUMCm"
    )
    assert denial == Denial("ec2:DescribeInstances", "", DeniedBy.ORGANIZATION, True, "", ROLE)


@pytest.mark.parametrize("message", ["", "Access denied", "with an explicit deny in a policy of yours"])
def test_what_says_nothing(message: str) -> None:
    denial = read(message)
    assert (denial.by, denial.action, denial.resource) == (DeniedBy.UNKNOWN, "", "")
