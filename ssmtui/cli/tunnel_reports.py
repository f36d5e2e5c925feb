"""What is reported of tunnels that run without a screen: sentences for a person, JSON lines for a script."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from ssmtui import inert
from ssmtui.cli.forwarding import Happening, without_numbers
from ssmtui.cli.say import said
from ssmtui.documents.port_forwards import Forward
from ssmtui.errors import SsmtuiError
from ssmtui.forwards.tunnel import MOST_CONNECTIONS, TunnelSnapshot, TunnelState
from ssmtui.outbox import Outbox

_SETTLED = frozenset({Happening.OPEN, Happening.RETRYING, Happening.IDLE, Happening.FAILED, Happening.CLOSED})
"""What shows how the start of a tunnel has ended."""


def now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class TunnelSentences:
    """Says on standard error what becomes of tunnels: each trouble once, until the tunnel is open again."""

    def __init__(self, output: Outbox) -> None:
        self._output = output
        self._said: dict[int, set[str]] = {}
        self._was_open: set[int] = set()

    def report(self, happening: Happening, tunnel: TunnelSnapshot) -> None:
        """Say it."""
        match happening:
            case Happening.OPEN if tunnel.key in self._was_open:
                self._said.pop(tunnel.key, None)
                self._say(f"{tunnel.address}: connected again")
            case Happening.OPEN:
                self._was_open.add(tunnel.key)
                self._say(where(tunnel))
            case Happening.LOST:
                self._once(tunnel, tunnel.notice or "the connection to the node is lost; it comes back by itself")
            case Happening.RETRYING:
                why = str(tunnel.last_error or "its session has ended").rstrip(".")
                self._once(tunnel, f"{why}. It is tried again by itself.")
            case Happening.IDLE:
                error = tunnel.last_error
                why = f" ({inert.line(error.detail, 200).rstrip('.')})" if error is not None and error.detail else ""
                self._once(tunnel, f"its session has ended{why}; the next connection starts another one")
            # What a start waits for is shown where that takes long.
            case Happening.NOTICE if tunnel.state is not TunnelState.STARTING:
                self._once(tunnel, tunnel.notice)
            case Happening.WARNING:
                self._once(tunnel, str(tunnel.warning))
            case Happening.CONNECTIONS if tunnel.refused and tunnel.connections > MOST_CONNECTIONS // 2:
                self._once(tunnel, f"no more than {MOST_CONNECTIONS} connections at once: further ones are reset")
            case Happening.FAILED:
                self._say(f"{named(tunnel)}: {tunnel.error}")
            case _:
                pass  # what a person sees by itself, or has asked for

    def _once(self, tunnel: TunnelSnapshot, text: str) -> None:
        told = self._said.setdefault(tunnel.key, set())
        if (plain := without_numbers(text)) not in told:
            told.add(plain)
            self._say(f"{named(tunnel)}: {text}")

    def _say(self, text: str) -> None:
        self._output.put(said(text).encode())


class TunnelEventLines:
    """Writes what becomes of tunnels as JSON, an object a line.

    Each has ``event`` (see :class:`ssmtui.cli.forwarding.Happening`), ``time`` (ISO 8601, UTC), ``tunnel`` (its number
    in this run), ``forward`` as it would be typed, but for secrets, ``address``, ``port``, ``destination``, ``target``
    and ``node_name``, ``state``, ``sessions`` (live ones), ``restarts``, ``connections`` (open ones),
    ``connections_made``, ``refused``, ``sent`` and ``received`` (bytes to and from the node); where they mean
    something, ``error`` (``title``, ``detail``, ``remedy``, ``exit_code``), ``retry_in`` (seconds) and ``notice``.
    ``ready`` comes once, after the last tunnel that can be opened has been.
    """

    def __init__(self, output: Outbox, clock: Callable[[], datetime] = now) -> None:
        self._output = output
        self._clock = clock
        self._awaited: set[int] = set()
        """Tunnels that ``ready`` waits for."""
        self._is_open = False
        self._is_ready = False

    def expect(self, keys: Iterable[int]) -> None:
        """``ready`` waits for these."""
        self._awaited = set(keys)

    def report(self, happening: Happening, tunnel: TunnelSnapshot) -> None:
        """Write it, but for numbers of connections that nobody reads."""
        if happening is Happening.CONNECTIONS and not self._output.room.is_set():
            return
        self._write(happening.value, self._facts(happening, tunnel))
        if happening in _SETTLED:
            self._awaited.discard(tunnel.key)
            self._is_open = self._is_open or happening is Happening.OPEN
            if self._is_open and not self._awaited and not self._is_ready:
                self._is_ready = True
                self._write("ready", {})

    def _facts(self, happening: Happening, tunnel: TunnelSnapshot) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "tunnel": tunnel.key,
            "forward": tunnel.forward.without_secrets.text,
            "address": tunnel.address,
            "port": tunnel.local_port,
            "destination": tunnel.forward.destination,
            "target": tunnel.target,
            "node_name": tunnel.title,
            "state": tunnel.state.value,
            "sessions": tunnel.sessions,
            "restarts": tunnel.restarts,
            "connections": tunnel.connections,
            "connections_made": tunnel.connections_made,
            "refused": tunnel.refused,
            "sent": tunnel.sent,
            "received": tunnel.received,
        }
        error = tunnel.warning if happening is Happening.WARNING else tunnel.error
        if error is None and happening in (Happening.RETRYING, Happening.IDLE):
            error = tunnel.last_error
        if error is not None:
            facts["error"] = _error(error)
        if tunnel.retry_in is not None:
            facts["retry_in"] = round(tunnel.retry_in, 1)
        if tunnel.notice:
            facts["notice"] = tunnel.notice
        return facts

    def _write(self, event: str, facts: dict[str, Any]) -> None:
        time = self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        # ASCII only, so that no terminal obeys what a node or a tag has put into a name.
        self._output.put(json.dumps({"event": event, "time": time, **facts}).encode() + b"\n")


def _error(error: SsmtuiError) -> dict[str, Any]:
    return {"title": error.title, "detail": error.detail, "remedy": error.remedy, "exit_code": error.exit_code}


def where(tunnel: TunnelSnapshot) -> str:
    """``127.0.0.1:5432 leads to db:5432 through web-1``."""
    forward = tunnel.forward
    why = f" (port {tunnel.taken_port} is taken here)" if tunnel.taken_port else ""
    if forward.socks:
        return f"{tunnel.address} is a SOCKS and HTTP proxy through {inert.line(tunnel.title, 60)}{why}"
    return f"{tunnel.address} leads to {leads_to(tunnel.forward, tunnel.title)}{why}"


def named(tunnel: TunnelSnapshot) -> str:
    """The tunnel in a sentence: where it listens, else where it should lead."""
    is_there = tunnel.local_port and tunnel.state.live
    return tunnel.address if is_there else f"the tunnel to {leads_to(tunnel.forward, tunnel.title)}"


def leads_to(forward: Forward, title: str) -> str:
    """``db:5432 through web-1``, where ``title`` names the node."""
    between = "of" if forward.port and not forward.host and not forward.document_name else "through"
    return f"{inert.line(forward.destination, 120)} {between} {inert.line(title, 60)}"
