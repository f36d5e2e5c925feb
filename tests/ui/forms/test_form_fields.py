"""A field for each kind of parameter: what it takes, what it says, what it sends."""

import socket

import pytest
from textual.widgets import Select

from ssmtui.errors import AccessDenied
from ssmtui.model import DocumentParameter, DocumentSummary, Platform, SessionDocument
from ssmtui.sessions.states import SessionState
from ssmtui.ui.forms.parameter_field import ParameterField, rule
from ssmtui.ui.kit.entries import ChoiceEntry, ChoicesEntry, LinesEntry, PortEntry, TextEntry
from ssmtui.ui.start.form import StartForm
from tests.support.fakes import ACCOUNT, FakeGateway
from tests.support.wait import wait_until
from tests.ui.harness import Harness

PORT_PATTERN = "^([1-9]|[1-9][0-9]{1,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$"

EVERY = SessionDocument(
    "Acme-Everything",
    "Looks at what a unit of the machine is doing, and keeps on looking until it is told that this is enough of it",
    "NonInteractiveCommands",
    (
        DocumentParameter("unit", description="systemd unit", allowed_pattern="^[a-z@.-]{1,80}$", max_chars=80),
        DocumentParameter("level", description="How much to say", default=("info",), allowed_values=("info", "debug")),
        DocumentParameter("script", description="Run before", default=("",), display_type="textarea"),
        DocumentParameter("hosts", "StringList", "Where from", ("localhost",), min_items=1, max_items=2),
        DocumentParameter("parts", "StringList", "What of it", ("log",), allowed_values=("log", "state", "files")),
        DocumentParameter("apiToken", description="Who asks", default=("",)),
        DocumentParameter("localPortNumber", description="Port here", default=("0",), allowed_pattern="^[0-9]{1,5}$"),
    ),
    (Platform.LINUX,),
    encrypted=True,
    kms_key="alias/ops",
    idle_minutes=10,
    log_group="/ssm/ops",
)


def gateway_of(document: SessionDocument) -> FakeGateway:
    """One account with this document and no preferences that may be read."""
    gateway = FakeGateway()

    async def documents():
        return [DocumentSummary(document.name, ACCOUNT, document.platforms)]

    async def one(name):
        if name == document.name:
            return document
        raise AccessDenied("ssm:GetDocument")

    gateway.documents, gateway.document = documents, one
    return gateway


async def filled(harness: Harness, document: SessionDocument = EVERY, count: int | None = None) -> list[ParameterField]:
    """The form with ``document`` chosen; its fields."""
    await harness.ready()
    await harness.press("s")
    await wait_until("the document", lambda: " own " in harness.text(), report=harness.text)
    await harness.press("down", "enter")
    wanted = len(document.parameters) if count is None else count
    await wait_until("the fields", lambda: len(harness.app.screen.query(ParameterField)) == wanted)
    await harness.settle()
    return list(harness.app.screen.query(ParameterField))


async def in_view(field: ParameterField) -> None:
    """Wait until all of it can be seen."""
    body = field.screen.query_one("#body")
    await wait_until("the field is in view", lambda: body.region.contains_region(field.region))


async def test_each_kind_of_parameter_has_its_entry_and_sends_what_differs_from_the_default():
    async with Harness(gateway_of(EVERY)).run() as harness:
        unit, level, script, hosts, parts, token, port = await filled(harness)
        kinds = [type(field.entry) for field in (unit, level, script, hosts, parts, token, port)]
        assert kinds == [TextEntry, ChoiceEntry, LinesEntry, LinesEntry, ChoicesEntry, TextEntry, PortEntry]
        form = harness.app.screen
        assert isinstance(form, StartForm)
        assert form.answer.parameters == {}
        assert harness.app.focused is unit.entry
        await harness.press(*"sshd", "enter", "tab", *"set -e", "enter", *"id", "tab")
        await harness.press("enter", *"web", "tab", "down", "space", "enter", *"hush")
        assert "hush" not in harness.text()
        assert form.answer.parameters == {
            "unit": ("sshd",),
            "script": ("set -e\nid",),
            "hosts": ("localhost", "web"),
            "parts": ("log", "state"),
            "apiToken": ("hush",),
        }
        assert "2 values" in harness.text()
        await harness.press("ctrl+y")
        await wait_until("the copy", lambda: harness.clipboard.given)
        assert '"apiToken":["hush"]' in harness.clipboard.given[-1]


async def test_a_problem_stands_where_the_rule_stood_and_nothing_moves():
    async with Harness(gateway_of(EVERY)).run() as harness:
        unit, *others = await filled(harness)
        before = [field.region for field in (unit, *others)]
        assert "at most 80 characters; matches ^[a-z@.-]{1,80}$" in harness.text()
        await harness.press("U")
        assert unit.problem.startswith("must match")
        assert unit.problem in harness.text()
        hosts = others[2]
        hosts.entry.text = "a\nb\nc"
        await harness.settle()
        assert "at most 2 values, there are 3" in harness.text()
        assert [field.region for field in (unit, *others)] == before
        await harness.press("ctrl+s")
        await harness.looked_over()
        assert harness.manager.snapshots() == ()
        assert harness.app.focused is unit.entry


async def test_a_key_and_a_click_bring_back_the_default():
    async with Harness(gateway_of(EVERY)).run() as harness:
        _, level, _, hosts, *_ = await filled(harness)
        assert "↺ default" not in harness.text()
        level.entry.value = "debug"
        hosts.entry.text = "web"
        await harness.settle()
        hosts.entry.focus()
        await harness.press("ctrl+r")
        assert hosts.values is None
        assert hosts.text == "localhost"
        assert level.text == "debug"
        lines = harness.text().splitlines()
        (row,) = (number for number, line in enumerate(lines) if "↺ default" in line)
        await harness.pilot.click(offset=(lines[row].index("↺"), row))
        await harness.settle()
        assert level.text == "info"
        assert isinstance(level.entry, Select)


async def test_a_local_port_is_looked_for_and_a_free_one_is_offered():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        async with Harness(gateway_of(EVERY)).run() as harness:
            *_, port = await filled(harness)
            port.entry.focus()
            await harness.press("end", "backspace", *str(number))
            await wait_until("the word", lambda: f"port {number} is taken" in harness.text(), report=harness.text)
            assert port.problem
            await harness.press("ctrl+f")
            await wait_until("another", lambda: "is free" in harness.text(), report=harness.text)
            assert not port.problem
            assert port.text != str(number)


async def test_what_was_typed_comes_back_unless_it_may_be_secret():
    async with Harness(gateway_of(EVERY)).run() as harness:
        unit, *_, token, _ = await filled(harness)
        unit.entry.text, token.entry.text = "sshd", "hush"
        form = harness.app.screen
        form.query_one("#reason").value = "OPS-1"
        await harness.press("ctrl+s")
        await wait_until("a session", lambda: harness.manager.snapshots())
        assert not harness.app.services.histories.entries.texts("Acme-Everything/unit")
        harness.manager.becomes(1, SessionState.OPEN)
        await wait_until("its tab", lambda: harness.app.screen is harness.app.main)
        await harness.press("f12", "d")
        unit, *_, token, _ = await filled(harness)
        await harness.press(*"cron", "up")
        assert unit.text == "sshd"
        await harness.press("down")
        assert unit.text == "cron"
        harness.app.screen.query_one("#reason").focus()
        await harness.press("up")
        assert harness.app.screen.answer.reason == "OPS-1"
        token.entry.focus()
        await harness.press("up")
        assert token.text == ""
        assert "hush" not in str(harness.memory.read("entries"))


def many(count: int) -> SessionDocument:
    """A document nobody would write, with brackets and control characters wherever there can be some."""
    wild = "[b]x[/] \x1b[31m"
    parameters = [DocumentParameter(f"[/]{n}", description=wild * 40, default=(wild,)) for n in range(count - 2)]
    long = DocumentParameter("long", default=("x" * 10_000,), description="\u202e")
    return SessionDocument(wild, wild, "[x]", (*parameters, long, DocumentParameter("last")))


async def test_a_document_nobody_would_write_is_shown_a_dozen_fields_at_a_time():
    document = many(300)
    async with Harness(gateway_of(document)).run((80, 24)) as harness:
        fields = await filled(harness, document, 12)
        assert "unknown type [x]" in harness.text()
        fields[-1].entry.focus()
        await harness.press("tab")
        await wait_until("more of them", lambda: len(harness.app.screen.query(ParameterField)) == 24)
        await harness.settle()
        assert harness.app.focused is harness.app.screen.query(ParameterField)[12].entry
        await harness.press("ctrl+s")
        await harness.looked_over()
        assert len(harness.app.screen.query(ParameterField)) == 25
        await in_view(harness.app.screen.query(ParameterField).last())
        assert "last required" in harness.text()
        assert "needed" in harness.text()
        assert not set(harness.text()) & {"\x1b", "\u202e"}


@pytest.mark.parametrize(
    ("parameter", "told"),
    [
        (DocumentParameter("a"), ""),
        (DocumentParameter("a", min_chars=2, max_chars=2), "exactly 2 characters"),
        (DocumentParameter("a", min_chars=1), "at least 1 character"),
        (DocumentParameter("a", "StringList", min_items=1, max_items=10), "1 to 10 values, one per line"),
        (DocumentParameter("a", "StringList", allowed_values=("x",), max_items=1), "at most 1 value, space chooses"),
        (DocumentParameter("portNumber", allowed_pattern=PORT_PATTERN), "a port, 1 to 65535"),
        (DocumentParameter("portNumber", allowed_pattern="^(22|80)$"), "matches ^(22|80)$"),
    ],
)
def test_a_rule_is_told_in_words(parameter: DocumentParameter, told: str):
    assert rule(parameter) == told
