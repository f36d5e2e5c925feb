"""Text from AWS and from nodes is shown as it is: never as markup, never as control characters."""

from textual import events

from ssmtui.errors import DocumentError
from ssmtui.model import DocumentParameter, DocumentSummary, SessionDocument
from ssmtui.sessions.states import SessionState
from ssmtui.ui.forms.parameter_field import ParameterField
from tests.support.fakes import FakeGateway, make_node
from tests.support.wait import wait_until
from tests.ui.harness import Harness

MARKUP = "[bold red]x[/] [@click=app.quit]y[/] [/nope] $"
CONTROL = "a\x1b[31mb\x07c\u202ed\x9be"


def wild_gateway() -> FakeGateway:
    node = make_node(0)._replace(name=MARKUP, computer_name=CONTROL, tags={"k[/]": CONTROL, "Name": MARKUP})
    gateway = FakeGateway([node])
    document = SessionDocument(
        MARKUP,
        CONTROL + MARKUP,
        "Standard_Stream",
        (
            DocumentParameter("p[/]", description=CONTROL + MARKUP, allowed_pattern="[/x]$"),
            DocumentParameter("q", default=(MARKUP,), allowed_values=(MARKUP, CONTROL)),
        ),
    )

    async def documents():
        return [DocumentSummary(MARKUP, "1", (), "", CONTROL + MARKUP)]

    async def one(name):
        return document

    gateway.documents, gateway.document = documents, one
    return gateway


def is_inert(text: str) -> bool:
    return not set(text) & {"\x1b", "\x07", "\u202e", "\x9b"}


async def test_in_the_list_and_the_details():
    async with Harness(wild_gateway()).run() as harness:
        await harness.ready()
        await harness.settle()
        assert harness.text().count("[bold red]x[/]") == 2
        assert "k[/]=a␛[31mb␇c" in harness.text()
        assert is_inert(harness.text())


async def test_in_the_form():
    async with Harness(wild_gateway()).run() as harness:
        await harness.ready()
        await harness.press("s")
        await wait_until("the documents", lambda: "default shell" in harness.text(), report=harness.text)
        await harness.press("down", "enter")
        await wait_until("the fields", lambda: harness.app.screen.query(ParameterField))
        await harness.settle()
        assert "Start a session on [bold red]x[/]" in harness.text()
        assert "p[/]" in harness.text()
        assert harness.text().count("[bold red]x[/]") >= 4
        await harness.press("tab", "enter")
        assert is_inert(harness.text())


async def test_in_tabs_panes_errors_and_questions():
    async with Harness(wild_gateway()).run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.OPEN, notice="[red]notice[/] [/x]")
        await wait_until("the notice", lambda: "[red]notice[/] [/x]" in harness.text(), report=harness.text)
        assert "[bold red]x[/]" in harness.text()
        await harness.press("f12", "d", "q")
        assert "1 live session will be terminated" in harness.text()
        assert harness.text().count("[bold red]x[/]") >= 2
        await harness.press("escape", "f12", "2", "f12", "comma", "escape", "f12", "x", "escape")
        error = DocumentError(CONTROL + MARKUP, title=MARKUP, remedy=MARKUP)
        harness.manager.becomes(key, SessionState.FAILED, error=error, end_reason=CONTROL + MARKUP)
        await wait_until("the error", lambda: harness.text().count("[/nope]") >= 3, report=harness.text)
        assert is_inert(harness.text())


async def test_in_a_word_over_the_screen():
    async with Harness().run() as harness:
        await harness.ready()
        harness.app.tell(MARKUP + CONTROL)
        await wait_until("the words", lambda: "[bold red]x[/]" in harness.text(), report=harness.text)
        assert is_inert(harness.text())


async def test_in_the_question_about_a_paste():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        harness.app.post_message(events.Paste(f"{MARKUP}\n{CONTROL}"))
        await wait_until("the question", lambda: "Paste 2 lines" in harness.text(), report=harness.text)
        assert "[bold red]x[/]" in harness.text()
        assert is_inert(harness.text())
