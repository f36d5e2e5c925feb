"""What a saved connection asks for, on the screen: frames and tabs set off, pastes asked about, recordings."""

from dataclasses import replace

import pytest
from textual import events

from ssmtui.errors import ConfigurationError
from ssmtui.model import PaneOptions, TerminalSize
from ssmtui.sessions.snapshots import ClipboardRequest
from ssmtui.sessions.states import SessionState
from tests.support.wait import wait_until
from tests.ui.harness import Harness


async def opened(harness, *lines, **options):
    """A session with these options."""
    await harness.ready()
    await wait_until("the listing", lambda: "just now" in harness.text(), report=harness.text)
    key = await harness.open_session(*(lines or ("$ ",)))
    request = harness.manager.snapshot(key).request
    harness.manager.becomes(key, SessionState.OPEN, request=replace(request, options=PaneOptions(**options)))
    await harness.settle()
    return key


def background(harness, y, x):
    return harness.app.screen.get_style_at(x, y).bgcolor


async def test_a_guarded_session_is_framed_in_danger_whatever_its_colour():
    async with Harness().run((120, 40)) as harness:
        await opened(harness, guarded="account:prod", color="green", icon="◆")
        lines = harness.text().splitlines()
        assert "GUARDED account:prod" in lines[1]
        assert " ◆ " in lines[0]
        assert lines[1].startswith(" ◆ ")
        frame = background(harness, 1, 60)
        assert frame == background(harness, 39, 118) != background(harness, 20, 60)
        await harness.press("f12", "d")
        await harness.settle()
        assert background(harness, 39, 118) != frame


async def test_each_colour_frames_its_session():
    async with Harness().run((120, 40)) as harness:
        key = await opened(harness)
        frames = set()
        for color in ("", "red", "yellow", "green", "cyan", "blue", "magenta"):
            request = harness.manager.snapshot(key).request
            harness.manager.becomes(key, SessionState.OPEN, request=replace(request, options=PaneOptions(color=color)))
            await harness.settle()
            frames.add(background(harness, 1, 60))
            assert "GUARDED" not in harness.text()
        assert len(frames) == 7


async def test_every_paste_into_a_guarded_session_is_asked_about():
    async with Harness().run() as harness:
        key = await opened(harness, guarded="tag:env=prod")
        harness.app.post_message(events.Paste("ls"))
        await wait_until("the question", lambda: "Paste 1 line" in harness.text(), report=harness.text)
        assert "It is guarded (tag:env=prod): every paste is asked about." in harness.text()
        assert harness.manager.pasted == []
        await harness.press("enter")
        assert harness.manager.pasted == [(key, b"ls")]


async def test_a_terminal_that_is_smaller_than_its_pane_has_an_edge():
    async with Harness().run((80, 24)) as harness:
        await opened(harness, "$ ls", largest=TerminalSize(30, 10))
        rows = harness.text().splitlines()[2:]
        assert rows[0] == "$ ls" + " " * 26 + "·" * 50
        assert rows[9] == " " * 30 + "·" * 50
        assert rows[10] == "·" * 80


@pytest.mark.parametrize(("own", "copied"), [("allow", ["text"]), ("never", []), ("", [])])
async def test_a_profiles_word_on_the_clipboard_goes_before_the_settings(own, copied):
    async with Harness().run() as harness:
        key = await opened(harness, clipboard=own)
        harness.manager.becomes(key, SessionState.OPEN, clipboard=ClipboardRequest("text", 1))
        waits = own == ""
        await wait_until("it is seen to", lambda: (harness.manager.snapshot(key).clipboard is not None) == waits)
        if copied:
            await wait_until("it is copied", lambda: harness.clipboard.given)
        await harness.settle()
        assert harness.clipboard.given == copied


async def test_a_session_is_recorded_from_its_tab():
    async with Harness().run((120, 40)) as harness:
        key = await opened(harness)
        await harness.press("f12", "R")
        await wait_until(
            "it is told", lambda: "What the node prints is recorded" in harness.text(), report=harness.text
        )
        assert "● recording" in harness.text()
        await harness.press("f12", "R")
        await wait_until("its end is told", lambda: "Recorded in /home" in harness.text(), report=harness.text)
        assert not harness.manager.snapshot(key).is_recorded


async def test_why_a_session_cannot_be_recorded_is_told():
    async with Harness().run((120, 40)) as harness:
        await opened(harness)
        harness.manager.refuse_recording = ConfigurationError("No space left on device", title="It cannot be recorded")
        await harness.press("f12", "R")
        await wait_until("it is told", lambda: "No space left" in harness.text(), report=harness.text)
        assert "● recording" not in harness.text()


async def test_a_request_that_is_edited_keeps_its_options():
    async with Harness().run((120, 40)) as harness:
        key = await opened(harness, icon="◆", on_connect="ls\n")
        options = harness.manager.snapshot(key).request.options
        harness.manager.becomes(key, SessionState.ENDED)
        harness.app.run_command(harness.app.registry["edit"])
        await wait_until("the form", lambda: "Start a session on" in harness.text(), report=harness.text)
        await harness.press("ctrl+s")
        await wait_until("another session", lambda: len(harness.manager.snapshots()) == 2, report=harness.text)
        assert harness.manager.snapshots()[-1].request.options == options
