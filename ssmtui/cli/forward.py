"""``ssmtui forward``: ports of a node, and of what it reaches, as ports of this machine."""

from __future__ import annotations

import asyncio
import errno
import shlex
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import click

from ssmtui.cli import offers, targets
from ssmtui.cli.start_options import check_reason, read_answers, read_parameters, reason_options
from ssmtui.errors import OutputFailed, UsageError
from ssmtui.loopback import LOOPBACK
from ssmtui.model import StartRequest

if TYPE_CHECKING:
    from ssmtui.backend import Backend, Options
    from ssmtui.cli.port_document import DocumentReader
    from ssmtui.documents.port_forwards import Forward
    from ssmtui.forwards.tunnel import TunnelOptions
    from ssmtui.model import Node
    from ssmtui.profiles.profile import Profile

DRAIN = 2.0
"""Seconds that the reader of our output has for what was printed last."""
ONE_NODE = "a tunnel leads through one of them"
NOTHING = "It is not said what to forward"


@click.command("forward")
@click.argument("target", shell_complete=offers.targets)
@click.argument("forwards", metavar="[FORWARD]...", nargs=-1)
@click.option("--bind", metavar="ADDRESS", help="Listen on ADDRESS where a FORWARD names none; default: 127.0.0.1.")
@click.option("--socks", metavar="PORT", help="Be a SOCKS and HTTP proxy on PORT: each client names its destination.")
@click.option(
    "--sessions",
    metavar="N",
    type=click.IntRange(1, 8),
    help="Sessions that share the connections of a tunnel, by default one, and more under load; of a proxy, "
    "destinations at once.",
)
@click.option("--keep-alive", is_flag=True, help="Keep AWS from ending the sessions while nothing is sent.")
@click.option("--document-name", metavar="D", help="Port document in the place of AWS's.")
@click.option("--parameters", metavar="JSON", help='Its parameters, for example \'{"portNumber": ["5432"]}\'.')
@reason_options
@click.option("--yes", is_flag=True, help="Ask nothing: neither on a guarded node nor before others may connect.")
@click.option(
    "--keep-trying",
    is_flag=True,
    help="Try again where the first start fails, until the node is connected.",
)
@click.option("--exit-on-failure", is_flag=True, help="End all as soon as one cannot be opened, or fails.")
@click.option("--json", "as_json", is_flag=True, help="Print what happens, an object a line.")
@click.pass_obj
def command(
    options: Options,
    target: str,
    forwards: tuple[str, ...],
    bind: str | None,
    socks: str | None,
    sessions: int | None,
    keep_alive: bool,
    document_name: str | None,
    parameters: str | None,
    reason: str | None,
    answers: tuple[str, ...],
    yes: bool,
    keep_trying: bool,
    exit_on_failure: bool,
    as_json: bool,
) -> int:
    """Forward ports of this machine to a node, or through it to what it reaches.

    TARGET is a node or a connection, as `ssmtui connect` takes it. FORWARD is [[BIND:]LOCAL:]PORT for a port of the
    node, or [[BIND:]LOCAL:]HOST:PORT for a host that the node reaches, such as 15432:db.internal:5432. LOCAL is the
    port of this machine: 0 is any free one; without it, the destination's own port is taken if it is free. What a
    connection forwards need not be repeated.

    BIND is the address that is listened on, which is 127.0.0.1: another one, `localhost`, `*` for all of this machine,
    or `own` for a loopback address that no other node has.

    Each tunnel that is open is a line on standard error. A session that ends is started anew, and the port stays.
    Ctrl-C ends them all, with exit code 130.

    With --json, each event is an object on a line of standard output: listening, open, ready (once all are open),
    connections, notice, warning, lost, retrying, idle, failed, closed.
    """
    check_reason(reason)
    wanted = ForwardArguments(
        read_forwards([*forwards, *read_socks(socks)], bind),
        bind=read_bind(bind),
        document_name=document_name or "",
        parameters=read_parameters(parameters),
        sessions=sessions or 0,
        keep_alive=keep_alive,
        yes=yes,
        patient=keep_trying,
        all_needed=exit_on_failure,
        as_json=as_json,
    )
    if parameters is not None and not wanted.document_name:
        raise UsageError("--parameters are those of a document: give --document-name as well")
    aim = targets.read(target)
    known = {} if aim.is_id else targets.saved(options)
    profile = targets.called(known, target)
    if profile is not None:
        from ssmtui.cli.profile_target import Given, filled

        if not (wanted.forwards or wanted.document_name or profile.values.forwards or profile.values.document):
            raise nothing_in(profile.name)
        said = Given(wanted.document_name or None, wanted.parameters, reason, read_answers(answers))

        async def opened() -> int:
            return await _forward(options, await filled(without_shell(profile, wanted), said, options), wanted)

        return asyncio.run(opened())
    if answers:
        raise UsageError(f"there is no connection {target}, and only connections ask something")
    if not (wanted.forwards or wanted.document_name):
        raise UsageError(
            "a node needs a FORWARD, such as 5432 or 15432:db.internal:5432",
            title=NOTHING,
            remedy="" if aim.is_id else f"There is no connection {target}, whose forwards could be meant.",
        )
    request = StartRequest(target, document_name or None, wanted.parameters, reason)
    return asyncio.run(_forward(options, request, wanted, others=list(known)))


class ForwardArguments(NamedTuple):
    """What the command line asks for."""

    forwards: Sequence[Forward] = ()
    bind: str = LOOPBACK
    document_name: str = ""
    parameters: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    sessions: int = 0
    keep_alive: bool = False
    yes: bool = False
    patient: bool = False
    all_needed: bool = False
    as_json: bool = False
    group: str = ""
    """The profile that is opened."""
    database_user: str = ""

    def as_profile(self, profile: Profile) -> ForwardArguments:
        """With what ``profile``, whose values are filled in, says of its tunnels, where the command line says
        nothing."""
        values = profile.values
        return self._replace(
            forwards=self.forwards or read_forwards(values.forwards, self.bind),
            sessions=self.sessions or values.tunnel_sessions,
            keep_alive=self.keep_alive or values.tunnel_keep_alive,
            group=profile.name,
            database_user=values.database_user,
        )

    @property
    def options(self) -> TunnelOptions:
        """How the tunnels are kept; that others may reach them has been confirmed."""
        from ssmtui.forwards.tunnel import TunnelOptions

        return TunnelOptions(self.sessions, self.keep_alive, self.group, exposed=True, database_user=self.database_user)


def read_forwards(texts: Sequence[str], bind: str | None = None) -> list[Forward]:
    """The forwards that ``texts`` describe, each once; those that name no address listen on ``bind``. Raises
    :class:`ssmtui.errors.UsageError`."""
    from ssmtui.documents import port_forwards

    address = read_bind(bind)
    found: list[Forward] = []
    for text in texts:
        try:
            forward = port_forwards.parse(text)
        except ValueError as error:
            raise UsageError(f"{text} is no forward: it {error}", title="That cannot be forwarded") from None
        found.append(forward if forward.bind != LOOPBACK else forward._replace(bind=address))
    found = list(dict.fromkeys(found))
    places = Counter((one.bind, one.local) for one in found if one.local)
    for (where, port), number in places.items():
        if number > 1:
            raise UsageError(f"{number} forwards want port {port} of {where}: give each a local port of its own")
    return found


def read_socks(text: str | None) -> list[str]:
    """``--socks`` as a forward is written. Raises :class:`ssmtui.errors.UsageError`."""
    from ssmtui.documents import port_forwards

    if text is None:
        return []
    try:
        port_forwards.parse(f"socks:{text}")
    except ValueError:
        raise UsageError(f"--socks takes a port from 0 to 65535, or BIND:PORT, not {text}") from None
    return [f"socks:{text}"]


def read_bind(text: str | None) -> str:
    """The address that ``--bind`` names. Raises :class:`ssmtui.errors.UsageError`."""
    from ssmtui.documents import port_forwards

    if text is None:
        return LOOPBACK
    plain = text.removeprefix("[").removesuffix("]")
    try:
        return port_forwards.parse(f"[{plain}]:0:1" if ":" in plain else f"{plain}:0:1").bind
    except ValueError:
        raise UsageError(f"--bind takes an IP address, localhost, * or own, not {text}") from None


def without_shell(profile: Profile, wanted: ForwardArguments) -> Profile:
    """``profile`` without what only a shell needs, and without the forwards that the command line replaces: nothing
    has to be answered for those."""
    values = replace(profile.values, on_connect="")
    if wanted.forwards or wanted.document_name:
        values = replace(values, document="", parameters=MappingProxyType({}), forwards=())
    return replace(profile, values=values)


def nothing_in(profile: str) -> UsageError:
    """Why the profile of that name cannot be forwarded."""
    remedy = f"Name one, such as `ssmtui forward {shlex.quote(profile)} 5432`."
    return UsageError(f"the connection {profile} has no forwards", title=NOTHING, remedy=remedy)


async def _forward(
    options: Options, what: StartRequest | Profile, wanted: ForwardArguments, others: Sequence[str] = ()
) -> int:
    from ssmtui.backend import load_settings, open_backend, open_profiles
    from ssmtui.cli.guarding import confirm, guarded
    from ssmtui.cli.port_document import DocumentReader
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
            wanted = wanted.as_profile(what)
        gateway = backend.lines.line(request.scope).gateway
        wanted = wanted._replace(forwards=await all_forwards(DocumentReader(gateway), request, wanted))
        reason, node = await guarded(settings, node, gateway, profile, memory)
        confirm(node, reason, yes=wanted.yes)
        if profile is not None:
            store = open_profiles(options, memory)
            store.note_use(profile.name)
            await store.close()
        return await run_forwards(options, backend, request, node, wanted, guarded=reason)


async def all_forwards(documents: DocumentReader, request: StartRequest, wanted: ForwardArguments) -> list[Forward]:
    """What is forwarded, with what documents say of it. ``request`` has the document that the command line, or else the
    profile, names. Raises :class:`ssmtui.errors.UsageError` where that is nothing."""
    from ssmtui.cli.port_document import forward_of, through

    forwards, name = list(wanted.forwards), request.document_name
    # A proxy has AWS's documents: each client names its destination.
    takes_it = [not (one.socks or one.document_name) for one in forwards]
    if wanted.document_name and any(takes_it):
        forwards = [
            through(one, wanted.document_name, request.parameters) if takes else one
            for one, takes in zip(forwards, takes_it, strict=True)
        ]
    # A profile may name the document of its shell, beside which its forwards are.
    elif name and (wanted.document_name or await documents.is_port(name)):
        forwards.append(forward_of(name, await documents.of(name), request.parameters, wanted.bind))
    if not forwards:
        raise nothing_in(wanted.group)
    return [await documents.settled(one) for one in forwards]


async def run_forwards(
    options: Options,
    backend: Backend,
    request: StartRequest,
    node: Node,
    wanted: ForwardArguments,
    *,
    guarded: str = "",
) -> int:
    """Open tunnels to the node of ``request`` and report on them until they are over; returns the exit code.
    ``guarded``: why the node is, in a few words; empty where it is not.

    Raises :class:`ssmtui.errors.UsageError` where they may not be opened, and :class:`ssmtui.errors.OutputFailed` where
    events could not be written.
    """
    from ssmtui import open_files
    from ssmtui.cli.forwarding import Happening, TunnelsRun
    from ssmtui.cli.say import said, say
    from ssmtui.cli.tunnel_reports import TunnelEventLines, TunnelSentences
    from ssmtui.config import paths
    from ssmtui.forwards.tunnel import TunnelSnapshot
    from ssmtui.forwards.tunnels import Tunnels
    from ssmtui.ledger.ledger import Ledger
    from ssmtui.outbox import Outbox
    from ssmtui.sessions.start_queue import StartQueue

    confirm_exposed(node, wanted.forwards, yes=wanted.yes)
    kept = wanted.options
    request = replace(request, options=replace(request.options, guarded=guarded))
    if wanted.sessions > 1 and guarded:
        say(f"{node.label} is guarded: one session carries all connections of a tunnel")
    open_files.raise_limit()
    places = paths.find()
    ledger = Ledger(None, None) if options.demo else Ledger(places.ledger, places.journal)
    ledger.home = backend.gateways.default
    narration, events = Outbox(2), Outbox(1)
    sentences, lines = TunnelSentences(narration), TunnelEventLines(events)
    tunnels = Tunnels(
        backend.lines, starts=StartQueue(), read_only=options.read_only, ledger=ledger, nodes_are_here=options.demo
    )

    def report(happening: Happening, tunnel: TunnelSnapshot) -> None:
        sentences.report(happening, tunnel)
        if wanted.as_json:
            lines.report(happening, tunnel)

    try:
        # Nothing may come between the start and what ends the tunnels.
        try:
            lines.expect([tunnels.start(forward, request, node, kept) for forward in wanted.forwards])
        except BaseException:
            await tunnels.close()
            raise
        run = TunnelsRun(tunnels, report, all_needed=wanted.all_needed, patient=wanted.patient)
        events.broken = run.stop
        if wanted.as_json:
            events.watch_reader()  # who started us may have died
        end = await run.run()
        if end.interrupted and sys.stderr is not None and sys.stderr.isatty():
            narration.put(b"\n")  # or the shell's prompt follows the terminal's ^C
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
    from ssmtui.cli.tunnel_reports import leads_to

    exposed = [one for one in forwards if one.is_exposed]
    if not exposed or yes:
        return
    addresses = ", ".join(dict.fromkeys(one.bind for one in exposed))
    told = f"Other machines that reach {addresses} get to {leads_to(exposed[0], node.label)}"
    if len(exposed) > 1:
        told += f", and {len(exposed) - 1} more"
    if not questions.can_ask():
        raise UsageError(told, title="Not confirmed", remedy="Start it in a terminal, or with --yes.")
    questions.confirm(told, ["expose"])
