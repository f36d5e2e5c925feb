"""``ssmtui sessions``: who has which sessions open, or had them, as a table for people or as JSON for programs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
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
    from ssmtui.inventory.query.row_query import RowQuery
    from ssmtui.inventory.session_rows import Holder, SessionRow
    from ssmtui.ledger.journal import JournalEntry
    from ssmtui.model import Scope, SessionRecord

RUNNING = {
    "OWNER": "owner", "NODE": "name", "NODE ID": "target", "STARTED": "started", "STATUS": "status", "WHERE": "where",
    "DOCUMENT": "document", "SESSION ID": "id", "REASON": "reason",
}  # fmt: skip
"""The fields by their headings; the reason is the one that may be long."""
PAST = {
    "OWNER": "owner", "NODE": "name", "NODE ID": "target", "STARTED": "started", "LASTED": "lasted",
    "STATUS": "status", "DOCUMENT": "document", "SESSION ID": "id", "REASON": "reason",
}  # fmt: skip
LOCAL = {
    "OWNER": "owner", "NODE": "name", "NODE ID": "target", "STARTED": "started", "LASTED": "lasted", "TAB": "tab",
    "HOW": "details", "DOCUMENT": "document", "SESSION ID": "id", "REASON": "reason",
}  # fmt: skip
IDS = ("target", "id")
"""They are not cut: other verbs could not use them."""
CELL_LIMIT = 60
ID_LIMIT = 400
"""A container's holds the name of its cluster."""
MOST = 20_000
"""Sessions that are listed at most."""
NAMES_WITHIN = 10.0
"""Seconds for which the names of nodes are looked for that no earlier listing has left on the disk."""


@click.command("sessions", cls=FilterCommand)
@click.argument("words", metavar="[FILTER]...", nargs=-1)
@click.option("--history", is_flag=True, help="List those of the last 30 days that are over, not those that run.")
@click.option(
    "--local",
    is_flag=True,
    help="List what this machine has in its ledger and journal: sessions of all accounts that ssmtui has started here, "
    "with how they ended. AWS is not called.",
)
@click.option("--json", "as_json", is_flag=True, help="Print an array of objects.")
@click.pass_obj
def command(options: Options, words: tuple[str, ...], history: bool, local: bool, as_json: bool) -> int:
    """List everybody's sessions in this account and region, the newest first.

    FILTER is that of the list of sessions in the full-screen program. All of its words have to match:

    \b
      jane prod                 in owner, node, reason, document or session id
      owner:jane name:web*      a field; * stands for anything
      document:*Port*           its document
      started:>2h               it began more than two hours ago
      lasted:<1m                it is over, after less than a minute
      is:mine !is:port          you started it; it is no forwarded port
      is:leftover               yours, alive, and no client has it
      'jane|john' status:disc   either one; DescribeSessions' statuses

    `ssmtui terminate` ends sessions by their ids.
    """
    from ssmtui.inventory.query.errors import QueryError

    text = " ".join(words)
    now = datetime.now(UTC)
    try:
        if local:
            entries = _local(options, text, now, only_past=history)
            rows, objects = list(entries), [entry.as_json() for entry in entries.values()] if as_json else []
        else:
            rows = asyncio.run(_find(options, text, now, active=not history))
            objects = _objects(rows, now) if as_json else []
    except QueryError as error:
        return say_unusable(text, error)
    if as_json:
        # ASCII only: a reason could hold control characters that JSON does not escape and a terminal obeys.
        click.echo(json.dumps(objects, indent=2))
    else:
        for line in table(rows, LOCAL if local else PAST if history else RUNNING):
            click.echo(line)
    return 0


def _objects(rows: Iterable[SessionRow], now: datetime) -> list[dict[str, object]]:
    from ssmtui.inventory.export import session_object

    return [session_object(row, now) for row in rows]


async def _find(options: Options, text: str, now: datetime, *, active: bool) -> list[SessionRow]:
    """The sessions that match ``text``, the newest first."""
    from ssmtui.aws.gateway import alias_of, identity_of
    from ssmtui.backend import load_settings, open_backend
    from ssmtui.inventory.query.row_query import parse_for
    from ssmtui.inventory.query.session_language import SESSION_LANGUAGE
    from ssmtui.inventory.session_rows import session_rows

    read = partial(parse_for, SESSION_LANGUAGE, text, now=now)
    query = read()  # before AWS is asked for anything
    async with open_backend(options, load_settings(options).settings) as backend:
        gateway = backend.gateways.gateway()
        with LongWait(lambda: "the list of sessions"):
            identity = await identity_of(gateway)
            records = await list_sessions(gateway, active=active)
        account = identity.account if identity is not None else ""
        names = await names_of(gateway, account, {one.target for one in records}, cached=not options.demo)
        if identity is not None and "account:" in text and (alias := await alias_of(gateway)):
            query = read(aliases={identity.account: alias})
        holders = {} if options.demo else await asyncio.to_thread(held_here)
        rows = session_rows(records, gateway.scope, identity, lambda key: names.get(key[2], ""), holders)
    return matching(query, rows)


def held_here() -> dict[str, Holder]:
    """Who on this machine has which session that lives, by session id. Blocks."""
    from ssmtui.config import paths
    from ssmtui.inventory.local_sessions import record_holders
    from ssmtui.ledger.store import RecordFiles

    places = paths.find()
    store = RecordFiles(places.ledger, places.journal)
    try:
        return record_holders(store.shelf().records, lambda owner: store.running(owner) is not None)
    except OSError as error:
        say(f"The ledger of this machine's sessions cannot be read: {error.strerror or error}.")
        return {}


def _local(options: Options, text: str, now: datetime, *, only_past: bool) -> dict[SessionRow, JournalEntry]:
    """The sessions of the ledger and the journal that match ``text``, the newest first; none of a demo's, which keeps
    them in memory."""
    from ssmtui.config import paths
    from ssmtui.inventory.local_sessions import local_row
    from ssmtui.inventory.query.row_query import parse_for
    from ssmtui.inventory.query.session_language import SESSION_LANGUAGE
    from ssmtui.ledger.journal import LocalSessions
    from ssmtui.ledger.ledger import read_local

    query = parse_for(SESSION_LANGUAGE, text, now=now)
    places = paths.find()
    known = LocalSessions(()) if options.demo else read_local(places.ledger, places.journal)
    for problem in known.problems:
        say(problem)
    rows = {local_row(entry): entry for entry in known.entries if not (only_past and entry.live)}
    return {row: rows[row] for row in matching(query, rows)}


def matching(query: RowQuery, rows: Iterable[SessionRow]) -> list[SessionRow]:
    """Those of ``rows`` that match, the newest first. Raises :class:`ssmtui.errors.UsageError` for a regular expression
    that takes too long."""
    from ssmtui.errors import UsageError
    from ssmtui.inventory.session_fields import SESSION_ROWS

    ordered = sorted(rows, key=SESSION_ROWS.tie_of)
    found = query.select([SESSION_ROWS.row(row) for row in ordered])
    if query.problem:
        raise UsageError(query.problem, remedy="Write it without nested repetitions, or with * instead.")
    return [one.item for one in found]


async def list_sessions(gateway: Gateway, *, active: bool) -> list[SessionRecord]:
    """The sessions that run, or those of the past, each once."""
    records: dict[str, SessionRecord] = {}
    async with aclosing(cast("Any", gateway.session_pages(active=active))) as pages:
        async for page in pages:
            records.update((one.session_id, one) for one in page if one.session_id)
            if len(records) >= MOST:
                say(f"There are more than {MOST:,} sessions; the others are not listed.")
                break
    return list(records.values())


async def names_of(gateway: Gateway, account: str, ids: set[str], *, cached: bool) -> dict[str, str]:
    """The names of these nodes: as the disk has them, if it may be asked, else as a listing says within seconds."""
    from ssmtui.errors import SsmtuiError

    names = await asyncio.to_thread(_cached_names, gateway.scope, account, ids) if cached and ids else {}
    if ids - names.keys():
        with LongWait(lambda: "the names of the nodes"), suppress(TimeoutError, SsmtuiError):
            async with asyncio.timeout(NAMES_WITHIN), aclosing(cast("Any", gateway.nodes())) as pages:
                async for page in pages:
                    names.update((node.id, node.name) for node in page.nodes if node.id in ids)
    return names


def _cached_names(scope: Scope, account: str, ids: set[str]) -> dict[str, str]:
    from ssmtui.config import paths
    from ssmtui.inventory.cache import NodeCache

    kept = NodeCache(paths.find().inventory).load(scope, account)
    if kept is None or (account and kept.account and kept.account != account):
        return {}
    return {node.id: node.name for nodes in kept.nodes() for node in nodes if node.id in ids}


def table(rows: Iterable[SessionRow], columns: Mapping[str, str]) -> list[str]:
    """The rows of the table, the headings first."""
    from ssmtui.inventory.session_fields import SESSION_FIELDS

    fields = [SESSION_FIELDS[name] for name in columns.values()]

    def cells(row: SessionRow) -> tuple[str, ...]:
        return tuple(inert.line(field.text(row), ID_LIMIT if field.name in IDS else CELL_LIMIT) for field in fields)

    return aligned([tuple(columns), *map(cells, rows)])
