"""A line in which a session document is chosen: the list under it is there while the line is being edited."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from ssmtui import inert
from ssmtui.model import DocumentSummary, Platform
from ssmtui.ui.compat import InertInput
from ssmtui.ui.session_words import DEFAULT_SHELL
from ssmtui.ui.words import fit

NAME_WIDTH = 30

MOVES = {"down": "cursor_down", "up": "cursor_up", "pagedown": "page_down", "pageup": "page_up"}


def fits(document: DocumentSummary, platform: Platform) -> bool:
    """Whether the document is meant for the platform, as far as either says."""
    return platform is Platform.UNKNOWN or not document.platforms or platform in document.platforms


def choices(documents: Sequence[DocumentSummary], text: str, platform: Platform) -> list[DocumentSummary]:
    """The documents with every word of ``text`` in name or description; those for other platforms last."""
    words = text.casefold().split()
    found = [d for d in documents if all(word in f"{d.name}\n{d.description}".casefold() for word in words)]
    return sorted(found, key=lambda document: not fits(document, platform))


class DocumentPicker(Vertical):
    """Chooses a name; empty means the account's default shell. A name that is not listed can be typed whole."""

    class Picked(Message):
        """``name`` was chosen; ``done`` when the person goes on to the next field."""

        def __init__(self, picker: DocumentPicker, name: str, done: bool) -> None:
            super().__init__()
            self.picker = picker
            self.name = name
            self.done = done

        @property
        def control(self) -> DocumentPicker:
            """The picker."""
            return self.picker

    def __init__(self, name: str, platform: Platform) -> None:
        super().__init__()
        self.chosen = name
        self._platform = platform
        self._documents: Sequence[DocumentSummary] = ()
        self._status = "reading the list of documents …"
        self._entry = InertInput(name, placeholder=DEFAULT_SHELL, compact=True, id="document")
        self._choices = OptionList(id="documents", markup=False)
        self._choices.can_focus = False

    def compose(self) -> ComposeResult:
        """The line above its list."""
        yield self._entry
        yield self._choices

    def on_mount(self) -> None:
        """Nothing is listed yet."""
        self._offer("")

    def show_documents(self, documents: Sequence[DocumentSummary]) -> None:
        """Offer these."""
        self._documents, self._status = documents, ""
        self._offer(self._typed)

    def show_status(self, text: str) -> None:
        """Say why nothing is offered; names can still be typed."""
        self._status = text
        self._offer(self._typed)

    @property
    def _typed(self) -> str:
        """What the list is filtered by: not the name that is already chosen."""
        text = self._entry.value.strip()
        return "" if text == self.chosen else text

    @on(Input.Changed)
    def changed(self, event: Input.Changed) -> None:
        """Offer what fits."""
        event.stop()
        self._offer(self._typed)

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        """Take the highlighted one and go on."""
        event.stop()
        self._pick_highlighted(done=True)

    @on(OptionList.OptionSelected)
    def clicked(self, event: OptionList.OptionSelected) -> None:
        """Take the one that was clicked."""
        event.stop()
        self._pick(event.option.id or "", done=True)

    def on_key(self, event: events.Key) -> None:
        """Arrows and pages move in the list."""
        if event.key in MOVES:
            event.stop()
            event.prevent_default()
            getattr(self._choices, f"action_{MOVES[event.key]}")()

    def on_descendant_focus(self) -> None:
        """Show the list."""
        self._choices.display = True
        self._offer(self._typed)

    def on_descendant_blur(self) -> None:
        """Leaving with something typed takes what is highlighted."""
        if self._entry.value.strip() != self.chosen:
            self._pick_highlighted(done=False)
        self._choices.display = False

    def _pick_highlighted(self, *, done: bool) -> None:
        option = self._choices.highlighted_option
        self._pick(self._entry.value.strip() if option is None else option.id or "", done=done)

    def _pick(self, name: str, *, done: bool) -> None:
        self.chosen = name
        with self._entry.prevent(Input.Changed):
            self._entry.value = name
        self.post_message(self.Picked(self, name, done))

    def _offer(self, text: str) -> None:
        found = choices(self._documents, text, self._platform)
        options = [] if text else [Option(self._line(DEFAULT_SHELL, "the account's own settings", True), id="")]
        options += [Option(self._line(d.name, d.description, fits(d, self._platform)), id=d.name) for d in found]
        if text and text not in {document.name for document in found}:
            options.append(Option(self._line(text, "a document of that name", True), id=text))
        if self._status:
            options.append(Option(Text(inert.line(self._status), style=self._dim), disabled=True))
        self._choices.clear_options()
        self._choices.add_options(options)
        ids = [option.id for option in options]
        self._choices.highlighted = ids.index(self.chosen) if not text and self.chosen in ids else 0

    def _line(self, name: str, description: str, suits: bool) -> Text:
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(fit(inert.line(name, 128), NAME_WIDTH), "bold" if suits else self._dim)
        note = "" if suits else f"not for {self._platform.value}; "
        return line.append("  " + note + inert.line(description, 200), self._dim)

    @property
    def _dim(self) -> str:
        return self.app.theme_variables["dim"]
