"""Opening forms and filling them in: how long it takes, and how long the loop is kept at a time.

pytest tests/benchmarks/test_forms.py -m benchmark -s

The whole screen, headless at 120x40, over a list of a thousand nodes, on a service in memory. Each figure is told for
the first time and, without what is loaded only once, for the second. The peer is a dialog of Textual's own over an
empty screen, with as many of its own labels and inputs as the profile's form has fields.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.keys import key_to_character
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList

from ssmtui.errors import DocumentError
from ssmtui.interpreter import ready_interpreter
from ssmtui.model import DocumentParameter, DocumentSummary, SessionDocument
from ssmtui.ui.forms.parameter_field import ParameterField
from ssmtui.ui.forms.parameter_fields import AT_ONCE
from ssmtui.ui.kit.fields import FieldNote
from ssmtui.ui.profiles.form.form import ProfileForm
from ssmtui.ui.profiles.form.value_fields import ValueField
from ssmtui.ui.profiles.view.view import ProfilesView
from ssmtui.ui.start.form import StartForm
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]

NODES = 1000
FEW, MANY = 7, 300
PEER_FIELDS = 24
PROFILE = '[profiles.one]\nfolder = "prod"\nquery = "name:web"\n'


class Turns:
    """The processor's seconds of each turn of the loop."""

    def __init__(self) -> None:
        self.own: list[float] = []

    def __str__(self) -> str:
        longest = sorted((f"{own * 1000:.0f}" for own in sorted(self.own)[-3:]), key=int, reverse=True)
        return f"{sum(self.own) * 1000:4.0f} ms of the processor, longest turns {', '.join(longest)} ms"


@asynccontextmanager
async def measured(
    what: str, app: App[Any], *keys: str, tell: Callable[[str], object] = print
) -> AsyncIterator[list[float]]:
    """Type ``keys`` and tell what comes of them until the block, which waits for something, is done. Yields when the
    screen has been painted, in seconds from the first key."""
    turns, run = Turns(), asyncio.Handle._run
    painted: list[float] = []
    display, began = app._display, time.perf_counter()

    def timed(handle: asyncio.Handle) -> None:
        start = time.thread_time()
        run(handle)
        turns.own.append(time.thread_time() - start)

    def drawn(*arguments: Any) -> None:
        display(*arguments)
        if arguments[0] is not before or before is not app.screen_stack[0]:
            painted.append(time.perf_counter() - began)

    before = app.screen
    asyncio.Handle._run = timed  # type: ignore[method-assign]
    app._display = drawn  # type: ignore[method-assign]
    try:
        for key in keys:
            app.post_message(events.Key(key, key_to_character(key)))
        yield painted
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]
        del app._display
    took = time.perf_counter() - began
    first = f", first paint after {painted[0] * 1000:3.0f}" if painted else ""
    print(f"{what:48} {took * 1000:4.0f} ms{first}; {turns}")


def document(name: str, count: int) -> SessionDocument:
    parameters = tuple(
        DocumentParameter(
            f"parameter{n}",
            description="What it is for, in some words",
            default=("",) if n else None,
            allowed_pattern="[a-z]*",
        )
        for n in range(count)
    )
    return SessionDocument(name, session_type="InteractiveCommands", parameters=parameters)


class Documents(FakeGateway):
    """A service with two documents."""

    own = (document("Doc-Few", FEW), document("Doc-Many", MANY))

    async def documents(self) -> list[DocumentSummary]:
        return [DocumentSummary(each.name, "1") for each in self.own]

    async def document(self, name: str) -> SessionDocument:
        found = [each for each in self.own if each.name == name]
        if not found:
            raise DocumentError(f"there is no {name}")
        return found[0]


async def test_forms() -> None:
    print()
    ready_interpreter()
    async with Harness(Documents(fleet(NODES)), profiles=PROFILE).run() as harness:
        await harness.ready()
        for round_ in ("first", "again"):
            await start_form(harness, round_)
            await profile_form(harness, round_)
    await peer()


async def start_form(harness: Harness, round_: str) -> None:
    app = harness.app

    def fields(count: int) -> bool:
        found = app.screen.query(ParameterField)
        return len(found) == count and found.last().size

    async with measured(f"start form opens, {round_}", app, "s") as painted:
        await wait_until("the form", lambda: isinstance(app.screen, StartForm) and painted)
        await wait_until("its documents", lambda: app.screen.query_one("#documents", OptionList).option_count > 2)
    await harness.settle()
    async with measured(f"a document of {FEW} parameters, {round_}", app, *"doc-few", "enter"):
        await wait_until("its fields", lambda: fields(FEW))
    await harness.settle()
    async with measured(f"a letter in a field, {round_}", app, "a"):
        await wait_until("the letter", lambda: app.focused.value == "a")
        await harness.settle()
    await harness.press("backspace")
    async with measured(f"sent with a problem, {round_}", app, "ctrl+s"):
        await wait_until("the problem", lambda: any("needed" in note.text for note in app.screen.query(FieldNote)))
    await harness.settle()
    app.screen.query_one("#document").focus()
    await harness.press("ctrl+u")
    async with measured(f"a document of {MANY} parameters, {round_}", app, *"doc-many", "enter"):
        await wait_until("its fields", lambda: fields(AT_ONCE))
    await harness.settle()
    await harness.press("escape")


async def profile_form(harness: Harness, round_: str) -> None:
    app = harness.app
    async with measured(f"view of profiles, {round_}", app, "p") as painted:
        await wait_until("the view", lambda: isinstance(app.panes.front, ProfilesView) and painted)
    await harness.settle()
    await harness.press("G")
    async with measured(f"profile form opens, {round_}", app, "e") as painted:
        await wait_until("the form", lambda: isinstance(app.screen, ProfileForm) and painted)
        await wait_until("its fields", lambda: app.screen.query(ValueField).first().size)
    print(f"{'':48} {len(app.screen.query(ValueField))} fields")
    await harness.settle()
    await harness.press("escape", "escape")
    await wait_until("the list", lambda: app.screen is app.main)


class PeerDialog(ModalScreen[None]):
    def compose(self) -> ComposeResult:
        with VerticalScroll():
            for number in range(PEER_FIELDS):
                yield Label(f"label {number}")
                yield Input(compact=True)


async def peer() -> None:
    app: App[None] = App()
    async with app.run_test(size=(120, 40)):
        for round_ in ("first", "again"):
            async with measured(f"the peer's dialog of {PEER_FIELDS} inputs, {round_}", app):
                app.push_screen(PeerDialog())
                await wait_until("the dialog", lambda: isinstance(app.screen, PeerDialog))
                await wait_until("its inputs", lambda: app.screen.query(Input) and app.screen.query(Input).last().size)
            await app.pop_screen()
