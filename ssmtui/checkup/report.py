"""A checkup as text and as JSON. What AWS, files and the terminal said in it is made inert."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from ssmtui.checkup.permissions import merged
from ssmtui.checkup.results import CheckupArea, Result, Summary, in_order, summarize
from ssmtui.diagnosis.findings import Verdict
from ssmtui.diagnosis.report import SIGNS, shown

NAME_WIDTH = 18
"""Characters of a name that stand beside what was found; a longer one has a line of its own."""


def by_area(results: Iterable[Result]) -> list[tuple[CheckupArea, list[Result]]]:
    """The results in causal order, area by area; those that have none are left out."""
    found: dict[CheckupArea, list[Result]] = {}
    for result in in_order(results):
        found.setdefault(result.area, []).append(result)
    return list(found.items())


def sign(result: Result) -> str:
    """The character that stands before a result."""
    return SIGNS[result.verdict]


def is_quiet(result: Result) -> bool:
    """Whether it is well, so that its evidence is only worth seeing when it is asked for."""
    is_well = result.verdict is Verdict.OK or (result.verdict is Verdict.UNKNOWN and result.is_note)
    return is_well and not result.fix and result.statement is None


def statement_lines(result: Result) -> list[str]:
    """The policy to paste, indented as AWS's console does; empty where there is none."""
    return json.dumps(result.statement, indent=2).splitlines() if result.statement is not None else []


def text(results: Sequence[Result]) -> str:
    """The conclusion first, then all areas with evidence, fixes and policies."""
    summary = summarize(results)
    lines = [f"{SIGNS[summary.verdict]} {shown(summary.what)}."]
    lines += [shown(summary.fix)] if summary.fix else []
    for area, found in by_area(results):
        lines += ["", area.value]
        for result in merged(found):
            lines.append(f"{sign(result)} {shown(result.name)}: {shown(result.what)}")
            told = [result.evidence, f"→ {result.fix}" if result.fix else ""]
            lines += [f"    {shown(line)}" for line in told if line]
            lines += [f"    {line}" for line in statement_lines(result)]
    return "\n".join(lines) + "\n"


def as_object(results: Sequence[Result], summary: Summary | None = None) -> dict[str, Any]:
    """What ``--json`` prints. Verdicts are ok, warn, bad, unknown; ``note`` marks what does not count in the verdict of
    all."""
    summary = summary or summarize(results)
    return {
        "target": "",
        "verdict": summary.verdict.value,
        "cause": summary.area.name.lower() if summary.area else None,
        "summary": summary.what,
        "fix": summary.fix,
        "checks": [
            {
                "check": result.area.name.lower(),
                "title": result.area.value,
                "name": result.name,
                "verdict": result.verdict.value,
                "what": result.what,
                "evidence": result.evidence,
                "fix": result.fix,
                "policy": result.statement,
                "note": result.is_note,
            }
            for result in in_order(results)
        ],
    }
