"""What a checkup says: results by area, and the one that explains the rest. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, NamedTuple

from ssmtui.diagnosis.findings import Finding, Verdict


class CheckupArea(Enum):
    """What is looked at, in causal order: what comes first explains what comes after it. The values are the titles."""

    SETTINGS = "Settings"
    CONFIGURATION = "AWS configuration"
    NETWORK = "Network"
    CERTIFICATES = "Certificates"
    CLOCK = "Clock"
    CREDENTIALS = "Credentials"
    PERMISSIONS = "Permissions"
    TERMINAL = "Terminal"
    FILES = "Files"
    PROGRAM = "Program"


class Result(NamedTuple):
    """One thing that was looked at. All texts are sentences for a person; what AWS and files say in them is not yet
    inert."""

    area: CheckupArea
    name: str
    """What was looked at: ``ssm``, ``AWS profile prod``, ``clipboard``."""
    verdict: Verdict
    what: str
    """What was found, without a full stop."""
    evidence: str = ""
    """What it was seen by: numbers, names, the service's own words."""
    fix: str = ""
    """What to do; empty where there is nothing to do."""
    statement: Mapping[str, Any] | None = None
    """The policy that would allow what is denied, ready to paste."""
    is_note: bool = False
    """Whether it says how things are, and no more: it does not count when all is summed up."""


class Summary(NamedTuple):
    """The conclusion from all results."""

    verdict: Verdict
    what: str
    """One sentence without a full stop."""
    fix: str = ""
    area: CheckupArea | None = None
    """Where the cause is."""


_ORDER = {area: place for place, area in enumerate(CheckupArea)}


def of_finding(area: CheckupArea, name: str, finding: Finding) -> Result:
    """A finding of a node's diagnosis as a result."""
    return Result(area, name, finding.verdict, finding.what, finding.evidence, finding.fix)


def in_order(results: Iterable[Result]) -> list[Result]:
    """In causal order; those of an area stay as they are."""
    return sorted(results, key=lambda result: _ORDER[result.area])


def summarize(results: Iterable[Result]) -> Summary:
    """The first that is bad explains the rest; else what is worth knowing, else that all is well as far as it was found
    out."""
    ordered = [result for result in in_order(results) if not result.is_note]
    for verdict in (Verdict.BAD, Verdict.WARN):
        found = [result for result in ordered if result.verdict is verdict]
        if found:
            more = f", and {_count(len(found) - 1)} more" if len(found) > 1 else ""
            first = found[0]
            return Summary(
                verdict, f"{first.area.value}, {first.name}: {_lowered(first.what)}{more}", first.fix, first.area
            )
    unknown = [result for result in ordered if result.verdict is Verdict.UNKNOWN]
    if unknown:
        checks = "one check" if len(unknown) == 1 else f"{len(unknown)} checks"
        fix = next((result.fix for result in unknown if result.fix), "")
        return Summary(Verdict.UNKNOWN, f"No problem was found; {checks} could not be made", fix)
    return Summary(Verdict.OK, "No problem was found")


def _count(number: int) -> str:
    return "one" if number == 1 else str(number)


def _lowered(what: str) -> str:
    """As a part of a sentence; names and abbreviations stay as they are."""
    first = what.partition(" ")[0]
    return what[:1].lower() + what[1:] if first.isalpha() and first[1:].islower() else what
