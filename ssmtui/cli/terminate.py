"""``ssmtui terminate``: end sessions by their ids, or all that one has started."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ssmtui import inert
from ssmtui.cli import offers
from ssmtui.cli.long_wait import LongWait
from ssmtui.cli.say import say
from ssmtui.errors import SsmtuiError

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateway, Gateways
    from ssmtui.backend import Options
    from ssmtui.inventory.session_rows import Holders, SessionRow
    from ssmtui.model import Identity, Scope

AT_ONCE = 8
"""Ids that the service is asked about at once."""
LISTED = 20
"""Sessions that are named before a question; the others are counted."""
NOT_ENDED = "no session has been ended"


@click.command("terminate")
@click.argument("ids", metavar="[ID]...", nargs=-1, shell_complete=offers.sessions)
@click.option("--mine", is_flag=True, help="End all sessions that you have started in this account and region.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.pass_obj
def command(options: Options, ids: tuple[str, ...], mine: bool, yes: bool) -> int:
    """End sessions by the ids that `ssmtui sessions` lists: those in this account and region, and those that ssmtui has
    started on this machine wherever they are.

    What runs in them is killed. Before a session of somebody else is ended, or all of yours, a word has to be typed;
    --yes does without it. Session Manager lets you end only what your policy allows: often just your own sessions.
    """
    if bool(ids) == mine:
        raise click.UsageError("Give the ids of sessions, or --mine.")
    return asyncio.run(_terminate(options, list(dict.fromkeys(ids)), mine=mine, yes=yes))


async def _terminate(options: Options, ids: Sequence[str], *, mine: bool, yes: bool) -> int:
    from ssmtui.backend import load_settings, open_backend
    from ssmtui.cli.sessions import held_here

    async with open_backend(options, load_settings(options).settings) as backend:
        gateways = backend.gateways
        holders = {} if options.demo else await asyncio.to_thread(held_here)
        with LongWait(lambda: "the sessions"):
            if mine:
                rows, code = await _mine(gateways.gateway(), holders), 0
            else:
                rows, code = await _named(gateways, ids, holders)
        if rows and not yes:
            _ask(rows, mine=mine)
        ended, failed = await _end(gateways, rows)
        await _settle(ended)
        return failed or code


async def _mine(gateway: Gateway, holders: Holders) -> list[SessionRow]:
    """The sessions that run and are the caller's, the newest first."""
    from ssmtui.aws.gateway import identity_of
    from ssmtui.cli.sessions import list_sessions
    from ssmtui.errors import UsageError
    from ssmtui.inventory.session_fields import SESSION_ROWS
    from ssmtui.inventory.session_rows import session_rows

    identity = await identity_of(gateway)
    if identity is None:
        raise UsageError(
            "AWS does not say who you are", title="Your own sessions are not known", remedy="Give the ids of sessions."
        )
    rows = session_rows(await list_sessions(gateway, active=True), gateway.scope, identity, holders=holders)
    found = sorted((row for row in rows if row.mine), key=SESSION_ROWS.tie_of)
    if not found:
        say(f"{identity.short} has no sessions in {gateway.scope.region}.")
    return found


async def _named(gateways: Gateways, ids: Sequence[str], holders: Holders) -> tuple[list[SessionRow], int]:
    """The sessions of these ids as far as they may still run, and the exit code for those that nobody knows. Those that
    the ledger has are looked for where it says that they were started."""
    from ssmtui.inventory.session_rows import NOBODY

    home = gateways.default
    slots = asyncio.Semaphore(AT_ONCE)

    def scope_of(session_id: str) -> Scope:
        known = holders.get(session_id, NOBODY).scope
        # Where calls go is the command line's to say, not a file's.
        return home if known is None else replace(known, endpoint_url=home.endpoint_url, organization=False)

    async def look(session_id: str) -> SessionRow | SsmtuiError | None:
        scope = scope_of(session_id)
        try:
            async with slots:
                return await _look(gateways.gateway(scope), session_id, callers[scope], holders)
        except SsmtuiError as error:
            if scope == home:
                raise
            return error  # the other sessions do not depend on that AWS profile

    scopes = list(dict.fromkeys(map(scope_of, ids)))
    asked = await asyncio.gather(*(_caller(gateways.gateway(scope), home) for scope in scopes))
    callers = dict(zip(scopes, asked, strict=True))
    found, code = [], 0
    for session_id, answer in zip(ids, await asyncio.gather(*map(look, ids)), strict=True):
        if answer is None:
            say(f"{session_id} is over already.")
        elif isinstance(answer, tuple):
            found.append(answer)
        else:
            say(str(answer))
            code = answer.exit_code
    return found, code


async def _caller(gateway: Gateway, home: Scope) -> Identity | None:
    """Who calls there; None where that is not known. Raises what is wrong with the scope that was asked for: what is
    wrong with another one is said when it is called."""
    from ssmtui.aws.gateway import identity_of

    try:
        return await identity_of(gateway)
    except SsmtuiError:
        if gateway.scope == home:
            raise
        return None


async def _look(
    gateway: Gateway, session_id: str, caller: Identity | None, holders: Holders
) -> SessionRow | SsmtuiError | None:
    """A session that runs; None for one that is over; else why it cannot be ended. Where DescribeSessions is denied it
    is one of which nothing but the id is known."""
    from ssmtui.errors import AccessDenied, ServiceError
    from ssmtui.inventory.session_rows import session_rows
    from ssmtui.model import SessionRecord

    try:
        running = await gateway.active_session(session_id)
        if running is None and await gateway.past_session(session_id) is not None:
            return None
    except AccessDenied:
        running = SessionRecord(session_id, "", "")
    except ServiceError as error:
        return error
    if running is not None:
        (row,) = session_rows([running], gateway.scope, caller, holders=holders)
        return row
    return ServiceError(
        f"there is no {session_id} in {gateway.scope.region}",
        title="No such session",
        remedy="`ssmtui sessions` lists them; --aws-profile and --region choose the account and the region.",
    )


def _ask(rows: Sequence[SessionRow], *, mine: bool) -> None:
    """Have a word typed where sessions of others are ended, or all of one's own. Raises
    :class:`ssmtui.errors.UsageError` where it is not, or cannot be."""
    from ssmtui.cli.questions import can_ask, confirm
    from ssmtui.errors import UsageError
    from ssmtui.inventory.session_rows import word_to_end

    asked = rows if mine else [row for row in rows if not row.mine]
    if not asked:
        return
    told = _told(asked, mine=mine)
    if not can_ask():
        raise UsageError(told, title="Nobody can be asked", remedy="Add --yes to end them all the same.")
    for row in asked[:LISTED]:
        click.echo(f"  {_line(row)}", err=True)
    if len(asked) > LISTED:
        click.echo(f"  and {len(asked) - LISTED:,} more", err=True)
    confirm(told, [str(len(asked)) if mine else word_to_end(asked)], NOT_ENDED)


def _told(asked: Sequence[SessionRow], *, mine: bool) -> str:
    those = "1 session" if len(asked) == 1 else f"{len(asked):,} sessions"
    if mine:
        return f"This ends {those} of yours and all that runs there."
    owners = sorted({row.owner or "somebody whom AWS does not name" for row in asked})
    named = ", ".join(owners[:3]) + (f" and {len(owners) - 3} others" if len(owners) > 3 else "")
    return f"This ends {those} of {named}, and all that runs there."


def _line(row: SessionRow) -> str:
    """A session on one line, inert."""
    from ssmtui.inventory.session_rows import SessionWhere

    record = row.record
    where = f" on {row.node_label}" if record.target else ""
    held = {SessionWhere.OTHER: ", open in ssmtui", SessionWhere.DETACHED: ", detached"}.get(row.where, "")
    since = f" since {record.started.isoformat(timespec='seconds')}" if record.started else ""
    return inert.line(f"{row.id}: {row.owner or 'unknown owner'}{where}{since}{held}", 300)


async def _end(gateways: Gateways, rows: Sequence[SessionRow]) -> tuple[list[SessionRow], int]:
    """End them; those that have ended, and the exit code for the others."""
    from ssmtui.sessions.farewell import end_many

    done: list[SessionRow] = []
    codes: list[int] = []

    def ended(place: int, error: SsmtuiError | None) -> None:
        if error is None:
            done.append(rows[place])
            click.echo(f"Ended {_line(rows[place])}")
        else:
            say(f"{rows[place].id} has not been ended. {error}")
            codes.append(error.exit_code)

    with LongWait(lambda: "the end of the sessions"):
        await end_many([(gateways.gateway(row.scope), row.id) for row in rows], ended)
    return done, max(codes, default=0)


async def _settle(ended: Sequence[SessionRow]) -> None:
    """Close the accounts of sessions that this machine had left alive. Those of a running ssmtui are its own to
    close."""
    from ssmtui.inventory.session_rows import SessionWhere

    records = [row.holder.ledger_id for row in ended if row.where is SessionWhere.DETACHED and row.holder.ledger_id]
    if not records:
        return
    from ssmtui.config import paths
    from ssmtui.ledger.ledger import Ledger
    from ssmtui.ledger.record import Ending

    places = paths.find()
    ledger = Ledger(places.ledger, places.journal)
    await ledger.open()
    for record_id in records:
        await ledger.settle(record_id, Ending.PERSON, ended=time.time())
    if ledger.trouble:
        say(ledger.trouble)
    await ledger.close()
