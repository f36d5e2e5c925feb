"""How findings put things: spans of time, errors, missing permissions."""

from __future__ import annotations

import re

from ssmtui.diagnosis.findings import Check, Finding, Verdict
from ssmtui.errors import AccessDenied, ConfigurationError, ServiceError, SsmtuiError

_ACTION = re.compile(r"\b[a-z][a-z0-9-]+:[A-Z]\w+")
_SERVICES = {
    "GetCallerIdentity": "sts",
    "DescribeInstances": "ec2",
    "DescribeRegions": "ec2",
    "ListClusters": "ecs",
    "ListTasks": "ecs",
    "DescribeTasks": "ecs",
    "ExecuteCommand": "ecs",
    "GenerateDataKey": "kms",
}


def permission(error: ServiceError) -> str:
    """The IAM action that ``error`` misses: the one that AWS names, else that of the call."""
    named = _ACTION.search(error.remedy)
    if named is not None:
        return named[0]
    return f"{_SERVICES.get(error.operation, 'ssm')}:{error.operation}" if error.operation else "a permission"


def unknown(check: Check, error: SsmtuiError, what: str, *, brief: bool = False) -> Finding:
    """A check that could not be made, for the error of the call it stands on. A denied one names the permission; what
    another check explains (``brief``, or the credentials) is not repeated."""
    if isinstance(error, ConfigurationError):
        return Finding(check, Verdict.UNKNOWN, f"{what} without credentials")
    if isinstance(error, AccessDenied):
        action = permission(error)
        found = Finding(
            check,
            Verdict.UNKNOWN,
            f"{what}: {action} is denied",
            said(error),
            f"Allow {action} for the caller to see this; sessions may well do without.",
        )
    else:
        found = Finding(check, Verdict.UNKNOWN, f"{what}: {lowered(error.title)}", said(error), error.remedy)
    return found._replace(evidence="", fix="") if brief else found


def said(error: SsmtuiError) -> str:
    """What an error says beside its title, in AWS's words where they are AWS's, with a full stop."""
    return stopped(error.detail or error.title)


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    text = text.strip()
    if not text:
        return ""
    return stopped(text[0].upper() + text[1:])


def stopped(text: str) -> str:
    """As it is, but with a full stop: for names, and for what AWS said."""
    return text if not text or text[-1] in ".!?…" else f"{text}."


def lowered(title: str) -> str:
    """A title as a part of a sentence: its first letter small unless it begins a name or an abbreviation."""
    first = title.partition(" ")[0]
    return title if first in ("AWS", "SSO", "EC2", "Systems") else title[:1].lower() + title[1:]


def span(seconds: float) -> str:
    """How long: ``40 s``, ``7 min``, ``3 h``, ``12 days``; whole ones, as the table counts them."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds // 60:.0f} min"
    if seconds < 172800:
        return f"{seconds // 3600:.0f} h"
    return f"{seconds // 86400:.0f} days"
