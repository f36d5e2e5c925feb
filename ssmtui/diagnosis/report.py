"""A diagnosis as text that can be passed on. What AWS said in it is made inert."""

from __future__ import annotations

from collections.abc import Iterable

from ssmtui import inert
from ssmtui.diagnosis.findings import Finding, Verdict, conclude, in_order

SIGNS = {Verdict.OK: "✓", Verdict.WARN: "!", Verdict.BAD: "✗", Verdict.UNKNOWN: "?"}
TITLE_WIDTH = 18
"""Characters of the longest title of a check."""
TEXT_LIMIT = 1200
"""Characters of what AWS said that are shown."""


def shown(text: str) -> str:
    """``text`` on one line, bounded and inert."""
    return inert.line(text, TEXT_LIMIT)


def text(title: str, findings: Iterable[Finding]) -> str:
    """The conclusion first, then each check with evidence and fix, a line each."""
    ordered = in_order(findings)
    conclusion = conclude(ordered)
    lines = [shown(title), f"{SIGNS[conclusion.verdict]} {shown(conclusion.what)}."]
    lines += [shown(conclusion.fix), ""] if conclusion.fix else [""]
    for finding in ordered:
        lines.append(f"{SIGNS[finding.verdict]} {finding.check.value:<{TITLE_WIDTH}}  {shown(finding.what)}")
        told = [finding.evidence, f"→ {finding.fix}" if finding.fix and finding.verdict is not Verdict.OK else ""]
        lines += [" " * (TITLE_WIDTH + 4) + shown(line) for line in told if line]
    return "\n".join(lines) + "\n"
