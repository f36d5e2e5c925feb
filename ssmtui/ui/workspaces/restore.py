"""What bringing back a workspace would start, before anything is started."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import OptionList

from ssmtui import inert
from ssmtui.profiles.planned_tabs import narrowed
from ssmtui.profiles.restoring import Return
from ssmtui.profiles.workspaces import Workspace
from ssmtui.ui.kit.choices import LETTERS, ChoiceDialog, Choices
from ssmtui.ui.kit.dialog import Key, plain
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import DEFAULT_SHELL

TITLE_WIDTH, NODE_WIDTH, DOCUMENT_WIDTH = 18, 20, 16


class Restore(ChoiceDialog[list[int]]):
    """Space takes one out or in, a all or none; enter answers with the places of those to start."""

    CSS_PATH = dialog_sheets("workspaces")
    KEYS = (
        *LETTERS,
        Key("enter", hint="start"),
        Key("space", "flip", "take out"),
        Key("a", "flip_all", "all or none"),
        Key("escape", "cancel", "start none"),
    )

    def __init__(
        self,
        workspace: Workspace,
        returns: Sequence[Return],
        *,
        starts_in: float | None = None,
        left_out: Collection[int] = (),
        alive: Collection[int] = (),
    ) -> None:
        """``returns`` are its sessions as they would come back. ``starts_in``: seconds until the answer is given by
        itself, unless a key is pressed before. ``left_out`` are the places of those that are not chosen at first,
        ``alive`` of those that still live and are taken over."""
        super().__init__()
        self._workspace = workspace
        self._returns = returns
        self._chosen = set(range(len(returns))).difference(left_out)
        self._alive = alive
        self._left = starts_in
        self._timer: Timer | None = None
        self._about = TextLines(id="about")

    def compose(self) -> ComposeResult:
        """A line a tab, details of the chosen one, the keys."""
        with Vertical(id="box") as box:
            if damage := self._workspace.damage:
                yield plain(f"{damage[:1].upper()}{damage[1:]}.", "note")
            begins = "Bring back" if self._alive else "Start"
            box.border_title = Text(f"{begins} the tabs of {inert.line(self._workspace.name, 40)}?")
            yield Choices()
            yield self._about
            yield self.key_line()

    def hint(self, key: Key) -> str:
        """Enter starts tabs, or brings them back where some still live."""
        if self._alive:
            return {"enter": "bring back", "escape": "leave them"}.get(key.keys, super().hint(key))
        return super().hint(key)

    def on_mount(self) -> None:
        """Show all, all of them chosen."""
        self._show()
        self.choices.focus()
        if self._left is not None:
            self._timer = self.set_interval(0.25, self._tick)

    def _tick(self) -> None:
        assert self._left is not None
        self._left -= 0.25
        if self._left <= 0:
            self._stay()
            self.dismiss(sorted(self._chosen))
        else:
            self._tell()

    def _stay(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer, self._left = None, None

    def on_key(self, event: events.Key) -> None:
        """A key: stop the countdown."""
        if self._timer is not None:
            self._stay()
            self._tell()

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        self.dismiss(sorted(self._chosen))

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        self._tell()

    def action_flip(self) -> None:
        """Take one out, or in again."""
        self._chosen ^= {self.place}
        self._show()
        self.action_move(1)

    def action_flip_all(self) -> None:
        """All, or none where all are chosen."""
        every = set(range(len(self._returns)))
        self._chosen = set() if self._chosen == every else every
        self._show()

    def _show(self) -> None:
        self.choices.show([self._line(place, each) for place, each in enumerate(self._returns)])
        self._tell()

    def _line(self, place: int, back: Return) -> Text:
        palette, request = palette_of(self), back.request
        chosen = place in self._chosen
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append("■ " if chosen else "□ ", palette.style(Tone.ACCENT if chosen else Tone.FAINT))
        line.append(
            words.fit(inert.line(request.label, 60), TITLE_WIDTH), "bold" if chosen else palette.style(Tone.DIM)
        )
        node = back.node.label if back.node is not None else back.node_name or request.target
        line.append(" " + words.fit(inert.line(node, 60), NODE_WIDTH))
        document = inert.line(request.document_name or DEFAULT_SHELL, 60)
        line.append(" " + words.fit(document, DOCUMENT_WIDTH), palette.style(Tone.DIM))
        if request.options.guarded:
            line.append(" GUARDED", palette.style(Tone.BAD))
        if place in self._alive:
            line.append(" still runs", palette.style(Tone.GOOD))
        elif back.note:
            line.append(" !", palette.style(Tone.WARN))
        return line

    def _outcome(self) -> str:
        """What would become of the chosen ones."""
        back = len(self._chosen.intersection(self._alive))
        new = len(self._chosen) - back
        started = f"{words.count(new, 'session')} would be started"
        if not back:
            return started
        comes = f"{words.count(back, 'shell')} would come back"
        return f"{comes}, {started}" if new else comes

    def _tell(self) -> None:
        back = self._returns[self.place]
        scope, options = back.request.scope, back.request.options
        where = [scope.aws_profile or "default credentials", scope.region] if scope is not None else []
        facts = [*where, f"profile {options.profile}" if options.profile else "", back.request.reason or ""]
        lines = [Cell(" · ".join(inert.line(fact, 60) for fact in facts if fact), Tone.DIM)]
        if options.guarded:
            lines.append(Cell(f"guarded: {inert.line(options.guarded, 60)}", Tone.BAD))
        if self.place in self._alive:
            lines.append(Cell("it still runs, and comes back as it is; nothing is typed", Tone.GOOD))
        elif back.note:
            lines.append(Cell(back.note, Tone.WARN))
        soon = f" in {math.ceil(self._left)} s; any key waits" if self._left is not None else ""
        tabs = len(narrowed(self._workspace.tabs, sorted(self._chosen)))
        shared = f" in {words.count(tabs, 'tab')}" if tabs < len(self._chosen) else ""
        lines.append(Cell(f"{self._outcome()}{shared}{soon}", Tone.STRONG))
        self._about.show(lines)
