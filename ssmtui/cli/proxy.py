"""``ssmtui proxy``: one connection to a port of a node over standard input and output, for ssh's ProxyCommand."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ssmtui.cli import offers, targets
from ssmtui.cli.start_options import check_reason, read_answers, reason_options
from ssmtui.errors import OutputFailed, SsmtuiError, StreamClosed, UsageError

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateway
    from ssmtui.backend import Backend, Options
    from ssmtui.cli.standard_streams import StandardConnection
    from ssmtui.config.memory import Memory
    from ssmtui.documents.port_forwards import Forward
    from ssmtui.errors import ConnectionFailed
    from ssmtui.forwards.port_session import PortSession
    from ssmtui.ledger.entry import Entry
    from ssmtui.model import Node, StartRequest
    from ssmtui.profiles.profile import Profile

INTERRUPTED = 130
SSH_DOCUMENT = "AWS-StartSSHSession"
"""Leads to a port of the node, by default sshd's. Policies that allow ssh and no other ports name it."""
SUFFIX = ".ssm"
"""Makes a name that `ssh-config` leaves to us of one that DNS knows nothing of."""
FAREWELL = 10.0
"""Seconds that the service has to confirm the end."""


@click.command("proxy")
@click.argument("target", shell_complete=offers.targets)
@click.argument("port", metavar="PORT | HOST:PORT")
@click.option("--document-name", metavar="D", help="Port document; default: AWS-StartSSHSession, for HOST AWS's own.")
@click.option(
    "--instance-connect",
    "login",
    metavar="USER",
    help="Let USER log in with a key that EC2 Instance Connect gives the instance for a minute.",
)
@click.option(
    "--key",
    metavar="F",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The private key to --instance-connect; default: one that ssmtui makes.",
)
@reason_options
@click.option("--yes", is_flag=True, help="Connect to a guarded node without having a word typed.")
@click.option("-v", "--verbose", is_flag=True, help="Say on standard error what happens.")
@click.pass_obj
def command(
    options: Options,
    target: str,
    port: str,
    document_name: str | None,
    login: str | None,
    key: Path | None,
    reason: str | None,
    answers: tuple[str, ...],
    yes: bool,
    verbose: bool,
) -> int:
    """Connect standard input and output to a port of a node, as ssh's ProxyCommand does.

    \b
      ssh -o ProxyCommand='ssmtui proxy %h %p' ec2-user@i-0123456789abcdef0

    TARGET is as for `connect`; `.ssm` behind it is left out. With HOST:PORT the node connects to a host that it
    reaches. On standard output there is nothing but what the other end sends. `ssmtui ssh-config` writes the lines
    for ssh.
    """
    _refuse_read_only(options)
    check_reason(reason)
    if key is not None and login is None:
        raise UsageError("--key is for --instance-connect USER; ssh has its own keys otherwise")
    forward = destination(port)
    target = target.removesuffix(SUFFIX)
    aim = targets.read(target)
    known = {} if aim.is_id else targets.saved(options)
    profile = targets.called(known, target)
    if answers and profile is None:
        raise UsageError(f"there is no connection {target}, and only connections ask something")
    asked = ProxyArguments(forward, document_name, reason, answers, yes, login, key, _narrator(verbose=verbose))
    to, others = profile or aim, list(known)
    return asyncio.run(_until_signalled(lambda leaving: _proxy(options, to, asked, others, leaving)))


def destination(text: str) -> Forward:
    """``PORT`` or ``HOST:PORT``."""
    from ssmtui.documents.port_forwards import parse

    wanted = "PORT is a number from 1 to 65535, or HOST:PORT of a host that the node reaches"
    try:
        forward = parse(text)
    except ValueError:
        raise UsageError(f"{wanted}, not {text!r}") from None
    if not forward.port or forward != type(forward)(forward.port, forward.host):
        raise UsageError(f"{wanted}; nothing is listened on here")
    return forward


Say = Callable[[str], None]


def _narrator(*, verbose: bool) -> Say:
    from ssmtui.cli.say import say

    return say if verbose else lambda text: None


class ProxyArguments(NamedTuple):
    """What the command line says of the connection."""

    forward: Forward
    named: str | None = None
    """The document that is named."""
    reason: str | None = None
    answers: tuple[str, ...] = ()
    yes: bool = False
    login: str | None = None
    """The user whom EC2 Instance Connect lets in."""
    key: Path | None = None
    """The private key for that; None: one of ours."""
    narrate: Say = lambda text: None

    @property
    def document_name(self) -> str:
        """The document that carries the connection."""
        return self.named or (self.forward.document if self.forward.host else SSH_DOCUMENT)

    @property
    def parameters(self) -> dict[str, tuple[str, ...]]:
        """What it takes."""
        host = {"host": (self.forward.host,)} if self.forward.host else {}
        return {**host, "portNumber": (str(self.forward.port),)}


class Leaving:
    """How signals end it: as a closed connection does, for ssh hangs up when it is done."""

    def __init__(self) -> None:
        self.begun = False
        """Whether the session is being ended: it needs no other signal, and must be left its time."""

    def handle(self, work: asyncio.Task[int]) -> None:
        """Have signals end ``work`` from now on."""
        loop = asyncio.get_running_loop()
        if sys.platform != "win32":
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                # Also where it was ignored when we were started, as it is by nohup: without it nothing would end us.
                loop.add_signal_handler(number, self._leave, work, number)

    def _leave(self, work: asyncio.Task[int], number: int) -> None:
        if not (work.cancelling() or self.begun) or number == signal.SIGINT:
            work.cancel()


def _refuse_read_only(options: Options) -> None:
    if options.read_only:
        raise UsageError(
            "a read-only run sends nothing to any node", title="No connection", remedy="Leave out --read-only."
        )


async def carry_here(options: Options, backend: Backend, request: StartRequest, node: Node) -> int:
    """Connect standard input and output to where ``request`` leads, complete with a document for one connection, until
    either end or a signal ends it; returns the exit code. Raises :class:`ssmtui.errors.SsmtuiError`."""
    from ssmtui.documents.port_forwards import Forward

    _refuse_read_only(options)
    asked = ProxyArguments(Forward(0))
    return await _until_signalled(lambda leaving: _carry(options, backend, request, node, asked, leaving))


async def _until_signalled(begin: Callable[[Leaving], Coroutine[Any, Any, int]]) -> int:
    from ssmtui.tasks import Tasks

    leaving = Leaving()
    work = Tasks("proxy").start("work", begin(leaving), awaited=True)
    leaving.handle(work)
    await asyncio.wait({work})
    return INTERRUPTED if work.cancelled() else work.result()


async def _proxy(
    options: Options, to: Profile | targets.Target, asked: ProxyArguments, others: list[str], leaving: Leaving
) -> int:
    from ssmtui.backend import load_settings, open_backend
    from ssmtui.config import paths
    from ssmtui.config.memory import Memory

    profile = None if isinstance(to, targets.Target) else await _filled(to, asked, options)
    settings = load_settings(options).settings
    memory = Memory(None if options.demo else paths.find().memory)
    async with open_backend(targets.begun_as(options, profile or to), settings) as backend:
        if isinstance(to, targets.Target):
            request, node = await _of_target(to, backend, others)
        else:
            assert profile is not None
            request, node = await _of_profile(profile, backend, memory)
        request = replace(
            request,
            document_name=asked.document_name,
            parameters=asked.parameters,
            reason=asked.reason or request.reason,
            container=None,
            command="",
        )
        gateway = backend.lines.line(request.scope).gateway
        # Without a guard the language of filters is not loaded for it, which would take as long as a call of AWS.
        if not asked.yes and (settings.guard or (profile is not None and profile.values.guard)):
            from ssmtui.cli.controlling_terminal import confirm
            from ssmtui.cli.guarding import guarded

            why, node = await guarded(settings, node, gateway, profile, memory)
            if why:
                await confirm(node, why)
        return await _carry(options, backend, request, node, asked, leaving)


async def _filled(profile: Profile, asked: ProxyArguments, options: Options) -> Profile:
    """``profile`` as far as a connection needs it: where it leads, and why."""
    from ssmtui.cli.profile_target import Given, filled

    values = replace(profile.values, document="", parameters=MappingProxyType({}), on_connect="", forwards=())
    given = Given(reason=asked.reason, answers=read_answers(asked.answers))
    return await filled(replace(profile, values=values), given, options)


async def _of_profile(profile: Profile, backend: Backend, memory: Memory) -> tuple[StartRequest, Node]:
    from ssmtui.cli.profile_target import start_of

    request, node, *_ = await start_of(profile, backend.gateways, memory)
    return request, node


async def _of_target(aim: targets.Target, backend: Backend, others: list[str]) -> tuple[StartRequest, Node]:
    from ssmtui.model import StartRequest

    node, scope = await targets.find(backend.gateways, aim, others, id_alone=True)
    return StartRequest(node.id, scope=scope), node


async def _carry(
    options: Options, backend: Backend, request: StartRequest, node: Node, asked: ProxyArguments, leaving: Leaving
) -> int:
    """The connection, from StartSession until the service knows of its end."""
    from ssmtui.cli.long_wait import LongWait
    from ssmtui.cli.say import say
    from ssmtui.cli.standard_streams import StandardConnection, StandardStreams
    from ssmtui.config import paths
    from ssmtui.forwards.port_session import PortSession
    from ssmtui.ledger.ledger import Ledger
    from ssmtui.protocol.versions import PortMode
    from ssmtui.sessions.states import SessionState
    from ssmtui.tasks import Tasks

    places = paths.find()
    ledger = Ledger(None, None) if options.demo else Ledger(places.ledger, places.journal)
    ledger.home = backend.gateways.default

    async def begin() -> Entry:
        return ledger.begin(request, node, port=True)

    told = ""

    def changed() -> None:
        nonlocal told
        connection.changed()
        if port.mode not in (None, PortMode.RAW):
            wait.stop()
        if (now := _news(port)) and now != told:
            told = now
            if port.session.state is SessionState.SIGNED_OUT:
                # Somebody has to do something for the connection to go on. ssh may have made the terminal raw.
                say(now, newline="\r\n" if sys.stderr.isatty() else "\n")
            else:
                asked.narrate(now)

    tasks = Tasks("proxy session")
    local = StandardStreams()
    gateway, dialer = backend.lines.line(request.scope)
    port = PortSession(request, gateway, dialer, tasks, on_change=changed, begin=begin)
    wait = LongWait(lambda: _awaited(port))
    connection = StandardConnection(port, local, answers=wait.stop)
    try:
        async with AsyncExitStack() as after:
            after.push_async_callback(ledger.close)
            after.push_async_callback(tasks.close)
            after.callback(local.close)
            after.push_async_callback(asyncio.wait, {port.session.life}, timeout=FAREWELL)
            after.callback(port.end)
            after.callback(setattr, leaving, "begun", True)
            with wait:
                if asked.login is not None:
                    await _let_in(gateway, node, asked.login, asked.key, asked.narrate)
                await connection.carry()
    except BrokenPipeError:
        return 0  # nobody reads it any more
    except OSError as error:
        raise OutputFailed(error.strerror or str(error)) from None
    except SsmtuiError as error:
        raise _explained(error, port, connection, node) from None
    if not port.session.confirmed_gone:
        asked.narrate(f"The service did not confirm the end of {port.session.session_id}; it may last until it is idle")
    if not connection.received and (refused := port.session.reported_trouble):
        raise _not_reached(refused, port)
    return 0


def _awaited(port: PortSession) -> str:
    """What is waited for until the first bytes come. That nothing listens there, a node may say after minutes, or
    never: the agent of AWS-StartSSHSession ends by a crash then."""
    if port.mode is None:
        return "the connection to the node"
    return f"an answer of {_place(port)}, where perhaps nothing listens"


def _place(port: PortSession) -> str:
    """Where the session leads, as its node sees it."""
    from ssmtui.sessions.agent_words import destination as led_to

    session = port.session
    return led_to(session.properties or {name: values[0] for name, values in session.request.parameters.items()})


async def _let_in(gateway: Gateway, node: Node, user: str, key: Path | None, narrate: Say) -> None:
    """Have EC2 Instance Connect let ``user`` in. The session is being started meanwhile, and the key is there before
    ssh has heard anything of the node."""
    from ssmtui.cli import instance_keys
    from ssmtui.cli.say import say

    if not node.id.startswith("i-"):
        say(f"{node.id} is no instance of EC2, and EC2 Instance Connect knows no others: no key is sent")
        return
    public = await asyncio.to_thread(lambda: instance_keys.public_key_of(key) if key else instance_keys.current())
    await gateway.send_ssh_public_key(node.id, user, public)
    narrate(f"{user} can log in to {node.id} for a minute")


def _news(port: PortSession) -> str:
    """What happens to the session, for ``-v``."""
    from ssmtui.sessions.states import SessionState

    session = port.session
    news = {
        SessionState.STARTING: "Starting a session",
        SessionState.CONNECTING: f"Opening the data channel of {session.session_id}",
        SessionState.WAITING: "Waiting for the agent on the node",
        SessionState.RESUMING: "Resuming the session",
        SessionState.CLOSING: "Ending the session",
    }
    if session.state is SessionState.OPEN:
        return f"Session {session.session_id} is open, with agent {session.agent_version}"
    return session.reported_trouble or news.get(session.state, "")


def _explained(error: SsmtuiError, port: PortSession, connection: StandardConnection, node: Node) -> SsmtuiError:
    """What to say of ``error``, which has ended the connection."""
    from ssmtui.sessions.agent_words import add_version

    session = port.session
    why = session.end_reason or session.reported_trouble
    is_told = isinstance(error, StreamClosed) or (session.end_reason and error.detail == session.end_reason)
    if is_told and why and not connection.received:
        return _not_reached(why, port)
    add_version(error, node)
    return error


def _not_reached(why: str, port: PortSession) -> ConnectionFailed:
    """The node could not connect, or the other end has closed before it said anything."""
    from ssmtui.forwards.unreached import unreached

    return unreached(_place(port), why)
