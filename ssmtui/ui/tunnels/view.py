"""The forwarded ports: where each leads to, how it fares, what goes through it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.widgets import OptionList

from ssmtui import inert
from ssmtui.forwards.tunnel import TunnelSnapshot, TunnelState
from ssmtui.forwards.tunnels import Tunnels
from ssmtui.ui.commands.messages import CommandWanted
from ssmtui.ui.kit.choices import Choices
from ssmtui.ui.kit.dialog import plain
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.kit.turns import Throttle
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, fit, tidy
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import wrap
from ssmtui.ui.panes.view import TabView

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


class TunnelsView(TabView):
    """A line for each tunnel, and all there is to say about the chosen one."""

    TITLE = "Tunnels"
    STYLES = dialog_sheets("tunnels")

    def __init__(self, tunnels: Tunnels) -> None:
        choices = Choices()
        super().__init__(choices)
        self._choices = choices
        self._tunnels = tunnels
        self._shown: Sequence[TunnelSnapshot] = ()
        self._heads = TextLines(id="heads")
        self._about = TextLines(id="about")
        self._none = plain(
            "There are none. A saved profile opens those that it forwards:\n"
            '  forwards = ["5432:db.internal:5432", "8080:80"]',
            "note",
        )
        self._throttle = Throttle(self._show, PAUSE)
        self._unsubscribe: Callable[[], object] = lambda: None

    def compose(self) -> ComposeResult:
        """Heads or what is said when there are no lines, the lines, all there is to say about the chosen one."""
        yield self._heads
        yield self._none
        yield self._choices
        yield self._about

    def on_mount(self) -> None:
        """Follow them."""
        self._unsubscribe = self._tunnels.subscribe(self._throttle.request)
        self._show()
        # Only then it is known how wide the lines may be.
        self.call_after_refresh(self._show)

    def on_unmount(self) -> None:
        """Unsubscribe; the tunnels go on."""
        self._unsubscribe()
        self._throttle.cancel()

    def on_resize(self, event: events.Resize) -> None:
        """The columns share another width."""
        self._throttle.request()

    @property
    def chosen(self) -> TunnelSnapshot | None:
        """The one under the cursor, as it is now: what is drawn may be a little older."""
        place = self._choices.highlighted or 0
        key = self._shown[place].key if place < len(self._shown) else None
        return next((one for one in self._tunnels.snapshots() if one.key == key), None)

    # Drawing

    def _show(self) -> None:
        if not self._choices.is_attached:
            return
        self._shown = self._tunnels.snapshots()
        for widget in (self._heads, self._about):
            widget.display = bool(self._shown)
        self._none.display = not self._shown
        heads = _columns(self._room, "LOCAL", "LEADS TO", "NODE", "STATE", "CONN", "BYTES")
        self._heads.show([Cell(f"  {heads}", Tone.HEAD)])
        self._choices.show([self._line(tunnel) for tunnel in self._shown])
        self.tell()

    @property
    def _room(self) -> int:
        """Cells that what a tunnel leads to and its node share."""
        return max(NARROWEST, self._choices.scrollable_content_region.width - _FIXED)

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
        """All there is to say about the chosen one."""
        tunnel = self.chosen
        self._about.show(_told(tunnel, max(40, self._about.size.width)) if tunnel is not None else ())

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        self.post_message(CommandWanted("tunnel-copy"))


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
