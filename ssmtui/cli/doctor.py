"""``ssmtui doctor``: why a session cannot be started, check by check."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import textwrap
from contextlib import aclosing
from typing import TYPE_CHECKING

import click

from ssmtui.cli import offers

if TYPE_CHECKING:
    from ssmtui.backend import Options
    from ssmtui.diagnosis.findings import Conclusion, Finding
    from ssmtui.diagnosis.run import Diagnosis

REFUSED = 254
NARROWEST, WIDEST = 60, 110

_COLORS = {"ok": "green", "warn": "yellow", "bad": "red", "unknown": "cyan"}


@click.command("doctor")
@click.argument("target", required=False, default="", shell_complete=offers.nodes)
@click.option("--document-name", metavar="D", help="Session document to check; default: the account's shell.")
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
@click.pass_obj
def command(options: Options, target: str, document_name: str | None, as_json: bool) -> int:
    """Find out why a session on TARGET cannot be started.

    TARGET is a node's id, its name, or a container as ecs:CLUSTER_TASK_RUNTIME-ID; without it only this side is
    checked: endpoints, clock, credentials, document. AWS is asked and nothing is changed.

    The exit code is 254 when a check found what keeps a session from starting, else 0.
    """
    from ssmtui.diagnosis.findings import Verdict, conclude

    findings = asyncio.run(_diagnose(options, target, document_name, quiet=as_json))
    conclusion = conclude(findings)
    if as_json:
        # ASCII only: what AWS says could hold control characters that a terminal obeys.
        click.echo(json.dumps(as_object(target, findings, conclusion), indent=2))
    else:
        _echo("")
        for line in concluding_lines(conclusion, _width()):
            _echo(line)
    return REFUSED if conclusion.verdict is Verdict.BAD else 0


async def _diagnose(options: Options, target: str, document_name: str | None, *, quiet: bool) -> list[Finding]:
    from ssmtui.backend import load_settings, open_backend
    from ssmtui.diagnosis.elsewhere import OtherScopes
    from ssmtui.diagnosis.run import Diagnosis, DiagnosisRequest

    async with open_backend(options, load_settings(options).settings) as backend:
        gateway = backend.gateways.gateway()
        elsewhere = OtherScopes(backend.gateways, gateway.scope)
        diagnosis = Diagnosis(
            DiagnosisRequest(target, document_name=document_name or None), gateway, elsewhere=elsewhere
        )
        return await _print(diagnosis, quiet=quiet)


async def _print(diagnosis: Diagnosis, *, quiet: bool) -> list[Finding]:
    """All findings in causal order, each printed as soon as it and all before it are there."""
    found: dict[object, Finding] = {}
    printed: list[Finding] = []
    async with aclosing(diagnosis.findings()) as findings:
        async for finding in findings:
            found[finding.check] = finding
            for check in diagnosis.expected[len(printed) :]:
                if check not in found:
                    break
                shown = found[check]
                if any(shown.fix == earlier.fix for earlier in printed):
                    shown = shown._replace(fix="")  # it stands above already
                printed.append(found[check])
                if not quiet:
                    _echo("\n".join(finding_lines(shown, _width())))
    return printed


def finding_lines(finding: Finding, width: int) -> list[str]:
    """A finding as it is printed: sign, title and what was found, then evidence and fix, indented. ``width`` 0: lines
    of any length."""
    from ssmtui.diagnosis.report import SIGNS, TITLE_WIDTH, shown

    sign, color = SIGNS[finding.verdict], _COLORS[finding.verdict.value]
    head = f"{click.style(sign, fg=color, bold=True)} {finding.check.value:<{TITLE_WIDTH}}  "
    indent = " " * (TITLE_WIDTH + 4)
    what = _wrapped(shown(finding.what), width, indent)
    lines = [head + what[0].lstrip(), *what[1:]]
    lines += [click.style(line, dim=True) for line in _wrapped(shown(finding.evidence), width, indent)]
    if finding.fix and finding.verdict.value != "ok":
        fix = _wrapped(shown(finding.fix), width, indent + "  ")
        lines += [f"{indent}→ {fix[0].lstrip()}", *fix[1:]]
    return lines


def concluding_lines(conclusion: Conclusion, width: int) -> list[str]:
    """The last lines: the cause, and what to do."""
    from ssmtui.diagnosis.report import SIGNS, shown

    sign, color = SIGNS[conclusion.verdict], _COLORS[conclusion.verdict.value]
    head = [click.style(line, fg=color, bold=True) for line in _wrapped(shown(f"{conclusion.what}."), width, "  ")]
    head[0] = click.style(sign, fg=color, bold=True) + " " + head[0].replace("  ", "", 1)
    return [*head, *_wrapped(shown(conclusion.fix), width, "  ")]


def as_object(target: str, findings: list[Finding], conclusion: Conclusion) -> dict[str, object]:
    """What ``--json`` prints. Verdicts are ok, warn, bad, unknown; checks in causal order."""
    return {
        "target": target,
        "verdict": conclusion.verdict.value,
        "cause": conclusion.cause.name.lower() if conclusion.cause else None,
        "summary": conclusion.what,
        "fix": conclusion.fix,
        "checks": [
            {
                "check": finding.check.name.lower(),
                "title": finding.check.value,
                "verdict": finding.verdict.value,
                "what": finding.what,
                "evidence": finding.evidence,
                "fix": finding.fix,
            }
            for finding in findings
        ],
    }


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    if not text:
        return []
    if not width:
        return [indent + text]
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _width() -> int:
    """Columns to write in; 0 where the lines go to no terminal."""
    if not sys.stdout.isatty():
        return 0
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns))


def _echo(text: str) -> None:
    """Print at once; in colour on a terminal of somebody who does not mind."""
    click.echo(text, color=False if os.environ.get("NO_COLOR") else None)
    sys.stdout.flush()
