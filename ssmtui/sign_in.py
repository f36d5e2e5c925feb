"""What a person can do about credentials that are missing or have ended: the ways to sign in to AWS, as frozen words.

How each is done is in ``aws``; what asks the person is in ``ui`` and ``cli``.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class SignInWay(Enum):
    """How one signs in."""

    SSO = "single sign-on"
    """IAM Identity Center: a page in the browser (``sso_session``, or ``sso_start_url`` in the AWS profile itself)."""
    LOGIN = "aws login"
    """The console's own sign-in page (``login_session``)."""
    MFA = "MFA code"
    """Six digits for a role whose AWS profile has ``mfa_serial``."""


class SignIn(NamedTuple):
    """One sign-in that a person can do. Two AWS profiles with equal ``way`` and ``source`` need only one of them."""

    way: SignInWay
    source: str
    """What is signed in to: the name of the ``sso-session`` section (else the start URL), the ``login_session``, or the
    serial number of the MFA device with the role's ARN."""
    aws_profile: str
    """The AWS profile that signs in: at the end of a chain of roles it is not the one that was chosen."""

    @property
    def key(self) -> tuple[SignInWay, str]:
        """What AWS profiles that share this sign-in have in common."""
        return self.way, self.source
