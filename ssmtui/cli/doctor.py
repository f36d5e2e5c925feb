"""``ssmtui doctor``: why a session cannot be started, check by check; without a target everything of this side."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import TYPE_CHECKING

import click

from ssmtui.cli import offers
from ssmtui.cli.printed import COLORS, echo, width, wrapped

if TYPE_CHECKING:
    from ssmtui.backend import Options
    from ssmtui.diagnosis.findings import Conclusion, Finding
    from ssmtui.diagnosis.run import Diagnosis

REFUSED = 254


@click.command("doctor")
@click.argument("target", required=False, default="", shell_complete=offers.nodes)
@click.option("--document-name", metavar="D", help="Session document to check; default: the account's shell.")
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
@click.option(
    "--bundle",
    metavar="FILE",
    help="Write a report for a bug report into FILE, scrubbed, after it was shown; - only shows it.",
)
@click.option("--yes", is_flag=True, help="Write the report of --bundle without a question.")
@click.option("--all", "shows_all", is_flag=True, help="Show the evidence of what is well, too.")
@click.pass_obj
def command(
    options: Options,
    target: str,
    document_name: str | None,
    as_json: bool,
    bundle: str | None,
    yes: bool,
    shows_all: bool,
) -> int:
    """Find out why a session on TARGET cannot be started, or why nothing works.

    TARGET is a node's id, its name, or a container as ecs:CLUSTER_TASK_RUNTIME-ID. Without it this side is checked:
    settings, AWS configuration, network and certificates, clock, credentials, permissions, terminal, files. That works
    without a usable configuration, too. AWS is asked and nothing is changed.

    The exit code is 254 when a check found what keeps a session from starting, else 0.
    """
    from ssmtui.diagnosis.findings import Verdict, conclude

    if not target and not document_name:
        from ssmtui.cli import checkup

        return checkup.run(options, as_json=as_json, bundle=bundle, yes=yes, shows_all=shows_all)
    if bundle is not None:
        raise click.UsageError("--bundle is for `ssmtui doctor` without a target.")
    findings = asyncio.run(_diagnose(options, target, document_name, quiet=as_json))
    conclusion = conclude(findings)
    if as_json:
        # ASCII only: what AWS says could hold control characters that a terminal obeys.
        click.echo(json.dumps(as_object(target, findings, conclusion), indent=2))
    else:
        echo("")
        for line in concluding_lines(conclusion, width()):
            echo(line)
    return REFUSED if conclusion.verdict is Verdict.BAD else 0


async def _diagnose(options: Options, target: str, document_name: str | None, *, quiet: bool) -> list[Finding]:
    from ssmtui.backend import load_settings, open_backend
    from ssmtui.diagnosis.elsewhere import OtherScopes
    from ssmtui.diagnosis.run import Diagnosis, DiagnosisRequest

    settings = load_settings(options).settings
    async with open_backend(options, settings) as backend:
        gateway = backend.gateways.gateway()
        elsewhere = OtherScopes(backend.gateways, gateway.scope)
        diagnosis = Diagnosis(
            DiagnosisRequest(target, document_name=document_name or None, message_endpoints=settings.message_endpoints),
            gateway,
            elsewhere=elsewhere,
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
                    echo("\n".join(finding_lines(shown, width())))
    return printed


def finding_lines(finding: Finding, width: int) -> list[str]:
    """A finding as it is printed: sign, title and what was found, then evidence and fix, indented. ``width`` 0: lines
    of any length."""
    from ssmtui.diagnosis.report import SIGNS, TITLE_WIDTH, shown

    sign, color = SIGNS[finding.verdict], COLORS[finding.verdict.value]
    head = f"{click.style(sign, fg=color, bold=True)} {finding.check.value:<{TITLE_WIDTH}}  "
    indent = " " * (TITLE_WIDTH + 4)
    what = wrapped(shown(finding.what), width, indent)
    lines = [head + what[0].lstrip(), *what[1:]]
    lines += [click.style(line, dim=True) for line in wrapped(shown(finding.evidence), width, indent)]
    if finding.fix and finding.verdict.value != "ok":
        fix = wrapped(shown(finding.fix), width, indent + "  ")
        lines += [f"{indent}→ {fix[0].lstrip()}", *fix[1:]]
    return lines


def concluding_lines(conclusion: Conclusion, width: int) -> list[str]:
    """The last lines: the cause, and what to do."""
    from ssmtui.diagnosis.report import SIGNS, shown

    sign, color = SIGNS[conclusion.verdict], COLORS[conclusion.verdict.value]
    head = [click.style(line, fg=color, bold=True) for line in wrapped(shown(f"{conclusion.what}."), width, "  ")]
    head[0] = click.style(sign, fg=color, bold=True) + " " + head[0].replace("  ", "", 1)
    return [*head, *wrapped(shown(conclusion.fix), width, "  ")]


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
