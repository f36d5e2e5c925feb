"""``ssmtui connect``: which node, which document, and then one session in this very terminal."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ssmtui.cli import offers, targets
from ssmtui.cli.say import say
from ssmtui.cli.start_options import check_reason, read_answers, read_parameters, reason_options
from ssmtui.errors import UsageError
from ssmtui.model import Node, StartRequest

if TYPE_CHECKING:
    from ssmtui.backend import Options
    from ssmtui.cli.forward import ForwardArguments
    from ssmtui.cli.port_document import DocumentReader
    from ssmtui.ledger.entry import Entry
    from ssmtui.profiles.profile import Profile

INTERRUPTED = 130


@click.command("connect")
@click.argument("target", shell_complete=offers.targets)
@click.option(
    "--document-name", metavar="D", help="Session document; default: the connection's, or the account's shell."
)
@click.option("--parameters", metavar="JSON", help='Its parameters, for example \'{"command": ["uptime"]}\'.')
@click.option("--command", "run", metavar="TEXT", help="What to run in a container of ECS; default: a shell.")
@reason_options
@click.option("--yes", is_flag=True, help="Start on a guarded node without having a word typed.")
@click.pass_obj
def command(
    options: Options,
    target: str,
    document_name: str | None,
    parameters: str | None,
    run: str | None,
    reason: str | None,
    answers: tuple[str, ...],
    yes: bool,
) -> int:
    """Open a session in this very terminal.

    TARGET is a node's id, the name of a saved connection (`ssmtui profiles list`), a node's name, or tag:KEY=VALUE for
    the node with that tag; or a container of ECS: SERVICE/CONTAINER, or its ecs: target. NAME.REGION and
    NAME.REGION.AWSPROFILE say where it is. Options are stronger than what a connection says. Every key goes to the
    node; Enter ~ . ends the session, Enter ~ Ctrl-Z stops ssmtui until `fg`. What is piped in is typed, and its
    end is Ctrl-D.

    With a Port document it opens a tunnel, as `ssmtui forward` does, and so it does for a saved connection without a
    shell; a document for a single TCP connection, such as AWS-StartSSHSession, is connected to standard input and
    output.
    """
    if sys.platform == "win32":
        raise UsageError("it needs a Unix terminal", title="connect does not run on Windows")
    check_reason(reason)
    given = read_parameters(parameters)
    aim = targets.read(target)
    known = {} if aim.is_id else targets.saved(options)
    profile = targets.called(known, target)
    if profile is not None:
        from ssmtui.cli.profile_target import Given, filled

        said = Given(document_name or None, given, reason, read_answers(answers))

        async def opened() -> int:
            return await _connect(options, await filled(profile, said, options), run=run or "", yes=yes)

        return asyncio.run(opened())
    if answers:
        raise UsageError(f"there is no connection {target}, and only connections ask something")
    request = StartRequest(target, document_name or None, given, reason, command=run or "")
    return asyncio.run(_connect(options, request, yes=yes, others=list(known)))


async def _connect(
    options: Options, what: StartRequest | Profile, *, run: str = "", yes: bool, others: Sequence[str] = ()
) -> int:
    from ssmtui.backend import load_settings, open_backend, open_profiles
    from ssmtui.cli.attached import AttachedSession
    from ssmtui.cli.guarding import confirm, guarded
    from ssmtui.cli.port_document import DocumentReader
    from ssmtui.config import paths
    from ssmtui.config.memory import Memory
    from ssmtui.ledger.ledger import Ledger

    settings = load_settings(options).settings
    memory = Memory(None if options.demo else paths.find().memory)
    profile = None if isinstance(what, StartRequest) else what
    place = targets.read(what.target) if isinstance(what, StartRequest) else what
    async with open_backend(targets.begun_as(options, place), settings) as backend:
        if isinstance(what, StartRequest):
            node, scope = await targets.find(backend.gateways, targets.read(what.target), others)
            request = aimed(replace(what, scope=scope), node)
            gateway = backend.lines.line(scope).gateway
        else:
            from ssmtui.cli.profile_target import start_of

            request, node, *_ = await start_of(what, backend.gateways, memory)
            gateway = backend.lines.line(request.scope).gateway
            request = entered(request, node, run)
        documents = DocumentReader(gateway)
        ports = await _ports(documents, request, profile, yes=yes)
        if ports is None and profile is not None and profile.values.forwards:
            say(f"`ssmtui forward {shlex.quote(profile.name)}` opens what the connection forwards")
        reason, node = await guarded(settings, node, gateway, profile, memory)
        carries_one = ports is not None and len(ports.forwards) == 1 and await documents.carries_one(request)
        if not carries_one:
            confirm(node, reason, yes=yes)
        elif reason and not yes:
            from ssmtui.cli import controlling_terminal

            await controlling_terminal.confirm(node, reason)  # standard input is the connection's
        if profile is not None:
            store = open_profiles(options, memory)
            store.note_use(profile.name)
            await store.close()
        if carries_one:
            from ssmtui.cli.proxy import carry_here

            return await carry_here(options, backend, request, node)
        if ports is not None:
            from ssmtui.cli.forward import run_forwards

            return await run_forwards(options, backend, request, node, ports, guarded=reason)
        gateway, dialer = backend.lines.line(request.scope)
        places = paths.find()
        ledger = Ledger(None, None) if options.demo else Ledger(places.ledger, places.journal)
        ledger.home = backend.gateways.default

        async def begin() -> Entry:
            return ledger.begin(request, node, request.title or node.label)

        # Nothing may come between the start and what ends the session.
        session = AttachedSession(
            request,
            gateway,
            dialer,
            escapes=settings.escape_sequences,
            read_only=options.read_only,
            recordings=None if options.demo else places.recordings,
            engine=None if settings.engine == "auto" else settings.engine,
            name=node.label,
            begin=begin,
            # A demo's lab ends with it.
            detaches=settings.on_hangup == "detach" and not options.demo,
        )
        try:
            await session.run()
        finally:
            await ledger.close()
        return INTERRUPTED if session.was_interrupted else 0


async def _ports(
    documents: DocumentReader, request: StartRequest, profile: Profile | None, *, yes: bool
) -> ForwardArguments | None:
    """The tunnels to open in the place of a session that a terminal shows, where a Port document is named or the
    profile wants no shell; else None."""
    if not await documents.is_port(request.document_name) and (profile is None or profile.values.shell):
        return None
    from ssmtui.cli.forward import ForwardArguments, all_forwards

    wanted = ForwardArguments(yes=yes)
    if profile is not None:
        wanted = wanted.as_profile(profile)
    return wanted._replace(forwards=await all_forwards(documents, request, wanted))


def aimed(request: StartRequest, node: Node) -> StartRequest:
    """``request`` with the node it is for; refuses what does not go with its kind."""
    from ssmtui.sessions.entry import entering

    request = entering(replace(request, target=node.id), node)
    if request.container is None:
        if request.command:
            raise UsageError("--command is for containers; for a node give --document-name and --parameters")
    elif request.parameters or request.reason:
        raise UsageError(
            "ExecuteCommand takes neither parameters nor a reason",
            remedy="Leave out --parameters and --reason, or name a session document to enter the container with.",
        )
    return request


def entered(request: StartRequest, node: Node, run: str) -> StartRequest:
    """``request``, which a profile makes, as a container of ECS is entered if ``node`` is one: no reason goes with
    ExecuteCommand, whatever the profile's rule has asked for."""
    is_executed = node.container is not None and not request.document_name
    return aimed(replace(request, command=run, container=None, reason=None if is_executed else request.reason), node)
