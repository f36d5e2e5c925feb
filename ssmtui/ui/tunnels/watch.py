"""Reports how tunnels fare while their list is not looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssmtui.forwards.tunnel import TunnelSnapshot, TunnelState
from ssmtui.ui.kit.turns import Throttle
from ssmtui.ui.look import words
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.tunnels.words import place

if TYPE_CHECKING:
    from ssmtui.errors import SsmtuiError
    from ssmtui.forwards.tunnels import Tunnels
    from ssmtui.ui.panes.panes import Panes

PAUSE = 0.2
"""Seconds between two looks at tunnels that change."""
FAILURES_TOLD = 3
"""Failures that are reported one by one at a time; the list has all."""
BADGE = "tunnels"
"""The command that a click on the number of tunnels runs."""

_QUIET = (TunnelState.OPEN, TunnelState.IDLE)


class TunnelWatch:
    """Keeps the number of tunnels in the tab bar, and reports when one has opened, failed, or tries again."""

    def __init__(self, panes: Panes, tunnels: Tunnels) -> None:
        self._panes = panes
        self._stage = panes.stage
        self._tunnels = tunnels
        self._opened: set[int] = set()
        """Those that were reported to be open, until they are over."""
        self._errors: dict[int, SsmtuiError] = {}
        """What was reported last of each that is in trouble."""
        self._throttle = Throttle(self._look, PAUSE)
        self._unsubscribe = tunnels.subscribe(self._throttle.request)

    def close(self) -> None:
        """Unsubscribe."""
        self._unsubscribe()
        self._throttle.cancel()

    def _look(self) -> None:
        there = [one for one in self._tunnels.snapshots() if one.state is not TunnelState.CLOSED]
        number = words.count(len(there), "tunnel") if there else ""
        self._panes.badge(BADGE, number, _tone([one.state for one in there]))
        live = {one.key for one in there if one.state.live}
        self._opened &= live
        opened = [one for one in there if one.state is TunnelState.OPEN and one.key not in self._opened]
        self._opened |= {one.key for one in opened}
        self._tell_opened(opened)
        self._tell_failed([one for one in there if self._is_news(one)])
        troubled = {one.key for one in there if one.state not in _QUIET}
        self._errors = {key: error for key, error in self._errors.items() if key in troubled}

    def _is_news(self, one: TunnelSnapshot) -> bool:
        """Whether what is wrong with it has not been reported: once for each outage, however often it tries again."""
        error = one.error if one.state is TunnelState.FAILED else one.last_error
        if error is None or one.state not in (TunnelState.FAILED, TunnelState.RETRYING):
            return False
        known = self._errors.get(one.key)
        self._errors[one.key] = error
        if one.state is TunnelState.FAILED:
            return known is not error
        return known is None or type(known) is not type(error)

    def _tell_failed(self, failed: Sequence[TunnelSnapshot]) -> None:
        for one in failed[:FAILURES_TOLD]:
            if one.error is not None:
                self._stage.tell_error(one.error, f"Tunnel to {place(one)}")
            elif one.last_error is not None:
                about = f"Tunnel to {place(one)} tries again by itself"
                self._stage.tell_error(one.last_error, about, severity="warning")
        if len(failed) > FAILURES_TOLD:
            more = words.count(len(failed) - FAILURES_TOLD, "more tunnel")
            self._stage.tell(f"{more} failed; :tunnels says why", severity="error", seconds=10)

    def _tell_opened(self, opened: Sequence[TunnelSnapshot]) -> None:
        if len(opened) > 1:
            self._stage.tell(f"{len(opened)} tunnels are open; :tunnels shows where", seconds=6)
        for one in opened if len(opened) == 1 else ():
            why = f" (port {one.taken_port} is taken here)" if one.taken_port else ""
            self._stage.tell(f"{one.address} leads to {place(one)}{why}", seconds=6)


def _tone(states: Sequence[TunnelState]) -> Tone:
    """What is the matter with them altogether."""
    if TunnelState.FAILED in states:
        return Tone.BAD
    return Tone.GOOD if all(state in _QUIET for state in states) else Tone.WARN
