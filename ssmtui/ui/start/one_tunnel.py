"""One tunnel, opened while the form of its document is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from ssmtui.errors import SsmtuiError
from ssmtui.forwards.tunnel import TunnelOptions, TunnelSnapshot, TunnelState
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.start.launch import Launch

if TYPE_CHECKING:
    from ssmtui.documents.port_forwards import Forward
    from ssmtui.forwards.tunnels import Tunnels
    from ssmtui.ui.ports import Stage


class OpeningForm(Protocol):
    """A form that stays while what it says is opened."""

    def show_starting(self, notice: str, on_stop: Callable[[], None]) -> None:
        """It is being opened; ``on_stop`` ends that."""

    async def show_refusal(self, error: SsmtuiError) -> None:
        """Show why it was not opened."""

    def close(self) -> None:
        """It is open."""

    def action_cancel(self) -> None:
        """Stop opening it and come back to the form; else go back without an answer."""


class OneTunnel:
    """The form is closed once the tunnel is open; what goes wrong before is shown in it, and nothing is left then."""

    def __init__(self, stage: Stage, tunnels: Tunnels, form: OpeningForm, opened: Callable[[], None]) -> None:
        """``opened`` is called once the tunnel is open, before ``form`` is closed."""
        self._stage = stage
        self._tunnels = tunnels
        self._form = form
        self._opened = opened
        self._key: int | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._looks = False

    def begin(self, forward: Forward, launch: Launch, options: TunnelOptions | None = None) -> None:
        """Open it, kept as ``options`` say."""
        before = {each.key: each for each in self._tunnels.snapshots() if each.state.live}
        try:
            key = self._tunnels.start(forward, launch.request, launch.node, options or TunnelOptions())
        except SsmtuiError as error:
            self._stage.call_later(self._form.show_refusal, error)
            return
        if key in before:
            self._stage.tell(f"{before[key].address} leads there already: {tidy(before[key].title, 40)}", seconds=6)
            self._close()
            return
        self._key = key
        self._unsubscribe = self._tunnels.subscribe(self._changed)
        self._stage.call_later(self._show_state)

    def stop(self) -> None:
        """End what was begun; nothing of it stays in the list."""
        self._leave()
        key, self._key = self._key, None
        if key is not None and self._snapshot(key) is not None:
            self._tunnels.remove(key)

    def _changed(self) -> None:
        # Announced in the middle of the tunnel's own work: looked at after that.
        if not self._looks:
            self._looks = True
            self._stage.call_later(self._show_state)

    async def _show_state(self) -> None:
        self._looks = False
        now = self._snapshot(self._key) if self._key is not None else None
        if now is None:
            return
        if now.state is TunnelState.OPEN:
            self._leave()
            self._close()
        elif (error := now.error or now.last_error) is not None:
            self.stop()
            await self._form.show_refusal(error)
        elif not now.state.live:  # somebody has closed it
            self.stop()
            self._form.action_cancel()
        else:
            self._form.show_starting(now.notice, self.stop)

    def _close(self) -> None:
        self._opened()
        self._form.close()

    def _leave(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _snapshot(self, key: int) -> TunnelSnapshot | None:
        return next((each for each in self._tunnels.snapshots() if each.key == key), None)
