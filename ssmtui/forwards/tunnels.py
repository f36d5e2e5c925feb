"""All tunnels of a run, in the order in which they were opened: the one object through which a screen drives them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import count
from zlib import crc32

from ssmtui.aws.gateway import LastCall
from ssmtui.contained import Contained
from ssmtui.documents.port_forwards import OWN, SOCKS_PORT, Forward
from ssmtui.errors import AccessDenied, UsageError
from ssmtui.forwards.tunnel import Tunnel, TunnelOptions, TunnelSnapshot
from ssmtui.ledger.ledger import Ledger
from ssmtui.loopback import LOOPBACK
from ssmtui.model import Node, Scope, StartRequest
from ssmtui.sessions import farewell
from ssmtui.sessions.entry import ServiceLines
from ssmtui.sessions.start_queue import StartQueue
from ssmtui.sign_in import SignIn
from ssmtui.tasks import Tasks

OWN_ADDRESSES = 254 * 253
"""Addresses 127.0.x.y for targets that want one of their own: neither 127.0.0.1 nor a network's first or last."""

EndDenied = Callable[[Scope | None, AccessDenied], None]


class Tunnels:
    """Keys name tunnels; an unknown key is a ``KeyError``. All methods belong to the event loop's thread."""

    def __init__(
        self,
        lines: ServiceLines,
        *,
        starts: StartQueue | None = None,
        read_only: bool = False,
        clock: Callable[[], float] = time.monotonic,
        end_denied: EndDenied = lambda scope, error: None,
        ledger: Ledger | None = None,
        nodes_are_here: bool = False,
    ) -> None:
        """``end_denied`` is called when a policy forbids ending a tunnel's session: it will forbid ending shells,
        too. ``ledger`` keeps each tunnel's session on record; None: nothing does. With ``nodes_are_here`` nodes are
        this machine, as in a demo: a tunnel that listens on the port that it leads to would lead to itself."""
        self._lines = lines
        self._end_denied = end_denied
        self._warnings: dict[Scope | None, AccessDenied] = {}
        """What the person's policy lacks, by scope."""
        self._starts = starts
        self._ledger = ledger
        self._nodes_are_here = nodes_are_here
        self._clock = clock
        self._tasks = Tasks("tunnels")
        self._keys = count(1)
        self._tunnels: dict[int, Tunnel] = {}
        self._departed: list[Tunnel] = []
        self._own: dict[tuple[str, Scope | None], str] = {}
        """Addresses of targets that want one of their own."""
        self._viewers: list[Callable[[], None]] = []
        self._broken = Contained("tunnels")
        self.read_only = read_only
        """Whether none may be opened: what is written to one reaches the node."""

    # Looking

    def subscribe(self, viewer: Callable[[], None]) -> Callable[[], None]:
        """Call ``viewer`` on the event loop for every change, also for every piece that is carried; it must not block.
        The returned function ends that."""
        self._viewers.append(viewer)
        return lambda: self._viewers.remove(viewer)

    def snapshots(self) -> tuple[TunnelSnapshot, ...]:
        """All tunnels now."""
        return tuple(one.snapshot(self._warnings.get(one.request.scope)) for one in self._tunnels.values())

    def request(self, key: int) -> StartRequest:
        """What a tunnel was opened with."""
        return self._tunnels[key].request

    @property
    def live_count(self) -> int:
        """How many are open, or are being opened."""
        return sum(tunnel.state.live for tunnel in self._tunnels.values())

    # Driving

    def start(
        self,
        forward: Forward,
        request: StartRequest,
        node: Node | None = None,
        options: TunnelOptions = TunnelOptions(),  # noqa: B008  # immutable
    ) -> int:
        """Open a tunnel to the node of ``request``, of which target, reason, title and scope are used, and return its
        key.

        One that leads there from the same port is used again, as ``options`` say from then on, or opened again if it is
        over. Raises
        :class:`ssmtui.errors.UsageError` in a read-only run, and where other machines could reach what is listened on
        and ``options`` do not say that the person has agreed.
        """
        if self.read_only:
            raise UsageError(
                "a read-only run opens no tunnels: what a program writes to one reaches the node",
                title="No tunnel can be opened",
                remedy="Start ssmtui without --read-only.",
            )
        if forward.is_exposed and not options.exposed:
            raise UsageError(
                f"everybody who reaches {forward.bind} on this machine would reach {forward.destination} through it",
                title="The tunnel would be open to other machines",
                remedy="Listen on 127.0.0.1, or confirm that it may be.",
            )
        if self._nodes_are_here and forward.port and forward.port == forward.local:
            raise UsageError(
                f"nodes of the demo are this machine, whose port {forward.port} would lead to itself",
                title="The tunnel would be a loop",
                remedy="Choose another local port.",
            )
        wanted = (forward, request.target, request.scope)
        for key, known in self._tunnels.items():
            if (known.forward, known.request.target, known.request.scope) == wanted:
                if not known.state.live:
                    self._open(key, forward, request, node, options)
                elif known.options != options:
                    known.change(options)
                return key
        return self._open(next(self._keys), forward, request, node, options)

    def restart(self, key: int) -> None:
        """Open one that is over once more, from the same port if that is free. One that lives keeps its port, and gets
        new sessions: its connections break."""
        tunnel = self._tunnels[key]
        if tunnel.state.live:
            tunnel.renew()
        else:
            self._open(key, tunnel.forward, tunnel.request, tunnel.node, tunnel.options)

    def signed_in(self, sign_in: SignIn) -> None:
        """A person has signed in: go on now with what waits for that, and start again what could not be started."""
        for key, tunnel in tuple(self._tunnels.items()):
            if tunnel.resume(sign_in):
                self.restart(key)

    def end(self, key: int) -> None:
        """Close a tunnel; its connections break. It stays among the others."""
        self._tunnels[key].close()

    def remove(self, key: int) -> None:
        """Forget a tunnel, closing it first if it is open."""
        tunnel = self._tunnels.pop(key)
        self._depart(tunnel)
        self._announce()

    async def close(self, timeout: float = 5.0) -> list[str]:
        """Close all and wait for the service at most ``timeout`` seconds; return the ids of sessions whose end it has
        not confirmed."""
        tunnels = [*self._tunnels.values(), *self._departed]
        for tunnel in tunnels:
            tunnel.close()
        waiting = [tunnel.life for tunnel in tunnels if not tunnel.life.done()]
        if waiting:
            await asyncio.wait(waiting, timeout=timeout)
        left_behind = [session for tunnel in tunnels for session in tunnel.left_behind]
        await self._tasks.close()
        return left_behind

    def last_calls(self) -> list[LastCall]:
        """What ends the sessions that may not be gone, without the event loop. May be called in any thread."""
        tunnels = [*tuple(self._tunnels.values()), *tuple(self._departed)]
        return [call for tunnel in tunnels for call in tunnel.last_calls()]

    def _open(
        self, key: int, forward: Forward, request: StartRequest, node: Node | None, options: TunnelOptions
    ) -> int:
        before = self._tunnels.get(key)
        if before is not None:
            self._depart(before)
        self._tunnels[key] = Tunnel(
            key,
            forward,
            request,
            node,
            line=self._lines.line(request.scope),
            tasks=self._tasks,
            options=options,
            bind=self._address(forward, request),
            starts=self._starts,
            announce=self._announce,
            end_denied=lambda error: self._warn(request.scope, error),
            clock=self._clock,
            preferred=before.local_port if before is not None else self._preferred(forward),
            ledger=self._ledger,
        )
        self._announce()
        return key

    def _preferred(self, forward: Forward) -> int:
        """The local port that is tried first; 0 for any free one."""
        if forward.socks:
            return SOCKS_PORT
        return 0 if self._nodes_are_here else forward.port

    def _address(self, forward: Forward, request: StartRequest) -> str:
        """The address that a tunnel listens on. Each target that wants one of its own has the same one in every run,
        unless two would have the same."""
        if forward.bind != OWN:
            return forward.bind
        target = (request.target, request.scope)
        if target not in self._own:
            taken = set(self._own.values())
            # By the id alone, which no two targets share: the same node has the same address whatever AWS profile or
            # program leads to it.
            first = crc32(request.target.encode()) % OWN_ADDRESSES
            numbers = ((first + step) % OWN_ADDRESSES for step in range(OWN_ADDRESSES))
            addresses = (f"127.0.{number // 253}.{number % 253 + 2}" for number in numbers)
            self._own[target] = next((address for address in addresses if address not in taken), LOOPBACK)
        return self._own[target]

    def _depart(self, tunnel: Tunnel) -> None:
        """Close it, and keep it among those that :meth:`close` waits for until the service knows."""
        if not tunnel.life.done():
            self._departed.append(tunnel)
            tunnel.life.add_done_callback(lambda _: self._departed.remove(tunnel))
        tunnel.close()

    def _warn(self, scope: Scope | None, error: AccessDenied) -> None:
        if scope not in self._warnings:
            self._warnings[scope] = farewell.end_denied(error)
            self._announce()
        self._end_denied(scope, error)

    def _announce(self) -> None:
        for viewer in tuple(self._viewers):
            self._broken.call(viewer)
