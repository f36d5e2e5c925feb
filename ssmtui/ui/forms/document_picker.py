"""A line in which a session document is chosen: the list under it is there while the line is being edited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from ssmtui import inert
from ssmtui.model import DocumentSummary, Platform, SessionDocument
from ssmtui.ui.compat import InertInput
from ssmtui.ui.forms.document_facts import KINDS, owner
from ssmtui.ui.kit.choices import Choices
from ssmtui.ui.kit.narrowing import Narrowing
from ssmtui.ui.look.words import DEFAULT_SHELL, fit

NAME_WIDTH = 42
MIN_OWNER = 4
MAX_NAME = 256
"""Characters of a name that is typed: an ARN has fewer."""
READING = "reading the list of documents …"
SHOWN = 200
"""Documents that are listed; typing finds the others."""

Known = Callable[[str], SessionDocument | None]
"""Gives a document where it has been read."""


def fits(document: DocumentSummary, platform: Platform) -> bool:
    """Whether the document is meant for the platform, as far as either says."""
    return platform is Platform.UNKNOWN or not document.platforms or platform in document.platforms


def choices(
    documents: Sequence[DocumentSummary], text: str, platform: Platform, known: Known = lambda name: None
) -> list[DocumentSummary]:
    """The documents with every word of ``text`` in name or description: the one of that very name first, those for
    other platforms last."""
    words = text.casefold().split()
    found = (
        [each for each in documents if all(word in _searched(each, known) for word in words)] if words else documents
    )
    return sorted(found, key=lambda document: (document.name != text, not fits(document, platform)))


def _searched(summary: DocumentSummary, known: Known) -> str:
    document = known(summary.name)
    more = f"\n{document.description}\n{KINDS.get(document.session_type, '')}" if document is not None else ""
    return f"{summary.name}\n{summary.description}{more}".casefold()


class DocumentPicker(Vertical, Narrowing):
    """Chooses a name; empty means the account's default shell. A name that is not listed can be typed whole."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+r", "refresh", "Read the list again", show=False)]

    class Picked(Message):
        """``name`` was chosen; ``done`` when the person goes on to the next field."""

        def __init__(self, name: str, done: bool) -> None:
            super().__init__()
            self.name = name
            self.done = done

    class Looked(Message):
        """``name`` is under the cursor of the list; what is only typed is not read."""

        def __init__(self, name: str, is_listed: bool = True) -> None:
            super().__init__()
            self.name = name
            self.is_listed = is_listed

    class Waiting(Message):
        """Enter was pressed before the list was loaded; it counts once it is."""

    class RefreshWanted(Message):
        """Read the list again."""

    def __init__(self, name: str, platform: Platform, account: str = "", known: Known = lambda name: None) -> None:
        """``account`` owns what is called the person's own; ``known`` gives documents that have been read."""
        super().__init__()
        self.chosen = name
        self._platform = platform
        self._account = account
        self._known = known
        self._documents: Sequence[DocumentSummary] = ()
        self._owner_width = MIN_OWNER
        self._status, self._is_listing = READING, True
        self._waits = False
        self._entry = InertInput(name, placeholder=DEFAULT_SHELL, compact=True, max_length=MAX_NAME, id="document")
        self._choices = Choices(id="documents", markup=False)

    def compose(self) -> ComposeResult:
        """The line above its list."""
        yield self._entry
        yield self._choices

    def on_mount(self) -> None:
        """Nothing is listed yet."""
        self._choices.display = False
        self._offer("")

    @property
    def entry(self) -> Input:
        """The line."""
        return self._entry

    def choose(self, name: str) -> None:
        """Choose ``name`` without posting a message."""
        self.chosen = name
        with self._entry.prevent(Input.Changed):
            self._entry.value = name

    def show_documents(self, documents: Sequence[DocumentSummary]) -> None:
        """Offer these."""
        self._documents, self._status, self._is_listing = documents, "", False
        self._owner_width = max([MIN_OWNER, *(len(owner(summary, self._account)) for summary in documents)])
        self._listed()

    def show_failure(self, text: str) -> None:
        """Say why nothing is offered; names can still be typed."""
        self._status, self._is_listing = text, False
        self._listed()

    def _listed(self) -> None:
        self._offer(self._typed)
        if self._waits:
            self._waits = False
            self._pick_highlighted(done=True)

    @property
    def _typed(self) -> str:
        """What the list is filtered by: not the name that is already chosen."""
        text = self._entry.value.strip()
        return "" if text == self.chosen else text

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._offer(self._typed)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """Take the highlighted one and go on; what is typed may begin a name of the list that is still to come."""
        event.stop()
        self._waits = self._is_listing and bool(self._typed)
        if self._waits:
            self.post_message(self.Waiting())
        else:
            self._pick_highlighted(done=True)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._pick(event.option.id or "", done=True)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        name = event.option.id or ""
        if self._choices.display:
            is_listed = name in ("", self.chosen) or any(name == document.name for document in self._documents)
            self.post_message(self.Looked(name, is_listed))

    def action_refresh(self) -> None:
        """Ask for the list again."""
        self._status, self._is_listing = READING, True
        self._offer(self._typed)
        self.post_message(self.RefreshWanted())

    def on_descendant_focus(self) -> None:
        """Show the list."""
        self._choices.display = True
        self._offer(self._typed)

    def on_descendant_blur(self) -> None:
        """Leaving takes what is typed."""
        self.settle()
        self._choices.display = False
        self.post_message(self.Looked(self.chosen))

    def settle(self) -> None:
        """Where something is typed, take what is highlighted."""
        if self._entry.value.strip() != self.chosen:
            self._pick_highlighted(done=False)

    def _pick_highlighted(self, *, done: bool) -> None:
        option = self._choices.highlighted_option
        self._pick(self._entry.value.strip() if option is None else option.id or "", done=done)

    def _pick(self, name: str, *, done: bool) -> None:
        self.choose(name)
        self.post_message(self.Picked(name, done))

    def _offer(self, text: str) -> None:
        found = choices(self._documents, text, self._platform, self._known)
        options = [] if text else [Option(self._line(DEFAULT_SHELL, "", "none: no document"), id="")]
        options += [self._option(summary) for summary in found[:SHOWN]]
        if text and text not in {document.name for document in found}:
            options.append(Option(self._line(text, "", "a document of that name"), id=text))
        rest = f"{len(found) - SHOWN:,} more: type to find them" if len(found) > SHOWN else ""
        options += [
            Option(Text(inert.line(note), style=self._dim), disabled=True) for note in (rest, self._status) if note
        ]
        self._choices.set_options(options)
        ids = [option.id for option in options]
        self._choices.highlighted = ids.index(self.chosen) if not text and self.chosen in ids else 0

    def _option(self, summary: DocumentSummary) -> Option:
        systems = " ".join(platform.value for platform in summary.platforms)
        suits = fits(summary, self._platform)
        note = systems if suits else f"not for {self._platform.value}"
        return Option(self._line(summary.name, owner(summary, self._account), note, suits), id=summary.name)

    def _line(self, name: str, whose: str, note: str, suits: bool = True) -> Text:
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(fit(inert.line(name, 128), NAME_WIDTH), "bold" if suits else self._dim)
        return line.append(f"  {fit(whose, self._owner_width)}  {inert.line(note, 200)}", self._dim)

    @property
    def _dim(self) -> str:
        return self.app.theme_variables["dim"]
