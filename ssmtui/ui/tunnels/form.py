"""A tunnel to one node or several: where to, from which port and address of this machine, over how many sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Protocol

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Select

from ssmtui import inert, loopback
from ssmtui.documents import port_documents, reasons
from ssmtui.documents.facts import PORT
from ssmtui.documents.port_forwards import OWN
from ssmtui.documents.reasons import NO_RULE
from ssmtui.errors import AccessDenied, SsmtuiError
from ssmtui.forwards.tunnel import TunnelOptions
from ssmtui.model import Node, SessionDocument
from ssmtui.ui.compat import run_latest
from ssmtui.ui.kit.dialog import Dialog, Key
from ssmtui.ui.kit.entries import ChoiceEntry, Entry, PortEntry, TextEntry
from ssmtui.ui.kit.line import Line
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, error_lines
from ssmtui.ui.look.pieces import Piece, length
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import fit
from ssmtui.ui.tunnels import draft as drafts
from ssmtui.ui.tunnels.draft import TunnelDraft, TunnelEntries
from ssmtui.ui.tunnels.places import DESTINATIONS

if TYPE_CHECKING:
    from ssmtui.documents.port_forwards import Forward
    from ssmtui.profiles.histories import Histories
    from ssmtui.sessions.documents import DocumentLibrary
    from ssmtui.ui.start.launch import Launch
    from ssmtui.ui.tunnels.places import ReachablePlace, TunnelPlaces

TEXT_WIDTH = 74
OTHERS = 3
"""Other nodes that are named."""
AWS_S_OWN = "AWS's own"
READ_AT_ONCE = 4
"""Documents that are read at the same time."""


class Begin(Protocol):
    """Opens the one tunnel that a form says, while that stays."""

    def __call__(self, form: TunnelForm, draft: TunnelDraft) -> None:
        """Open what ``draft`` says."""


class FieldHeading(Line):
    """What a field is called and for; at the right what is said of what is entered."""

    def __init__(self, name: str, note: str) -> None:
        super().__init__()
        self._pieces = [Piece(name, Tone.STRONG), Piece(f"  {note}", Tone.DIM)]
        self._said = Piece("")

    @property
    def said(self) -> str:
        """What is said now."""
        return self._said.text.strip()

    def show(self, text: str, tone: Tone) -> None:
        """Say ``text``; empty for nothing."""
        said = Piece(f"  {inert.line(text, 68)}" if text else "", tone)
        if said != self._said:
            self._said = said
            self.refresh()

    def left(self, width: int) -> list[Piece]:
        """The name, and the note where there is room for it beside what is said."""
        return self._pieces if length(self._pieces) <= width else self._pieces[:1]

    def right(self, width: int) -> list[Piece]:
        """What is said, as much as there is room for beside the name."""
        room = width - length(self._pieces[:1])
        return [self._said._replace(text=fit(self._said.text, min(room, length([self._said]))))]


class TunnelField(Vertical):
    """A heading, and an entry under it."""

    class Edited(Message):
        """Something else is entered."""

    class Done(Message):
        """Enter was pressed in it."""

        def __init__(self, field: TunnelField) -> None:
            super().__init__()
            self.field = field

    def __init__(self, name: str, note: str, entry: Entry) -> None:
        super().__init__()
        self.heading = FieldHeading(name, note)
        self.entry = entry

    def compose(self) -> ComposeResult:
        """Two lines."""
        yield self.heading
        yield self.entry

    @property
    def text(self) -> str:
        """What is entered."""
        return self.entry.text

    @on(Input.Changed)
    @on(Select.Changed)
    def _changed(self, event: Message) -> None:
        event.stop()
        self.post_message(self.Edited())

    @on(Input.Submitted)
    def _submitted(self, event: Message) -> None:
        event.stop()
        self.post_message(self.Done(self))


class TunnelForm(Dialog[TunnelDraft]):
    """Enter goes on to the next field and, from the last, starts; ctrl+s starts from anywhere."""

    CSS_PATH = dialog_sheets("forms", "tunnels")
    KEYS: ClassVar[Sequence[Key]] = (
        Key("ctrl+s", "submit", "start"),
        Key("enter", hint="next"),
        Key("ctrl+b", "choose_place", "databases…", priority=True),
        Key("ctrl+f", hint="free port"),
        Key("up", hint="earlier", shown="↑ ↓"),
        Key("escape", "cancel", "cancel"),
    )

    def __init__(
        self,
        library: DocumentLibrary,
        histories: Histories,
        launches: Sequence[Launch],
        draft: TunnelDraft | None = None,
        *,
        places: TunnelPlaces | None = None,
        begin: Begin | None = None,
    ) -> None:
        """``launches`` has the nodes, one at least; the form begins with ``draft``. ``places`` offers what a node can
        reach. With ``begin`` there is no answer: it is called, and its owner closes the form or shows an error in
        it."""
        super().__init__()
        self._begin = begin
        self._on_stop: Callable[[], None] | None = None
        """Stops what :attr:`_begin` has begun; there only while that goes on."""
        self._library = library
        self._histories = histories
        self._launches = launches
        self._places = places
        self._options = draft.options if draft is not None else TunnelOptions()
        self._wanted = False
        self._taken: tuple[str, int] | None = None
        self._free: tuple[str, int] | None = None
        request, node = launches[0]
        self._node = node or Node(request.target, request.title or "")
        begins = drafts.entered(draft, several=len(launches) > 1)
        document = begins.document
        is_guarded = any(each.request.options.guarded for each in launches)
        self._destination = TunnelField(
            "Destination",
            "a port of the node, HOST:PORT, or socks",
            TextEntry(begins.destination, placeholder="5432, db.internal:5432, socks", id="destination"),
        )
        self._local = TunnelField(
            "Local port",
            "0: any free one",
            PortEntry(begins.local, placeholder="the destination's own if it is free, else any", id="local"),
        )
        self._bind = TunnelField("Address", "that is listened on", TextEntry(begins.bind, id="bind"))
        self._documents = TunnelField(
            "Document",
            "one of the account's own may know the destination",
            ChoiceEntry([AWS_S_OWN, *([document] if document else [])], document or AWS_S_OWN),
        )
        self._sessions = TunnelField(
            "Sessions",
            "a guarded node has one" if is_guarded else "more carry more: about 0.6 MB/s each",
            ChoiceEntry(drafts.SESSIONS, begins.sessions),
        )
        self._keep = TunnelField("Keep alive", "", ChoiceEntry(drafts.KEEP_ALIVE, begins.keep_alive))
        first = draft.reason if draft is not None else request.reason or ""
        self._reason = TunnelField("Reason", "kept in the session's history", TextEntry(first, id="reason"))
        self._fields = (
            self._destination, self._local, self._bind, self._documents, self._sessions, self._keep, self._reason,
        )  # fmt: skip
        self._told = TextLines(id="told")
        self._told.display = False

    def compose(self) -> ComposeResult:
        """The fields scroll; under them what is wrong, and the keys."""
        with Vertical(id="box") as box:
            # As Text: a title that is a str is markup.
            box.border_title = Text(f"Forward a port through {self._title}")
            box.border_subtitle = Text(self._subtitle)
            with VerticalScroll(id="body", can_focus=False):
                yield from self._fields
            yield self._told
            yield self.key_line()

    @property
    def _title(self) -> str:
        return inert.line(self._node.label, 40) + words.and_more(len(self._launches) - 1)

    @property
    def _subtitle(self) -> str:
        if len(self._launches) == 1:
            return inert.line(self._node.id, 40)
        names = [inert.line(each.label, 20) for each in self._launches[1:]]
        return ", ".join(names[:OTHERS]) + (" …" if len(names) > OTHERS else "")

    def hint(self, key: Key) -> str:
        """What can be chosen from depends on the account, and some keys on the field."""
        if self._on_stop is not None:
            return "stop" if key.action == "cancel" else ""
        if key.action == "choose_place" and self._places is None:
            return ""
        if key.keys == "ctrl+f" and not isinstance(self.focused, PortEntry):
            return ""
        if key.keys == "up" and not (isinstance(self.focused, TextEntry) and self.focused.has_history):
            return ""
        return "open" if key.keys == "enter" and isinstance(self.focused, ChoiceEntry) else super().hint(key)

    def on_mount(self) -> None:
        """Go to the first field; read what is offered."""
        self._destination.entry.focus()
        self._show()
        self.run_worker(self._load_histories(), name="histories")
        self.run_worker(self._read_documents(), name="documents that forward ports", group="documents")

    async def _load_histories(self) -> None:
        await self._histories.load()
        for field, texts in (
            (self._destination, self._histories.entries.texts(DESTINATIONS)),
            (self._reason, self._histories.reasons.texts()),
        ):
            if isinstance(field.entry, TextEntry):
                field.entry.remember(texts)
        self.show_hints()

    async def _read_documents(self) -> None:
        """Offer the account's own documents that forward ports."""
        try:
            listed = [one.name for one in await self._library.documents() if not one.is_aws]
        except SsmtuiError:
            return  # AWS's own serve; who wants another can name it in the start form
        gate = asyncio.Semaphore(READ_AT_ONCE)

        async def forwards(name: str) -> bool:
            async with gate:
                document = await self._library.in_passing(name)
            return isinstance(document, SessionDocument) and document.session_type == PORT

        names = drafts.documents_to_read(listed)
        found = [name for name, fits in zip(names, await asyncio.gather(*map(forwards, names)), strict=True) if fits]
        entry = self._documents.entry
        if found and isinstance(entry, ChoiceEntry):
            entry.offer([AWS_S_OWN, *found])

    # What is entered

    @property
    def _entered(self) -> TunnelEntries:
        document = self._documents.text
        return TunnelEntries(
            destination=self._destination.text,
            local=self._local.text,
            bind=self._bind.text,
            document="" if document in ("", AWS_S_OWN) else document,
            sessions=self._sessions.text,
            keep_alive=self._keep.text,
        )

    def take_place(self, place: ReachablePlace) -> None:
        """Enter a destination that was chosen."""
        host = f"[{place.host}]" if ":" in place.host else place.host
        self._destination.entry.text = f"{host}:{place.port}"
        self._options = self._options._replace(database_user=place.database_user)
        self._local.entry.focus()

    def action_choose_place(self) -> None:
        """Choose among what the node can reach."""
        if self._places is not None:
            self._places.choose(self._node, self.take_place)

    @on(TunnelField.Edited)
    def _edited(self) -> None:
        self._tell(())
        self._show()

    def _show(self) -> Forward | None:
        """Say what is wrong with each field; the forward where nothing is."""
        fields = self._entered
        problem = reasons.problem(NO_RULE, self._reason.text) if self._reason.text else ""
        self._reason.heading.show(problem, Tone.BAD)
        shows = [
            self._try(self._local, lambda: drafts.local_port(fields.local)),
            self._try(self._bind, lambda: drafts.bind_address(fields.bind)),
        ]
        try:
            forward = drafts.forward_of(fields)
        except ValueError as error:
            if all(shows):
                is_said = fields.destination or self._wanted
                self._destination.heading.show(f"{error}" if is_said else "", Tone.BAD)
            return None
        self._destination.heading.show(drafts.told_of_destination(forward), Tone.GOOD)
        said, warns = drafts.told_of_address(forward, len(self._launches))
        self._bind.heading.show(said, Tone.WARN if warns else Tone.DIM)
        self._show_port(forward)
        self._look_at_port(forward)
        return forward

    def _try(self, field: TunnelField, read: Callable[[], object]) -> bool:
        """Whether a field is right; else that is said."""
        try:
            read()
        except ValueError as error:
            field.heading.show(str(error), Tone.BAD)
            return False
        field.heading.show("", Tone.DIM)
        return True

    # The local port

    @staticmethod
    def _listened(forward: Forward) -> tuple[str, int] | None:
        """The address and port that are asked for; None where any port will do, or the address is not known yet."""
        return (forward.bind, forward.local) if forward.local and forward.bind != OWN else None

    def _show_port(self, forward: Forward) -> None:
        where = self._listened(forward)
        if where is not None and where == self._taken:
            self._local.heading.show(f"port {where[1]} is taken: ctrl+f finds a free one", Tone.BAD)
        elif where is not None and where == self._free:
            self._local.heading.show(f"port {where[1]} is free", Tone.GOOD)

    def _look_at_port(self, forward: Forward) -> None:
        where = self._listened(forward)
        if where is not None and where not in (self._taken, self._free):
            run_latest(self, partial(self._look, forward, where), name="local port", group="port")

    async def _look(self, forward: Forward, where: tuple[str, int]) -> None:
        if await asyncio.to_thread(loopback.is_free, where[1], where[0]):
            self._free = where
        else:
            self._taken = where
        self._show_port(forward)

    @on(PortEntry.FreeWanted)
    def _free_wanted(self, event: PortEntry.FreeWanted) -> None:
        event.stop()
        run_latest(self, self._offer_port, name="free port", group="free port")

    async def _offer_port(self) -> None:
        self._local.entry.text = str(await asyncio.to_thread(loopback.free_port))

    # Going on

    def take_first(self, key: str) -> bool:
        """The key that means the same in all fields, typed before there are any as well."""
        if key == "ctrl+s":
            self.action_submit()
        return key == "ctrl+s"

    @on(TunnelField.Done)
    def _next(self, event: TunnelField.Done) -> None:
        if event.field is self._reason:
            self.action_submit()
        else:
            self.focus_next()

    @on(events.DescendantFocus)
    def _focus_moved(self) -> None:
        self.show_hints()
        self.call_after_refresh(self._show_focused)

    def _show_focused(self) -> None:
        if self.focused is not None:
            field: Widget | None = next((one for one in self.focused.ancestors if isinstance(one, TunnelField)), None)
            (field or self.focused).scroll_visible(animate=False)

    def action_submit(self) -> None:
        """Answer, unless something is known to be wrong: then go there."""
        if self._on_stop is None:
            self.keep_typing()
            run_latest(self, self._submit, name="submit", group="submit")

    async def _submit(self) -> None:
        try:
            # The keys right before this one may still be on their way.
            await self.caught_up()
            answer = await self._looked_over()
        finally:
            self.hand_out()
        if answer is None:
            return
        if self._begin is not None:
            self._begin(self, answer)
        else:
            self._remember()
            self.dismiss(answer)

    async def _looked_over(self) -> TunnelDraft | None:
        """What is entered; None where something is wrong, which is said, and its field has the keys."""
        self._wanted = True
        forward = self._show()
        if self._reason.heading.said:
            self._reason.entry.focus()
            return None
        if forward is None:
            wrong = (self._local, self._bind)
            at = next((field for field in wrong if field.heading.said), self._destination)
            at.entry.focus()
            return None
        if problem := drafts.problem_of_several(forward, len(self._launches)):
            self._tell([Cell(problem, Tone.BAD)])
            self._bind.entry.focus()
            return None
        where = self._listened(forward)
        if where is not None and not await asyncio.to_thread(loopback.is_free, where[1], where[0]):
            self._taken = where
            self._show_port(forward)
            self._local.entry.focus()
            return None
        if forward.document_name:
            try:
                forward = await self._by_document(forward)
            except SsmtuiError as error:
                self._tell(error_lines(error, TEXT_WIDTH))
                self._documents.entry.focus()
                return None
        return TunnelDraft(
            forward, drafts.options_of(self._entered, self._options), reasons.reason_of(self._reason.text)
        )

    async def _by_document(self, forward: Forward) -> Forward:
        """``forward`` with what its document says of it. Raises :class:`DocumentError` where it makes no tunnel; one
        that cannot be read leaves that to the node."""
        document = await self._library.in_passing(forward.document_name)
        if isinstance(document, AccessDenied):
            return forward
        if isinstance(document, SsmtuiError):
            raise document
        return port_documents.checked(forward, document)

    def _remember(self) -> None:
        self._histories.entries.note(self._destination.text.strip(), DESTINATIONS)
        self._histories.reasons.note(reasons.reason_of(self._reason.text))

    # While it is opened

    def show_starting(self, notice: str, on_stop: Callable[[], None]) -> None:
        """The tunnel is being opened; ``on_stop`` ends that."""
        self._on_stop = on_stop
        self._tell([Cell(f"Starting on {self._title} …  {inert.line(notice, 100)}".rstrip(), Tone.ACCENT)])
        self.show_hints()

    async def show_refusal(self, error: SsmtuiError) -> None:
        """Show why it was not opened."""
        self._on_stop = None
        self._tell(error_lines(error, TEXT_WIDTH))
        self.show_hints()

    def close(self) -> None:
        """It is open."""
        self._on_stop = None
        self._remember()
        self.dismiss(None)

    def action_cancel(self) -> None:
        """Stop opening it and come back to the form; else go back without an answer."""
        if self._on_stop is None:
            self.dismiss(None)
            return
        stop, self._on_stop = self._on_stop, None
        stop()
        self._tell([Cell("Stopped; nothing is left of it.", Tone.DIM)])
        self.show_hints()

    def _tell(self, lines: Sequence[Cell]) -> None:
        self._told.show(lines)
        self._told.display = bool(lines)
