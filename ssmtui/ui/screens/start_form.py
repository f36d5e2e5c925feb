"""A session with chosen document, parameters and reason, on a given node."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from ssmtui import inert
from ssmtui.documents import reasons
from ssmtui.errors import SsmtuiError
from ssmtui.inventory.fields import platform_words
from ssmtui.model import Node, SessionDocument, StartRequest
from ssmtui.ui.cells import Cell
from ssmtui.ui.compat import InertInput
from ssmtui.ui.screens.dialog import Dialog, key_line
from ssmtui.ui.tones import Tone
from ssmtui.ui.widgets.document_picker import DocumentPicker
from ssmtui.ui.widgets.fields import Label, ParameterField
from ssmtui.ui.widgets.text_lines import TextLines, error_lines, wrap

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateway

TEXT_WIDTH = 66


class StartForm(Dialog[StartRequest]):
    """Enter goes on to the next field and, from the last, starts; ctrl+s starts from anywhere."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "submit", "Start", show=False, priority=True)]

    def __init__(
        self, gateway: Gateway, node: Node, request: StartRequest, error: SsmtuiError | None, others: int = 0
    ) -> None:
        """``others``: on how many more nodes a session is started with the same answers."""
        super().__init__()
        self._gateway = gateway
        self._node = node
        self._others = f" and {others} more" if others else ""
        self._request = request
        self._error = error
        self._picker = DocumentPicker(request.document_name or "", node.platform)
        self._about = TextLines(id="about")
        self._fields = Vertical(id="fields")
        self._reason_label = Label("Reason", f"kept in the session's history, at most {reasons.MAX_REASON} characters")
        self._reason = InertInput(request.reason or "", compact=True, id="reason")
        self._loading = ""
        self._goes_on = False

    def compose(self) -> ComposeResult:
        """From the top: what went wrong before, the document, its parameters, the reason."""
        with Vertical(id="box") as box:
            # As Text: a title that is a str is markup.
            box.border_title = Text(f"Start a session on {inert.line(self._node.label, 40)}{self._others}")
            system = platform_words(self._node) if self._node.platform_name else ""
            box.border_subtitle = Text(" · ".join(inert.line(part, 40) for part in (self._node.id, system) if part))
            problem = TextLines(id="problem")
            problem.show([] if self._error is None else error_lines(self._error, TEXT_WIDTH))
            problem.display = self._error is not None
            yield problem
            yield Label("Document", "type to filter, ↑ ↓ choose")
            yield self._picker
            yield self._about
            yield self._fields
            yield self._reason_label
            yield self._reason
            yield key_line(("enter", "next field"), ("ctrl+s", "start"), ("escape", "cancel"))

    def on_mount(self) -> None:
        """Ask for the documents, and for the chosen one where there is one."""
        self.run_worker(self._load_documents(), name="documents")
        if self._picker.chosen:
            self._load(self._picker.chosen)

    # Documents

    async def _load_documents(self) -> None:
        try:
            self._picker.show_documents(await self._gateway.documents())
        except SsmtuiError as error:
            self._picker.show_status(f"no list: {error.title}. A name can be typed.")

    @on(DocumentPicker.Picked)
    def document_picked(self, event: DocumentPicker.Picked) -> None:
        """Show its parameters."""
        if event.name != self._loading:
            self._load(event.name)
        self._goes_on = event.done
        if event.done:
            self._first_entry().focus()

    def _load(self, name: str) -> None:
        self._loading = name
        self._fields.remove_children()
        self._about.show([Cell("reading the document …", Tone.DIM)] if name else [])
        if name:
            self.run_worker(self._load_document(name), name="document", group="document", exclusive=True)

    async def _load_document(self, name: str) -> None:
        try:
            document = await self._gateway.document(name)
        except SsmtuiError as error:
            without = Cell("It can be started without parameters.", Tone.DIM)
            self._about.show([*error_lines(error, TEXT_WIDTH)[:2], without])
            return
        await self._show_document(document)

    async def _show_document(self, document: SessionDocument) -> None:
        lines = [Cell(line, Tone.DIM) for line in wrap(inert.line(document.description, 400), TEXT_WIDTH, 2)]
        self._about.show(lines)
        given = self._request.parameters if document.name == self._request.document_name else {}
        fields = [ParameterField(parameter, given.get(parameter.name)) for parameter in document.parameters]
        await self._fields.mount_all(fields)
        if self._goes_on:
            self._first_entry().focus()

    def _first_entry(self) -> Input:
        fields = list(self._fields.query(ParameterField))
        return fields[0].entry if fields else self._reason  # type: ignore[return-value]

    # Answering

    @on(Input.Submitted)
    def entry_submitted(self, event: Input.Submitted) -> None:
        """The next field, or the start."""
        event.stop()
        if event.input is self._reason:
            self.action_submit()
        else:
            self.focus_next()

    @on(Input.Changed, "#reason")
    def reason_changed(self) -> None:
        """Check while it is typed."""
        self._reason_label.show(reasons.problem(reasons.NO_RULE, self._reason.value))

    def action_submit(self) -> None:
        """Start, unless something is known to be wrong: then go there."""
        self.set_focus(None)
        fields = list(self._fields.query(ParameterField))
        for field in fields:
            field.show_problem()
        wrong = next((field.entry for field in fields if field.problem), None)
        if wrong is None and reasons.problem(reasons.NO_RULE, self._reason.value):
            wrong = self._reason
        if wrong is not None:
            wrong.focus()
        else:
            self.dismiss(self._answer(fields))

    def _answer(self, fields: list[ParameterField]) -> StartRequest:
        given = {field.parameter.name: field.values for field in fields}
        return StartRequest(
            target=self._request.target,
            document_name=self._picker.chosen or None,
            parameters=MappingProxyType({name: values for name, values in given.items() if values is not None}),
            reason=reasons.reason_of(self._reason.value) or None,
            title=self._request.title,
        )
