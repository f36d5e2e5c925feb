"""One line for all members of a broadcast: written, then shown again with those who get it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input

from ssmtui import inert
from ssmtui.ui.kit.dialog import Dialog, Key, plain
from ssmtui.ui.kit.entries import TextEntry
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.look.sheets import dialog_sheets

SHOWN = 50
"""Sessions that are named."""
LINE_SHOWN = 300
"""Characters of the line that are shown above those who get it; the rest of a longer one is below them."""

NOTE = (
    "Nothing is sent before you have seen who gets it.",
    "A line that begins with a space is not among the earlier lines.",
)


class Addressee(NamedTuple):
    """A session that gets the line."""

    name: str
    account: str
    guarded: str
    """Why it is one to be careful with; empty when it is not."""


class Addressees(NamedTuple):
    """Who gets the line, and who does not."""

    getting: Sequence[Addressee]
    left_out: Sequence[tuple[str, str]]
    """Name and reason of the members that get nothing."""

    @property
    def lines(self) -> list[str]:
        """Those who get it and are not guarded."""
        plain_ones = [one for one in self.getting if not one.guarded]
        return words.indented(plain_ones, SHOWN, lambda one: "  ".join(filter(None, [tidy(one.name, 40), one.account])))

    @property
    def guarded_lines(self) -> list[str]:
        """Those of them that are guarded, each with its reason."""
        guarded = [one for one in self.getting if one.guarded]
        if not guarded:
            return []
        are = "1 of them is guarded:" if len(guarded) == 1 else f"{len(guarded)} of them are guarded:"
        return [are, *words.indented(guarded, SHOWN, _guarded)]

    @property
    def left_out_lines(self) -> list[str]:
        """Those who get nothing, each with its reason."""
        if not self.left_out:
            return []
        said = words.indented(self.left_out, SHOWN, lambda one: f"{tidy(one[0], 40)}  {one[1]}")
        return [f"{words.count(len(self.left_out), 'session')} left out:", *said]


def _guarded(one: Addressee) -> str:
    return "  ".join(filter(None, [tidy(one.name, 40), one.account, inert.line(one.guarded, 40)]))


class ComposeDialog(Dialog[str]):
    """Enter answers with the line; the arrows bring back earlier ones."""

    CSS_PATH = dialog_sheets("broadcast")
    KEYS = (Key("enter", hint="review"), Key("up", hint="earlier lines", shown="↑ ↓"))

    def __init__(self, sessions: int, text: str, earlier: Callable[[], Awaitable[tuple[str, ...]]]) -> None:
        """``earlier`` gives the lines that were sent before, oldest first."""
        super().__init__()
        self._sessions = sessions
        self._earlier = earlier
        self._entry = TextEntry(text, placeholder="a command")

    def compose(self) -> ComposeResult:
        """Question, line, keys."""
        with Vertical(id="box"):
            yield plain(f"One line for {words.count(self._sessions, 'session')}", "lines question")
            yield self._entry
            yield plain(NOTE, "note")
            yield self.key_line()

    def on_mount(self) -> None:
        """The line gets the keys at once, and the earlier lines once they are read."""
        self._entry.focus()
        self._entry.cursor_position = len(self._entry.value)
        self.run_worker(self._load(), name="earlier lines")

    async def _load(self) -> None:
        self._entry.remember(await self._earlier())

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value)


class ReviewDialog(Dialog[bool]):
    """Enter or y sends; e goes back to the line, esc gives it up."""

    CSS_PATH = dialog_sheets("broadcast")
    KEYS = (
        Key("enter,y", "answer(True)", "send it"),
        Key("e,n", "answer(False)", "edit it", shown="e"),
        Key("escape", "cancel", "do not send it"),
        # Before the scroll view's own, which glide.
        Key("down,j", "scroll(1)", priority=True),
        Key("up,k", "scroll(-1)", priority=True),
    )

    def __init__(self, text: str, addressees: Addressees) -> None:
        super().__init__()
        self._text = text
        self._addressees = addressees

    def compose(self) -> ComposeResult:
        """The line, who gets it, who is guarded, who does not get it."""
        found = self._addressees
        into = words.count(len(found.getting), "session")
        with Vertical(id="box"):
            yield plain(f"Send this line to {into}, with Enter?", "lines question")
            yield plain(self._begin, "lines sent")
            with VerticalScroll():
                # What is dangerous is seen without scrolling.
                if found.guarded_lines:
                    yield plain(found.guarded_lines, "danger")
                if found.lines:
                    yield plain(found.lines, "note")
                if found.left_out_lines:
                    yield plain(found.left_out_lines, "note")
                if rest := self._text[LINE_SHOWN:]:
                    yield plain("The rest of the line:", "note")
                    yield plain(inert.pictured(rest, len(rest)), "lines sent")
            yield self.key_line()

    @property
    def _begin(self) -> list[str]:
        begin = [inert.pictured(self._text[:LINE_SHOWN], LINE_SHOWN)]
        if (more := len(self._text) - LINE_SHOWN) > 0:
            begin.append(f"… and {words.count(more, 'more character')}, at the end of what is below")
        return begin

    def on_mount(self) -> None:
        """Arrows and pages scroll."""
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_answer(self, yes: bool) -> None:
        """Give the answer."""
        self.dismiss(yes)
