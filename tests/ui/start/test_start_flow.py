"""What follows from the start form: it waits for the service, tells its refusals, and is stopped or left."""

import asyncio

from botocore.exceptions import ClientError

from ssmtui.aws.translate import translate
from ssmtui.documents.reasons import ReasonRule
from ssmtui.errors import AccessDenied, DocumentError, TargetNotConnected
from ssmtui.model import Container, Node, StartRequest
from ssmtui.sessions.states import SessionState
from ssmtui.ui.forms.parameter_field import ParameterField
from ssmtui.ui.start.form import StartForm
from ssmtui.ui.start.launch import Launch
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness


async def opened(harness: Harness) -> StartForm:
    await harness.ready()
    await harness.press("s")
    form = harness.app.screen
    assert isinstance(form, StartForm)
    await wait_until("the documents", lambda: "Acme-Debug" in harness.text(), report=harness.text)
    return form


async def debugging(harness: Harness) -> StartForm:
    """A form with all that Acme-Debug asks for."""
    form = await opened(harness)
    await harness.press(*"acme-deb", "enter")
    await wait_until("the fields", lambda: len(form.query(ParameterField)) == 3)
    await harness.press(*"web")
    return form


async def started(harness: Harness) -> int:
    await wait_until("a session", lambda: harness.manager.snapshots(), report=harness.text)
    await wait_until("the word", lambda: "Starting on" in harness.text(), report=harness.text)
    return harness.manager.snapshots()[-1].key


async def test_the_form_stays_until_the_service_has_given_a_session_and_its_tab_is_shown_then():
    async with Harness().run() as harness:
        form = await debugging(harness)
        await harness.press("ctrl+s")
        key = await started(harness)
        harness.manager.becomes(key, SessionState.STARTING, notice="waiting for 3 others to be started")
        await wait_until("the notice", lambda: "waiting for 3 others" in harness.text(), report=harness.text)
        await harness.press("ctrl+s")
        assert len(harness.manager.snapshots()) == 1
        assert harness.app.screen is form
        harness.manager.becomes(key, SessionState.CONNECTING)
        await wait_until("the tab", lambda: harness.app.screen is harness.app.main)
        assert harness.app.panes.session.key == key
        assert harness.app.services.usage.used(harness.manager.snapshot(key).node.key).times == 1


async def test_a_refusal_is_told_beside_the_form_which_keeps_what_was_typed_and_no_tab_is_left():
    async with Harness().run((80, 24)) as harness:
        form = await debugging(harness)
        await harness.press("ctrl+s")
        refused = DocumentError("Parameter 'container': 'web' is not known here.", code="ValidationException")
        harness.manager.becomes(await started(harness), SessionState.FAILED, error=refused)
        await wait_until("the refusal", lambda: "cannot be used" in harness.text(), report=harness.text)
        await harness.settle()
        assert harness.manager.snapshots() == ()
        assert harness.app.screen is form
        container = form.query(ParameterField)[0]
        assert container.text == "web"
        assert container.problem == refused.detail
        assert harness.app.focused is container.entry
        await harness.press(*"-1")
        assert container.problem == ""
        await harness.press("ctrl+s")
        harness.manager.becomes(await started(harness), SessionState.FAILED, error=TargetNotConnected("i-1 is away."))
        await wait_until("the other one", lambda: "The node is not connected" in harness.text(), report=harness.text)
        await harness.press("escape")
        assert harness.app.screen is harness.app.main
        assert harness.manager.snapshots() == ()


REFUSED = 'Parameter "container" has value "web" not matching "^[^,$^&(){};\'`<>|]{3,}-[0-9]$".'


async def test_w4_invalid_parameters_mark_the_field_they_name_and_keep_what_was_typed():
    async with Harness().run() as harness:
        form = await debugging(harness)
        await harness.press("ctrl+s")
        refused = DocumentError(REFUSED, code="InvalidParameters", operation="StartSession")
        harness.manager.becomes(await started(harness), SessionState.FAILED, error=refused)
        await wait_until("the refusal", lambda: "cannot be used" in harness.text(), report=harness.text)
        await harness.settle()
        assert harness.app.screen is form
        assert harness.manager.snapshots() == ()
        container, *others = form.query(ParameterField)
        assert (container.text, container.problem) == ("web", REFUSED)
        assert [other.problem for other in others] == ["", ""]
        assert harness.app.focused is container.entry
        assert form.answer.document_name == "Acme-Debug"
        assert dict(form.answer.parameters) == {"container": ("web",)}


async def test_w4_invalid_parameters_without_a_message_mark_no_field_and_ask_to_check_them():
    async with Harness().run() as harness:
        form = await debugging(harness)
        await harness.press("ctrl+s")
        answer = {"Error": {"Code": "InvalidParameters", "Message": ""}}
        refused = translate(ClientError(answer, "StartSession"), "StartSession")
        assert isinstance(refused, DocumentError)
        harness.manager.becomes(await started(harness), SessionState.FAILED, error=refused)
        await wait_until("the refusal", lambda: "cannot be used" in harness.text(), report=harness.text)
        await harness.settle()
        assert harness.app.screen is form
        words = " ".join(harness.text().replace("│", " ").split())
        assert refused.remedy in words
        assert "check all of them" in refused.remedy
        fields = form.query(ParameterField)
        assert [field.problem for field in fields] == ["", "", ""]
        assert fields[0].text == "web"


async def test_esc_ends_a_start_that_is_under_way_and_comes_back_to_the_form():
    async with Harness().run() as harness:
        form = await debugging(harness)
        await harness.press("ctrl+s")
        await started(harness)
        await harness.press("escape")
        assert harness.manager.snapshots() == ()
        assert harness.app.screen is form
        assert "Stopped" in harness.text()
        await harness.press("ctrl+s")
        await started(harness)


async def test_an_ended_tab_gives_its_place_to_what_the_form_starts_and_stays_when_that_is_refused():
    async with Harness().run() as harness:
        first, second = await harness.open_two()
        await harness.press("f12", "2")
        error = DocumentError("gone", code="InvalidDocument")
        harness.manager.becomes(first, SessionState.FAILED, error=error)
        await wait_until("why", lambda: "gone" in harness.text(), report=harness.text)
        harness.app.main.features.start.edit_request(harness.app.panes.session)
        await wait_until("the form", lambda: isinstance(harness.app.screen, StartForm), report=harness.text)
        await wait_until("why", lambda: "gone" in harness.text(), report=harness.text)
        await harness.press("ctrl+s")
        await wait_until("a third", lambda: len(harness.manager.snapshots()) == 3)
        third = harness.manager.snapshots()[-1].key
        harness.manager.becomes(third, SessionState.FAILED, error=AccessDenied("no"))
        await wait_until("two", lambda: len(harness.manager.snapshots()) == 2)
        await harness.press("ctrl+s")
        await wait_until("a third", lambda: len(harness.manager.snapshots()) == 3)
        fourth = harness.manager.snapshots()[-1].key
        harness.manager.becomes(fourth, SessionState.OPEN)
        await wait_until("the tab", lambda: harness.app.screen is harness.app.main)
        assert [session.key for session in harness.app.panes.sessions] == [fourth, second]
        assert harness.app.panes.session.key == fourth


async def test_one_form_starts_sessions_on_all_marked_nodes():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.press("space", "j", "space", "j", "space")
        form = await opened(harness)
        assert "bastion-1 and 2 more" in harness.text()
        await harness.press("tab", *"patching", "ctrl+y")
        await wait_until("the copy", lambda: harness.clipboard.given)
        assert len(harness.clipboard.given[-1].splitlines()) == 3
        await harness.press("enter")
        await wait_until("the question", lambda: "Open 3 sessions?" in harness.text(), report=harness.text)
        await harness.press("enter")
        await wait_until("all", lambda: len(harness.manager.snapshots()) == 3, report=harness.text)
        assert form.answer.reason == "patching"
        assert {session.request.reason for session in harness.manager.snapshots()} == {"patching"}
        assert len({session.request.target for session in harness.manager.snapshots()}) == 3


async def test_a_reason_has_to_obey_the_rule_of_the_profile():
    async with Harness().run() as harness:
        await harness.ready()
        node = harness.app.main.nodes.selected
        rule = ReasonRule(True, r"[A-Z]+-\d+", "a ticket such as OPS-123")
        harness.app.main.features.start.open_form([Launch(StartRequest(node.id), node)], rule=rule)
        await wait_until("the form", lambda: isinstance(harness.app.screen, StartForm), report=harness.text)
        await harness.settle()
        await harness.press("ctrl+s")
        await wait_until("the word", lambda: "needed: a ticket such as" in harness.text(), report=harness.text)
        assert harness.app.focused.id == "reason"
        await harness.press(*"OPS-7", "enter")
        await started(harness)
        assert harness.manager.snapshots()[0].request.reason == "OPS-7"


async def test_a_document_that_does_not_exist_is_refused_before_the_session_is_started():
    gateway = FakeGateway()

    async def nothing(name):
        raise DocumentError(f"Document with name {name} does not exist.", code="InvalidDocument")

    gateway.document = nothing
    async with Harness(gateway).run() as harness:
        await opened(harness)
        await harness.press(*"Acme-Gone", "ctrl+s")
        await wait_until("why", lambda: "cannot be used" in harness.text(), report=harness.text)
        assert harness.app.focused.id == "document"
        assert harness.manager.snapshots() == ()


async def test_what_is_typed_while_a_document_is_read_goes_into_its_first_field():
    gateway, read = FakeGateway(), asyncio.Event()
    answer = gateway.document

    async def late(name):
        if name == "Acme-Debug":
            await read.wait()
        return await answer(name)

    gateway.document = late
    async with Harness(gateway).run() as harness:
        form = await opened(harness)
        await harness.press(*"acme-deb", "enter", *"web")
        assert form.query_one("#document").value == "Acme-Debug"
        read.set()
        await wait_until(
            "the field", lambda: form.query(ParameterField) and form.query(ParameterField)[0].text == "web"
        )
        read.clear()
        harness.app.services.documents.of(form._form._library.scope).forget()
        form._form.choose("Acme-Debug")
        await harness.press("ctrl+s", "escape")
        assert harness.app.screen is harness.app.main
        assert harness.manager.snapshots() == ()


async def test_the_beginning_of_a_name_waits_for_the_list_that_is_being_read():
    gateway, read = FakeGateway(), asyncio.Event()
    listing = gateway.documents

    async def late():
        await read.wait()
        return await listing()

    gateway.documents = late
    async with Harness(gateway).run() as harness:
        await harness.ready()
        await harness.press("s", *"acme-deb", "enter", *"web")
        form = harness.app.screen
        assert form.answer.document_name is None
        read.set()
        await wait_until(
            "the field", lambda: form.query(ParameterField) and form.query(ParameterField)[0].text == "web"
        )
        assert form.answer.document_name == "Acme-Debug"


async def test_the_cursor_of_the_list_brings_what_a_document_is_and_ctrl_r_reads_all_again():
    gateway, asked = FakeGateway(), []
    answer, listing = gateway.document, gateway.documents

    async def document(name):
        asked.append(name)
        return await answer(name)

    async def documents():
        asked.append("list")
        return await listing()

    gateway.document, gateway.documents = document, documents
    async with Harness(gateway).run() as harness:
        await opened(harness)
        await wait_until(
            "the shell's", lambda: "The account's shell preferences" in harness.text(), report=harness.text
        )
        await harness.press("down")
        await wait_until("it", lambda: "Opens a shell in the debug container" in harness.text(), report=harness.text)
        await harness.press("up", "down")
        assert asked.count("Acme-Debug") == 1
        await harness.press("ctrl+r")
        await wait_until("the list", lambda: asked.count("list") == 2)


async def test_a_container_is_entered_by_a_command_where_no_document_is_chosen():
    container = Container("arn:aws:ecs:eu-west-1:1:cluster/c", "arn:aws:ecs:eu-west-1:1:task/c/t", "app", "t-1")
    node: Node = fleet(1)[0]._replace(id="ecs:c_t_t-1", container=container, resource_type="ECSContainer")
    async with Harness(FakeGateway([node])).run() as harness:
        await opened(harness)
        assert "aws ecs execute-command" in harness.text()
        await harness.press("enter", *"top -b", "enter", "enter")
        await started(harness)
        request = harness.manager.snapshots()[0].request
        assert (request.command, request.document_name, request.container) == ("top -b", None, container)


async def test_all_of_it_can_be_done_with_the_mouse():
    async with Harness().run((80, 24)) as harness:
        form = await opened(harness)

        async def click(text: str) -> None:
            await harness.shows(text)
            lines = harness.text().splitlines()
            row = next(number for number, line in enumerate(lines) if text in line)
            await harness.pilot.click(offset=(lines[row].index(text), row))
            await harness.settle()

        await click("SSM-SessionManagerRunShell")
        await wait_until("its name", lambda: form.answer.document_name == "SSM-SessionManagerRunShell")
        await click("ctrl+y")
        await wait_until("the copy", lambda: harness.clipboard.given)
        assert "--document-name SSM-SessionManagerRunShell" in harness.clipboard.given[-1]
        await click("ctrl+s")
        await started(harness)
        await click("esc stop")
        assert harness.manager.snapshots() == ()
        await click("esc cancel")
        assert harness.app.screen is harness.app.main
