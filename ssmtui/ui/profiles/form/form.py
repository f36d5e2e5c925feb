"""A saved connection, or the defaults of a folder: every key, what holds for it and where that comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.timer import Timer
from textual.widgets import Input

from ssmtui.errors import SsmtuiError
from ssmtui.profiles import keys as table
from ssmtui.profiles.keys import KeyKind
from ssmtui.profiles.profile import Folder, Profile
from ssmtui.ui.compat import run_latest
from ssmtui.ui.forms.document_form import DocumentForm
from ssmtui.ui.forms.form_dialog import FormDialog
from ssmtui.ui.kit.dialog import Key, plain
from ssmtui.ui.kit.key_hints import KeyHints
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.profiles.form import draft, keys
from ssmtui.ui.profiles.form import offers as profile_offers
from ssmtui.ui.profiles.form.document_draft import DocumentDraft
from ssmtui.ui.profiles.form.draft import Draft
from ssmtui.ui.profiles.form.note import FormNote
from ssmtui.ui.profiles.form.value_fields import ChoiceValue, Matching, QueryValue, ValueField, entry_of
from ssmtui.ui.profiles.view import counting

if TYPE_CHECKING:
    from textual.widget import Widget

    from ssmtui.profiles.store import ProfileStore, Undo
    from ssmtui.ui.profiles.context import ProfilesContext

NAME = "name"
RESTS = 0.2
"""Seconds without another letter before nodes are counted, or documents of another account read."""
WHERE = ("query", "aws_profile", "region")
IN_DOCUMENT_FORM = ("document", "parameters")
IN_FILE_ONLY = ("snippets",)
"""Tables that are written with an editor; saving the form leaves them as they are."""
_SWITCH = (draft.YES, draft.NO)
OFFERED = ("folder", "extends", "aws_profile", "region", "target")


class ProfileForm(FormDialog[str]):
    """Enter and the arrows go from field to field, ctrl+s saves, ctrl+r inherits again; esc asks where something was
    changed. Its answer is the name that was saved."""

    CSS_PATH = dialog_sheets("forms", "profiles")
    KEYS = (
        Key("enter", hint="next"),
        Key("left", hint="choose", shown="← →"),
        Key("ctrl+o", "offer", "show choices", priority=True),
        Key("ctrl+r", "inherit", "inherit"),
        # Without priority: not before its field has what was typed before it.
        Key("ctrl+s", "save", "save"),
        Key("escape", "cancel", "cancel"),
    )

    def __init__(
        self,
        context: ProfilesContext,
        store: ProfileStore,
        item: Folder | Profile | None,
        *,
        name: str = "",
        given: Mapping[str, object] | None = None,
    ) -> None:
        """``item`` is what is edited; None makes a connection called ``name``, of which ``given`` is known."""
        super().__init__()
        self._profiles = context
        self._store = store
        self._item = item
        self._draft = Draft(isinstance(item, Folder), draft.source(item))
        for key, value in (given or {}).items():
            if key not in IN_DOCUMENT_FORM:
                self._draft.enter(key, draft.text_of(key, value))
        self._called = item.name if item is not None else ""
        self._first_name = self._called or name
        self._fields: dict[str, ValueField] = {}
        self._matching = Matching()
        self._note = FormNote()
        self._rests: Timer | None = None
        self._saving = False
        self._document = DocumentDraft(self._draft.own, self._above, given)
        self._form = self._make_form()

    def _make_form(self) -> DocumentForm:
        services = self._profiles.services
        document, parameters = self._document.first
        library = services.documents.of(profile_offers.scope_for(self._profiles, *self._place))
        return DocumentForm(library, document, parameters, history=services.histories.entries, templates=True)

    def compose(self) -> ComposeResult:
        """The groups one under the other; what is said of the field with the keys stays in sight."""
        with Vertical(id="box") as box:
            box.border_title = Text(self._title)
            with VerticalScroll(id="body", can_focus=False):
                if not self._draft.is_folder:
                    yield self._field(NAME, "name", self._first_name)
                    yield self._field("folder")
                for heading, names in keys.GROUPS.items():
                    yield plain(heading, "heading")
                    yield from self._group(names)
            yield self._note
            yield KeyHints()

    @property
    def _title(self) -> str:
        if self._item is None:
            return "New connection"
        return f"{'Defaults of the folder' if self._draft.is_folder else 'Connection'} {tidy(self._item.name, 50)}"

    def _group(self, names: Sequence[str]) -> list[Widget]:
        found: list[Widget] = []
        for name in names:
            if name == "document":
                found.append(self._form)
            elif name in self._draft.names and name not in (*IN_DOCUMENT_FORM, *IN_FILE_ONLY):
                found.append(self._field(name))
            if name == "query" and name in self._draft.names:
                found.append(self._matching)
        if self._draft.is_folder and "description" in names:
            found.append(self._field("extends"))
        return found

    def _field(self, key: str, label: str = "", text: str | None = None) -> ValueField:
        kind = table.KEYS[key].kind if key in table.KEYS else KeyKind.TEXT
        choices = _SWITCH if kind is KeyKind.SWITCH else table.KEYS[key].choices if kind is KeyKind.CHOICE else ()
        shown = self._draft.text(key) if text is None else text
        field = ValueField(key, label or keys.label(key), shown, choices=choices, is_query=kind is KeyKind.QUERY)
        self._fields[key] = field
        return field

    def on_mount(self) -> None:
        """Say what holds everywhere."""
        for key in self._fields:
            self._show_field(key)
        first = self._fields[NAME if NAME in self._fields else "description"]
        first.entry.focus()
        self._count_soon()

    # What is entered

    @property
    def _above(self) -> Folder | None:
        """The folder that values are inherited from."""
        profiles = self._store.profiles
        if self._draft.is_folder:
            return draft.giving(self._called.rpartition("/")[0], profiles)
        return draft.giving(self._draft.text("folder").strip(), profiles)

    def _inherited(self, key: str) -> tuple[str, str]:
        """What holds where nothing is entered, and where that comes from."""
        item = self._item
        if isinstance(item, Folder) and key not in item.own and "extends" not in self._draft.texts:
            origin = item.origins.get(key)
            if origin is not None:  # maybe of a folder that this one extends
                return keys.words(key, item.values), origin.folder or item.name
        return draft.inherited(key, self._above)

    @property
    def _place(self) -> tuple[str, str]:
        """AWS profile and region that hold now."""
        return self._holds("aws_profile"), self._holds("region")

    def _holds(self, key: str) -> str:
        text = self._draft.text(key).strip()
        above = self._above
        return text or (str(getattr(above.values, key)) if above is not None and key in above.origins else "")

    @property
    def _typed_name(self) -> str:
        return self._fields[NAME].text.strip() if NAME in self._fields else self._called

    @property
    def _changes(self) -> dict[str, object | None]:
        return self._draft.changes | self._document.changes(self._form)

    @property
    def _is_changed(self) -> bool:
        return bool(self._changes) or self._typed_name != self._first_name

    @on(ValueField.Edited)
    def _edited(self, event: ValueField.Edited) -> None:
        event.stop()
        key = event.field.key
        if key != NAME:
            self._draft.enter(key, event.field.text)
        if key in ("folder", "extends"):
            for each in self._fields:
                self._show_field(each)
        elif key in ("target", "query"):
            self._show_field("target")
            self._show_field("query")
        else:
            self._show_field(key)
        if key in (*WHERE, "folder"):
            self._count_soon()
        self._show_note()

    def _show_field(self, key: str) -> None:
        field = self._fields.get(key)
        if field is None:
            return
        if key == NAME:
            field.show_problem(self._name_problem if field.text != self._first_name else "")
            field.show_origin("", changed=field.text != self._called)
            return
        words, origin = self._inherited(key)
        text = self._draft.text(key)
        changed = key in self._draft.texts
        field.show_inherited(words)
        # Where nothing holds, there is nothing that comes from somewhere.
        field.show_origin("own" if text.strip() else origin if words else "", changed=changed)
        field.show_problem(draft.problem(key, text))
        if isinstance(field.entry, QueryValue):
            field.entry.show_error(profile_offers.query_error(self._profiles, text))

    @property
    def _name_problem(self) -> str:
        if NAME not in self._fields:
            return ""
        return draft.name_problem(self._fields[NAME].text, self._called, self._store.profiles.profiles)

    # What follows from it

    def _count_soon(self) -> None:
        if self._rests is not None:
            self._rests.stop()
        self._rests = self.set_timer(RESTS, self._look)

    def _look(self) -> None:
        """Count the nodes, and read the documents of the account that is meant now."""
        services = self._profiles.services
        place = self._place
        self._form.use(services.documents.of(profile_offers.scope_for(self._profiles, *place)))
        if not self._draft.is_folder:
            run_latest(self, partial(self._count, *place), name="nodes of a query", group="count")

    async def _count(self, aws_profile: str, region: str) -> None:
        query = self._draft.text("query").strip()
        told = await counting.count_nodes(self._profiles, query, aws_profile, region) if query else ""
        self._matching.show(told)

    # Notes and keys

    @on(events.DescendantFocus)
    def _another_field(self) -> None:
        self._show_note()

    def show_focused(self) -> None:
        """Scroll to it, and no further than it takes."""
        shown = entry_of(self.focused) or (self._form if self._form.has_focus_within else None)
        if shown is not None:
            shown.scroll_visible(animate=False)

    def _show_note(self) -> None:
        self.show_hints()
        field = entry_of(self.focused)
        if field is None:
            origin = "own" if "document" in self._draft.own else draft.inherited("document", self._above)[1]
            places = "Values may hold ${VARIABLE} and {ask:Question}, which are filled in when it is opened."
            self._note.say(f"The document as it is written now: {tidy(origin, 40)}. {places}", Tone.DIM)
            return
        problem = field.problem and f"{keys.label(field.key)} {field.problem}"
        self._note.say(problem or self._help(field.key), Tone.BAD if problem else Tone.DIM)

    def hint(self, key: Key) -> str:
        """Some keys are for some fields; the document's form has no choices of this one's."""
        field = entry_of(self.focused)
        match key.keys:
            case "left" if field is None or not isinstance(field.entry, ChoiceValue):
                return ""
            case "ctrl+o" if field is None or field.key not in OFFERED:
                return ""
            case "ctrl+r" if field is not None and (field.key == NAME or not field.text):
                return ""
            case "ctrl+r" if field is not None and field.key in ("target", "query", "folder"):
                return "remove"
        return super().hint(key)

    def _help(self, key: str) -> str:
        if key == NAME:
            return "What it is called. Each connection has a name of its own, whatever folder it is in."
        help_text, example = keys.help_of(key)
        text = f"{help_text} {example}"
        # The example gives way where there is no room for both.
        return text if self._note.fits(text) else help_text

    @on(Input.Submitted)
    def _entry_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    @on(DocumentForm.Done)
    def _document_done(self) -> None:
        self.set_focus(self._fields["reason"].entry)

    @on(DocumentForm.Changed)
    def _document_changed(self) -> None:
        """Note what the form holds before the first edit."""
        self._document.note(self._form)

    def action_inherit(self) -> None:
        """Clear the field's own value."""
        field = entry_of(self.focused)
        if field is not None and field.key != NAME:
            field.enter("")
        elif field is None:
            self._form.choose(*self._document.inherited(self._above))

    def action_offer(self) -> None:
        """Show what can be entered in the field."""
        field = entry_of(self.focused)
        if field is not None and field.key in OFFERED:
            run_latest(self, partial(self._offer, field), name="choices of a field", group="offer")

    async def _offer(self, field: ValueField) -> None:
        picked = await profile_offers.pick(self._profiles, self._store, field.key, self._holds, field.text)
        if picked is not None:
            field.enter(picked)
            if field.key == "target" and picked:
                self._fields["query"].enter("")

    # Saving

    def _take_all(self) -> None:
        """Read the fields: their change messages may still be queued."""
        for key, field in self._fields.items():
            if key != NAME:
                self._draft.enter(key, field.text)

    def action_save(self) -> None:
        """Save, unless something is known to be wrong: then go there."""
        self._take_all()
        wrong = self._draft.problems(self._store.profiles)
        if name_problem := self._name_problem:
            wrong = {NAME: name_problem, **wrong}
        for key, field in self._fields.items():
            field.show_problem(wrong.get(key, ""))
        first = next((field for field in self._fields.values() if field.problem), None)
        if first is not None:
            self.set_focus(first.entry)
            self._show_note()
            self.show_focused()
        elif not self._saving:
            self._saving = True
            self.keep_typing()
            self.run_worker(self._save(), name="save a connection")

    async def _save(self) -> None:
        undos: list[Undo] = []
        try:
            if await self._form.show_problems():
                return
            await self._write(undos)
        except SsmtuiError as error:
            self._note.say_error(error)
        else:
            self.hand_out()
            self.dismiss(self._typed_name)
        finally:
            self._saving = False
            self.hand_out()
            self._profiles.state.did(undos)

    async def _write(self, undos: list[Undo]) -> None:
        store, name, changes = self._store, self._typed_name, self._changes
        if self._draft.is_folder:
            if changes:
                undos.append(await store.put_folder(self._called, changes))
        elif self._item is None:
            undos.append(await store.put(name, changes, new=True))
        else:
            if changes:
                undos.append(await store.put(self._called, changes))
            if name != self._called:
                undos.append(await store.rename(self._called, name))

    def action_cancel(self) -> None:
        """Leave, after a question where something was changed."""
        from ssmtui.ui.kit.confirm import Confirm

        self._take_all()
        if not self._is_changed:
            super().action_cancel()
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.dismiss(None)

        names = [keys.label(key) for key in self._changes]
        if self._typed_name != self._first_name:
            names.insert(0, "name")
        changed = f"Changed: {', '.join(names)}."
        self._profiles.stage.push_screen(Confirm("Leave without saving?", [changed], "Leave"), answered)
