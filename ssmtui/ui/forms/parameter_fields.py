"""The fields of a document's parameters: as many at a time as a person looks at, the rest when the cursor reaches
them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from ssmtui.documents import checks
from ssmtui.model import DocumentParameter
from ssmtui.profiles.histories import History, field_name
from ssmtui.ui.forms.parameter_field import ParameterField, given, problem_of
from ssmtui.ui.kit.entries import Entry, LinesEntry, TextEntry
from ssmtui.ui.kit.line import Line
from ssmtui.ui.look import words
from ssmtui.ui.look.pieces import Piece
from ssmtui.ui.look.tones import Tone

AT_ONCE = 12
"""Fields that are added at a time: each takes some milliseconds of the screen."""
A_TURN = 2
"""Those that are made without a pause."""

Values = Mapping[str, tuple[str, ...]]


class More(Line, can_focus=True):
    """Says how many parameters follow; moving to it adds their fields."""

    class Wanted(Message):
        """Add the next fields."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def show(self, count: int) -> None:
        """``count`` follow."""
        self._count = count
        self.display = count > 0
        self.refresh()

    def left(self, width: int) -> list[Piece]:
        """How many."""
        return [Piece(f"… {words.count(self._count, 'more parameter')}", Tone.KEY)]

    def on_focus(self, event: events.Focus) -> None:
        """The keys come here, or a click does."""
        self.post_message(self.Wanted())


class ParameterFields(Vertical):
    """What is not made yet has its first values and is checked all the same."""

    def __init__(self, history: History | None, *, templates: bool) -> None:
        super().__init__()
        self._history = history
        self._templates = templates
        self._document = ""
        self._given: Values = {}
        self._made: list[ParameterField] = []
        self._coming: list[DocumentParameter] = []
        self._more = More()

    def compose(self) -> ComposeResult:
        """Nothing yet."""
        yield self._more

    def on_mount(self) -> None:
        """Nothing follows."""
        self._more.show(0)

    async def show(self, parameters: Sequence[DocumentParameter], given: Values, document: str) -> None:
        """Show fields for ``parameters`` of ``document``, with the ``given`` values."""
        await self.query(ParameterField).remove()
        self._made, self._coming = [], list(parameters)
        self._document, self._given = document, given
        await self._make()

    async def _make(self, most: int = AT_ONCE) -> None:
        for start in range(0, min(most, len(self._coming)), A_TURN):
            count = min(A_TURN, most - start)
            batch, self._coming = self._coming[:count], self._coming[count:]
            made = [self._field(parameter) for parameter in batch]
            self._made += made
            await self.mount_all(made, before=self._more)
        self._more.show(len(self._coming))

    def _field(self, parameter: DocumentParameter) -> ParameterField:
        texts = self._history.texts(field_name(self._document, parameter.name)) if self._history is not None else ()
        return ParameterField(parameter, self._given.get(parameter.name), texts=texts, templates=self._templates)

    @on(More.Wanted)
    async def _more_wanted(self, event: More.Wanted) -> None:
        event.stop()
        known = len(self._made)
        await self._make()
        if known < len(self._made):
            self._made[known].entry.focus()

    # What is entered

    @property
    def values(self) -> Values:
        """What differs from the defaults."""
        entered = {field.parameter.name: field.values for field in self._made}
        for parameter in self._coming:
            entered[parameter.name] = given(parameter, self._text(parameter), self._given.get(parameter.name))
        return {name: values for name, values in entered.items() if values is not None}

    @property
    def problems(self) -> Mapping[str, str]:
        """What is wrong, in the document's order."""
        found = [(field.parameter.name, field.problem) for field in self._made]
        for parameter in self._coming:
            found.append((parameter.name, problem_of(parameter, self._text(parameter), templates=self._templates)))
        return {name: problem for name, problem in found if problem}

    def _text(self, parameter: DocumentParameter) -> str:
        """What the field of a parameter will begin with."""
        return checks.text_of(parameter, self._given.get(parameter.name, parameter.default or ()))

    async def show_problems(self) -> bool:
        """Say what is wrong at each field, and go to the first of them."""
        problems = self.problems
        if problems:
            await self._reach(next(iter(problems)))
        wrong = [field for field in self._made if field.parameter.name in problems]
        for field in wrong:
            field.show_problem()
        if wrong:
            wrong[0].entry.focus()
        return bool(wrong)

    async def refuse(self, name: str, text: str) -> None:
        """The service refuses a parameter."""
        await self._reach(name)
        for field in self._made:
            if field.parameter.name == name:
                field.refuse(text)
                field.entry.focus()

    async def _reach(self, name: str) -> None:
        """Have a field for the parameter ``name``, before its turn."""
        early = [parameter for parameter in self._coming if parameter.name == name]
        if early:
            self._coming = [*early, *(parameter for parameter in self._coming if parameter.name != name)]
            await self._make(1)

    @property
    def has_more(self) -> bool:
        """Whether there are some for which no field is made."""
        return bool(self._coming)

    @property
    def first_entry(self) -> Entry | None:
        """What the first field is entered in."""
        return self._made[0].entry if self._made else None

    @property
    def last_entry(self) -> Entry | None:
        """What the last field is entered in."""
        return self._made[-1].entry if self._made else None

    def remember(self) -> None:
        """Keep what was typed for the next time."""
        if self._history is None:
            return
        for field in self._made:
            if isinstance(field.entry, TextEntry | LinesEntry) and field.values is not None:
                self._history.note(field.text, field_name(self._document, field.parameter.name))
