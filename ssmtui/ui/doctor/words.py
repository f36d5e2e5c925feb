"""The rows of a checkup, and what is said of the one under the cursor. Worked out without the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ssmtui.checkup import report
from ssmtui.checkup.results import CheckupArea, Result, summarize
from ssmtui.diagnosis.findings import Verdict
from ssmtui.diagnosis.report import SIGNS, shown
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell
from ssmtui.ui.look.tones import Tone

TONES = {Verdict.OK: Tone.GOOD, Verdict.WARN: Tone.WARN, Verdict.BAD: Tone.BAD, Verdict.UNKNOWN: Tone.ACCENT}
MOST_LINES = 12
"""Lines of one text."""
HEAD_LINES = 3


class CheckupRow(NamedTuple):
    """A line of the list: an area's heading, or one result."""

    area: CheckupArea
    result: Result | None = None
    """None: the heading."""
    is_waited_for: bool = False
    """Whether the area is still looked at."""


Found = Mapping[CheckupArea, Sequence[Result]]
"""The areas that are complete."""


def rows_of(found: Found, expected: Sequence[CheckupArea], *, only_problems: bool) -> list[CheckupRow]:
    """All lines, in causal order. ``only_problems``: without what is well and what is a mere note."""
    rows: list[CheckupRow] = []
    for area in expected:
        results = found.get(area)
        if results is None:
            rows.append(CheckupRow(area, is_waited_for=True))
            continue
        kept = [result for result in results if not only_problems or not is_well(result)]
        if kept:
            rows += [CheckupRow(area), *(CheckupRow(area, result) for result in kept)]
    return rows


def is_well(result: Result) -> bool:
    """Whether nothing has to be done about it, or can be."""
    if result.statement is not None:
        return False
    return result.verdict is Verdict.OK or (result.verdict is Verdict.UNKNOWN and result.is_note)


def first_problem(rows: Sequence[CheckupRow]) -> int:
    """Where the cursor begins: on the first that is bad, else the first worth knowing, else the first result."""
    for verdict in (Verdict.BAD, Verdict.WARN):
        for place, row in enumerate(rows):
            if row.result is not None and row.result.verdict is verdict and not row.result.is_note:
                return place
    return next((place for place, row in enumerate(rows) if row.result is not None), 0)


def all_of(found: Found) -> list[Result]:
    """All results."""
    return [result for results in found.values() for result in results]


def head(found: Found, expected: Sequence[CheckupArea], width: int) -> list[Cell]:
    """What it comes to so far; a bad result counts as soon as it is there."""
    summary = summarize(all_of(found))
    if len(found) < len(expected) and summary.verdict is not Verdict.BAD:
        waited_for = [area.value for area in expected if area not in found]
        lines = words.wrap(f"Looking: {', '.join(waited_for)} …", width, 1)
        return [Cell(line, Tone.DIM) for line in lines]
    tone = TONES[summary.verdict]
    lines = words.wrap(f"{SIGNS[summary.verdict]} {shown(summary.what)}.", width, 2)
    cells = [Cell(line, tone) for line in lines]
    fix = words.wrap(shown(summary.fix), width, HEAD_LINES - len(cells))
    return [*cells, *(Cell(line, Tone.PLAIN) for line in fix)]


def details(result: Result, width: int) -> list[Cell]:
    """All that is known of one result."""
    cells = [Cell(line, TONES[result.verdict]) for line in words.wrap(f"{shown(result.what)}.", width, MOST_LINES)]
    cells += [Cell(line, Tone.DIM) for line in words.wrap(shown(result.evidence), width, MOST_LINES)]
    fix = words.wrap(shown(result.fix), width - 2, MOST_LINES)
    cells += [Cell(f"{'  ' if number else '→ '}{line}", Tone.PLAIN) for number, line in enumerate(fix)]
    return [*cells, *(Cell(line, Tone.PLAIN) for line in report.statement_lines(result))]


def to_copy(result: Result) -> tuple[str, str]:
    """What a person wants of a result in the clipboard, and what to call it: the policy where there is one."""
    if result.statement is not None:
        return "\n".join(report.statement_lines(result)) + "\n", "the policy"
    told = [f"{shown(result.name)}: {shown(result.what)}.", shown(result.evidence), shown(result.fix)]
    return "\n".join(line for line in told if line) + "\n", "the result"
