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
from ssmtui.documents.port_forwards import OWN
from ssmtui.profiles.planned_tabs import narrowed
from ssmtui.profiles.restoring import Return, TunnelReturn
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
    """Space takes one out or in, a all or none; enter answers with the places of those to start: sessions, and behind
    them tunnels."""

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
        tunnels: Sequence[TunnelReturn] = (),
        *,
        starts_in: float | None = None,
        left_out: Collection[int] = (),
        alive: Collection[int] = (),
    ) -> None:
        """``returns`` are its sessions as they would come back, ``tunnels`` its tunnels. ``starts_in``: seconds until
        the answer is given by itself, unless a key is pressed before. ``left_out`` are the places of those that are not
        chosen at first, ``alive`` of those that still live and are taken over."""
        super().__init__()
        self._workspace = workspace
        self._returns = returns
        self._tunnels = tunnels
        self._chosen = set(range(len(returns) + len(tunnels))).difference(left_out)
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
            what = " and ".join(["tabs"] * bool(self._returns) + ["tunnels"] * bool(self._tunnels))
            box.border_title = Text(f"{begins} the {what} of {inert.line(self._workspace.name, 40)}?")
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
        every = set(range(len(self._returns) + len(self._tunnels)))
        self._chosen = set() if self._chosen == every else every
        self._show()

    def _show(self) -> None:
        sessions = [self._line(place, each) for place, each in enumerate(self._returns)]
        tunnels = [self._tunnel_line(place, each) for place, each in enumerate(self._tunnels, len(self._returns))]
        self.choices.show([*sessions, *tunnels])
        self._tell()

    def _line(self, place: int, back: Return) -> Text:
        request = back.request
        node = back.node.label if back.node is not None else back.node_name or request.target
        return self._drawn(place, back, request.label, node, request.document_name or DEFAULT_SHELL)

    def _tunnel_line(self, place: int, each: TunnelReturn) -> Text:
        request, forward = each.back.request, each.saved.forward
        node = each.back.node.label if each.back.node is not None else request.label
        return self._drawn(place, each.back, forward.destination, node, "tunnel")

    def _drawn(self, place: int, back: Return, title: str, node: str, kind: str) -> Text:
        palette = palette_of(self)
        chosen = place in self._chosen
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append("■ " if chosen else "□ ", palette.style(Tone.ACCENT if chosen else Tone.FAINT))
        line.append(words.fit(inert.line(title, 60), TITLE_WIDTH), "bold" if chosen else palette.style(Tone.DIM))
        line.append(" " + words.fit(inert.line(node, 60), NODE_WIDTH))
        line.append(" " + words.fit(inert.line(kind, 60), DOCUMENT_WIDTH), palette.style(Tone.DIM))
        if back.request.options.guarded:
            line.append(" GUARDED", palette.style(Tone.BAD))
        if place in self._alive:
            line.append(" still runs", palette.style(Tone.GOOD))
        elif back.note:
            line.append(" !", palette.style(Tone.WARN))
        return line

    def _outcome(self) -> str:
        """What would become of the chosen ones."""
        shells = sorted(place for place in self._chosen if place < len(self._returns))
        tunnels, back = len(self._chosen) - len(shells), len(self._chosen.intersection(self._alive))
        new = len(shells) - back
        told = [f"{words.count(back, 'shell')} would come back"] if back else []
        if new or not self._chosen:
            told.append(f"{words.count(new, 'session')} would be started")
        tabs = len(narrowed(self._workspace.tabs, shells))
        if tabs < len(shells):
            told[-1] += f" in {words.count(tabs, 'tab')}"
        if tunnels:
            told.append(f"{words.count(tunnels, 'tunnel')} {'' if told else 'would be '}opened")
        return ", ".join(told)

    def _tell(self) -> None:
        number = len(self._returns)
        is_tunnel = self.place >= number
        back = self._tunnels[self.place - number].back if is_tunnel else self._returns[self.place]
        scope, options = back.request.scope, back.request.options
        where = [scope.aws_profile or "default credentials", scope.region] if scope is not None else []
        facts = [*where, f"connection {options.profile}" if options.profile else "", back.request.reason or ""]
        if is_tunnel:
            facts = [_from(self._tunnels[self.place - number]), *facts]
        lines = [Cell(" · ".join(inert.line(fact, 60) for fact in facts if fact), Tone.DIM)]
        if options.guarded:
            lines.append(Cell(f"guarded: {inert.line(options.guarded, 60)}", Tone.BAD))
        if self.place in self._alive:
            lines.append(Cell("it still runs, and comes back as it is; nothing is typed", Tone.GOOD))
        elif back.note:
            lines.append(Cell(back.note, Tone.WARN))
        elif is_tunnel and not self._tunnels[self.place - number].saved.was_open:
            lines.append(Cell("it was closed", Tone.DIM))
        soon = f" in {math.ceil(self._left)} s; any key waits" if self._left is not None else ""
        lines.append(Cell(f"{self._outcome()}{soon}", Tone.STRONG))
        self._about.show(lines)


def _from(each: TunnelReturn) -> str:
    """Where it is listened on."""
    forward = each.saved.forward
    at = "an address of its own" if forward.bind == OWN else forward.bind
    return f"from port {forward.local} of {at}" if forward.local else f"from {at}"
