"""The last events of a session's channel as a dialog; it follows a session that lives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from ssmtui import inert
from ssmtui.ui.channel import words as channel_words
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.kit.reading import Reading
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone

if TYPE_CHECKING:
    from rich.style import Style

    from ssmtui.sessions.channel_log import ChannelEvent
    from ssmtui.sessions.manager import SessionManager
    from ssmtui.ui.look.cells import Cell
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.services import Clock

TICK = 1.0
"""Seconds between two looks at the log."""


class ChannelEvents(Reading[None]):
    """Scrolls; y copies all of it, esc leaves. Once the session is closed its last state stays."""

    CSS_PATH = dialog_sheets("channel")
    KEYS = (Key("y", "copy", "copy"),)

    def __init__(self, manager: SessionManager, key: int, clock: Clock) -> None:
        """``key`` is that of a session which is there now."""
        super().__init__()
        self._manager = manager
        self._session = manager.session(key)
        self._snapshot = manager.snapshot(key)
        self._clock = clock
        self._shown: tuple[Sequence[Cell], Sequence[ChannelEvent]] = ((), ())
        self._head = Static(id="head")
        self._events = Static(id="events")

    def compose(self) -> ComposeResult:
        """What session it is, then its events."""
        with Vertical(id="box") as box:
            box.border_title = Text(f"Channel of {inert.line(self._snapshot.title, 40)}")
            with VerticalScroll():
                yield self._head
                yield self._events
            yield self.key_line()

    def on_mount(self) -> None:
        """Show them, and look again each second."""
        super().on_mount()
        self._show()
        self.set_interval(TICK, self._show)

    def action_copy(self) -> None:
        """All of it as text."""
        text = channel_words.text(self._snapshot, self._session.log, self._now)
        cast("Stage", self.app).copy_to_clipboard(text, "the events")

    @property
    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _show(self) -> None:
        if any(session.key == self._snapshot.key for session in self._manager.snapshots()):
            self._snapshot = self._manager.snapshot(self._snapshot.key)
        now, log = self._now, self._session.log
        shown = channel_words.heading(self._snapshot, log, now), log.events
        if shown == self._shown:
            return
        head, events = self._shown = shown
        self._head.update(Text("\n").join(Text(cell.text, self._style(cell.tone)) for cell in head))
        self._events.update(self._table(events, now))

    def _table(self, events: Sequence[ChannelEvent], now: float) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=channel_words.widest(events, now), style=self._style(Tone.DIM), no_wrap=True)
        table.add_column(ratio=1)
        for event in reversed(events):
            text = Text(event.what, self._style(channel_words.TONES[event.kind]))
            if more := channel_words.more(event, now):
                text.append(f" · {more}", self._style(Tone.DIM))
            table.add_row(channel_words.when(event, now), text)
        return table

    def _style(self, tone: Tone) -> Style:
        return palette_of(self).style(tone)
