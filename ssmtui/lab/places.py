"""Where fleets are: an account and a region, and what distinguishes its nodes from those elsewhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ssmtui.lab.company import ACCOUNT, REGION, Account


@dataclass(frozen=True, slots=True)
class FleetPlace:
    """An account in a region."""

    account: str = ACCOUNT
    region: str = REGION
    env: str = ""
    """The ``env`` tag of all; empty: as the catalog has it."""
    mark: str = ""
    """What every name begins with."""
    twins: int = 0
    """How many nodes at the start share their ids with the default place's: an id is no key across accounts."""
    approval: bool = False
    """Whether databases are entered by approval only."""

    @classmethod
    def of(cls, account: Account, region: str) -> FleetPlace:
        """The place of an account's nodes in a region."""
        if (account.id, region) == (ACCOUNT, REGION):
            return DEFAULT_PLACE
        mark = f"{account.env}-" if account.env else ""
        if region != account.region:
            mark += _short(region) + "-"
        twins = 3 if account.approval and region == REGION else 0
        return cls(account.id, region, account.env, mark, twins, account.approval)

    def seed(self, seed: int) -> int:
        """A seed of the place's own."""
        if self == DEFAULT_PLACE:
            return seed
        return int.from_bytes(hashlib.sha256(f"{seed}/{self.account}/{self.region}".encode()).digest()[:6], "big")

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource here."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


DEFAULT_PLACE = FleetPlace()


def _short(region: str) -> str:
    """``use1`` for ``us-east-1``."""
    area, where, number = region.split("-")
    return f"{area}{where[0]}{number}"
