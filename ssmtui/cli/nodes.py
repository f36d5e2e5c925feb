"""``ssmtui nodes``: the managed nodes as a table for people or as JSON for programs."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from ssmtui import inert

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateway
    from ssmtui.model import Node
    from ssmtui.wiring import Options

HEADINGS = ("NAME", "NODE ID", "PING", "PLATFORM", "AGENT", "IP", "LAST PING")
CELL_LIMIT = 60
IDENTITY_TIMEOUT = 4.0
"""Seconds that STS has to tell the account."""


@click.command("nodes")
@click.argument("words", metavar="[FILTER]", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print an array of objects.")
@click.pass_obj
def command(options: Options, words: tuple[str, ...], as_json: bool) -> int:
    """List the managed nodes.

    FILTER keeps those that have all of its words somewhere in their name, id, address, platform, ping status or tags.
    """
    from ssmtui.inventory.query import matches

    wanted = matches(" ".join(words))
    found = [node for node in asyncio.run(_list(options)) if wanted(node)]
    found.sort(key=lambda node: (node.name.casefold(), node.id))
    if as_json:
        # ASCII only: a tag could hold control characters that JSON does not escape and a terminal obeys.
        click.echo(json.dumps([as_object(node) for node in found], indent=2))
    else:
        for row in table(found):
            click.echo(row)
    return 0


async def _list(options: Options) -> list[Node]:
    from ssmtui.wiring import load_settings, open_backend

    async with open_backend(options, load_settings(options).settings) as backend:
        return await list_nodes(backend.gateways.gateway())


async def list_nodes(gateway: Gateway) -> list[Node]:
    """All nodes, each once, with what the last page knew of it."""
    from ssmtui.errors import ConnectionFailed, ServiceError

    # The account of the nodes is the caller's; a list without it is still a list, and STS may be out of reach.
    with suppress(ServiceError, ConnectionFailed, TimeoutError):
        async with asyncio.timeout(IDENTITY_TIMEOUT):
            await gateway.identity()
    nodes: dict[str, Node] = {}
    async for page in gateway.nodes():
        nodes.update((node.id, node) for node in page.nodes)
    return list(nodes.values())


def as_object(node: Node) -> dict[str, object]:
    """The node as ``--json`` prints it: AWS's own words for the states, ISO 8601 for the time, null for no time."""
    return {
        "id": node.id,
        "name": node.name,
        "ping": node.ping.value,
        "platform": node.platform.value,
        "platform_version": node.platform_version,
        "agent_version": node.agent_version,
        "ip": node.ip,
        "account": node.account,
        "region": node.region,
        "aws_profile": node.aws_profile,
        "tags": dict(node.tags),
        "last_ping": node.last_ping.isoformat() if node.last_ping else None,
    }


def table(nodes: Iterable[Node]) -> list[str]:
    """The rows of the table, the headings first."""
    rows = [HEADINGS, *(_cells(node) for node in nodes)]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [_row(cells, widths) for cells in rows]


def _cells(node: Node) -> tuple[str, ...]:
    platform = f"{node.platform_name or node.platform.value} {node.platform_version}"
    last_ping = node.last_ping.isoformat(timespec="seconds") if node.last_ping else ""
    cells = (node.name, node.id, node.ping.value, platform, node.agent_version, node.ip, last_ping)
    return tuple(inert.line(cell, CELL_LIMIT) for cell in cells)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Columns that a terminal gives to ``text``."""
    if text.isascii():
        return len(text)
    return sum((2 if unicodedata.east_asian_width(c) in "WF" else 1) for c in text if not unicodedata.combining(c))
