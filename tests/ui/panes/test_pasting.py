"""Pastes: what is harmless goes at once, what would act is asked about, and no key slips past the question."""

from dataclasses import replace

from textual import events

from ssmtui.model import PaneOptions
from ssmtui.sessions.states import SessionState
from ssmtui.terminal.screen import Modes
from ssmtui.ui.frame.main import MainScreen
from ssmtui.ui.panes.paste_question import PasteQuestion
from tests.support.wait import wait_until
from tests.ui.harness import Harness


async def pasted(harness: Harness, text: str) -> None:
    """Paste, and have the question on the screen."""
    harness.app.post_message(events.Paste(text))
    await wait_until("the question", lambda: isinstance(harness.app.screen, PasteQuestion))
    await harness.settle()


async def test_a_paste_of_one_line_goes_at_once_behind_what_was_typed():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.app.post_message(events.Key("x", "x"))
        harness.app.post_message(events.Paste("echo [b]hi[/b]"))
        await wait_until("the paste", lambda: harness.manager.written[key] == b"xecho [b]hi[/b]")


async def test_several_lines_are_asked_about_and_go_as_enter_would_send_them():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await pasted(harness, "one\r\ntwo")
        text = harness.text()
        assert "Paste 2 lines, 8 bytes, into bastion-1?" in text
        assert "  one " in text
        assert "Each line but the last is run at once." in text
        await harness.press("escape")
        assert harness.manager.written[key] == b""
        for answer in ("enter", "y", "p"):
            await pasted(harness, "one\ntwo")
            await harness.press(answer)
            assert harness.manager.written[key] == b"one\rtwo"
            harness.manager.written[key].clear()


async def test_several_lines_can_be_pasted_as_one_that_is_not_run():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await pasted(harness, "ls -l \n  /var\n\n")
        assert "Each line is run at once." in harness.text()
        await harness.press("o")
        assert harness.manager.written[key] == b"ls -l /var"


async def test_control_characters_are_shown_and_sent_as_blanks():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await pasted(harness, "a\x1b[201~b\x7f")
        text = harness.text()
        assert "a␛[201~b␡" in text
        assert "2 control characters will be sent as spaces." in text
        assert "as one line" not in text
        await harness.press("p")
        assert harness.manager.written[key] == b"a [201~b "


async def test_a_long_paste_is_shown_from_its_start():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        await pasted(harness, "\n".join(f"line {number}" + "x" * 500 for number in range(30_000)))
        assert "Paste 30,000 lines, 15,318,889 bytes," in harness.text()
        assert "line 5x" in harness.text()
        assert "line 6x" not in harness.text()
        assert "… and 29,994 more lines" in harness.text()


async def test_no_key_behind_a_paste_reaches_the_node_while_the_question_is_on_its_way():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.app.post_message(events.Paste("one\ntwo"))
        for name in ("a", "y", "enter"):
            harness.app.post_message(events.Key(name, name if len(name) == 1 else "\r"))
        await harness.settle()
        assert isinstance(harness.app.screen, PasteQuestion)
        assert harness.manager.written[key] == b""


async def test_a_program_that_takes_pastes_gets_them_without_a_question():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.OPEN, modes=Modes(bracketed_paste=True))
        await harness.settle()
        harness.app.post_message(events.Paste("one\ntwo"))
        await wait_until("the paste", lambda: harness.manager.written[key] == b"\x1b[200~one\rtwo\x1b[201~")


async def test_a_paste_while_the_pane_is_on_its_way_is_for_its_session():
    async with Harness().run() as harness:
        await harness.ready()
        harness.app.do(harness.app.registry["shell"])
        harness.app.post_message(events.Paste("ls"))
        await wait_until("the paste", lambda: harness.manager.written[1] == b"ls")


async def test_a_paste_into_an_entry_is_the_entrys():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.press("slash")
        harness.app.post_message(events.Paste("web"))
        await wait_until("the filter", lambda: harness.app.main.nodes.filter_text == "web")


async def test_a_paste_goes_the_way_of_pastes_after_a_tilde_that_was_held():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press("tilde")
        assert harness.manager.written[key] == b""
        harness.manager.becomes(key, SessionState.OPEN, modes=Modes(bracketed_paste=True))
        await harness.settle()
        harness.app.post_message(events.Paste("one\ntwo"))
        await wait_until("the paste", lambda: harness.manager.pasted)
        assert harness.manager.pasted == [(key, b"\x1b[200~one\rtwo\x1b[201~")]
        assert harness.manager.written[key] == b"~\x1b[200~one\rtwo\x1b[201~"


async def test_a_read_only_session_takes_no_paste():
    async with Harness(read_only=True).run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.app.post_message(events.Paste("one"))
        harness.app.post_message(events.Paste("one\ntwo"))
        await harness.settle()
        harness.app.panes.view.paste("two")
        assert isinstance(harness.app.screen, MainScreen)
        assert harness.manager.pasted == []
        assert harness.manager.written[key] == b""


async def test_a_paste_to_several_sessions_is_asked_about_once_and_reaches_those_that_were_named():
    async with Harness().run() as harness:
        one, other = await harness.open_two()
        inputs = harness.app.panes.inputs
        inputs.broadcast.add([one, other])
        await pasted(harness, "one\ntwo")
        text = harness.text()
        assert "Paste 2 lines, 7 bytes, into 2 sessions?" in text
        names = [harness.manager.snapshot(key).node.label for key in (one, other)]
        assert all(f"  {name}" in text for name in names)
        harness.manager.becomes(one, SessionState.LOST)
        await harness.press("y")
        assert harness.manager.written == {one: b"", other: b"one\rtwo"}


async def test_a_paste_to_several_sessions_names_those_that_are_guarded():
    async with Harness().run() as harness:
        one, other = await harness.open_two()
        harness.app.panes.inputs.broadcast.add([one, other])
        request = harness.manager.snapshot(other).request
        guarded = replace(request, options=PaneOptions(guarded="account:prod"))
        harness.manager.becomes(other, SessionState.OPEN, request=guarded)
        await harness.settle()
        await pasted(harness, "ls")
        assert "into 2 sessions?" in harness.text()
        assert "One of them is guarded: every paste is asked about." in harness.text()
        assert "  cache-1  account:prod" in harness.text()
        await harness.press("escape")
        assert harness.manager.written == {one: b"", other: b""}
