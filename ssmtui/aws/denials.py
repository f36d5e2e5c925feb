"""Who denied a call, by AWS's message (IAM user guide: "Troubleshoot access denied error messages"). Pure."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple


class DeniedBy(Enum):
    """The kind of policy that decided. The values are how it is called in a sentence."""

    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    ORGANIZATION = "service control policy"
    RESOURCE_CONTROL = "resource control policy"
    SESSION = "session policy"
    RESOURCE = "resource-based policy"
    ENDPOINT = "VPC endpoint policy"
    UNKNOWN = "policy"
    """AWS does not say: many services name no policy."""


_KINDS = {kind.value.casefold(): kind for kind in DeniedBy if kind is not DeniedBy.UNKNOWN}


class Denial(NamedTuple):
    """A refusal, read. What AWS does not say is empty."""

    action: str = ""
    """``ssm:StartSession``."""
    resource: str = ""
    """An ARN, or ``*``."""
    by: DeniedBy = DeniedBy.UNKNOWN
    explicit: bool = False
    """Whether a statement denies it; otherwise none allows it."""
    policy: str = ""
    """ARN of the policy that denies it, where AWS names it."""
    caller: str = ""
    """ARN of who was denied."""

    @property
    def is_for_permission(self) -> bool:
        """Whether an identity-based policy that allows it would help, as far as AWS says."""
        return not self.explicit and self.by in (DeniedBy.IDENTITY, DeniedBy.UNKNOWN)


_CALLER = re.compile(r"\bUser: (?P<caller>\S+) is not authorized")
_ACTION = re.compile(r"not authorized to perform:? (?P<action>[\w-]+:[\w*]+)(?: on resource:? (?P<resource>[^\s,;]+))?")
_EXPLICIT = re.compile(
    r"with an explicit deny(?: in (?:an? |the )?(?P<kind>[a-z -]+?)(?:: ?(?P<policy>[^\s,;]+))?)?\.?$", re.IGNORECASE
)
_NONE_ALLOWS = re.compile(r"because no (?P<kind>[a-z -]+?) allows", re.IGNORECASE)
_ENCODED = re.compile(r"\s*Encoded authorization failure message:.*$", re.IGNORECASE | re.DOTALL)
"""EC2 appends this. It may hold thousands of characters, and says nothing to a person."""


def read(message: str) -> Denial:
    """What ``message``, of an error that denies access, says."""
    message = _ENCODED.sub("", message.strip())
    caller, action = _CALLER.search(message), _ACTION.search(message)
    explicit = _EXPLICIT.search(message)
    decided = explicit or _NONE_ALLOWS.search(message)
    kind = (decided["kind"] or "") if decided is not None else ""
    return Denial(
        action=action["action"] if action is not None else "",
        resource=(action["resource"] or "").rstrip(".") if action is not None else "",
        by=_KINDS.get(kind.strip().casefold(), DeniedBy.UNKNOWN),
        explicit=explicit is not None,
        policy=(explicit["policy"] or "").rstrip(".") if explicit is not None else "",
        caller=caller["caller"] if caller is not None else "",
    )
