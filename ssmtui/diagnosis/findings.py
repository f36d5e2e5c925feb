"""What a diagnosis says: findings in causal order, and the one that explains the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple


class Verdict(Enum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    """Works now, or for most; worth knowing."""
    BAD = "bad"
    """Enough to keep a session from starting."""
    UNKNOWN = "unknown"
    """Could not be found out; the finding says what was missing for it."""


class Check(Enum):
    """What is looked at, in causal order: what comes first explains what comes after it. The values are the titles."""

    ENDPOINT = "API endpoint"
    CLOCK = "Clock"
    CREDENTIALS = "Credentials"
    CHANNEL = "Session endpoint"
    TARGET = "Target"
    PLACE = "Account and region"
    INSTANCE = "State"
    PERMISSIONS = "Node's permissions"
    REGISTRATION = "Managed node"
    AGENT = "Agent"
    PING = "Ping"
    CONNECTION = "Connection"
    DOCUMENT = "Session document"
    TAGS = "Tags"
    """Of a node outside EC2: a call of their own reads them, and filters and guards may ask for them."""
    REFUSAL = "What was refused"


HERE = (Check.ENDPOINT, Check.CLOCK, Check.CREDENTIALS, Check.CHANNEL)
"""The checks of this side."""


class TargetKind(Enum):
    """What a target is, by its form (protocol.md section 1.2)."""

    INSTANCE = "i-"
    MANAGED = "mi-"
    CONTAINER = "ecs:"
    NAME = "name"


class Finding(NamedTuple):
    """One check's outcome. All texts are sentences for a person; what AWS said in them is not yet inert."""

    check: Check
    verdict: Verdict
    what: str
    """What was found, without a full stop."""
    evidence: str = ""
    """What it was seen by: numbers, names, the service's own words."""
    fix: str = ""
    """What to do; empty where there is nothing to do."""


class Conclusion(NamedTuple):
    """The conclusion from all findings."""

    verdict: Verdict
    what: str
    """One sentence without a full stop."""
    fix: str = ""
    cause: Check | None = None
    """The check that explains the rest."""


_ORDER = {check: place for place, check in enumerate(Check)}


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """In causal order."""
    return sorted(findings, key=lambda finding: _ORDER[finding.check])


def checks_for(kind: TargetKind | None, *, refused: bool = False) -> Sequence[Check]:
    """What is checked of a target of that form, in causal order; None: no target, this side alone."""
    if kind is None:
        return (*HERE, Check.DOCUMENT)
    of_target = [check for check in Check if check not in HERE]
    if kind is TargetKind.CONTAINER:
        for check in (Check.PLACE, Check.PERMISSIONS, Check.REGISTRATION, Check.PING, Check.DOCUMENT, Check.TAGS):
            of_target.remove(check)
    else:
        of_target.remove(Check.INSTANCE if kind is TargetKind.MANAGED else Check.TAGS)
    if not refused:
        of_target.remove(Check.REFUSAL)
    return (*HERE, *of_target)


def conclude(findings: Iterable[Finding]) -> Conclusion:
    """The first that is bad explains the rest; else what is worth knowing, else that all is well as far as it was
    found out."""
    ordered = in_order(findings)
    for verdict in (Verdict.BAD, Verdict.WARN):
        for finding in ordered:
            if finding.verdict is verdict:
                return Conclusion(verdict, finding.what, finding.fix, finding.check)
    unknown = [finding for finding in ordered if finding.verdict is Verdict.UNKNOWN]
    if unknown:
        checks = "one check" if len(unknown) == 1 else f"{len(unknown)} checks"
        what = f"No problem was found; {checks} could not be made"
        return Conclusion(Verdict.UNKNOWN, what, next((finding.fix for finding in unknown if finding.fix), ""))
    if not any(finding.check is Check.TARGET for finding in ordered):
        return Conclusion(Verdict.OK, "No problem was found on this side")
    note = "Whether ssm:StartSession is allowed shows when a session is started."
    return Conclusion(Verdict.OK, "No problem was found", note)
