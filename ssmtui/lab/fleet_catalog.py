"""What the made-up company runs: operating systems, kinds of machine, and the 48 places that repeat through a fleet.

Data only; ``fleet`` turns a place and a number into a node.
"""

from __future__ import annotations

from dataclasses import dataclass

LATEST_AGENT = "3.3.3572.0"


@dataclass(frozen=True, slots=True)
class System:
    """An operating system as DescribeInstanceInformation and EC2 name it."""

    platform_type: str
    name: str
    version: str
    image: str
    architecture: str = "x86_64"


UBUNTU_20 = System("Linux", "Ubuntu", "20.04", "ami-0c1a4b7f25ee0d301")
UBUNTU_22 = System("Linux", "Ubuntu", "22.04", "ami-0d64bb532e0502c46")
UBUNTU_24 = System("Linux", "Ubuntu", "24.04", "ami-03446a3af42c5e74e", "arm64")
DEBIAN_12 = System("Linux", "Debian GNU/Linux", "12", "ami-0b8f3c8a3f0e1d2c4")
AMAZON_2 = System("Linux", "Amazon Linux", "2", "ami-0a23a9827c6dab833")
AMAZON_2023 = System("Linux", "Amazon Linux", "2023", "ami-0fed63ea358539e44", "arm64")
RHEL_8 = System("Linux", "Red Hat Enterprise Linux", "8.10", "ami-08f32efd140b7d89f")
RHEL_9 = System("Linux", "Red Hat Enterprise Linux", "9.4", "ami-0574da719dca65348")
SUSE_15 = System("Linux", "SLES", "15.6", "ami-0f5f1a8a3c1b0c2de")
WINDOWS_2019 = System("Windows", "Microsoft Windows Server 2019 Datacenter", "10.0.17763", "ami-01f1d0a7c6a8d5e42")
WINDOWS_2022 = System("Windows", "Microsoft Windows Server 2022 Datacenter", "10.0.20348", "ami-0e2b3f4d5c6a7b8c9")
WINDOWS_2025 = System("Windows", "Microsoft Windows Server 2025 Datacenter", "10.0.26100", "ami-0a9b8c7d6e5f4a3b2")
MACOS_14 = System("MacOS", "macOS", "14.6.1", "ami-0c3d2e1f0a9b8c7d6", "arm64_mac")


@dataclass(frozen=True, slots=True)
class MachineKind:
    """Machines of one sort: ``count`` of them in every stretch of the fleet. No ``instance_type``: not in EC2."""

    base: str
    count: int
    env: str
    team: str
    role: str
    system: System
    instance_type: str = ""
    ping: str = "Online"
    agent: str = LATEST_AGENT


KINDS = (
    MachineKind("web", 4, "prod", "storefront", "web", UBUNTU_24, "m7g.large"),
    MachineKind("web", 1, "prod", "storefront", "web", UBUNTU_24, "m7g.large", agent="3.3.987.0"),
    MachineKind("api", 4, "prod", "checkout", "api", AMAZON_2023, "c7g.xlarge"),
    MachineKind("api", 1, "prod", "checkout", "api", AMAZON_2023, "c7g.xlarge", ping="ConnectionLost"),
    MachineKind("db-primary", 1, "prod", "data", "database", RHEL_9, "r7i.2xlarge"),
    MachineKind("db-replica", 2, "prod", "data", "database", RHEL_9, "r7i.2xlarge"),
    MachineKind("cache", 2, "prod", "data", "cache", AMAZON_2023, "r7g.large"),
    MachineKind("worker", 4, "prod", "checkout", "worker", UBUNTU_22, "c6i.xlarge"),
    MachineKind("search", 2, "prod", "storefront", "search", DEBIAN_12, "r6i.xlarge"),
    MachineKind("bastion", 1, "prod", "platform", "bastion", AMAZON_2, "t3.micro", agent="3.1.1732.0"),
    MachineKind("ci-runner", 3, "dev", "platform", "ci", UBUNTU_22, "c6i.2xlarge"),
    MachineKind("mac-ci", 2, "dev", "mobile", "ci", MACOS_14, "mac2.metal"),
    MachineKind("staging-web", 2, "staging", "storefront", "web", UBUNTU_24, "t4g.medium"),
    MachineKind("staging-api", 2, "staging", "checkout", "api", AMAZON_2023, "t4g.medium"),
    MachineKind("staging-db", 1, "staging", "data", "database", RHEL_9, "r7i.large", agent="3.2.2303.0"),
    MachineKind("dev-box", 2, "dev", "platform", "workstation", DEBIAN_12, "t3.large"),
    MachineKind("dev-box", 1, "dev", "platform", "workstation", DEBIAN_12, "t3.large", ping="ConnectionLost"),
    MachineKind("sap-app", 2, "prod", "finance", "sap", SUSE_15, "x2idn.16xlarge"),
    MachineKind("ad-dc", 2, "prod", "it", "directory", WINDOWS_2022, "m6i.large"),
    MachineKind("win-app", 1, "prod", "finance", "app", WINDOWS_2019, "m5.xlarge"),
    MachineKind(
        "win-app", 1, "prod", "finance", "app", WINDOWS_2019, "m5.xlarge", ping="ConnectionLost", agent="3.2.1705.0"
    ),
    MachineKind("win-build", 1, "dev", "platform", "ci", WINDOWS_2025, "c7i.2xlarge"),
    MachineKind("fra-esx", 2, "prod", "it", "hypervisor", DEBIAN_12),
    MachineKind("muc-plant-gw", 1, "prod", "factory", "gateway", UBUNTU_20, agent="3.2.2303.0"),
    MachineKind("muc-plant-gw", 1, "prod", "factory", "gateway", UBUNTU_20, ping="Inactive", agent="3.1.1188.0"),
    MachineKind("lon-print", 1, "prod", "it", "print", WINDOWS_2019, ping="Inactive", agent="3.1.1511.0"),
    MachineKind("hel-backup", 1, "prod", "it", "backup", RHEL_8),
)

NETWORKS = {
    "prod": (0, "vpc-0a3f5c7e9b1d2f468", "subnet-0c4e6a8b0d2f1357"),
    "staging": (20, "vpc-0b4d6f8a1c3e5079b", "subnet-0d5f7b9c1e304682"),
    "dev": (40, "vpc-0c5e7a9b2d4f6181a", "subnet-0e608cad2f415793"),
}
"""Per environment: second octet of its addresses, VPC, and the subnets' common start (the zone's digit follows)."""
