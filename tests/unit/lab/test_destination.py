"""Which addresses an agent refuses as a remote host: by its version, and by the network that its node is in."""

from __future__ import annotations

import ipaddress

import pytest

from ssmtui.lab.destination import FORBIDDEN, DialRules
from tests.unit.lab.test_agent import NODE

OLD, BEFORE_VPC, STRICT = "3.3.987.0", "3.1.1260.0", "3.3.4851.0"


def rules(agent_version: str, vpc: str = NODE.vpc) -> DialRules:
    return DialRules(NODE._replace(agent_version=agent_version, vpc=vpc))


@pytest.mark.parametrize("version", [BEFORE_VPC, OLD, STRICT])
@pytest.mark.parametrize("address", sorted(map(str, FORBIDDEN)))
def test_services_of_the_node_are_forbidden_to_all(address: str, version: str) -> None:
    assert rules(version).forbid(address)
    if ipaddress.ip_address(address).version == 4:
        assert rules(version).forbid(f"::ffff:{address}")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.10",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "::",
        "169.254.170.2",
        "169.254.170.23",
        "fd00:ec2::23",
    ],
)
def test_the_node_itself_and_containers_credentials_are_forbidden_since_3_3_4851(address: str) -> None:
    assert rules(STRICT).forbid(address)
    assert not rules(OLD).forbid(address)


def test_an_older_agent_is_taken_in_by_a_zone() -> None:
    assert not rules(OLD).forbid("fd00:ec2::254%eth0")
    assert rules(STRICT).forbid("fd00:ec2::254%eth0")


@pytest.mark.parametrize("address", ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.255.255"])
def test_first_four_and_last_address_of_the_network_are_reserved(address: str) -> None:
    assert rules(OLD).forbid(address)
    assert rules(OLD).forbid(f"::ffff:{address}")
    assert not rules(BEFORE_VPC).forbid(address), "3.1.1374.0 was the first"
    assert not rules(OLD, vpc="").forbid(address), "its network is not known"
    assert not rules(STRICT, vpc="vpc-of-another").forbid(address)


@pytest.mark.parametrize(
    "address", ["10.0.0.4", "10.0.255.254", "10.20.0.2", "10.1.0.2", "93.184.216.34", "2001:db8::1"]
)
def test_others_are_reached(address: str) -> None:
    assert not rules(STRICT).forbid(address)
