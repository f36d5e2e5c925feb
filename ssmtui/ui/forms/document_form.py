"""Which document, and what it asks for: picker, facts, a field for each parameter. Two forms hold it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from ssmtui.errors import AccessDenied, DocumentError, SsmtuiError
from ssmtui.model import Platform, SessionDocument
from ssmtui.profiles.histories import History
from ssmtui.sessions.documents import DocumentLibrary
from ssmtui.ui.compat import PatientDialog, run_latest
from ssmtui.ui.forms.document_picker import DocumentPicker
from ssmtui.ui.forms.parameter_field import ParameterField
from ssmtui.ui.forms.parameter_fields import ParameterFields
from ssmtui.ui.forms.read_facts import ReadFacts
from ssmtui.ui.forms.unread_parameters import UnreadParameters
from ssmtui.ui.kit.fields import FieldNote, Label
from ssmtui.ui.look.tones import Tone

Parameters = Mapping[str, tuple[str, ...]]
NOTHING: Parameters = MappingProxyType({})


class DocumentForm(Vertical):
    """Posts :class:`Changed` whenever the document or a parameter changes."""

    class Changed(Message):
        """The document changed, its parameters were loaded, or one of them was edited."""

    class Done(Message):
        """Enter in the last field: the person goes on to what follows."""

    def __init__(
        self,
        library: DocumentLibrary,
        document: str = "",
        parameters: Parameters = NOTHING,
        *,
        platform: Platform = Platform.UNKNOWN,
        account: str = "",
        history: History | None = None,
        templates: bool = False,
        default: SessionDocument | None = None,
    ) -> None:
        """``document`` and ``parameters`` are what is chosen at first, empty for the default shell. ``platform`` and
        ``account`` are the node's. With ``templates`` values may hold ``${VARIABLE}`` and ``{ask:Question}``.
        ``default`` is what no document means; None: what the account's preferences say."""
        super().__init__()
        self.session_document: SessionDocument | None = None
        """The chosen document, once it has been read."""
        self.error: SsmtuiError | None = None
        """Why it cannot be read."""
        self._library = library
        self._given = (document, parameters)
        self._reading: asyncio.Event = asyncio.Event()
        self._reading.set()
        self._asked_for = document
        self._goes_on = False
        self._picker = DocumentPicker(document, platform, account, lambda name: self._library.known(name))
        self._facts = ReadFacts(library, platform, default)
        self._left_out = FieldNote()
        self._fields = ParameterFields(history, templates=templates)
        self._unread = UnreadParameters()

    def compose(self) -> ComposeResult:
        """From the top."""
        yield Label("Document", "type to filter, ↑ ↓ choose")
        yield self._picker
        yield self._facts
        yield self._left_out
        yield self._fields
        yield self._unread

    def on_mount(self) -> None:
        """Ask for the documents, and for the chosen one."""
        self._left_out.display = self._unread.display = False
        run_latest(self, self._list, name="documents", group="list")
        self._load(self._asked_for)

    # What is chosen

    @property
    def document(self) -> str:
        """Name of the document; empty for the account's default shell."""
        return self._picker.chosen

    @property
    def parameters(self) -> Parameters:
        """What differs from the document's defaults; while it cannot be read, what was given for it."""
        if self.session_document is not None:
            return self._fields.values
        return self._unread.values if self._unread.display else self._given_now

    @property
    def problems(self) -> Mapping[str, str]:
        """What is wrong, by the parameter's name, in the document's order."""
        if self.session_document is not None:
            return self._fields.problems
        wrong = self._unread.problem if self._unread.display else ""
        return {"parameters": wrong} if wrong else {}

    async def show_problems(self) -> bool:
        """Say at each field what is wrong, and go to the first of them; whether there is one."""
        if self._unread.display and self._unread.problem:
            self._unread.entry.focus()
            return True
        return await self._fields.show_problems()

    async def refuse(self, name: str, text: str) -> None:
        """The service refuses the parameter ``name``: say so there, and go there."""
        await self._fields.refuse(name, text)

    async def verified(self) -> SessionDocument | None:
        """The chosen document once it has been read; None where that may not be done, or is not possible now.

        Raises :class:`ssmtui.errors.DocumentError` for one that does not exist or is not for sessions.
        """
        await self._reading.wait()
        if isinstance(self.error, DocumentError) and self.document:
            raise self.error
        return self.session_document

    def choose(self, document: str, parameters: Parameters = NOTHING) -> None:
        """Choose another document, with these parameters."""
        self._given = (document, parameters)
        self._picker.choose(document)
        self._load(document)

    def use(self, library: DocumentLibrary) -> None:
        """Use the documents of another account or region; entered values stay where the document has such
        parameters."""
        if library is not self._library:
            self._given = (self.document, self.parameters)
            self._library = library
            self._facts.use(library)
            run_latest(self, self._list, name="documents", group="list")
            self._load(self.document)

    @property
    def is_reading(self) -> bool:
        """Whether the chosen document is being read."""
        return not self._reading.is_set()

    def settle(self) -> None:
        """Choose the text of the document's line, as leaving it does."""
        self._picker.settle()
        if self._picker.chosen != self._asked_for:
            self._load(self._picker.chosen)

    def focus_first(self) -> None:
        """Go to the document's line."""
        self._picker.entry.focus()

    @property
    def _given_now(self) -> Parameters:
        """What was given for the chosen document."""
        name, parameters = self._given
        return parameters if name == self.document else NOTHING

    # Documents

    async def _list(self) -> None:
        try:
            self._picker.show_documents(await self._library.documents())
        except SsmtuiError as error:
            why = f"{error.action or error.operation} is denied" if isinstance(error, AccessDenied) else error.title
            self._picker.show_failure(f"no list: {why}. A name can be typed.")

    @on(DocumentPicker.Waiting)
    def _list_waited_for(self, event: DocumentPicker.Waiting) -> None:
        """Keep what is typed meanwhile for the first field."""
        event.stop()
        self._keep_typing()

    @on(DocumentPicker.RefreshWanted)
    def _refresh_wanted(self, event: DocumentPicker.RefreshWanted) -> None:
        event.stop()
        self._library.forget()
        self._facts.forget()
        run_latest(self, self._list, name="documents", group="list")

    @on(DocumentPicker.Looked)
    def looked_at(self, event: DocumentPicker.Looked) -> None:
        """Show what it is; of the chosen one that is being read, :meth:`_read` does."""
        event.stop()
        if not event.is_listed:
            self._facts.look_away()
        elif event.name == self._asked_for and self.is_reading:
            self._facts.wait(event.name)
        else:
            self._facts.look(event.name)

    @on(DocumentPicker.Picked)
    def _document_picked(self, event: DocumentPicker.Picked) -> None:
        event.stop()
        if event.name != self._asked_for or self.error is not None:
            self._load(event.name)
        else:
            self._facts.look(event.name)
        self._goes_on = event.done
        if event.done and self._reading.is_set():
            self._go_on()
        elif event.done:
            self._keep_typing()

    def _keep_typing(self) -> None:
        if isinstance(self.screen, PatientDialog):
            self.screen.keep_typing()

    def _load(self, name: str) -> None:
        self._asked_for = name
        self.session_document = self.error = None
        self._reading.clear()
        self._left_out.display = self._unread.display = False
        self._facts.wait(name)
        run_latest(self, partial(self._read, name), name="document", group="document")

    async def _read(self, name: str) -> None:
        try:
            document = await self._document(name)
        except SsmtuiError as error:
            self.error = error
            await self._fields.show((), NOTHING, "")
            self._facts.refuse(name, error)
            self._unread.show(self._given_now)
            self._unread.display = not isinstance(error, DocumentError)
        else:
            self.session_document = document
            await self._show(document, name)
        self._reading.set()
        self.post_message(self.Changed())
        if self._goes_on:
            self._go_on()

    async def _document(self, name: str) -> SessionDocument:
        if name:
            return await self._library.document(name)
        self._facts.look("", 0)
        return SessionDocument("", session_type="Standard_Stream")

    async def _show(self, document: SessionDocument, name: str) -> None:
        if name:
            self._facts.look(name)
        given = self._given_now
        await self._fields.show(document.parameters, given, name)
        lost = sorted(set(given) - {parameter.name for parameter in document.parameters})
        if lost:
            self._left_out.show(f"Left out, for the document has no such parameter: {', '.join(lost)}", Tone.WARN)
            self._left_out.display = True

    # Going through the fields

    def focus_fields(self) -> None:
        """Go to the first of the parameters, or on to what comes behind the form."""
        first = self._unread.entry if self._unread.display else self._fields.first_entry
        if first is not None:
            first.focus()
        else:
            self.post_message(self.Done())

    def _go_on(self) -> None:
        self._goes_on = False
        self.focus_fields()
        if isinstance(self.screen, PatientDialog):
            self.call_after_refresh(self.screen.hand_out)

    @on(Input.Submitted)
    def _entry_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._is_last(event.input):
            self.post_message(self.Done())
        else:
            self.screen.focus_next()

    def _is_last(self, entry: Widget) -> bool:
        return not self._fields.has_more and self._fields.last_entry is entry

    @on(ParameterField.Edited)
    @on(UnreadParameters.Edited)
    def _field_edited(self, event: Message) -> None:
        event.stop()
        self.post_message(self.Changed())

    def remember(self) -> None:
        """Keep what is entered for the next time."""
        self._fields.remember()


def named(error: SsmtuiError, document: SessionDocument) -> str:
    """The parameter of ``document`` that a refusal of the service names; empty where it names none."""
    names = sorted((parameter.name for parameter in document.parameters), key=len, reverse=True)
    # StartSession's InvalidParameters puts the name in quotes, and then values, which may be other parameters' names.
    quoted = re.search(r"""Parameter ["']([^"']+)["']""", error.detail)
    if quoted is not None and quoted[1] in names:
        return quoted[1]
    return next((name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", error.detail)), "")
