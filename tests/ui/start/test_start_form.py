"""The start form: documents, their parameters, what is checked, what is sent."""

from types import MappingProxyType

import pytest
from textual.widgets import Input, Select

from ssmtui.errors import AccessDenied
from ssmtui.model import DocumentSummary, Platform, StartRequest
from ssmtui.ui.forms.document_picker import choices
from ssmtui.ui.forms.parameter_field import ParameterField
from ssmtui.ui.start.form import StartForm
from ssmtui.ui.start.launch import Launch
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness


async def opened(harness: Harness) -> StartForm:
    await harness.ready()
    await harness.press("s")
    assert isinstance(harness.app.screen, StartForm)
    await wait_until("the documents", lambda: "SSM-SessionManager" in harness.text(), report=harness.text)
    return harness.app.screen


async def chosen(harness: Harness, text: str, fields: int) -> list[ParameterField]:
    await harness.press(*text, "enter")
    await wait_until("the fields", lambda: len(harness.app.screen.query(ParameterField)) == fields)
    await harness.settle()
    return list(harness.app.screen.query(ParameterField))


async def sent(harness: Harness) -> StartRequest:
    await wait_until("a session", lambda: harness.manager.snapshots(), report=harness.text)
    return harness.manager.snapshots()[-1].request


async def test_enter_twice_starts_the_default_shell():
    async with Harness().run() as harness:
        await opened(harness)
        await harness.press("enter", *"disk  full", "enter")
        request = await sent(harness)
        assert (request.document_name, request.reason, request.title) == (None, "disk full", "bastion-1")
        assert request.parameters == {}


async def test_the_list_shows_the_default_first_and_what_does_not_fit_last():
    async with Harness().run() as harness:
        await opened(harness)
        text = harness.text()
        order = [text.index(name) for name in ("default shell", "Acme-Debug", "AWS-Start", "Acme-WindowsConsole")]
        assert order == sorted(order[:1]) + order[1:]
        assert order == sorted(order)
        assert "not for Linux" in text


async def test_typing_filters_by_name_and_description():
    documents = [
        DocumentSummary("A", "1", (Platform.WINDOWS,), "", "opens a shell"),
        DocumentSummary("B-Shell", "1"),
        DocumentSummary("C", "1"),
    ]
    assert [d.name for d in choices(documents, "shell", Platform.LINUX)] == ["B-Shell", "A"]
    assert [d.name for d in choices(documents, "", Platform.WINDOWS)] == ["A", "B-Shell", "C"]


async def test_a_documents_parameters_become_fields_and_what_differs_from_the_default_is_sent():
    async with Harness().run() as harness:
        await opened(harness)
        container, level, args = await chosen(harness, "acme-deb", 3)
        assert harness.app.focused is container.entry
        assert isinstance(level.entry, Select)
        assert level.text == "info"
        await harness.press(*"web", "enter", "tab", *"-v", "enter", *"-x", "tab", "enter")
        assert args.text == "-v\n-x"
        request = await sent(harness)
        assert request.document_name == "Acme-Debug"
        assert request.parameters == {"container": ("web",), "args": ("-v", "-x")}


async def test_an_allowed_value_is_chosen_from_a_list():
    async with Harness().run() as harness:
        await opened(harness)
        container, level, _ = await chosen(harness, "acme-deb", 3)
        container.entry.value = "web"
        level.entry.value = "debug"
        await harness.press("ctrl+s")
        assert (await sent(harness)).parameters == {"container": ("web",), "level": ("debug",)}


async def test_what_is_wrong_is_said_at_the_field_and_nothing_is_sent():
    async with Harness().run() as harness:
        await opened(harness)
        container, *_ = await chosen(harness, "acme-deb", 3)
        await harness.press("ctrl+s")
        await harness.looked_over()
        assert "needed" in harness.text()
        assert harness.app.focused is container.entry
        await harness.press(*"We")
        assert "must match" in harness.text()
        await harness.press("ctrl+s", "ctrl+u", *"web")
        await harness.looked_over()
        assert "must match" not in harness.text()
        assert harness.manager.snapshots() == ()


async def test_a_reason_that_is_too_long_is_not_sent():
    async with Harness().run() as harness:
        form = await opened(harness)
        form.query_one("#reason", Input).value = "x" * 257
        await harness.press("ctrl+s")
        await harness.looked_over()
        assert "at most 256 characters" in harness.text()
        assert harness.app.screen is form
        assert harness.app.focused.id == "reason"


async def test_another_document_brings_its_own_fields():
    async with Harness().run() as harness:
        await opened(harness)
        await chosen(harness, "acme-deb", 3)
        await harness.press("shift+tab", "ctrl+u")
        (command,) = await chosen(harness, "interactive", 1)
        assert command.parameter.name == "command"


async def test_without_the_list_a_name_can_be_typed():
    gateway = FakeGateway()
    gateway.documents_error = AccessDenied("no", operation="ListDocuments")
    async with Harness(gateway).run() as harness:
        await harness.ready()
        await harness.press("s")
        await wait_until(
            "why",
            lambda: "no list: ListDocuments is denied. A name can be typed." in harness.text(),
            report=harness.text,
        )
        await harness.press(*"Acme-Debug", "enter")
        await wait_until("why", lambda: "started all the same" in harness.text(), report=harness.text)
        await harness.press(*"container", "ctrl+s")
        await wait_until("what is wrong", lambda: "line 1 is not name=value" in harness.text(), report=harness.text)
        await harness.press(*"=web", "enter", *"args=-v", "enter", *"args=-x", "ctrl+s")
        request = await sent(harness)
        assert request.document_name == "Acme-Debug"
        assert request.parameters == {"container": ("web",), "args": ("-v", "-x")}


async def test_esc_starts_nothing():
    async with Harness().run() as harness:
        await opened(harness)
        await harness.press("escape")
        assert harness.app.screen is harness.app.main
        assert harness.manager.snapshots() == ()


async def test_an_edited_request_is_filled_in_as_it_was():
    async with Harness().run() as harness:
        await harness.ready()
        node = harness.app.main.nodes.selected
        request = StartRequest(
            node.id, "Acme-Debug", MappingProxyType({"container": ("db",), "level": ("debug",)}), "again", "mine"
        )
        services = harness.app.services
        form = StartForm(
            harness.app,
            services.documents.of(None),
            services.histories,
            [Launch(request, node)],
            error=AccessDenied("no [b]ssm[/b]"),
        )
        answers = []
        harness.app.push_screen(form, answers.append)
        await wait_until("the fields", lambda: len(form.query(ParameterField)) == 3)
        await harness.settle()
        assert "no [b]ssm[/b]" in harness.text()
        await harness.press("ctrl+s")
        await wait_until("the answer", lambda: answers)
        assert answers == [request]
        assert answers[0].parameters == request.parameters


@pytest.mark.parametrize("size", [(40, 10), (80, 24)])
async def test_the_form_can_be_filled_in_on_a_small_screen(size):
    async with Harness(FakeGateway(fleet(3))).run(size) as harness:
        await harness.ready()
        await harness.press("s", *"acme-deb", "enter")
        await wait_until("the fields", lambda: len(harness.app.screen.query(ParameterField)) == 3)
        await harness.press(*"web", "enter", "tab", "tab", *"why", "enter")
        request = await sent(harness)
        assert (request.parameters, request.reason) == ({"container": ("web",)}, "why")
