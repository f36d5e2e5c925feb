"""Tunnels without sessions, in whatever state a test wants."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ssmtui.documents.port_forwards import parse
from ssmtui.errors import SsmtuiError
from ssmtui.forwards.tunnel import TunnelOptions, TunnelSnapshot, TunnelState
from ssmtui.model import Scope, StartRequest


def tunnel(
    key: int = 1,
    text: str = "5432:db.internal:5432",
    state: TunnelState = TunnelState.OPEN,
    *,
    title: str = "web-1",
    group: str = "",
    error: SsmtuiError | None = None,
    **more: object,
) -> TunnelSnapshot:
    """A snapshot; ``more`` are others of its fields."""
    forward = parse(text)
    options = more.pop("options", TunnelOptions(group=group))
    bind = forward.bind if forward.bind != "own" else f"127.0.77.{key + 1}"
    plain = TunnelSnapshot(
        key, forward, f"i-0{key:016x}", title, state, forward.local or forward.port, error, "", None, 0, 0, 0, 0
    )
    found = plain._replace(options=options, bind=bind, last_error=error)  # type: ignore[arg-type]
    return found._replace(sessions=int(state is TunnelState.OPEN))._replace(**more)  # type: ignore[arg-type]


class FakeTunnels:
    """As :class:`ssmtui.forwards.tunnels.Tunnels` for a screen; what it is asked for is in ``asked``."""

    read_only = False

    def __init__(self, *tunnels: TunnelSnapshot) -> None:
        self.all = list(tunnels)
        self.asked: list[tuple[str, int]] = []
        self._viewers: list[Callable[[], None]] = []

    def subscribe(self, viewer: Callable[[], None]) -> Callable[[], None]:
        self._viewers.append(viewer)
        return lambda: self._viewers.remove(viewer)

    def snapshots(self) -> Sequence[TunnelSnapshot]:
        return tuple(self.all)

    def request(self, key: int) -> StartRequest:
        one = next(one for one in self.all if one.key == key)
        return StartRequest(one.target, title=one.title, scope=Scope("prod", "eu-west-1"))

    @property
    def live_count(self) -> int:
        return sum(one.state.live for one in self.all)

    def become(self, *tunnels: TunnelSnapshot) -> None:
        """These take the places of those with their keys, or are new."""
        known = {one.key: one for one in self.all} | {one.key: one for one in tunnels}
        self.all = list(known.values())
        self.announce()

    def announce(self) -> None:
        for viewer in tuple(self._viewers):
            viewer()

    def end(self, key: int) -> None:
        self.asked.append(("end", key))
        self.become(next(one for one in self.all if one.key == key)._replace(state=TunnelState.CLOSED, connections=0))

    def restart(self, key: int) -> None:
        self.asked.append(("restart", key))

    def remove(self, key: int) -> None:
        self.asked.append(("remove", key))
        self.all = [one for one in self.all if one.key != key]
        self.announce()

    async def close(self, timeout: float = 5.0) -> list[str]:
        return []

    def last_calls(self) -> list[object]:
        return []
