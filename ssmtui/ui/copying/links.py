"""Links that a node printed: which there are, and where one really leads before anything is opened."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList

from ssmtui import inert
from ssmtui.browser import host_of, is_web_address
from ssmtui.terminal.marks import ViewLink
from ssmtui.ui.kit.choices import LETTERS, ChoiceDialog, Choices
from ssmtui.ui.kit.dialog import Dialog, Key, plain
from ssmtui.ui.look.sheets import dialog_sheets

ADDRESS_SHOWN = 600
"""Characters of an address that are shown."""


class LinkAnswer(Enum):
    """What to do with a link."""

    OPEN = "open"
    COPY = "copy"


class LinkQuestion(Dialog[LinkAnswer]):
    """Enter or o opens, y copies, esc does neither."""

    CSS_PATH = dialog_sheets("copying")
    KEYS = (
        Key("enter,o", "answer('OPEN')", "open in the browser"),
        Key("y", "answer('COPY')", "copy"),
        Key("n,q", "cancel"),
    )

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._opens = is_web_address(address)

    def compose(self) -> ComposeResult:
        """The host has its own line: an address can be made to look like another host's."""
        host = inert.line(host_of(self._address), 100)
        question = f"Open a page of {host}?" if self._opens else "This link cannot be opened from here"
        with Vertical(id="box"):
            yield plain(question, "lines question")
            yield plain(inert.line(self._address, ADDRESS_SHOWN), "note address")
            if not self._opens:
                yield plain("Only http and https addresses in plain ASCII are opened.", "note")
            yield self.key_line()

    def hint(self, key: Key) -> str:
        """Some links can only be copied."""
        return "" if key.action == "answer('OPEN')" and not self._opens else super().hint(key)

    def action_answer(self, name: str) -> None:
        """Give the answer, if it is one that can be given."""
        answer = LinkAnswer[name]
        if self._opens or answer is LinkAnswer.COPY:
            self.dismiss(answer)


class LinkList(ChoiceDialog[ViewLink]):
    """Enter chooses one; then a question asks what to do with it."""

    CSS_PATH = dialog_sheets("copying")
    KEYS = (*LETTERS, Key("enter", hint="see the address"), Key("down", hint="choose", shown="↑ ↓"))

    def __init__(self, links: Sequence[ViewLink]) -> None:
        super().__init__()
        self._links = links

    def compose(self) -> ComposeResult:
        """The lowest on the screen first."""
        with Vertical(id="box") as box:
            box.border_title = "Links in sight"
            yield Choices()
            yield self.key_line()

    def on_mount(self) -> None:
        """The first one is chosen."""
        self.choices.show([self._line(link) for link in self._links])
        self.choices.focus()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._links[event.option_index])

    def _line(self, link: ViewLink) -> Text:
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(inert.line(link.text, 60) or "(no text)", "bold")
        if link.text != link.address:
            line.append(f"  {inert.line(link.address, 200)}", self.style("dim"))
        return line
