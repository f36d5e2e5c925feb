"""One parameter of a document: what it is called and for, an entry of the kind it wants, its rule or what is wrong."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Select, TextArea

from ssmtui import inert, loopback
from ssmtui.documents import checks, patterns
from ssmtui.documents.secrets import is_secret
from ssmtui.model import DocumentParameter
from ssmtui.ui.compat import run_latest
from ssmtui.ui.kit.entries import ChoiceEntry, ChoicesEntry, Entry, LinesEntry, PortEntry, TextEntry
from ssmtui.ui.kit.fields import FieldHead, FieldNote
from ssmtui.ui.look import words
from ssmtui.ui.look.tones import Tone

LOCAL_PORT = "localPortNumber"
"""The parameter of AWS's port documents that is a port of this machine."""
PORTS = ("portNumber", LOCAL_PORT)
"""Those whose pattern says no more than that it is one, in a hundred characters."""
LONG = 300
"""Characters from which a text has several lines to be edited on."""
MAX_PORT = 65_535

_TEMPLATE = re.compile(r"\$\{|\{ask:")


class ParameterField(Vertical):
    """Checks what is entered while it is typed; only :meth:`show_problem` reports an empty field."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "reset", "The default again", show=False),
    ]

    class Edited(Message):
        """The value was edited."""

        def __init__(self, field: ParameterField) -> None:
            super().__init__()
            self.field = field

    def __init__(
        self,
        parameter: DocumentParameter,
        values: tuple[str, ...] | None = None,
        *,
        texts: tuple[str, ...] = (),
        templates: bool = False,
    ) -> None:
        """``values`` are what is entered at first, None the default; ``texts`` were entered before, oldest first. With
        ``templates`` a text with ``${VARIABLE}`` or ``{ask:Question}`` in it passes for what will be made of it."""
        super().__init__()
        self.parameter = parameter
        self._given = values
        self._default = checks.text_of(parameter, parameter.default or ())
        self._first = self._default if values is None else checks.text_of(parameter, values)
        self._templates = templates
        self._refusal = ""
        self._taken: int | None = None
        self._free: int | None = None
        self._wanted = False
        self._last = self._first
        self.is_local_port = parameter.name == LOCAL_PORT
        self._head = FieldHead(parameter.name, parameter.description, required=parameter.required)
        self.entry = self._entry(texts)
        self._note = FieldNote(rule(parameter))

    def _entry(self, texts: tuple[str, ...]) -> Entry:
        parameter, text = self.parameter, self._first
        allowed = checks.choices(parameter)
        default = f"default: {inert.pictured(self._default, 50)}" if self._default else ""
        if allowed:
            return ChoicesEntry(allowed, text) if parameter.is_list else ChoiceEntry(allowed, text)
        if parameter.is_list or parameter.display_type == "textarea" or "\n" in text or len(text) > LONG:
            return LinesEntry(text, placeholder=default, texts=texts)
        if self.is_local_port:
            return PortEntry(text, placeholder=default, texts=texts)
        return TextEntry(text, placeholder=default, texts=texts, hidden=is_secret(parameter.name))

    def compose(self) -> ComposeResult:
        """From the top."""
        yield self._head
        yield self.entry
        yield self._note

    def on_mount(self) -> None:
        """Say what is wrong with what was given."""
        self._show()
        self._look_at_port()

    # What is entered

    @property
    def text(self) -> str:
        """What is entered."""
        return self.entry.text if self.is_mounted else self._first

    @property
    def values(self) -> tuple[str, ...] | None:
        """What to send: None when it is the default, which the service fills in."""
        return given(self.parameter, self.text, self._given if self.text == self._first else None)

    @property
    def problem(self) -> str:
        """What is wrong with it."""
        text = self.text
        if wrong := problem_of(self.parameter, text, templates=self._templates) or self._refusal:
            return wrong
        is_taken = self._taken is not None and self._taken == port(text) and not self._templates
        return f"port {self._taken} is taken on this machine: ctrl+f finds a free one" if is_taken else ""

    def show_problem(self) -> None:
        """Say what is wrong with it, if anything, an empty field included."""
        self._wanted = True
        self._show()

    def refuse(self, text: str) -> None:
        """The service refuses what is entered, with these words; they stand until something else is entered."""
        self._refusal = text
        self.show_problem()

    def action_reset(self) -> None:
        """Enter the default again."""
        self.entry.text = self._default

    @on(PortEntry.FreeWanted)
    def _free_port_wanted(self, event: PortEntry.FreeWanted) -> None:
        event.stop()
        run_latest(self, self._offer_port, name="free port", group="port")

    # Events

    @on(FieldHead.Reset)
    def _reset_clicked(self, event: FieldHead.Reset) -> None:
        event.stop()
        self.action_reset()
        self.entry.focus()

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Select.Changed)
    @on(ChoicesEntry.Changed)
    def _changed(self, event: Message) -> None:
        """Check while it is typed; entries also post their first value."""
        event.stop()
        if (text := self.text) == self._last:
            return
        self._last = text
        self._refusal = ""
        self._show()
        self._look_at_port()
        self.post_message(self.Edited(self))

    # Showing

    def _show(self) -> None:
        text = self.text
        self._head.show_reset(text != self._default and not self.parameter.required)
        problem = self.problem if self._wanted or text or self._first else ""
        aside = self._count(text)
        if not problem and self._free is not None and self._free == port(text):
            self._note.show(f"port {self._free} is free", Tone.GOOD, aside)
        else:
            self._note.show(problem, Tone.BAD, aside)

    def _count(self, text: str) -> str:
        if self.parameter.is_list:
            return words.count(len(checks.values_of(self.parameter, text)), "value")
        if isinstance(self.entry, LinesEntry) or self.parameter.max_chars is not None:
            return f"{len(text):,}" + (f" of {self.parameter.max_chars:,}" if self.parameter.max_chars else "")
        return ""

    # The local port

    def _look_at_port(self) -> None:
        if self.is_local_port and (number := port(self.text)) is not None:
            run_latest(self, partial(self._look, number), name="local port", group="port")

    async def _look(self, number: int) -> None:
        is_free = await asyncio.to_thread(loopback.is_free, number)
        self._free, self._taken = (number, None) if is_free else (None, number)
        self._show()

    async def _offer_port(self) -> None:
        self.entry.text = str(await asyncio.to_thread(loopback.free_port))


def port(text: str) -> int | None:
    """The port that ``text`` is, 1 to 65535."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 5 else 0
    return number if 0 < number <= MAX_PORT else None


def problem_of(parameter: DocumentParameter, text: str, *, templates: bool) -> str:
    """What is wrong with a text; nothing where something else will be made of it first."""
    if templates and _TEMPLATE.search(text):
        return ""
    wrong = checks.problem(parameter, text)
    if wrong.startswith("must match") and parameter.name in PORTS:
        return _ports(parameter.allowed_pattern) or wrong
    return wrong


def given(parameter: DocumentParameter, text: str, untouched: tuple[str, ...] | None = None) -> tuple[str, ...] | None:
    """What ``text`` sends: None when that is the default. An untouched value is sent as it was given."""
    if text == checks.text_of(parameter, parameter.default or ()):
        return None
    values = untouched if untouched is not None else checks.values_of(parameter, text)
    return values if any(values) and values != parameter.default else None


def rule(parameter: DocumentParameter) -> str:
    """What is asked of a parameter's values, on one line."""
    return "; ".join(_rules(parameter))


def _rules(parameter: DocumentParameter) -> Iterator[str]:
    if parameter.is_list and not parameter.allowed_values:
        yield f"{_bounds(parameter.min_items, parameter.max_items, 'value') or 'values'}, one per line"
    elif parameter.is_list and (bounds := _bounds(parameter.min_items, parameter.max_items, "value")):
        yield f"{bounds}, space chooses"
    elif parameter.is_list:
        yield "space chooses"
    elif bounds := _bounds(parameter.min_chars, parameter.max_chars, "character"):
        yield bounds
    if parameter.name in PORTS and (ports := _ports(parameter.allowed_pattern)):
        yield ports
    elif parameter.allowed_pattern:
        yield f"matches {parameter.allowed_pattern}"
    if parameter.name == LOCAL_PORT:
        yield "ctrl+f finds one that is free"


def _ports(pattern: str) -> str:
    """``a port, 1 to 65535`` where that is what the pattern of a port's number comes to."""
    good, bad = ("1", "80", "9999", "10000", str(MAX_PORT)), ("", "x", "-1", "1.5", "65536", "70000", "100000")
    if not pattern or not all(patterns.fits(pattern, text) for text in good):
        return ""
    if any(patterns.fits(pattern, text) is not False for text in bad):
        return ""
    return f"a port, {0 if patterns.fits(pattern, '0') else 1} to {MAX_PORT}"


def _bounds(least: int | None, most: int | None, noun: str) -> str:
    if least and most is not None:
        return f"{least:,} to {words.count(most, noun)}" if least != most else f"exactly {words.count(most, noun)}"
    if most is not None:
        return f"at most {words.count(most, noun)}"
    return f"at least {words.count(least, noun)}" if least else ""
