"""The forwarded ports: where each leads to, how it fares, what goes through it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList

from ssmtui import inert
from ssmtui.forwards.tunnel import TunnelSnapshot, TunnelState
from ssmtui.forwards.tunnels import Tunnels
from ssmtui.ui.kit.choices import LETTERS, ChoiceDialog, Choices
from ssmtui.ui.kit.dialog import key_line, plain
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.kit.turns import Throttle
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, fit, tidy
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import wrap

PAUSE = 0.2
"""Seconds between two looks at tunnels that change."""
ABOUT_ROWS = 3
ADDRESS, STATE, CONNECTIONS, BYTES = 15, 8, 5, 9
"""Cells of the columns that are as wide as what they may hold; the others share what is left."""
_FIXED = 2 + ADDRESS + STATE + CONNECTIONS + BYTES + 5 * 2
NARROWEST = 16
"""Cells that are shared at least."""

_MARKS = {
    TunnelState.STARTING: Cell("◌", Tone.WARN),
    TunnelState.OPEN: Cell("●", Tone.GOOD),
    TunnelState.LOST: Cell("◍", Tone.BAD),
    TunnelState.FAILED: Cell("✕", Tone.BAD),
    TunnelState.CLOSED: Cell("■", Tone.DIM),
}


class TunnelsScreen(ChoiceDialog[None]):
    """Enter copies the chosen one's address, x closes it and then forgets it, r opens it again; esc leaves, and all of
    them go on."""

    CSS_PATH = dialog_sheets("tunnels")
    BINDINGS: ClassVar[list[BindingType]] = [
        *LETTERS,
        Binding("x,delete", "end", "Close", show=False),
        Binding("r", "again", "Open again", show=False),
        Binding("W", "warning", "Read the warning", show=False),
    ]

    def __init__(self, tunnels: Tunnels, copy: Callable[[str], object], reopen: Callable[[int], None]) -> None:
        """``copy`` takes an address into the clipboard, and says so. ``reopen`` opens the tunnel with that key once
        more, if that is allowed."""
        super().__init__()
        self._tunnels = tunnels
        self._copy = copy
        self._reopen = reopen
        self._shown: Sequence[TunnelSnapshot] = ()
        self._heads = TextLines(id="heads")
        self._about = TextLines(id="about")
        self._hints = key_line()
        self._none = plain(
            "There are none. A saved profile opens those that it forwards:\n"
            '  forwards = ["5432:db.internal:5432", "8080:80"]',
            "note",
        )
        self._throttle = Throttle(self._show, PAUSE)

    def compose(self) -> ComposeResult:
        """Heads, a line for each, all there is to say of the chosen one."""
        with Vertical(id="box") as box:
            box.border_title = "Tunnels"
            yield self._heads
            yield Choices()
            yield self._none
            yield self._about
            yield self._hints

    def on_mount(self) -> None:
        """Follow them."""
        self._unsubscribe = self._tunnels.subscribe(self._throttle.request)
        self._show()
        self.choices.focus()
        # Only then it is known how wide the lines may be.
        self.call_after_refresh(self._show)

    def on_unmount(self) -> None:
        """They go on without being looked at."""
        self._unsubscribe()
        self._throttle.cancel()

    def on_resize(self, event: events.Resize) -> None:
        """The columns share another width."""
        self._throttle.request()

    @property
    def _chosen(self) -> TunnelSnapshot | None:
        return self._shown[self.place] if self.place < len(self._shown) else None

    # Drawing

    def _show(self) -> None:
        if not self.has_choices:
            return
        self._shown = self._tunnels.snapshots()
        for widget in (self._heads, self.choices, self._about):
            widget.display = bool(self._shown)
        self._none.display = not self._shown
        heads = _columns(self._room, "LOCAL", "LEADS TO", "NODE", "STATE", "CONN", "BYTES")
        self._heads.show([Cell(f"  {heads}", Tone.HEAD)])
        self.choices.show([self._line(tunnel) for tunnel in self._shown])
        self.tell()

    @property
    def _room(self) -> int:
        """Cells that what a tunnel leads to and its node share."""
        return max(NARROWEST, self.choices.scrollable_content_region.width - _FIXED)

    def _line(self, tunnel: TunnelSnapshot) -> Text:
        palette, mark = palette_of(self), _MARKS[tunnel.state]
        columns = _columns(
            self._room,
            tunnel.address or "-",
            tunnel.forward.destination,
            tunnel.title,
            tunnel.state.value,
            str(tunnel.connections),
            words.size(tunnel.sent + tunnel.received),
        )
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(f"{mark.text} ", palette.style(mark.tone))
        return line.append(columns, palette.style(Tone.PLAIN if tunnel.state.live else Tone.DIM))

    @on(OptionList.OptionHighlighted)
    def tell(self) -> None:
        """All there is to say of the chosen one, and what may be done with it."""
        tunnel = self._chosen
        if tunnel is None:
            self._hints.show([("escape", "go back")])
            return
        self._about.show(_told(tunnel, max(40, self._about.size.width)))
        copy = [("enter", "copy address")] if tunnel.address else []
        read = [("W", "read the warning")] if tunnel.warning else []
        over = [("r", "open again"), ("x", "forget")]
        self._hints.show([*copy, *([("x", "close")] if tunnel.state.live else over), *read, ("escape", "go back")])

    # Acting

    @on(OptionList.OptionSelected)
    def selected(self) -> None:
        """Copy its address."""
        if self._chosen is not None and self._chosen.address:
            self._copy(self._chosen.address)

    def action_end(self) -> None:
        """Close the chosen one; forget it where it is over."""
        if self._chosen is None:
            return
        if self._chosen.state.live:
            self._tunnels.end(self._chosen.key)
        else:
            self._tunnels.remove(self._chosen.key)
        self._show()

    def action_warning(self) -> None:
        """Show it in full."""
        from ssmtui.ui.kit.warning import WarningScreen

        if self._chosen is not None and self._chosen.warning is not None:
            self.app.push_screen(WarningScreen(self._chosen.warning))

    def action_again(self) -> None:
        """Open the chosen one once more, where it is over."""
        if self._chosen is not None and not self._chosen.state.live:
            self._reopen(self._chosen.key)
            self._show()


def _columns(room: int, address: str, destination: str, node: str, state: str, connections: str, octets: str) -> str:
    """A line of them; ``room`` is what destination and node share."""
    half = room // 2
    return "  ".join(
        (
            fit(address, ADDRESS),
            fit(tidy(destination), room - half),
            fit(tidy(node), half),
            fit(state, STATE),
            connections.rjust(CONNECTIONS),
            octets.rjust(BYTES),
        )
    )


def _told(tunnel: TunnelSnapshot, width: int) -> Sequence[Cell]:
    if tunnel.error is not None:
        detail = wrap(inert.line(f"{tunnel.error.title}: {tunnel.error.detail}", 600), width, 2)
        remedy = wrap(inert.line(tunnel.error.remedy, 600), width, ABOUT_ROWS - len(detail))
        return [*(Cell(line, Tone.BAD) for line in detail), *(Cell(line, Tone.DIM) for line in remedy)]
    moved = f"{words.size(tunnel.sent)} sent, {words.size(tunnel.received)} received"
    facts = f"{tidy(tunnel.target, 40)} · {moved} · {words.count(tunnel.connections_made, 'connection')} so far"
    warning = f"{tunnel.warning.title}." if tunnel.warning is not None else ""
    notice = wrap(inert.line(tunnel.notice or warning, 600), width, ABOUT_ROWS - 1)
    return [Cell(facts, Tone.DIM), *(Cell(line, Tone.WARN) for line in notice)]
