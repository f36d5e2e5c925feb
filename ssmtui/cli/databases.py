"""``ssmtui databases``: the databases and caches near a node, as a table for people or as JSON for programs."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

import click

from ssmtui import inert
from ssmtui.cli import offers
from ssmtui.cli.columns import aligned
from ssmtui.cli.long_wait import LongWait
from ssmtui.cli.say import say

if TYPE_CHECKING:
    from ssmtui.backend import Options
    from ssmtui.inventory.databases import Nearby
    from ssmtui.model import Database, Node

HEADINGS = ("NAME", "KIND", "ADDRESS", "STATUS", "VPC")
CELL_LIMIT = 60
ADDRESS_LIMIT = 270
"""It is not cut: no other verb could use it. A name of DNS has 253 characters at most."""


@click.command("databases")
@click.argument("target", required=False, shell_complete=offers.nodes)
@click.option("--all", "everywhere", is_flag=True, help="List those in other VPCs than the node's as well.")
@click.option("--json", "as_json", is_flag=True, help="Print an array of objects.")
@click.pass_obj
def command(options: Options, target: str | None, everywhere: bool, as_json: bool) -> int:
    """List the databases and caches that a node may reach.

    TARGET is a node's id or name, tag:KEY=VALUE, or either of the first two with .REGION or .REGION.AWSPROFILE.

    They are those that RDS (Aurora, DocumentDB and Neptune among them), RDS Proxy, ElastiCache, Redshift and OpenSearch
    Service list in the region, in the VPC of TARGET; without TARGET all of them. Whether security groups let the node
    in, no list says.

    An ADDRESS is what `ssmtui forward TARGET ADDRESS` takes.
    """
    found, node, nearby = asyncio.run(_find(options, target, everywhere=everywhere))
    if as_json:
        from ssmtui.inventory.export import database_object

        # ASCII only: a name could hold control characters that JSON does not escape and a terminal obeys.
        click.echo(json.dumps([database_object(one, nearby) for one in found], indent=2))
    else:
        for line in table(found):
            click.echo(line)
    return _told(node, nearby, len(nearby.databases) - len(found))


async def _find(
    options: Options, target: str | None, *, everywhere: bool
) -> tuple[list[Database], Node | None, Nearby]:
    from ssmtui.backend import load_settings, open_backend
    from ssmtui.cli import targets
    from ssmtui.inventory.databases import DatabaseFinder, Nearby

    settings = load_settings(options).settings
    named = targets.read(target) if target is not None else None
    async with open_backend(targets.begun_as(options, named) if named is not None else options, settings) as backend:
        node, scope = await targets.find(backend.gateways, named) if named is not None else (None, None)
        finder, nearby = DatabaseFinder(backend.gateways.gateway), Nearby()
        with LongWait(lambda: "the lists of databases"):
            async with aclosing(cast("Any", finder.near(node, scope or backend.gateways.default))) as steps:
                async for step in steps:
                    nearby = step
    shown = nearby.databases if everywhere or not nearby.vpc_id else nearby.in_vpc
    return list(shown), node, nearby


def _told(node: Node | None, nearby: Nearby, hidden: int) -> int:
    """Say what is missing and why; returns the exit code."""
    from ssmtui.inventory.database_words import network_words, problem_lines

    for line in problem_lines(nearby.problems):
        say(line)
    if node is not None and not nearby.vpc_id:
        say(f"{network_words(node, nearby)}.")
    if hidden:
        say(f"{hidden} more {'is' if hidden == 1 else 'are'} in other VPCs; --all lists them.")
    return nearby.problems[0].exit_code if nearby.problems and not nearby.databases else 0


def table(databases: list[Database]) -> list[str]:
    """The rows of the table, the headings first."""
    return aligned([HEADINGS, *map(_cells, databases)])


def _cells(database: Database) -> tuple[str, ...]:
    from ssmtui.inventory.database_words import address_of, kind_of, label_of

    return (
        inert.line(label_of(database), CELL_LIMIT),
        inert.line(kind_of(database), CELL_LIMIT),
        inert.line(address_of(database), ADDRESS_LIMIT),
        inert.line(database.status, CELL_LIMIT),
        inert.line(database.vpc_id, CELL_LIMIT),
    )
