"""The made-up company: its AWS accounts, where each has nodes, and what ails it.

The first account works in full. Each of the others shows one way in which a listing can be less than complete.
Data only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

ACCOUNT = "123456789012"
REGION = "eu-west-1"
CALLER = "jane@example.com"
"""The role session name of every caller, in every account."""

ENABLED_REGIONS = (
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
    "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1",
    "us-east-1", "us-east-2", "us-west-1", "us-west-2",
)  # fmt: skip
"""What AWS enables for everybody."""
OPT_IN_REGIONS = ("af-south-1", "ap-east-1", "eu-central-2", "eu-south-1", "il-central-1", "me-south-1")


class Principal(NamedTuple):
    """Who calls, as IAM knows them."""

    arn: str
    user_id: str
    """The policy variable ``aws:userid``."""

    @property
    def session_name(self) -> str:
        """The name of the role session, else that of the user: sessions of Session Manager are named after it."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Account:
    """One AWS account. Its name is that of the AWS profile that leads to it, too."""

    name: str
    id: str
    alias: str = ""
    region: str = REGION
    """Of its AWS profile."""
    env: str = ""
    """The ``env`` tag of its nodes; empty: as the catalog has it."""
    fleets: Mapping[str, float] = field(default_factory=dict)
    """Regions with nodes, and how many: a share of the lab's number. Those not named have none."""
    opted_in: tuple[str, ...] = ()
    """Regions that are enabled beyond AWS's own."""
    troubles: str = ""
    """What always goes wrong here, in the words of ``fault_spec``."""
    organization: bool = False
    """Whether a resource data sync gathers the nodes of every account here."""
    approval: bool = False
    """Whether its databases are entered by approval only (just-in-time access)."""

    @property
    def regions(self) -> tuple[str, ...]:
        """Every region that is enabled, by name."""
        return tuple(sorted((*ENABLED_REGIONS, *self.opted_in)))

    @property
    def caller_arn(self) -> str:
        """Who calls, as STS says it."""
        return self.session_arn(CALLER)

    @property
    def caller_id(self) -> str:
        """The same caller's unique id: that of the role, and the session's name."""
        role = "EXAMPLEOPSROLE000" if self.id == ACCOUNT else f"EXAMPLE{self.id[:10]}"
        return f"AROA{role}:{CALLER}"

    @property
    def principal(self) -> Principal:
        """That caller."""
        return Principal(self.caller_arn, self.caller_id)

    def session_arn(self, who: str) -> str:
        """The ARN of a role session of that name."""
        return f"arn:aws:sts::{self.id}:assumed-role/Ops/{who}"


COMPANY = (
    Account(
        "prod",
        ACCOUNT,
        "example-prod",
        fleets={REGION: 1.0, "us-east-1": 0.5, "eu-central-1": 0.25, "af-south-1": 0.1},
        opted_in=("af-south-1",),
    ),
    Account(
        "staging",
        "210987654321",
        "example-staging",
        env="staging",
        fleets={REGION: 0.4, "us-east-1": 0.2},
        troubles="deny=DescribeInstanceProperties",
        approval=True,
    ),
    Account(
        "dev",
        "345678901234",
        env="dev",
        fleets={REGION: 0.3},
        troubles="deny=DescribeInstances,deny=DescribeRegions,deny=ListAccountAliases",
    ),
    Account(
        "research",
        "789012345678",
        "example-research",
        region="us-west-2",
        env="research",
        fleets={"us-west-2": 0.5, REGION: 0.5},
        troubles="odd-tags,odd-nodes",
    ),
    Account(
        "sandbox",
        "456789012345",
        "example-sandbox",
        region="us-east-1",
        env="sandbox",
        fleets={"us-east-1": 0.2},
        troubles="throttle=DescribeInstanceProperties:1.0,throttle=DescribeInstanceInformation:1.0",
    ),
    Account(
        "audit",
        "567890123456",
        "example-audit",
        region="eu-central-1",
        env="audit",
        fleets={"eu-central-1": 0.1},
        troubles="deny=DescribeInstanceProperties,deny=DescribeInstanceInformation,deny=StartSession",
    ),
    Account("legacy", "678901234567", "example-legacy", env="legacy", fleets={REGION: 0.1}, troubles="expired=*:1.0"),
    Account(
        "management",
        "901234567890",
        "example-org",
        env="prod",
        fleets={REGION: 0.1},
        organization=True,
    ),
)
"""The accounts in their order; the first is the one that a lab's own variables lead to."""
