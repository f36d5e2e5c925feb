"""A session with chosen document, parameters and reason, on one node or on several."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll

from ssmtui import inert, loopback
from ssmtui.documents import command_line, port_documents
from ssmtui.documents.facts import PORT
from ssmtui.documents.port_forwards import Forward
from ssmtui.documents.reasons import NO_RULE, ReasonRule
from ssmtui.documents.secrets import is_secret
from ssmtui.errors import DocumentError, SsmtuiError
from ssmtui.inventory.fields import platform_words
from ssmtui.model import Node, Platform, SessionDocument, StartRequest
from ssmtui.profiles.histories import Histories
from ssmtui.sessions.agent_words import misfit
from ssmtui.sessions.entry import CONTAINERS, entering
from ssmtui.ui.compat import run_latest
from ssmtui.ui.forms.command_field import CommandField
from ssmtui.ui.forms.document_form import DocumentForm, named
from ssmtui.ui.forms.form_dialog import FormDialog
from ssmtui.ui.forms.form_keys import FormKeys
from ssmtui.ui.forms.reason_field import ReasonField
from ssmtui.ui.kit.dialog import plain
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, error_lines
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.start import just_in_time, tunnel_lines
from ssmtui.ui.start.cli_line import CliLine

if TYPE_CHECKING:
    from ssmtui.sessions.documents import DocumentLibrary
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.start.launch import Launch

TEXT_WIDTH = 68
OTHERS = 3
"""Other nodes that are named."""
HIDDEN = "…"
"""Stands in the shown line for what may be secret."""

IN_CONTAINER = CONTAINERS._replace(description="A command or a shell in the container, by ECS ExecuteCommand")
"""What is started in a container without a document."""

Begin = Callable[[StartRequest, Forward | None], None]
"""Starts the one session, or opens the tunnel that a Port document makes; the form stays open and shows the result."""


class StartForm(FormDialog[StartRequest]):
    """Enter goes on to the next field and, from the last, starts; ctrl+s starts from anywhere.

    Its answer has document, parameters, reason and command in the first launch's request, and :attr:`forward` says
    whether that is a tunnel. With ``begin`` there is no answer: ``begin`` is called, and its owner closes the form or
    shows an error in it.
    """

    CSS_PATH = dialog_sheets("forms", "start")

    def __init__(
        self,
        stage: Stage,
        library: DocumentLibrary,
        histories: Histories,
        launches: Sequence[Launch],
        *,
        error: SsmtuiError | None = None,
        rule: ReasonRule = NO_RULE,
        begin: Begin | None = None,
        only_the_shell: bool = False,
        sessions_only: bool = False,
    ) -> None:
        """``launches`` has one at least; the first one's request fills the form in. ``error`` is what went wrong with
        it before, ``rule`` what is asked of the reason. ``only_the_shell``: one of the nodes has just-in-time access,
        which opens no other document. ``sessions_only``: what is asked for has tabs, and no tunnel can take their
        place."""
        super().__init__()
        self.forward: Forward | None = None
        """The tunnel that the document makes, where it is a Port one; known once the form is answered."""
        self._stage = stage
        self.on_stop: Callable[[], None] | None = None
        """Stops what :attr:`begin` has begun; there only while that goes on."""
        self._launches = launches
        request, node = launches[0]
        self._request, self._node = request, node or Node(request.target, "")
        self._histories = histories
        self._begin = begin
        self._error = error
        self._only_the_shell = only_the_shell
        self._sessions_only = sessions_only
        platforms = {each.node.platform if each.node is not None else Platform.UNKNOWN for each in launches}
        self._form = DocumentForm(
            library,
            request.document_name or "",
            request.parameters,
            platform=self._node.platform if len(platforms) == 1 else Platform.UNKNOWN,
            account=self._node.account,
            history=histories.entries,
            default=IN_CONTAINER if self._node.container is not None else None,
        )
        self._reason = ReasonField(request.reason or "", rule, histories.reasons)
        self._command = CommandField(request.command, histories.entries)
        self._leads = TextLines(id="leads")
        self._looked_at: int | None = None
        self._taken: int | None = None
        self._told = TextLines(id="told")
        self._line = CliLine()
        self._keys = FormKeys()

    def compose(self) -> ComposeResult:
        """The fields scroll; under them the result, the AWS CLI's line and the keys."""
        with Vertical(id="box") as box:
            # As Text: a title that is a str is markup.
            box.border_title = Text(f"Start a session on {self._title}")
            box.border_subtitle = Text(self._subtitle)
            with VerticalScroll(id="body", can_focus=False):
                yield self._form
                yield self._command
                yield self._reason
            if self._only_the_shell:
                yield plain(just_in_time.ONLY_THE_SHELL, "note")
            yield self._leads
            yield self._told
            yield self._line
            yield self._keys

    @property
    def _title(self) -> str:
        return inert.line(self._node.label, 40) + words.and_more(len(self._launches) - 1)

    @property
    def _subtitle(self) -> str:
        """Id and system of the node, or the other nodes' names, as many as there is room for."""
        if len(self._launches) == 1:
            system = platform_words(self._node) if self._node.platform_name else ""
            return " · ".join(inert.line(part, 40) for part in (self._node.id, system) if part)
        names = [inert.line(each.label, 20) for each in self._launches[1:]]
        return ", ".join(names[:OTHERS]) + (" …" if len(names) > OTHERS else "")

    def on_mount(self) -> None:
        """Fill in what is known, and go to the first field."""
        self._show_command()
        self._show_leads()
        self._tell(() if self._error is None else error_lines(self._error, TEXT_WIDTH))
        self._form.focus_first()
        self._show_line()
        self.run_worker(self._load_histories(), name="histories")
        if isinstance(self._error, DocumentError):
            self.run_worker(self._go_to_problem(), name="what a document refused", group="submit")

    async def _go_to_problem(self) -> None:
        """What does not fit the document is corrected in its fields, unless there is no such document."""
        entry = self.focused
        with suppress(DocumentError):
            document = await self._form.verified()
            if document is not None and self.focused is entry and not await self._form.show_problems():
                self._form.focus_fields()

    async def _load_histories(self) -> None:
        await self._histories.load()
        self._reason.load_history()
        self._command.load_history()

    # What is entered

    @property
    def answer(self) -> StartRequest:
        """What is entered, on the first node."""
        document = self._form.document
        return replace(
            self._request,
            document_name=document or None,
            parameters=MappingProxyType(dict(self._form.parameters)),
            reason=self._reason.text or None,
            command=self._command.text if self._is_command else "",
        )

    @property
    def _is_command(self) -> bool:
        """Whether a container is entered, by a command and not by a document."""
        return self._node.container is not None and not self._form.document

    @on(DocumentForm.Changed)
    @on(ReasonField.Edited)
    @on(CommandField.Edited)
    def _edited(self) -> None:
        self.call_after_refresh(self.show_focused)
        self._show_command()
        self._show_leads()
        self._show_line()

    @property
    def _document(self) -> SessionDocument | None:
        """The chosen document, as far as it is known."""
        return port_documents.known(self._form.document, self._form.session_document)

    def _show_leads(self) -> None:
        """Where the tunnel leads that the document makes."""
        use = None if self._sessions_only else tunnel_lines.use_now(self._document, self._form.parameters)
        told = tunnel_lines.lines(use, self._taken)
        self._leads.show(told)
        self._leads.display = bool(told)
        local = use.forward.local if use is not None else None
        if local != self._looked_at:
            self._looked_at = local
            if local:
                run_latest(self, partial(self._look_at_port, local), name="local port", group="local port")

    async def _look_at_port(self, port: int) -> None:
        is_free = await asyncio.to_thread(loopback.is_free, port)
        self._taken = None if is_free else port
        self._show_leads()

    def _show_command(self) -> None:
        self._command.display = self._is_command

    def _lines(self, answer: StartRequest) -> list[str]:
        requests = [(each.with_answers(answer).request, each.node) for each in self._launches]
        return [command_line.start_session(entering(request, node)) for request, node in requests]

    def _show_line(self) -> None:
        answer = self.answer
        shown = {name: (HIDDEN,) if is_secret(name) else values for name, values in answer.parameters.items()}
        request = self._launches[0].with_answers(replace(answer, parameters=MappingProxyType(shown))).request
        self._line.show(command_line.start_session(entering(request, self._node)))

    @on(CliLine.Clicked)
    def action_copy_line(self) -> None:
        """Copy the line, one for each node."""
        lines = [line for line in self._lines(self.answer) if line]
        if lines:
            self._stage.copy_to_clipboard("\n".join(lines), words.count(len(lines), "AWS CLI line"))
        else:
            self._stage.tell("The AWS CLI cannot be given these values on a line", severity="warning")

    def take_first(self, key: str) -> bool:
        """The keys that mean the same in all fields, typed before there are any as well."""
        if key == "ctrl+s":
            self.action_submit()
        elif key == "ctrl+y":
            self.action_copy_line()
        return key in ("ctrl+s", "ctrl+y")

    # Starting

    @on(DocumentForm.Done)
    def _document_done(self) -> None:
        (self._command if self._command.display else self._reason).entry.focus()

    @on(CommandField.Done)
    def _command_done(self) -> None:
        self._reason.entry.focus()

    @on(ReasonField.Done)
    def action_submit(self) -> None:
        """Start, unless something is known to be wrong: then go there."""
        if self.on_stop is None:
            self.keep_typing()
            run_latest(self, self._submit, name="submit", group="submit")

    async def _submit(self) -> None:
        try:
            # The keys right before this one may still be on their way: without them another document would start.
            await self.caught_up()
            self._form.settle()
            is_right = await self._look_over()
        finally:
            self.hand_out()
        if not is_right:
            return
        if self._begin is not None:
            self._begin(self.answer, self.forward)
        else:
            self._remember()
            self.dismiss(self.answer)

    async def _look_over(self) -> bool:
        """Whether nothing is known to be wrong; else say what, and go there."""
        self._tell([Cell("reading the document …", Tone.DIM)] if self._form.is_reading else ())
        try:
            document = await self._form.verified()
        except DocumentError as error:
            self._tell(error_lines(error, TEXT_WIDTH))
            self._form.focus_first()
            return False
        self._tell(())
        if self._only_the_shell and not self.answer.is_default_shell:
            self._tell(error_lines(just_in_time.refused_document(self.answer.document_name or ""), TEXT_WIDTH))
            self._form.focus_first()
            return False
        if await self._form.show_problems():
            return False
        self._reason.show_problem()
        if self._reason.problem:
            self._reason.entry.focus()
            return False
        return self._makes_out(port_documents.known(self._form.document, document))

    def _makes_out(self, document: SessionDocument | None) -> bool:
        """Whether it is clear what ``document`` starts: a session, or which tunnel."""
        self.forward = None
        if document is None or not port_documents.is_port(document):
            return True
        if self._sessions_only:
            self._tell(error_lines(misfit(PORT, port=False), TEXT_WIDTH))
            return False
        try:
            self.forward = port_documents.use_of(document, self.answer.parameters).forward
        except DocumentError as error:
            self._tell(error_lines(error, TEXT_WIDTH))
        return self.forward is not None

    def _remember(self) -> None:
        self._form.remember()
        self._reason.remember()
        self._command.remember()

    def show_starting(self, notice: str, on_stop: Callable[[], None]) -> None:
        """The session is being started; ``on_stop`` ends that."""
        self.on_stop = on_stop
        self._tell([Cell(f"Starting on {self._title} …  {inert.line(notice, 100)}".rstrip(), Tone.ACCENT)])
        self._show_keys()

    async def show_refusal(self, error: SsmtuiError) -> None:
        """Show why the session was not started."""
        self.on_stop = None
        self._tell(error_lines(error, TEXT_WIDTH))
        self._show_keys()
        document = self._form.session_document
        name = named(error, document) if document is not None and isinstance(error, DocumentError) else ""
        if name:
            await self._form.refuse(name, error.detail)

    def close(self) -> None:
        """The session has been started."""
        self.on_stop = None
        self._remember()
        self.dismiss(None)

    def action_cancel(self) -> None:
        """Stop starting and come back to the form; else go back without an answer."""
        if self.on_stop is None:
            self.dismiss(None)
            return
        stop, self.on_stop = self.on_stop, None
        stop()
        self._tell([Cell("Stopped; nothing is left of it.", Tone.DIM)])
        self._show_keys()

    # Showing

    def _tell(self, lines: Sequence[Cell]) -> None:
        self._told.show(lines)
        self._told.display = bool(lines)
        self.call_after_refresh(self.show_focused)

    @on(events.DescendantFocus)
    def _focus_moved(self) -> None:
        self._show_keys()

    def _show_keys(self) -> None:
        self._keys.show_for(self.focused, starting=self.on_stop is not None)
