"""``ssmtui nodes``: the managed nodes as a table for people or as JSON for programs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import click

from ssmtui import inert
from ssmtui.cli.columns import aligned
from ssmtui.cli.filters import FilterCommand, say_unusable
from ssmtui.cli.long_wait import LongWait
from ssmtui.cli.say import say

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateway
    from ssmtui.backend import Options
    from ssmtui.errors import SsmtuiError
    from ssmtui.model import Node, NodeKey

HEADINGS = ("NAME", "NODE ID", "PING", "PLATFORM", "AGENT", "IP", "LAST PING")
CELL_LIMIT = 60
ID_LIMIT = 400
"""A container's holds the name of its cluster; other verbs cannot use an id that is cut."""
TAGS_WITHIN = 60.0
"""Seconds for which the tags of hybrid nodes are read, at a call each."""


@click.command("nodes", cls=FilterCommand)
@click.argument("words", metavar="[FILTER]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print an array of objects.")
@click.pass_obj
def command(options: Options, words: tuple[str, ...], as_json: bool) -> int:
    """List the managed nodes.

    FILTER is that of the full-screen program. All of its words have to match:

    \b
      web prod                  in name, id, address, platform or a tag
      name:web region:eu-*      a field; * stands for anything
      tag:env=prod,staging      a tag that is one of these; tag:env has any
      agent:<3.3 seen:<1h       versions and ages
      'web|api' '!ping:online'  either one; not
      is:stopped /^web-[0-9]+$/ yes or no; a regular expression
      is:busy who:jane          somebody has a session there
      @NAME                     a filter saved in the full-screen program
    """
    from ssmtui.inventory.query.errors import QueryError

    text = " ".join(words)
    try:
        found = asyncio.run(_find(options, text, shows_tags=as_json))
    except QueryError as error:
        return say_unusable(text, error)
    if as_json:
        from ssmtui.inventory.export import as_object

        # ASCII only: a tag could hold control characters that JSON does not escape and a terminal obeys.
        click.echo(json.dumps([as_object(node) for node in found], indent=2))
    else:
        for row in table(found):
            click.echo(row)
    return 0


async def _find(options: Options, text: str, *, shows_tags: bool) -> list[Node]:
    """The nodes that match ``text``, by name as people count; nameless ones last. ``shows_tags``: with all tags, not
    only those that ``text`` asks for."""
    from ssmtui.aws.gateway import alias_of
    from ssmtui.backend import load_settings, open_backend
    from ssmtui.config import paths
    from ssmtui.config.memory import Memory
    from ssmtui.errors import UsageError
    from ssmtui.inventory.fields import FIELDS
    from ssmtui.inventory.filters import Filters
    from ssmtui.inventory.node_rows import NODE_ROWS
    from ssmtui.inventory.query.query import parse
    from ssmtui.inventory.usage import Usage

    memory = Memory(None if options.demo else paths.find().memory)
    usage, filters = Usage(memory), Filters(memory)
    await asyncio.gather(usage.load(), filters.load())
    read = partial(parse, text, now=datetime.now(UTC), favourites=usage.favourites, saved=filters.saved)
    query = read()  # before AWS is asked for anything
    async with open_backend(options, load_settings(options).settings) as backend:
        gateway = backend.gateways.gateway()
        nodes = await list_nodes(gateway, lambda error: say(without(error)))
        if "account:" in text and (alias := await alias_of(gateway)):
            query = read(aliases={node.account: alias for node in nodes if node.account})
        if query.asks("who", "busy"):
            nodes = await with_visitors(gateway, nodes)
        nodes = await with_tags(gateway, nodes, query.needs_tags)
        found = query.select([NODE_ROWS.row(node) for node in nodes])
        if query.problem:
            raise UsageError(query.problem, remedy="Write it without nested repetitions, or with * instead.")
        matching = [one.item for one in found]
        if shows_tags:
            matching = await with_tags(gateway, matching)
    name = FIELDS["name"].sort_key
    return sorted(matching, key=lambda node: (not node.name, name(node), node.id))


def without(error: SsmtuiError) -> str:
    """What to say of something that only adds to the nodes and could not be read."""
    from ssmtui.aws import permissions
    from ssmtui.errors import AccessDenied

    if not isinstance(error, AccessDenied):
        return str(error)
    brings = permissions.of(error.action).brings
    return f"{brings[:1].upper()}{brings[1:]} are missing: {error.brief}."


async def list_nodes(gateway: Gateway, on_problem: Callable[[SsmtuiError], None] | None = None) -> list[Node]:
    """All nodes, each once, with what the last page knew of it. ``on_problem`` gets what could not be read."""
    from ssmtui.aws.gateway import identity_of

    nodes: dict[NodeKey, Node] = {}
    with LongWait(lambda: "the list of nodes"):
        # The gateway takes the account of the nodes from the caller's; a list without it is still a list.
        await identity_of(gateway)
        async for page in gateway.nodes():
            nodes.update((node.key, node) for node in page.nodes)
            if page.problem is not None and on_problem is not None:
                on_problem(page.problem)
    return list(nodes.values())


async def with_visitors(gateway: Gateway, nodes: Sequence[Node]) -> list[Node]:
    """``nodes`` with those who have sessions there, which a listing of nodes does not know."""
    from ssmtui.cli.sessions import list_sessions
    from ssmtui.inventory.session_rows import owner_words

    who: dict[str, dict[str, None]] = {}
    with LongWait(lambda: "the list of sessions"):
        for one in await list_sessions(gateway, active=True):
            who.setdefault(one.target, {})[owner_words(one.owner)] = None
    return [node._replace(who=tuple(who.get(node.id, ()))) for node in nodes]


async def with_tags(
    gateway: Gateway, nodes: Sequence[Node], wanted: Callable[[Node], bool] = lambda node: True
) -> list[Node]:
    """``nodes``, the ``wanted`` ones among the hybrid nodes with their tags, which a listing leaves out. Says how many
    of them stay without, and why."""
    from ssmtui.aws.gateway import hybrid_nodes, unread_tags
    from ssmtui.errors import AccessDenied

    asked = [node for node in nodes if node.is_hybrid and not node.tags_known and wanted(node)]
    if not asked:
        return list(nodes)
    found: dict[NodeKey, Node] = {}
    problem: SsmtuiError | None = unread_tags(len(asked))
    with LongWait(lambda: f"the tags of {len(asked):,} hybrid nodes, a call each"), suppress(TimeoutError):
        async with asyncio.timeout(TAGS_WITHIN), aclosing(cast("Any", gateway.with_hybrid_tags(asked))) as pages:
            async for page in pages:
                found.update((node.key, node) for node in page.nodes)
                problem = page.problem
    missing = len(asked) - len(found)
    if isinstance(problem, AccessDenied) and missing:
        say(f"{hybrid_nodes(missing)} are without tags: {problem.brief}.")
    elif problem is not None:
        say(str(problem))
        unread = unread_tags(missing)
        if unread is not None and unread.detail != problem.detail:
            say(f"{unread.title}: {unread.detail}")
    return [found.get(node.key, node) for node in nodes]


def table(nodes: Iterable[Node]) -> list[str]:
    """The rows of the table, the headings first."""
    return aligned([HEADINGS, *(_cells(node) for node in nodes)])


def _cells(node: Node) -> tuple[str, ...]:
    platform = f"{node.platform_name or node.platform.value} {node.platform_version}"
    last_ping = node.last_ping.isoformat(timespec="seconds") if node.last_ping else ""
    rest = (node.ping.value, platform, node.agent_version, node.ip, last_ping)
    cut = (inert.line(cell, CELL_LIMIT) for cell in rest)
    return inert.line(node.name, CELL_LIMIT), inert.line(node.id, ID_LIMIT), *cut
