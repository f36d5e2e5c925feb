"""What a saved command comes to, and where it goes, before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll

from ssmtui import inert
from ssmtui.terminal import paste
from ssmtui.ui.kit.dialog import Dialog, Key, plain
from ssmtui.ui.look import words
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.panes import words as session_words

if TYPE_CHECKING:
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.terminal.screen import Modes

LINE_SHOWN = 2_000
"""Characters of a line that are shown, broken over as many lines of the box as that takes."""
NAMES_SHOWN = 50
"""Receivers that are named; more are counted."""


class SnippetReceiver(NamedTuple):
    """A session that gets it."""

    key: int
    name: str
    guarded: str
    """Why it is one to be careful with; empty when it is not."""
    marks_pastes: bool
    """Whether its program takes a paste as text (mode 2004), so that no line break in it runs anything."""
    is_full_screen: bool

    @classmethod
    def of(cls, session: SessionSnapshot, modes: Modes) -> SnippetReceiver:
        """The session as it is now."""
        return cls(
            session.key,
            session_words.node_name(session),
            session.request.options.guarded,
            modes.bracketed_paste,
            modes.alternate_screen,
        )


class SnippetPreview(Dialog[bool]):
    """Enter or y sends it as it is written, o the other way about Enter at its end; the answer is whether Enter is
    pressed there. Nothing here has the focus, so no key that was typed before it was seen answers it."""

    CSS_PATH = dialog_sheets("snippets")
    KEYS = (
        Key("enter,y", "send(False)"),
        Key("o", "send(True)"),
        Key("down,j", "scroll(1)", "scroll", "↑ ↓"),
        Key("up,k", "scroll(-1)"),
        Key("n,q", "cancel"),
        Key("escape", "cancel", "do not send"),
    )

    def __init__(self, name: str, text: str, receivers: Sequence[SnippetReceiver], *, enter: bool) -> None:
        """``enter``: the snippet says that Enter is pressed at its end."""
        super().__init__()
        self._snippet = name
        self._text = text
        self._receivers = receivers
        self._enter = enter
        self._lines = paste.lines(text)

    def compose(self) -> ComposeResult:
        """Where it goes, all of what is sent, what that does, keys."""
        one = self._receivers[0].name if len(self._receivers) == 1 else words.count(len(self._receivers), "session")
        with Vertical(id="box") as box:
            box.border_title = Text(self._snippet)
            yield plain(f"Send this to {one}?", "lines question")
            with VerticalScroll(can_focus=False):
                yield plain([inert.pictured(line, LINE_SHOWN) for line in self._lines], "command")
                if len(self._receivers) > 1:
                    yield plain(words.indented(self._guarded_first, NAMES_SHOWN, _named, "session"), "note")
            if danger := self._danger:
                yield plain(danger, "danger")
            if consequences := self._consequences:
                yield plain(consequences, "note")
            yield self.key_line()

    def hint(self, key: Key) -> str:
        """What the two answers do depends on the snippet; a text in full is not scrolled."""
        if key.action == "send(False)":
            return "send, with Enter" if self._enter else "send, without Enter"
        if key.action == "send(True)":
            return "without Enter" if self._enter else "with Enter"
        if key.action == "scroll(1)" and not self._scrolls:
            return ""
        return super().hint(key)

    @property
    def _scrolls(self) -> bool:
        return any(area.max_scroll_y for area in self.query(VerticalScroll))

    def on_resize(self) -> None:
        """Whether there is more than is in sight is known once the dialog has its size."""
        self.call_after_refresh(self.show_hints)

    @property
    def _guarded_first(self) -> list[SnippetReceiver]:
        return sorted(self._receivers, key=lambda each: not each.guarded)

    @property
    def _danger(self) -> str:
        guarded = sum(bool(each.guarded) for each in self._receivers)
        if len(self._receivers) == 1:
            return f"It is guarded ({inert.line(self._receivers[0].guarded, 40)})." if guarded else ""
        if not guarded:
            return ""
        return "1 of them is guarded." if guarded == 1 else f"{guarded} of them are guarded."

    @property
    def _consequences(self) -> list[str]:
        found = []
        if len(self._lines) > 1 and not all(each.marks_pastes for each in self._receivers):
            found.append("Each line but the last is run at once.")
        if controls := paste.controls(self._text):
            spaces = "a space" if controls == 1 else "spaces"
            found.append(f"{words.count(controls, 'control character')} will be sent as {spaces}.")
        if screens := sum(each.is_full_screen for each in self._receivers):
            several = f"{screens} of them {'is' if screens == 1 else 'are'}"
            who = several if len(self._receivers) > 1 else "The session is"
            found.append(f"{who} in a full-screen program, which gets this as if it were typed.")
        return found

    def action_send(self, other: bool) -> None:
        """Answer: as the snippet says, or the ``other`` way."""
        self.dismiss(self._enter is not other)

    def action_scroll(self, lines: int) -> None:
        """Scroll what is sent."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def _named(receiver: SnippetReceiver) -> str:
    return f"{receiver.name}  GUARDED {inert.line(receiver.guarded, 40)}" if receiver.guarded else receiver.name
