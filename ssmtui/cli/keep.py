"""``ssmtui keep``: a process without a screen that keeps sessions while nobody looks."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from typing import TYPE_CHECKING

import click

from ssmtui import __version__, open_files
from ssmtui.cli.say import say
from ssmtui.errors import SsmtuiError, UsageError

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateways
    from ssmtui.backend import Options
    from ssmtui.config.settings import Settings
    from ssmtui.keeper.client import KeeperClient, KeeperFacts
    from ssmtui.keeper.holding import Keeper
    from ssmtui.ledger.ledger import Ledger
    from ssmtui.model import Scope

log = logging.getLogger(__name__)


@click.command("keep")
@click.option("--status", is_flag=True, help="Show what is kept, and by which process.")
@click.option("--stop", is_flag=True, help="Leave what is kept alive at AWS, and end the keeper.")
@click.option(
    "--empty", is_flag=True, help="Begin with nothing, and wait a minute for a screen: what detaching starts."
)
@click.pass_obj
def command(options: Options, status: bool, stop: bool, empty: bool) -> int:
    """Keep sessions while no screen shows them.

    Takes over all sessions that were left alive on this machine, reads and acknowledges what they print, answers what
    their programs ask of a terminal, goes on with recordings, and keeps them from ending for want of input. `ssmtui
    attach` then brings back all that they have printed, as far as the scrollback goes. It ends when there is nothing
    more to keep; Ctrl-C or SIGTERM end it earlier, and leave the sessions alive.

    With `keeper = true` in the settings, detaching starts it by itself.
    """
    from ssmtui.keeper import place

    if not place.is_possible():
        raise UsageError("its sockets do not say who is at their other end", title="keep does not run on Windows")
    if options.demo:
        raise UsageError("sessions of the demo end with it", title="There is nothing to keep")
    if sum((status, stop, empty)) > 1:
        raise click.UsageError("--status, --stop and --empty exclude each other.")
    if status or stop:
        from ssmtui.backend import keeper_client

        client = keeper_client(options)
        return asyncio.run(_stop(client) if stop else _show(client))
    try:
        asyncio.run(_keep(options, empty=empty))
    except SsmtuiError as error:
        log.error("the keeper: %s", error)  # nobody may see what it says
        raise
    return 0


async def _show(client: KeeperClient) -> int:
    keepers = await client.keepers()
    for keeper in keepers:
        click.echo(f"process {keeper.pid}, since {_at(keeper.since)}, {_count(len(keeper.sessions))}{_release(keeper)}")
        for session in keeper.sessions:
            since = f", since {_at(session.started)}" if session.started else ""
            click.echo(f"  {session.title or 'a session'}  {session.session_id}  {session.state}{since}")
    if not keepers:
        say("nothing is kept")
    return 0


async def _stop(client: KeeperClient) -> int:
    keepers = await client.stop()
    for keeper in keepers:
        them = "it" if keeper.left == 1 else "them"
        left = f"; {_count(keeper.left)} left alive, `ssmtui attach` brings {them} back" if keeper.left else ""
        say(f"process {keeper.pid} has ended{left}")
    if not keepers:
        say("nothing is kept")
    return 0


async def _keep(options: Options, *, empty: bool) -> None:
    from ssmtui.backend import keeper_likeness, load_settings
    from ssmtui.config import paths
    from ssmtui.keeper import place
    from ssmtui.keeper.holding import Keeper
    from ssmtui.keeper.server import KeeperServer
    from ssmtui.ledger.ledger import Ledger

    open_files.raise_limit()
    settings = load_settings(options).settings
    places = paths.find()
    directory = place.checked(paths.runtime())
    place.tidy(directory)
    ledger = Ledger(places.ledger, places.journal)
    await ledger.open()
    keeper = Keeper(ledger)
    server = KeeperServer(keeper, directory, places.ledger, keeper_likeness(options), time.time())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, keeper.leave)
    try:
        await server.open()
        await _serve(options, settings, ledger, keeper, server.stop_listening, empty=empty)
    finally:
        await server.close()
        await keeper.close()
        await ledger.close()


async def _serve(
    options: Options,
    settings: Settings,
    ledger: Ledger,
    keeper: Keeper,
    stop_listening: Callable[[], None],
    *,
    empty: bool,
) -> None:
    """Keep sessions until there are none, or the keeper is to leave."""
    from ssmtui.backend import open_backend
    from ssmtui.config import paths
    from ssmtui.sessions.engine_host import EngineHost
    from ssmtui.sessions.manager import SessionManager

    async with AsyncExitStack() as stack:
        engines = EngineHost(None if settings.engine == "auto" else settings.engine)
        stack.push_async_callback(engines.close)
        await engines.start()
        backend = await stack.enter_async_context(open_backend(options, settings))
        ledger.home = backend.gateways.default
        manager = SessionManager(
            backend.lines,
            engines,
            scrollback_lines=settings.scrollback_lines,
            read_only=True,
            takes_clipboard=False,
            recordings=paths.find().recordings,
            ledger=ledger,
        )
        # Its tasks end before the gateways and the engines do, which they use.
        stack.push_async_callback(manager.close, detach=True)
        stack.push_async_callback(keeper.close)
        keeper.begin(manager, Accounts(backend.gateways).of)
        if not empty:
            count = await keeper.hold_survivors()
            if not count:
                say("nothing was left alive: there is nothing to keep")
                return
            say(f"keeping {_count(count)}; Ctrl-C ends this and leaves {'it' if count == 1 else 'them'} alive")
        await keeper.emptied()
        stop_listening()


class Accounts:
    """The accounts that calls go to, each asked for once."""

    def __init__(self, gateways: Gateways) -> None:
        self._gateways = gateways
        self._known: dict[Scope | None, str] = {}

    async def of(self, scope: Scope | None) -> str:
        """The id of the account of ``scope``; empty while that cannot be known."""
        from ssmtui.aws.gateway import identity_of

        if scope not in self._known:
            with suppress(SsmtuiError):
                identity = await identity_of(self._gateways.gateway(scope))
                if identity is not None:
                    self._known[scope] = identity.account
        return self._known.get(scope, "")


def _count(sessions: int) -> str:
    return "1 session" if sessions == 1 else f"{sessions} sessions"


def _at(moment: float) -> str:
    return datetime.fromtimestamp(moment).strftime("%d %b %H:%M")


def _release(keeper: KeeperFacts) -> str:
    return f", ssmtui {keeper.version}" if keeper.version != __version__ else ""
