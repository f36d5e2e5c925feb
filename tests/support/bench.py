"""What the benchmarks share: a core of one's own, what processes cost, and a service in front of the peer."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from statistics import median

from ssmtui.errors import AccessDenied
from ssmtui.model import Grant, Scope, SessionDocument, StartRequest
from ssmtui.sessions.entry import ServiceLine
from ssmtui.terminal.screen import Modes
from ssmtui.terminal.signs import LineEnd, ShellMark
from ssmtui.transport.policy import StreamPolicy
from ssmtui.transport.websocket import WebSocketDialer
from tests.support.fakes import FakeGateway
from tests.support.flood_peer import FloodPeer


@cache
def cores() -> tuple[int | None, int | None]:
    """One core for what is measured and one for everything else; no choice where a process cannot be tied to one. Asked
    once: who is on a core already sees no other."""
    if not hasattr(os, "sched_setaffinity"):
        return None, None
    free = sorted(os.sched_getaffinity(0))
    return (free[0], free[1]) if len(free) > 1 else (None, None)


@contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """Run on ``core`` alone, children that are started meanwhile too."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def resident(pid: int) -> int:
    """Resident memory of a process in bytes."""
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
    return int(told) * 1024


def cost(work: Callable[[], object], rounds: int = 9) -> float:
    """Median milliseconds of the processor's time."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        times.append((time.process_time() - started) * 1_000)
    return median(times)


async def _sign(url: str) -> Mapping[str, str]:
    return {}


def local_dialer(ca_bundle: str | None = None) -> WebSocketDialer:
    """Dials this machine."""
    return WebSocketDialer(StreamPolicy(endpoint_url="http://127.0.0.1:1"), _sign, ca_bundle)


class Nobody:
    """An engine's sink for what nobody listens to."""

    def screen_changed(self) -> None: ...
    def modes_changed(self, modes: Modes) -> None: ...
    def reply(self, data: bytes) -> None: ...
    def title_changed(self, title: str) -> None: ...
    def bell(self) -> None: ...
    def notice(self, text: str) -> None: ...
    def clipboard(self, text: str) -> None: ...
    def signs_changed(self, marks: list[ShellMark], end: LineEnd | None) -> None: ...
    def line_found(self, count: int, line: str) -> None: ...
    def watch_slow(self) -> None: ...

    def screen_lost(self) -> None: ...


class PeerGateway(FakeGateway):
    """A gateway whose nodes are called by what the peer is to do: ``idle``, ``echo``, ``flood``."""

    def __init__(self, peer: FloodPeer, ca_bundle: str | None = None) -> None:
        super().__init__([])
        self._peer = peer
        self._dialer = local_dialer(ca_bundle)
        self._grants: dict[str, Grant] = {}

    def line(self, scope: Scope | None = None) -> ServiceLine:
        return ServiceLine(self, self._dialer)

    async def start_session(self, request: StartRequest) -> Grant:
        session_id = f"session-{len(self._grants)}"
        self._grants[session_id] = Grant(session_id, self._peer.url(request.target), "token")
        return self._grants[session_id]

    async def resume_session(self, session_id: str) -> Grant:
        return self._grants[session_id]

    async def terminate_session(self, session_id: str) -> None:
        return

    async def document(self, name: str) -> SessionDocument:
        raise AccessDenied("this peer keeps no documents")
