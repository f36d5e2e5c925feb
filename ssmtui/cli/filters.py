"""A filter on the command line: read before AWS is asked for anything, and pointed at where it is wrong."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ssmtui import inert
from ssmtui.cli.columns import width
from ssmtui.cli.say import say

if TYPE_CHECKING:
    from ssmtui.backend import Options
    from ssmtui.inventory.query.errors import QueryError

SHOWN = 100
"""Characters of an invalid filter that are shown."""


_NEGATED = re.compile("-[^-].+", re.DOTALL).fullmatch


class FilterCommand(click.Command):
    """Takes ``-web`` for a word that must not be there, as the filter does, not for options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Write such words with the filter's other sign."""
        end = args.index("--") if "--" in args else len(args)
        words = [f"!{word[1:]}" if _NEGATED(word) else word for word in args[:end]]
        return super().parse_args(ctx, [*words, *args[end:]])


def say_unusable(text: str, error: QueryError) -> int:
    """Say why the filter ``text`` cannot be used, and where that is; the exit code."""
    say(str(error))
    for line in pointed_at(text, error.position, error.length):
        click.echo(line, err=True)
    return error.exit_code


def pointed_at(text: str, position: int, length: int) -> list[str]:
    """``text``, or what of it is around the characters at fault, and under these a line of carets."""
    start = max(0, position - SHOWN // 2)
    shown = inert.in_place(text[start : start + SHOWN])
    before, fault = shown[: position - start], shown[position - start : position - start + length]
    return [f"  {shown}", "  " + " " * width(before) + "^" * max(1, width(fault))]


def check_opening(text: str, options: Options) -> None:
    """Raise :class:`ssmtui.inventory.query.errors.QueryError` where ``text`` is no filter, and another
    :class:`ssmtui.errors.UsageError` where it would find every node."""
    from ssmtui.config import paths
    from ssmtui.config.memory import Memory
    from ssmtui.errors import UsageError
    from ssmtui.inventory.filters import Filters
    from ssmtui.inventory.query.query import parse

    filters = Filters(Memory(None if options.demo else paths.find().memory))
    asyncio.run(filters.load())
    if parse(text, now=datetime.now(UTC), saved=filters.saved).is_empty:
        raise UsageError("--open has no filter", remedy="`--open 'ping:online'` opens every node that is online.")
