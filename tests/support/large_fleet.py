"""Fleets as large as one likes, the same each time."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from ssmtui.model import Node, PingStatus, Platform

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
ROLES = ("web", "api", "db", "worker", "cache", "bastion", "queue", "search", "build", "proxy", "auth", "billing")
ENVIRONMENTS = ("prod", "staging", "dev", "test")
SYSTEMS = (
    (Platform.LINUX, "Ubuntu", "24.04"),
    (Platform.LINUX, "Amazon Linux", "2023"),
    (Platform.WINDOWS, "Microsoft Windows Server 2022 Datacenter", "10.0.20348"),
)
AGENTS = ("3.3.2299.0", "3.3.1611.0", "3.2.2303.0")
TYPES = ("t3.medium", "m7g.large", "c7i.xlarge", "r7g.2xlarge")


def large_fleet(size: int, aws_profile: str = "prod", region: str = "eu-west-1", seed: int = 7) -> list[Node]:
    """``size`` nodes of one scope, in no order; what nodes of a real fleet share, these share too."""
    dice = random.Random(seed)
    vpcs = [f"vpc-{dice.getrandbits(68):017x}" for _ in range(3)]
    zones = [region + letter for letter in "abc"]
    return [_node(dice, size, aws_profile, region, vpcs, zones) for _ in range(size)]


def _node(dice: random.Random, size: int, aws_profile: str, region: str, vpcs: list[str], zones: list[str]) -> Node:
    environment, role = dice.choice(ENVIRONMENTS), dice.choice(ROLES)
    name = f"{environment}-{role}-{dice.randrange(size)}"
    platform, system, version = dice.choice(SYSTEMS)
    address = f"10.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(256)}"
    return Node(
        id=f"i-{dice.getrandbits(68):017x}",
        name=name,
        ping=dice.choices((PingStatus.ONLINE, PingStatus.CONNECTION_LOST), (9, 1))[0],
        platform=platform,
        platform_name=system,
        platform_version=version,
        agent_version=dice.choice(AGENTS),
        ip=address,
        computer_name=f"ip-{address.replace('.', '-')}.{region}.compute.internal",
        last_ping=NOW - timedelta(milliseconds=dice.randrange(300_000)),
        resource_type="EC2Instance",
        iam_role="OpsInstanceProfile",
        account="123456789012",
        region=region,
        aws_profile=aws_profile,
        tags={"Name": name, "env": environment, "team": dice.choice(("platform", "data", "shop"))},
        instance_type=dice.choice(TYPES),
        instance_state="running",
        zone=dice.choice(zones),
        vpc_id=dice.choice(vpcs),
    )
