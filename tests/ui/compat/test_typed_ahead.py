"""Keys that come faster than the screen changes: each goes where the person meant it."""

import asyncio

import pytest
from textual import events
from textual.keys import key_to_character
from textual.widgets import Input

from ssmtui.config.settings import Settings
from ssmtui.errors import DocumentError
from ssmtui.model import DocumentSummary, SessionDocument
from ssmtui.ui.compat import dialogs
from ssmtui.ui.help.palette import CommandLine
from ssmtui.ui.kit.prompt import Prompt
from ssmtui.ui.start.form import StartForm
from tests.support.fakes import FakeGateway, fleet, make_node
from tests.support.wait import wait_until
from tests.ui.harness import Harness

NODES = [*fleet(10), make_node(20)._replace(name="queue-1"), make_node(21)._replace(name="queue-2")]


def burst(harness: Harness, *keys: str) -> None:
    """All in one go, as a paste, a macro or a slow machine brings them."""
    for key in keys:
        harness.app.post_message(events.Key(key, key_to_character(key)))


async def test_a_filter_takes_the_keys_right_behind_its_own():
    async with Harness(FakeGateway(NODES)).run() as harness:
        await harness.ready()
        burst(harness, "slash", *"queue")
        await harness.settle()
        assert harness.app.main.nodes.filter_text == "queue"
        assert harness.app.screen is harness.app.main


async def test_the_list_is_filtered_when_the_filter_is_left():
    async with Harness(FakeGateway(NODES)).run() as harness:
        await harness.ready()
        burst(harness, "slash", *"queue-2", "enter")
        await harness.settle()
        burst(harness, "enter")
        await harness.settle()
        assert [session.request.target for session in harness.manager.snapshots()] == [NODES[-1].id]


async def test_a_command_is_typed_before_its_line_is_there():
    async with Harness(FakeGateway(NODES)).run() as harness:
        await harness.ready()
        burst(harness, "colon", *"theme")
        await wait_until("the command line", lambda: isinstance(harness.app.screen, CommandLine))
        await wait_until("its entry", lambda: harness.app.screen.query(Input))
        await wait_until("the name in it", lambda: harness.app.screen.query_one(Input).value == "theme")


async def test_a_question_is_not_answered_before_it_can_be_read():
    async with Harness(FakeGateway(NODES)).run() as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press("ctrl+right_square_bracket", "d")
        burst(harness, "q", "enter")
        await harness.settle()
        assert harness.app.screen is not harness.app.main
        assert harness.app.is_running


async def test_a_document_its_fields_and_the_reason_are_typed_at_once():
    async with Harness(FakeGateway(NODES)).run() as harness:
        await harness.ready()
        keys = [*"acme-deb", "enter", *"wob", "backspace", "left", "right", "home", "end", *"eb", *["left"] * 3]
        burst(harness, "s", *keys, "delete", "enter", "tab", *"-v", "enter", *"-z", "up", "end", *"v", "tab", *"why")
        await wait_until("the reason", lambda: "why" in harness.text(), report=harness.text)
        await harness.settle()
        burst(harness, *"  not", "enter")
        await wait_until("a session", lambda: harness.manager.snapshots(), report=harness.text)
        request = harness.manager.snapshots()[0].request
        assert request.document_name == "Acme-Debug"
        assert request.parameters == {"container": ("web",), "args": ("-vv", "-z")}
        assert request.reason == "why not"


class SlowDocuments(FakeGateway):
    """Lists and reads documents once it may; the list has more of them."""

    def __init__(self) -> None:
        super().__init__(NODES)
        self.may_list, self.may_read = asyncio.Event(), asyncio.Event()

    async def documents(self):
        await self.may_list.wait()
        listed = [DocumentSummary(name, "Amazon", (), "1", "") for name in ("AWS-Own-Shell-2", "Own-Shell")]
        return [*listed, *await super().documents()]

    async def document(self, name):
        await self.may_read.wait()
        if name in ("Own-Shell", "Unlisted-Shell"):
            return SessionDocument(name, session_type="Standard_Stream")
        raise DocumentError("no such document", code="InvalidDocument", operation="GetDocument")


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("is_listed", [True, False])
@pytest.mark.parametrize("name", ["Own-Shell", "Unlisted-Shell"])
async def test_a_document_that_is_typed_and_started_by_one_burst_is_the_one_that_starts(name, is_listed, at_once):
    gateway = SlowDocuments()
    async with Harness(gateway).run() as harness:
        await harness.ready()
        if is_listed:
            gateway.may_list.set()
        if at_once:
            burst(harness, "s", *name, "ctrl+s")
        else:
            burst(harness, "s")
            await harness.settle()
            burst(harness, *name, "ctrl+s")
        await wait_until("it is read", lambda: "reading the document" in harness.text(), report=harness.text)
        assert harness.manager.snapshots() == ()
        gateway.may_list.set()
        gateway.may_read.set()
        await wait_until("a session", lambda: harness.manager.snapshots(), report=harness.text)
        assert [session.request.document_name for session in harness.manager.snapshots()] == [name]


@pytest.mark.parametrize("is_listed", [True, False])
async def test_a_document_that_does_not_exist_keeps_the_form_and_starts_nothing(is_listed):
    gateway = SlowDocuments()
    async with Harness(gateway).run() as harness:
        await harness.ready()
        if is_listed:
            gateway.may_list.set()
        gateway.may_read.set()
        burst(harness, "s", *"No-Such", "ctrl+s", *"x")
        await wait_until("why not", lambda: "no such document" in harness.text(), report=harness.text)
        await harness.settle()
        assert harness.manager.snapshots() == ()
        assert isinstance(harness.app.screen, StartForm)
        assert harness.app.screen.query_one("#document", Input).value == "No-Suchx", "nothing typed is lost"


async def test_the_default_shell_is_started_with_a_reason_by_one_burst_and_the_guard_has_its_name():
    harness = Harness(FakeGateway(NODES), settings=Settings(guard=("is:online",)))
    async with harness.run():
        await harness.ready()
        burst(harness, "s", "enter", *"why", "enter", *"bastion-1", "enter")
        await wait_until("a session", lambda: harness.manager.snapshots(), report=harness.text)
        (session,) = harness.manager.snapshots()
        assert (session.request.reason, session.request.options.guarded) == ("why", "is:online")


async def test_pasted_text_keeps_its_place_among_keys():
    async with Harness(FakeGateway(NODES)).run() as harness:
        await harness.ready()
        burst(harness, "s", "enter", *"a")
        harness.app.post_message(events.Paste("bc"))
        burst(harness, *"d", "left", *"e")
        await wait_until("the reason", lambda: "abced" in harness.text(), report=harness.text)


async def test_a_question_is_not_answered_by_what_was_typed_before_it():
    async with Harness(FakeGateway(fleet(20))).run() as harness:
        await harness.ready()
        burst(harness, "ctrl+a", "enter", "enter", "y", "enter")
        await wait_until("the question", lambda: type(harness.app.screen).__name__ == "OpenQuestion")
        await harness.settle()
        assert harness.manager.snapshots() == ()
        await harness.press("y")
        await wait_until("the sessions", lambda: harness.manager.snapshots())


PROFILES = """\
[profiles.tail]
query = "name:bastion-1"
reason = "look at {ask:Ticket}"
document = "AWS-StartInteractiveCommand"
parameters = { command = "tail -f {ask:File}" }
"""


async def test_what_a_profile_asks_is_answered_before_it_has_asked():
    async with Harness(FakeGateway(NODES), profiles=PROFILES).run() as harness:
        await harness.ready()
        burst(harness, "p", "enter", *"OPS-1", "enter", *"quad", "enter")
        await wait_until("a session", lambda: harness.manager.snapshots(), report=harness.text)
        (session,) = harness.manager.snapshots()
        assert session.request.reason == "look at OPS-1"
        assert session.request.parameters == {"command": ("tail -f quad",)}


async def test_a_profile_is_found_edited_and_saved_by_one_burst():
    async with Harness(FakeGateway(NODES), profiles=PROFILES).run() as harness:
        await harness.ready()
        burst(harness, "p", "slash", *"ta", "enter", "e", "end", *"s", "enter", *"prod", "enter", "ctrl+s")
        store = harness.app.services.profiles
        await wait_until("it is saved", lambda: "tails" in store.profiles.profiles, report=harness.text)
        assert store.profiles.profiles["tails"].folder == "prod"


async def test_a_prompt_has_its_line_at_once():
    async with Harness(FakeGateway(NODES)).run() as harness:
        await harness.ready()
        await harness.open_session()
        burst(harness, "ctrl+right_square_bracket", "comma", "ctrl+u", *"quiet", "home", *"so ", "enter")
        await wait_until("the name", lambda: harness.manager.snapshots()[0].title == "so quiet", report=harness.text)


async def test_a_question_that_opens_by_itself_has_no_answer_before_a_person_can_have_read_it(monkeypatch):
    monkeypatch.setattr(dialogs, "REACTION", 3600.0)
    answers = []
    async with Harness(FakeGateway(NODES)).run() as harness:
        await harness.ready()
        question = Prompt("What for?", "")
        question.unasked = True
        harness.app.push_screen(question, answers.append)
        await wait_until("it is seen", lambda: question.was_seen)
        await harness.press(*"abc", "enter", "escape")
        assert harness.app.screen is question
        assert not harness.app.screen.query_one(Input).value
        monkeypatch.setattr(dialogs, "REACTION", 0.0)
        await harness.press(*"d", "enter")
        await wait_until("the answer", lambda: answers == ["d"], report=harness.text)


async def test_what_is_typed_behind_a_dialogs_end_is_for_what_was_under_it():
    async with Harness(FakeGateway(NODES)).run() as harness:
        await harness.ready()
        burst(harness, "s", "escape", "slash", *"queue-2")
        await wait_until("the filter", lambda: harness.app.main.nodes.filter_text == "queue-2", report=harness.text)


async def test_keys_that_come_while_the_app_closes_are_for_nobody():
    async with Harness(FakeGateway(NODES)).run() as harness:
        await harness.ready()
    assert not harness.app.screen_stack
    await harness.app.on_event(events.Key("x", "x"))
