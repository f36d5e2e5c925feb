"""``ssmtui forward``: ports of a node, and of what it reaches, as ports of this machine."""

from __future__ import annotations

import asyncio
import errno
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import click

from ssmtui.cli import offers, targets
from ssmtui.errors import OutputFailed, UsageError
from ssmtui.model import StartRequest

if TYPE_CHECKING:
    from ssmtui.backend import Backend, Options
    from ssmtui.documents.port_forwards import Forward
    from ssmtui.model import Node
    from ssmtui.profiles.profile import Profile

DRAIN = 2.0
"""Seconds that the reader of our output has for what was printed last."""
ONE_NODE = "a tunnel leads through one of them"


@click.command("forward")
@click.argument("target", shell_complete=offers.targets)
@click.argument("forwards", metavar="[FORWARD]...", nargs=-1)
@click.option("--bind", metavar="ADDRESS", help="Listen on ADDRESS where a FORWARD names none; default: 127.0.0.1.")
@click.option("--reason", metavar="TEXT", help="Why, for the record; at most 256 characters.")
@click.option(
    "--answer",
    "answers",
    metavar="QUESTION=TEXT",
    multiple=True,
    help="Answer to what a profile asks; may be repeated.",
)
@click.option("--yes", is_flag=True, help="Ask nothing: neither on a guarded node nor before others may connect.")
@click.option("--exit-on-failure", is_flag=True, help="End all as soon as one cannot be opened, or fails.")
@click.option("--json", "as_json", is_flag=True, help="Print what happens, an object a line.")
@click.pass_obj
def command(
    options: Options,
    target: str,
    forwards: tuple[str, ...],
    bind: str | None,
    reason: str | None,
    answers: tuple[str, ...],
    yes: bool,
    exit_on_failure: bool,
    as_json: bool,
) -> int:
    """Forward ports of this machine to a node, or through it to what it reaches.

    TARGET is a node or a profile, as `ssmtui connect` takes it. FORWARD is [[BIND:]LOCAL:]PORT for a port of the node,
    or [[BIND:]LOCAL:]HOST:PORT for a host that the node reaches, such as 15432:db.internal:5432. LOCAL is the port of
    this machine: 0 is any free one; without it, the destination's own port is taken if it is free. The `forwards` of a
    profile need not be repeated.

    BIND is the address that is listened on, which is 127.0.0.1: another one, `localhost`, `*` for all of this machine,
    or `own` for a loopback address that no other node has.

    Each tunnel that is open is a line on standard error. Ctrl-C ends them all.
    """
    from ssmtui.cli.connect import check_reason, read_answers

    check_reason(reason)
    wanted = ForwardArguments(read_forwards(forwards, bind), yes, exit_on_failure, as_json)
    aim = targets.read(target)
    known = {} if aim.is_id else targets.saved(options)
    profile = targets.called(known, target)
    if profile is not None:
        from ssmtui.cli.profile_target import Given, filled

        said = Given(reason=reason, answers=read_answers(answers))
        plain = without_shell(profile, wanted.forwards)

        async def opened() -> int:
            ready = await filled(plain, said, options)
            own = wanted.forwards or read_forwards(ready.values.forwards, bind)
            if not own:
                raise UsageError(
                    f"the profile {profile.name} has no forwards",
                    title="It is not said what to forward",
                    remedy=f"Add one, such as `ssmtui forward {profile.name!r} 5432`.",
                )
            return await _forward(options, ready, wanted._replace(forwards=own))

        return asyncio.run(opened())
    if answers:
        raise UsageError(f"there is no profile {target}, and only profiles ask something")
    if not wanted.forwards:
        raise UsageError(
            "a node needs a FORWARD, such as 5432 or 15432:db.internal:5432",
            title="It is not said what to forward",
            remedy="" if aim.is_id else f"There is no profile {target}, whose forwards could be meant.",
        )
    return asyncio.run(_forward(options, StartRequest(target, reason=reason), wanted, others=list(known)))


class ForwardArguments(NamedTuple):
    """What the command line asks for."""

    forwards: Sequence[Forward] = ()
    yes: bool = False
    all_needed: bool = False
    as_json: bool = False


def read_forwards(texts: Sequence[str], bind: str | None = None) -> list[Forward]:
    """The forwards that ``texts`` describe, each once; those that name no address listen on ``bind``. Raises
    :class:`ssmtui.errors.UsageError`."""
    from ssmtui.documents import port_forwards
    from ssmtui.loopback import LOOPBACK

    address = LOOPBACK
    if bind is not None:
        try:
            plain = bind.removeprefix("[").removesuffix("]")
            address = port_forwards.parse(f"[{plain}]:0:1" if ":" in plain else f"{plain}:0:1").bind
        except ValueError:
            raise UsageError(f"--bind takes an IP address, localhost, * or own, not {bind}") from None
    found: dict[Forward, str] = {}
    for text in texts:
        try:
            forward = port_forwards.parse(text)
        except ValueError as error:
            raise UsageError(f"{text} is no forward: it {error}", title="That cannot be forwarded") from None
        if bind is not None and forward.bind == LOOPBACK:
            forward = forward._replace(bind=address)
        found.setdefault(forward, text)
    places = Counter((one.bind, one.local) for one in found if one.local)
    for (where, port), number in places.items():
        if number > 1:
            raise UsageError(f"{number} forwards want port {port} of {where}: give each a local port of its own")
    return list(found)


def without_shell(profile: Profile, forwards: Sequence[Forward]) -> Profile:
    """``profile`` without what only a shell needs: nothing has to be answered for that. ``forwards`` are those that
    the command line gives in the place of the profile's."""
    own = () if forwards else profile.values.forwards
    values = replace(profile.values, on_connect="", document="", parameters={}, forwards=own)
    return replace(profile, values=values)


async def _forward(
    options: Options, what: StartRequest | Profile, wanted: ForwardArguments, others: Sequence[str] = ()
) -> int:
    from ssmtui.backend import load_settings, open_backend, open_profiles
    from ssmtui.cli.guarding import confirm, guarded
    from ssmtui.config import paths
    from ssmtui.config.memory import Memory

    settings = load_settings(options).settings
    memory = Memory(None if options.demo else paths.find().memory)
    profile = None if isinstance(what, StartRequest) else what
    place = targets.read(what.target) if isinstance(what, StartRequest) else what
    async with open_backend(targets.begun_as(options, place), settings) as backend:
        if isinstance(what, StartRequest):
            node, scope = await targets.find(backend.gateways, targets.read(what.target), others)
            request = replace(what, target=node.id, scope=scope)
        else:
            from ssmtui.cli.profile_target import start_of

            request, node, *_ = await start_of(what, backend.gateways, memory, room=ONE_NODE)
        gateway = backend.lines.line(request.scope).gateway
        reason, node = await guarded(settings, node, gateway, profile, memory)
        confirm(node, reason, yes=wanted.yes)
        if profile is not None:
            store = open_profiles(options, memory)
            store.note_use(profile.name)
            await store.close()
        return await run_forwards(options, backend, request, node, wanted)


async def run_forwards(
    options: Options, backend: Backend, request: StartRequest, node: Node, wanted: ForwardArguments
) -> int:
    """Open tunnels to the node of ``request`` and report on them until they are over; returns the exit code.

    Raises :class:`ssmtui.errors.UsageError` where they may not be opened, and :class:`ssmtui.errors.OutputFailed` where
    events could not be written.
    """
    from ssmtui import open_files
    from ssmtui.cli.forwarding import Happening, TunnelsRun
    from ssmtui.cli.say import said
    from ssmtui.cli.tunnel_reports import TunnelEventLines, TunnelSentences
    from ssmtui.config import paths
    from ssmtui.forwards.tunnel import TunnelSnapshot
    from ssmtui.forwards.tunnels import Tunnels
    from ssmtui.ledger.ledger import Ledger
    from ssmtui.outbox import Outbox
    from ssmtui.sessions.start_queue import StartQueue

    confirm_exposed(node, wanted.forwards, yes=wanted.yes)
    open_files.raise_limit()
    places = paths.find()
    ledger = Ledger(None, None) if options.demo else Ledger(places.ledger, places.journal)
    ledger.home = backend.gateways.default
    narration, events = Outbox(2), Outbox(1)
    sentences, lines = TunnelSentences(narration), TunnelEventLines(events)
    tunnels = Tunnels(backend.lines, starts=StartQueue(), read_only=options.read_only, ledger=ledger)

    def report(happening: Happening, tunnel: TunnelSnapshot) -> None:
        sentences.report(happening, tunnel)
        if wanted.as_json:
            lines.report(happening, tunnel)

    try:
        # Nothing may come between the start and what ends the tunnels.
        try:
            lines.expect([tunnels.start(forward, request, node) for forward in wanted.forwards])
        except BaseException:
            await tunnels.close()
            raise
        run = TunnelsRun(tunnels, report, all_needed=wanted.all_needed)
        events.broken = run.stop
        end = await run.run()
        for session_id in end.left_behind:
            narration.put(said(f"AWS has not confirmed the end of {session_id}").encode())
    finally:
        await ledger.close()
        await asyncio.gather(narration.drain(DRAIN), events.drain(DRAIN))
        narration.close()
        events.close()
    if events.failure is None:
        return end.exit_code
    if events.failure.errno == errno.EPIPE:
        return 0  # the reader has closed the pipe
    raise OutputFailed(events.failure.strerror or str(events.failure))


def confirm_exposed(node: Node, forwards: Sequence[Forward], *, yes: bool) -> None:
    """Have a word typed before other machines can reach what ``node`` reaches, unless ``yes``. Raises
    :class:`ssmtui.errors.UsageError` where it is not, or cannot be."""
    from ssmtui.cli import questions

    exposed = [one for one in forwards if one.is_exposed]
    if not exposed or yes:
        return
    addresses = ", ".join(dict.fromkeys(one.bind for one in exposed))
    told = f"Other machines that reach {addresses} get to {exposed[0].destination} through {node.label}"
    if len(exposed) > 1:
        told += f", and {len(exposed) - 1} more"
    if not questions.can_ask():
        raise UsageError(told, title="Not confirmed", remedy="Start it in a terminal, or with --yes.")
    questions.confirm(told, ["expose"])
