"""Forwarded ports: opens those that a profile wants, and reports how they fare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ssmtui.documents import port_forwards
from ssmtui.errors import SsmtuiError
from ssmtui.forwards.tunnel import TunnelSnapshot, TunnelState
from ssmtui.ui.kit.turns import Throttle
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.look.tones import Tone

if TYPE_CHECKING:
    from ssmtui.forwards.tunnels import Tunnels
    from ssmtui.model import Node, StartRequest
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.start.just_in_time import Approvals

PAUSE = 0.2
"""Seconds between two looks at tunnels that change."""
FAILURES_TOLD = 3
"""Failures that are reported one by one at a time; the list has all."""


BADGE = "tunnels"
"""The command that a click on the number of tunnels runs."""


class Wanted(NamedTuple):
    """What a profile forwards, and the session that it is beside."""

    forwards: Sequence[str]
    request: StartRequest
    node: Node | None


class TunnelActions:
    """Opens tunnels where access to their nodes covers that."""

    def __init__(self, stage: Stage, tunnels: Tunnels, approvals: Approvals) -> None:
        self._stage = stage
        self._tunnels = tunnels
        self._approvals = approvals

    def reopen(self, key: int) -> None:
        """Open a tunnel that is over once more, or say why not."""
        if self._is_allowed(self._tunnels.request(key)):
            self._tunnels.restart(key)

    def start(self, wanted: Sequence[Wanted]) -> None:
        """Open ``wanted``. What cannot be tried is reported; the sessions beside go on."""
        for forwards, request, node in wanted:
            if forwards and not self._is_allowed(request):
                continue
            for text in forwards:
                try:
                    self._tunnels.start(port_forwards.parse(text), request, node)
                except SsmtuiError as error:
                    self._stage.tell_error(error, severity="warning")
                except ValueError as error:
                    self._stage.tell(f"Not forwarded: {tidy(text, 60)} {error}", severity="warning", seconds=8)

    def _is_allowed(self, request: StartRequest) -> bool:
        """Whether a port of the node may be forwarded; the person reads why not."""
        error = self._approvals.forward_refusal(request)
        if error is not None:
            self._stage.tell_error(error, request.label, severity="warning")
        return error is None


class TunnelWatch:
    """Keeps the number of tunnels in the tab bar, and reports when one has opened or failed."""

    def __init__(self, panes: Panes, tunnels: Tunnels) -> None:
        self._panes = panes
        self._stage = panes.stage
        self._tunnels = tunnels
        self._known: dict[int, TunnelSnapshot] = {}
        self._throttle = Throttle(self._look, PAUSE)
        self._unsubscribe = tunnels.subscribe(self._throttle.request)

    def close(self) -> None:
        """Unsubscribe."""
        self._unsubscribe()
        self._throttle.cancel()

    def _look(self) -> None:
        before, self._known = self._known, {one.key: one for one in self._tunnels.snapshots()}
        there = [one for one in self._known.values() if one.state is not TunnelState.CLOSED]
        number = words.count(len(there), "tunnel") if there else ""
        self._panes.badge(BADGE, number, _tone([one.state for one in there]))
        opened = [one for one in there if one.state is TunnelState.OPEN and not _was_open(before.get(one.key))]
        failed = [one for one in there if one.error is not None and _error(before.get(one.key)) is not one.error]
        self._tell_opened(opened)
        for one in failed[:FAILURES_TOLD]:
            if one.error is not None:
                self._stage.tell_error(one.error, f"Tunnel to {_place(one)}")
        if len(failed) > FAILURES_TOLD:
            more = words.count(len(failed) - FAILURES_TOLD, "more tunnel")
            self._stage.tell(f"{more} failed; :tunnels says why", severity="error", seconds=10)

    def _tell_opened(self, opened: Sequence[TunnelSnapshot]) -> None:
        if len(opened) > 1:
            self._stage.tell(f"{len(opened)} tunnels are open; :tunnels shows where", seconds=6)
        for one in opened if len(opened) == 1 else ():
            instead = one.forward.local is None and one.local_port != one.forward.port
            why = f" (port {one.forward.port} is taken here)" if instead else ""
            self._stage.tell(f"{one.address} leads to {_place(one)}{why}", seconds=6)


def _place(tunnel: TunnelSnapshot) -> str:
    """Where it leads to, as a sentence says it."""
    between = "through" if tunnel.forward.host else "of"
    return f"{tidy(tunnel.forward.destination, 60)} {between} {tidy(tunnel.title, 40)}"


def _was_open(before: TunnelSnapshot | None) -> bool:
    return before is not None and before.state in (TunnelState.OPEN, TunnelState.LOST)


def _error(before: TunnelSnapshot | None) -> SsmtuiError | None:
    return before.error if before is not None else None


def _tone(states: Sequence[TunnelState]) -> Tone:
    """What is the matter with them altogether."""
    if TunnelState.FAILED in states:
        return Tone.BAD
    return Tone.GOOD if all(state is TunnelState.OPEN for state in states) else Tone.WARN
