"""``ssmtui doctor`` without a target: everything of this side, area by area, and the report for a bug report."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ssmtui.cli.printed import COLORS, echo, width, wrapped

if TYPE_CHECKING:
    from ssmtui.backend import Options
    from ssmtui.checkup.results import CheckupArea, Result
    from ssmtui.checkup.run import CheckupRequest
    from ssmtui.checkup.terminal import TerminalFacts

REFUSED = 254
SHOWN_ONLY = "-"
"""The FILE of --bundle for a report that is shown and not written."""


def run(options: Options, *, as_json: bool, bundle: str | None, yes: bool, shows_all: bool) -> int:
    """Do it, print it, and write the report that ``bundle`` names."""
    from ssmtui.checkup.report import as_object
    from ssmtui.checkup.results import summarize
    from ssmtui.cli import questions
    from ssmtui.diagnosis.findings import Verdict

    if as_json and bundle is not None:
        raise click.UsageError("--json and --bundle print different things: give one of them.")
    asks = bundle is not None and bundle != SHOWN_ONLY and not yes
    if asks and not questions.can_ask():
        raise click.UsageError("The report is written after a question: give --yes where nobody can answer.")
    if bundle is not None and bundle != SHOWN_ONLY and os.path.lexists(bundle):
        raise click.UsageError(f"{bundle} exists already: no file is overwritten.")
    request = _request(options)
    show = None if as_json or bundle is not None else partial(_print_area, shows_all=shows_all)
    results = asyncio.run(_look(options, request, show))
    summary = summarize(results)
    if bundle is not None:
        _bundle(request, results, bundle, asks=asks)
    elif as_json:
        # ASCII only: what AWS says could hold control characters that a terminal obeys.
        click.echo(json.dumps(as_object(results, summary), indent=2))
    else:
        for line in _concluding(results):
            echo(line)
    return REFUSED if summary.verdict is Verdict.BAD else 0


def _request(options: Options) -> CheckupRequest:
    from ssmtui.backend import log_path
    from ssmtui.checkup.run import CheckupRequest
    from ssmtui.config import paths

    places = paths.find()
    return CheckupRequest(
        places,
        options.config or places.settings,
        log_path(options),
        dict(os.environ),
        options.aws_profile,
        options.region,
        options.endpoint_url,
        settings_named=options.config is not None,
        message_endpoints=_message_endpoints(options),
        is_demo=options.demo,
    )


def _message_endpoints(options: Options) -> tuple[str, ...]:
    from ssmtui.backend import load_settings
    from ssmtui.errors import ConfigurationError

    try:
        return load_settings(options).settings.message_endpoints
    except ConfigurationError:  # which has a result of its own
        return ()


async def _look(
    options: Options, request: CheckupRequest, show: Callable[[CheckupArea, Sequence[Result]], None] | None
) -> list[Result]:
    """All results in causal order, each area shown as soon as it and all before it are there."""
    from ssmtui.backend import keeper_client, open_unread
    from ssmtui.checkup.run import Checkup
    from ssmtui.keeper import place

    found: dict[CheckupArea, Sequence[Result]] = {}
    printed: list[Result] = []
    shown = 0
    async with open_unread(options) as gateways:
        if options.demo:
            request = request._replace(scopes=(gateways.default,))
        keeper = keeper_client(options) if place.is_possible() and not options.demo else None
        checkup = Checkup(request, gateways, _terminal, keeper)
        async with aclosing(checkup.areas()) as areas:
            async for area, results in areas:
                found[area] = results
                while shown < len(checkup.expected) and (next_one := checkup.expected[shown]) in found:
                    shown += 1
                    printed += found[next_one]
                    if show is not None and found[next_one]:
                        show(next_one, found[next_one])
    return printed


def _terminal() -> TerminalFacts:
    from ssmtui.checkup import asked_terminal

    # What goes to a file or another program is no reason to ask a terminal.
    return asked_terminal.facts(os.environ, asks=sys.stdout.isatty() and sys.stdin.isatty())


def _print_area(area: CheckupArea, results: Sequence[Result], *, shows_all: bool) -> None:
    from ssmtui.checkup.permissions import merged

    echo(click.style(area.value, bold=True))
    for result in merged(results):
        echo("\n".join(result_lines(result, width(), shows_all=shows_all)))
    echo("")


def result_lines(result: Result, width: int, *, shows_all: bool) -> list[str]:
    """A result as it is printed: sign, name and what was found, then evidence, fix and policy, indented. ``width`` 0:
    lines of any length."""
    from ssmtui.checkup.report import is_quiet, sign, statement_lines
    from ssmtui.diagnosis.report import shown

    color = COLORS[result.verdict.value]
    indent = "    "
    head = f"{click.style(sign(result), fg=color, bold=True)} "
    what = wrapped(f"{shown(result.name)}: {shown(result.what)}", width, indent)
    lines = [head + what[0].lstrip(), *what[1:]]
    if shows_all or not is_quiet(result):
        lines += [click.style(line, dim=True) for line in wrapped(shown(result.evidence), width, indent)]
    if result.fix:
        fix = wrapped(shown(result.fix), width, indent + "  ")
        lines += [f"{indent}→ {fix[0].lstrip()}", *fix[1:]]
    # As it is, for pasting: lines that a terminal breaks are worse than long ones.
    return [*lines, *(indent + line for line in statement_lines(result))]


def _concluding(results: Sequence[Result]) -> list[str]:
    from ssmtui.checkup.results import summarize
    from ssmtui.diagnosis.report import SIGNS, shown

    summary = summarize(results)
    color = COLORS[summary.verdict.value]
    head = [click.style(line, fg=color, bold=True) for line in wrapped(shown(f"{summary.what}."), width(), "  ")]
    head[0] = click.style(SIGNS[summary.verdict], fg=color, bold=True) + " " + head[0].replace("  ", "", 1)
    return [*head, *wrapped(shown(summary.fix), width(), "  ")]


def _bundle(request: CheckupRequest, results: Sequence[Result], file: str, *, asks: bool) -> None:
    """Show the report, and write it once the person says so."""
    from ssmtui.checkup import bundle
    from ssmtui.cli import questions
    from ssmtui.cli.say import say

    content = bundle.text(request, results, datetime.now(UTC))
    click.echo(content, nl=False)
    sys.stdout.flush()
    if file == SHOWN_ONLY:
        return
    if asks:
        told = f"This is all that would be written to {file}, and to no other place."
        questions.confirm(told, ("yes",), "nothing has been written")
    bundle.write(Path(file), content)
    say(f"The report is in {file}")
