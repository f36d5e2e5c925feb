"""Why a node cannot be connected to: fills as checks come back, the most likely cause above them."""

from __future__ import annotations

from collections.abc import Callable, Container
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, cast

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from ssmtui.diagnosis import report
from ssmtui.diagnosis.findings import Check, Conclusion, Finding, Verdict, conclude
from ssmtui.ui.compat import run_latest
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.kit.reading import Reading
from ssmtui.ui.kit.turns import Throttle
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import count

if TYPE_CHECKING:
    from ssmtui.diagnosis.run import Diagnosis
    from ssmtui.ui.ports import Stage

TONES = {Verdict.OK: Tone.GOOD, Verdict.WARN: Tone.WARN, Verdict.BAD: Tone.BAD, Verdict.UNKNOWN: Tone.ACCENT}

ROOMY = 70
"""Columns of a screen from which the titles of the checks have a line each."""


class DiagnosisScreen(Reading[bool]):
    """Scrolls; r looks again, e shows the evidence of what is well too, y copies all of it, esc leaves. Where access
    may be asked for, a does: the answer True."""

    CSS_PATH = dialog_sheets("access")
    KEYS = (
        Key("a", "ask", "ask for access"),
        Key("r", "again", "look again"),
        Key("e", "evidence", "evidence"),
        Key("y", "copy", "copy"),
    )

    def __init__(self, subject: str, make: Callable[[], Diagnosis], *, offers_access: bool = False) -> None:
        """``subject`` names what is looked at; ``make`` gives a diagnosis that has not begun, for each look."""
        super().__init__()
        self._subject = subject
        self._make = make
        self._offers_access = offers_access
        self._diagnosis = make()
        self._findings: dict[Check, Finding] = {}
        self._is_done = False
        self._shows_evidence = False
        self._draw = Throttle(self._show)
        self._conclusion = Static(id="conclusion")
        self._checks = Static(id="checks")

    @property
    def findings(self) -> list[Finding]:
        """Those there are, in causal order."""
        return [self._findings[check] for check in Check if check in self._findings]

    def compose(self) -> ComposeResult:
        """What it comes to, then the checks."""
        with Vertical(id="box") as box:
            box.border_title = Text(report.shown(f"Why can I not connect: {self._subject}"))
            yield self._conclusion
            with VerticalScroll():
                yield self._checks
            yield self.key_line()

    def hint(self, key: Key) -> str:
        """Access may not be asked for everywhere."""
        return "" if key.action == "ask" and not self._offers_access else super().hint(key)

    def on_mount(self) -> None:
        """Look."""
        self.action_again()

    def on_unmount(self) -> None:
        """Drop draws that are still scheduled."""
        self._draw.cancel()

    def action_again(self) -> None:
        """Look again; what was found stays until it is found anew."""
        self._diagnosis = self._make()
        self._is_done = False
        self._findings.clear()
        run_latest(self, partial(self._look, self._diagnosis), name="diagnosis", group="diagnosis")
        self._show()

    def action_evidence(self) -> None:
        """Show the evidence of all checks, or of those that are not well."""
        self._shows_evidence = not self._shows_evidence
        self._show()

    def action_ask(self) -> None:
        """Leave for the question why access is needed."""
        if self._offers_access:
            self.dismiss(True)

    def action_copy(self) -> None:
        """All of it as text."""
        cast("Stage", self.app).copy_to_clipboard(report.text(self._subject, self.findings), "the diagnosis")

    async def _look(self, diagnosis: Diagnosis) -> None:
        async with aclosing(diagnosis.findings()) as findings:
            async for finding in findings:
                self._findings[finding.check] = finding
                self._draw.request()
        self._draw.cancel()
        self._is_done = True
        self._show()

    def _show(self) -> None:
        self._conclusion.update(self._concluding())
        self._checks.update(self._table())

    def _concluding(self) -> Text:
        """What it comes to so far; a bad finding counts as soon as it is there."""
        conclusion = conclude(self.findings)
        if not self._is_done and conclusion.verdict is not Verdict.BAD:
            here = len(self._findings)
            return self._text(f"Looking: {here} of {count(len(self._diagnosis.expected), 'check')} …", Tone.DIM)
        return self._lines_of(conclusion)

    def _lines_of(self, conclusion: Conclusion) -> Text:
        sign = report.SIGNS[conclusion.verdict]
        text = self._text(f"{sign} {report.shown(conclusion.what)}.", TONES[conclusion.verdict])
        text.stylize("bold")
        if conclusion.fix:
            text.append("\n")
            text.append_text(self._text(report.shown(conclusion.fix), Tone.PLAIN))
        return text

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 1, 0, 0), expand=True)
        table.add_column(width=1)
        table.add_column(width=report.TITLE_WIDTH + 1 if self.app.size.width >= ROOMY else 11)
        table.add_column(ratio=1)
        told_fixes = {conclude(self.findings).fix}
        for check in self._diagnosis.expected:
            finding = self._findings.get(check)
            if finding is None:
                sign, told = self._text("·", Tone.FAINT), self._text("…", Tone.FAINT)
            else:
                tone = TONES[finding.verdict]
                sign, told = self._text(report.SIGNS[finding.verdict], tone), self._told(finding, told_fixes)
                told_fixes.add(finding.fix)
            table.add_row(sign, self._text(check.value, Tone.DIM), told)
        return table

    def _told(self, finding: Finding, told_fixes: Container[str]) -> Text:
        """What was found; a fix that is shown elsewhere is not repeated."""
        is_well = finding.verdict is Verdict.OK
        text = self._text(report.shown(finding.what), Tone.PLAIN if is_well else TONES[finding.verdict])
        if is_well and not self._shows_evidence:
            return text
        if finding.evidence:
            text.append_text(self._text(f"\n{report.shown(finding.evidence)}", Tone.DIM))
        if not is_well and finding.fix not in told_fixes:
            text.append_text(self._text(f"\n→ {report.shown(finding.fix)}", Tone.PLAIN))
        return text

    def _text(self, text: str, tone: Tone) -> Text:
        """Plain text, never markup."""
        return Text(text, palette_of(self).style(tone))
