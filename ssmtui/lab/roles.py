"""The IAM roles of the company's accounts, whom each trusts, and how long what the identity services give is good."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ssmtui.lab.company import Account, Principal

OPS, READ_ONLY, GUARDED, DEPLOY = "Ops", "ReadOnly", "Guarded", "Deploy"
ASSUMABLE = (OPS, READ_ONLY, GUARDED)
"""Roles that everybody in the company may assume, :data:`GUARDED` only with an MFA code."""
ASSIGNED = (OPS, READ_ONLY)
"""Permission sets of IAM Identity Center: roles that single sign-on gives in each account."""
FEDERATED = DEPLOY
"""The role that trusts the lab's own issuer of web identities, and nobody else."""

_ARN = re.compile(r"arn:aws:iam::(?P<account>\d{12}):role/(?P<name>[\w+=,.@-]+)")


@dataclass(slots=True)
class Lives:
    """How long what the identity services give is good, in seconds. Tests change it while the lab runs."""

    credentials: float = 3600.0
    """Temporary credentials: those of roles, of single sign-on, of programs, and of ``aws login`` (900 at most)."""
    device_code: float = 600.0
    """Time to approve a sign-in (AWS CLI, ``SSOTokenFetcher``: "currently only 10 minutes")."""
    access_token: float = 3600.0
    """An access token of single sign-on, which a refresh token renews."""
    sign_in: float = 8 * 3600.0
    """A person's session at the portal or the console: no refresh token is good after that."""
    client: float = 90 * 86_400.0
    """The registration of an OIDC client (aws/aws-cli#5971 has the two times inside of a secret)."""


@dataclass(frozen=True, slots=True)
class LabRole:
    """An IAM role."""

    account: Account
    name: str

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:iam::{self.account.id}:role/{self.name}"

    def principal(self, session_name: str) -> Principal:
        """Who calls with the credentials of a session of it."""
        digest = hashlib.sha256(self.arn.encode()).digest()
        role_id = "AROA" + base64.b32encode(digest).decode()[:17]
        return Principal(
            f"arn:aws:sts::{self.account.id}:assumed-role/{self.name}/{session_name}", f"{role_id}:{session_name}"
        )


def find_role(accounts: Sequence[Account], arn: str, names: Sequence[str]) -> LabRole | None:
    """The role of that ARN, if it is one of ``names`` in an account of the company."""
    parts = _ARN.fullmatch(arn)
    if parts is None or parts["name"] not in names:
        return None
    return next((LabRole(one, parts["name"]) for one in accounts if one.id == parts["account"]), None)


def assigned_role(account: Account, permission_set: str) -> LabRole:
    """The role that IAM Identity Center makes in an account of a permission set."""
    suffix = hashlib.sha256(f"{account.id}/{permission_set}".encode()).hexdigest()[:16]
    return LabRole(account, f"AWSReservedSSO_{permission_set}_{suffix}")
