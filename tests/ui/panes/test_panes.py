"""Session tabs: keys, mouse and pastes reach the node; its output reaches the screen; the leader stays ours."""

from dataclasses import replace

import pytest
from textual import events

from ssmtui.config.settings import Settings
from ssmtui.errors import TargetNotConnected
from ssmtui.model import StartRequest
from ssmtui.sessions.paste import PasteProgress
from ssmtui.sessions.states import SessionState
from ssmtui.terminal.screen import Cursor, Modes, MouseFormat, MouseTracking
from ssmtui.ui.frame.main import MainScreen
from ssmtui.ui.kit.confirm import Confirm
from ssmtui.ui.panes import pane
from ssmtui.ui.profiles.view.view import ProfilesView
from ssmtui.ui.table.table import RowTable
from ssmtui.ui.terminals import view as terminal_view
from ssmtui.ui.terminals.view import TerminalView
from tests.support.wait import wait_until
from tests.ui.harness import Harness

LEADER = "ctrl+right_square_bracket"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    """Keys typed just after the end count in these tests, but where it is about that."""
    monkeypatch.setattr(terminal_view, "DEAF_AFTER_END", 0.0)


PASSED = [
    ("a", b"a"),
    ("A", b"A"),
    ("space", b" "),
    ("enter", b"\r"),
    ("tab", b"\t"),
    ("shift+tab", b"\x1b[Z"),
    ("escape", b"\x1b"),
    ("delete", b"\x1b[3~"),
    ("up", b"\x1b[A"),
    ("ctrl+left", b"\x1b[1;5D"),
    ("home", b"\x1b[H"),
    ("pageup", b"\x1b[5~"),
    ("ctrl+a", b"\x01"),
    ("ctrl+b", b"\x02"),
    ("ctrl+c", b"\x03"),
    ("ctrl+d", b"\x04"),
    ("ctrl+f", b"\x06"),
    ("ctrl+p", b"\x10"),
    ("ctrl+q", b"\x11"),
    ("ctrl+r", b"\x12"),
    ("ctrl+s", b"\x13"),
    ("ctrl+u", b"\x15"),
    ("ctrl+w", b"\x17"),
    ("ctrl+z", b"\x1a"),
    ("ctrl+backslash", b"\x1c"),
    ("alt+x", b"\x1bx"),
    ("question_mark", b"?"),
    ("colon", b":"),
    ("slash", b"/"),
    ("q", b"q"),
    ("f1", b"\x1bOP"),
    ("f5", b"\x1b[15~"),
    ("f10", b"\x1b[21~"),
    ("f11", b"\x1b[23~"),
]


async def test_every_key_but_the_leader_reaches_the_node():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        got = {}
        for name, _ in PASSED:
            harness.manager.written[key].clear()
            await harness.press(name)
            got[name] = bytes(harness.manager.written[key])
        assert got == dict(PASSED)
        assert harness.app.panes.tabs.session == key
        assert isinstance(harness.app.screen, MainScreen)


@pytest.mark.parametrize("sent", ["\x7f", "\x08"])
async def test_backspace_is_what_the_terminal_sends_for_it(sent):
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.app.post_message(events.Key("backspace", sent))
        await wait_until("the key", lambda: harness.manager.written[key] == sent.encode())


async def test_the_leader_and_its_letter_do_not_reach_the_node_and_the_leader_twice_does():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press(LEADER)
        await wait_until("hints", lambda: "attention" in harness.text(), report=harness.text)
        await harness.press("escape")
        await harness.press("f12", "escape", LEADER, "Z", LEADER, LEADER)
        assert harness.manager.written[key] == b"\x1d"
        await harness.press("f12", "f12")
        assert harness.manager.written[key] == b"\x1d\x1b[24~"


async def test_another_leader_can_be_set():
    async with Harness(settings=Settings(leader="ctrl+b")).run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press(LEADER, "ctrl+b", "ctrl+b", "ctrl+b", "d")
        assert harness.manager.written[key] == b"\x1d\x02"
        assert harness.app.panes.tabs.session is None


async def test_keys_typed_while_the_pane_is_on_its_way_are_for_its_session():
    async with Harness().run() as harness:
        await harness.ready()
        app = harness.app
        app.do(app.registry["shell"])
        for letter in "ls":
            app.post_message(events.Key(letter, letter))
        await wait_until("the keys", lambda: harness.manager.written[1] == b"ls")


async def test_a_tab_change_counts_for_the_very_next_key():
    async with Harness().run() as harness:
        first, second = await harness.open_two()
        for name in (LEADER, "2", "a", LEADER, "3", "b"):
            harness.app.post_message(events.Key(name, name if len(name) == 1 else None))
        await wait_until("both keys", lambda: harness.manager.written[first] and harness.manager.written[second])
        assert (harness.manager.written[first], harness.manager.written[second]) == (b"a", b"b")


async def test_output_reaches_the_screen():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session("$ echo hello", "hello", "$ ")
        await wait_until("the output", lambda: "\nhello\n" in harness.text(), report=harness.text)
        harness.manager.prints(key, "$ echo bye", "bye", "$ ")
        await wait_until("the new output", lambda: "\nbye\n" in harness.text(), report=harness.text)
        assert "hello" not in harness.text()


async def test_edge_74_a_hidden_pane_is_not_pulled_until_it_is_shown():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press(LEADER, "d")
        await harness.settle()
        pulled = len(harness.manager.pulled)
        harness.manager.prints(key, "news")
        await wait_until("the mark", lambda: "bastion-1 ●" in harness.text(), report=harness.text)
        assert len(harness.manager.pulled) == pulled
        await harness.press(LEADER, "2")
        await wait_until("the output", lambda: "\nnews" in harness.text(), report=harness.text)
        assert "bastion-1 ○" in harness.text()


async def test_a_pane_rests_when_it_goes_out_of_sight():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        assert harness.manager.rested == []
        await harness.press(LEADER, "d")
        await wait_until("it rests", lambda: harness.manager.rested == [key])
        await harness.press(LEADER, "2")
        harness.manager.prints(key, "news")
        await wait_until("the output", lambda: "\nnews" in harness.text(), report=harness.text)
        assert harness.manager.rested == [key]


async def test_each_pull_asks_for_what_changed_since_the_last():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        for number in range(3):
            harness.manager.prints(key, f"line {number}")
            await wait_until("it", lambda number=number: f"\nline {number}" in harness.text(), report=harness.text)
        asked = [since for pulled, since in harness.manager.pulled if pulled == key]
        assert asked[0] == 0
        assert asked == sorted(asked)
        assert asked[-1] > 0


async def test_a_resize_reaches_all_sessions_at_once():
    async with Harness().run((120, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        await harness.press(LEADER, "d")
        second = await harness.open_session()
        sizes = harness.manager.sizes
        assert {str(sizes[key]) for key in (first, second)} == {"120x37"}
        await harness.pilot.resize_terminal(90, 30)
        await wait_until("the new size", lambda: {str(sizes[key]) for key in (first, second)} == {"90x27"})
        await harness.settle()
        assert "bastion-1 ●" not in harness.text()


async def test_a_session_starts_with_the_size_it_will_have():
    async with Harness().run((100, 30)) as harness:
        await harness.ready()
        await harness.press("enter")
        await wait_until("a session", lambda: harness.manager.snapshots())
        assert str(harness.manager.sizes[1]) == "100x27"


async def test_the_cursor_is_drawn_where_it_is():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.prints(key, "abc日def", cursor=Cursor(3, 0))
        await harness.settle()
        view = harness.app.panes.view
        strip = view.render_line(0)
        at = 0
        for segment in strip:
            if at == 3:
                assert segment.text == "日"
                assert segment.style.bgcolor != strip._segments[0].style.bgcolor
            at += segment.cell_length
        assert at == view.size.width


# Mouse, paste, focus


async def test_the_mouse_is_the_programs_when_it_asked_for_it():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        view = harness.app.panes.view
        await harness.pilot.click(view, offset=(4, 2))
        assert harness.manager.written[key] == b""
        modes = Modes(mouse=MouseTracking.NORMAL, mouse_format=MouseFormat.SGR)
        harness.manager.becomes(key, SessionState.OPEN, modes=modes)
        await harness.settle()
        await harness.pilot.click(view, offset=(4, 2))
        assert harness.manager.written[key] == b"\x1b[<0;5;3M\x1b[<0;5;3m"
        harness.manager.written[key].clear()
        await harness.pilot.click(view, offset=(4, 2), shift=True)
        assert harness.manager.written[key] == b""


def wheel(view: TerminalView, up: bool) -> events.MouseEvent:
    kind = events.MouseScrollUp if up else events.MouseScrollDown
    return kind(view, 4, 2, 0, 0, 0, False, False, False, 4, 4)


async def test_the_wheel_scrolls_back_unless_the_program_wants_it():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        view = harness.app.panes.view
        view.post_message(wheel(view, up=True))
        await wait_until("a scroll", lambda: harness.manager.scrolled == [(key, -3)])
        harness.manager.becomes(key, SessionState.OPEN, modes=Modes(alternate_screen=True, alternate_scroll=True))
        await harness.settle()
        view.post_message(wheel(view, up=False))
        await wait_until("arrows", lambda: harness.manager.written[key] == b"\x1b[B" * 3)


async def test_a_stopped_paste_says_how_much_was_not_sent():
    async with Harness().run((80, 24)) as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.OPEN, paste=PasteProgress(340, 1000, 600))
        await harness.settle()
        assert "pasting 34 %  ^C stops it" in harness.text()
        notice = "Paste stopped: 14,993,832 bytes unsent."
        harness.manager.becomes(key, SessionState.OPEN, paste=None, notice=notice)
        await harness.settle()
        assert f" {notice} " in harness.text()


async def test_the_clocks_of_the_pane_in_sight_run(monkeypatch):
    monkeypatch.setattr(pane, "TICK", 0.01)
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.OPEN, idle_left=1200.0, idle_limit=1200.0)
        await harness.settle()
        assert "idle 20 min left" in harness.text()
        asked = []
        snapshot = harness.manager.snapshot

        def later(asked_for):
            asked.append(asked_for)
            return replace(snapshot(asked_for), idle_left=125.0)

        # Nothing is announced: time passes all the same.
        monkeypatch.setattr(harness.manager, "snapshot", later)
        await wait_until("time has passed", lambda: "idle 2 min left" in harness.text(), report=harness.text)
        await harness.press(LEADER, "d")
        asked.clear()
        ticked = harness.app.main.deck.pane(key).tick
        ticked()
        assert asked == []


async def test_hidden_panes_have_no_clock(monkeypatch):
    monkeypatch.setattr(pane, "TICK", 0.01)
    ticks: dict[int, int] = {}
    ticked = pane.Pane.tick

    def counted(self):
        ticks[self.snapshot.key] = ticks.get(self.snapshot.key, 0) + 1
        ticked(self)

    monkeypatch.setattr(pane.Pane, "tick", counted)
    async with Harness().run() as harness:
        hidden, shown = await harness.open_two()
        before = ticks[hidden], ticks[shown]
        await wait_until("ticks of the pane in sight", lambda: ticks[shown] > before[1] + 20)
        assert ticks[hidden] <= before[0] + 1, "one may have been due when it was hidden"
        harness.app.panes.show(hidden)
        await wait_until("ticks of the other one", lambda: ticks[hidden] > before[0] + 20)


async def test_fault_22_a_start_that_hangs_shows_how_long_it_has_been(monkeypatch):
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.STARTING, session_id="")
        snapshot, waited = harness.manager.snapshot, 11

        def later(asked_for):
            return replace(snapshot(asked_for), notice=f"AWS has not answered StartSession for {waited} s.")

        # Nothing is announced: time passes all the same.
        monkeypatch.setattr(harness.manager, "snapshot", later)
        await wait_until(
            "it is told", lambda: "not answered StartSession for 11 s" in harness.text(), report=harness.text
        )
        waited = 12
        await wait_until("time has passed", lambda: "StartSession for 12 s" in harness.text(), report=harness.text)


async def test_a_session_without_clocks_is_not_looked_at_every_second(monkeypatch):
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        looked_at: list[int] = []
        snapshot = harness.manager.snapshot

        def counted(asked_for):
            looked_at.append(asked_for)
            return snapshot(asked_for)

        await harness.settle()
        with monkeypatch.context() as patched:
            patched.setattr(harness.manager, "snapshot", counted)
            harness.app.main.deck.pane(key).tick()
        assert looked_at == []


async def test_focus_is_told_to_a_program_that_asked():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.OPEN, modes=Modes(focus_events=True))
        await harness.settle()
        await harness.press(LEADER, "d")
        await wait_until("focus out", lambda: harness.manager.written[key] == b"\x1b[O")
        await harness.press(LEADER, "2")
        await wait_until("focus in", lambda: harness.manager.written[key] == b"\x1b[O\x1b[I")


# Scroll mode


async def test_shift_and_a_page_key_scroll_and_are_a_full_screen_programs():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session("$ ")
        page = harness.app.panes.view.size.height - 1
        await harness.press("shift+pageup", "shift+pagedown")
        assert harness.manager.scrolled == [(key, -page), (key, page)]
        assert harness.manager.written[key] == b""
        harness.manager.becomes(key, SessionState.OPEN, modes=Modes(alternate_screen=True))
        await harness.settle()
        await harness.press("shift+pageup")
        assert harness.manager.written[key] == b"\x1b[5;2~"
        assert len(harness.manager.scrolled) == 2


async def test_typing_while_scrolled_back_goes_to_the_bottom():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.prints(key, "old", scrolled_back=36, history=100)
        await wait_until("the place", lambda: "↓ 36 lines below" in harness.text(), report=harness.text)
        await harness.press("l")
        assert harness.manager.scrolled == [(key, 0)]
        assert harness.manager.written[key] == b"l"


# Ends


async def test_enter_tilde_dot_ends_the_session():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press("l", "s", "enter", "tilde", "full_stop")
        await wait_until("closing", lambda: harness.manager.snapshot(key).state is SessionState.CLOSING)
        assert harness.manager.written[key] == b"ls\r"


async def test_escapes_can_be_turned_off():
    async with Harness(settings=Settings(escape_sequences=False)).run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press("enter", "tilde", "full_stop")
        assert harness.manager.written[key] == b"\r~."


async def test_a_session_that_is_over_keeps_its_output_and_says_why():
    async with Harness().run((80, 24)) as harness:
        await harness.ready()
        key = await harness.open_session()
        lines = [f"line {number}" for number in range(21)]
        harness.manager.prints(key, *lines)
        harness.manager.becomes(key, SessionState.ENDED, exit_code=1, end_reason="The shell exited.")
        await wait_until("the reason", lambda: "The shell exited." in harness.text(), report=harness.text)
        assert "over with status 1" in harness.text()
        # The terminal is smaller by what is said below it, and draws what is left a frame later.
        last = "\nline 20\n"
        await wait_until("the last line stays in sight", lambda: last in harness.text(), report=harness.text)
        assert "\nline 0\n" not in harness.text()


@pytest.mark.parametrize("key_name", ["r", "enter"])
async def test_a_session_that_is_over_can_be_started_again_in_its_place(key_name):
    async with Harness().run() as harness:
        first, second = await harness.open_two()
        harness.manager.becomes(first, SessionState.ENDED)
        await harness.press(LEADER, "2", key_name)
        await wait_until("a new session", lambda: harness.app.panes.session.key not in (first, second))
        assert harness.app.panes.tabs.sessions == [harness.app.panes.session.key, second]


@pytest.mark.parametrize("is_shown", [True, False])
async def test_a_tab_stays_where_it_is_when_its_session_is_started_again(is_shown):
    async with Harness().run() as harness:
        first, second = await harness.open_two()
        harness.manager.becomes(first, SessionState.ENDED)
        panes = harness.app.panes
        panes.show(second if is_shown else first)
        panes.show(first if is_shown else second)
        await harness.settle()
        shown = panes.tabs.shown
        again = panes.restart_unseen(first)
        # At once: a key may come before the sessions' change is announced.
        assert panes.tabs.shown is shown
        assert panes.tabs.session == panes.view.snapshot.key == (again if is_shown else second)
        await harness.settle()
        assert panes.tabs.shown is shown
        assert panes.tabs.sessions == [again, second]
        await harness.press(LEADER, "l")
        assert panes.tabs.session == (second if is_shown else again)


async def test_a_session_that_is_over_is_closed_with_x_without_a_question():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.ENDED)
        await harness.settle()
        await harness.press("x")
        await wait_until("no session", lambda: not harness.manager.snapshots())
        assert harness.app.panes.tabs.session is None
        await harness.settle()
        assert isinstance(harness.app.focused, RowTable)


async def test_keys_just_after_the_end_were_meant_for_the_node_and_do_nothing(monkeypatch):
    monkeypatch.setattr(terminal_view, "DEAF_AFTER_END", 3600.0)
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.ENDED)
        await harness.settle()
        await harness.press("x", "r", "enter", "q")
        assert [session.key for session in harness.manager.snapshots()] == [key]
        assert isinstance(harness.app.screen, MainScreen)
        await harness.press(LEADER, "d")
        assert harness.app.panes.tabs.session is None


async def test_a_refused_start_shows_the_error_and_enter_edits_the_request():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.press("enter")
        await wait_until("a session", lambda: harness.manager.snapshots())
        error = TargetNotConnected("i-1 [red]is not[/red] connected")
        harness.manager.becomes(1, SessionState.FAILED, error=error)
        await wait_until("the error", lambda: "The node is not connected" in harness.text(), report=harness.text)
        assert "i-1 [red]is not[/red] connected" in harness.text()
        assert "edit, try again" in harness.text()
        await harness.press("enter")
        await wait_until("the form", lambda: "Start a session on" in harness.text(), report=harness.text)
        assert "The node is not connected" in harness.text()
        await harness.press("ctrl+s")
        await wait_until("another session", lambda: 2 in [s.key for s in harness.manager.snapshots()])
        harness.manager.becomes(2, SessionState.OPEN)
        await wait_until("its place", lambda: [s.key for s in harness.manager.snapshots()] == [2], report=harness.text)
        assert harness.app.panes.tabs.session == 2


async def test_closing_a_live_session_asks_first():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press(LEADER, "x")
        await wait_until("the question", lambda: isinstance(harness.app.screen, Confirm))
        await harness.press("n")
        assert harness.manager.snapshot(key).live
        await harness.press(LEADER, "ampersand")
        await wait_until("the question", lambda: isinstance(harness.app.screen, Confirm))
        await harness.press("y")
        await wait_until("no session", lambda: not harness.manager.snapshots())


async def test_a_read_only_pane_is_deaf_and_says_so():
    async with Harness(read_only=True).run() as harness:
        await harness.ready()
        key = await harness.open_session()
        modes = Modes(mouse=MouseTracking.NORMAL, mouse_format=MouseFormat.SGR, focus_events=True)
        harness.manager.becomes(key, SessionState.OPEN, modes=modes)
        await harness.settle()
        view = harness.app.panes.view
        await harness.press("l", "enter", "ctrl+c")
        await harness.pilot.click(view, offset=(4, 2))
        harness.app.post_message(events.Paste("x\ny"))
        await harness.press(LEADER, LEADER)
        await harness.settle()
        assert harness.manager.written[key] == b""
        assert harness.text().count("READ-ONLY") == 2
        assert isinstance(harness.app.screen, MainScreen)


async def test_the_pane_says_how_far_the_start_is_and_that_typing_is_kept():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.press("enter", "l", "s")
        await wait_until("progress", lambda: "● Systems Manager starts" in harness.text(), report=harness.text)
        assert "What you type now is kept" in harness.text()
        harness.manager.becomes(1, SessionState.CONNECTING)
        await wait_until("a step", lambda: "● The data channel opens" in harness.text(), report=harness.text)
        assert harness.manager.written[1] == b"ls"


async def test_a_bell_in_a_hidden_tab_marks_it():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press(LEADER, "d")
        harness.manager.rings(key)
        await wait_until("the mark", lambda: "bastion-1 ▲" in harness.text(), report=harness.text)


@pytest.mark.parametrize("passes", [True, False])
async def test_a_bell_in_sight_is_seen_for_a_moment(monkeypatch, passes):
    async with Harness(settings=Settings(pass_on_bells=passes)).run() as harness:
        await harness.ready()
        key = await harness.open_session()
        rung = []
        monkeypatch.setattr(harness.app, "bell", lambda: rung.append(1))
        monkeypatch.setattr(pane, "BELL_SEEN", 0.1)
        harness.manager.rings(key)
        await wait_until("the bell", lambda: "▲ bell" in harness.text(), report=harness.text)
        await wait_until("it is silent", lambda: "▲ bell" not in harness.text(), report=harness.text)
        assert rung == [1] * passes


async def test_the_title_of_the_remote_window_is_told():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.OPEN, terminal_title="vim: notes")
        await wait_until("the title", lambda: "‹vim: notes›" in harness.text(), report=harness.text)


async def test_a_theme_change_redraws_the_pane_in_its_colours():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session("hello")
        view = harness.app.panes.view
        before = view.render_line(0)._segments[0].style
        harness.app.change_theme()
        await wait_until(
            "the new colours",
            lambda: view.render_line(0).text.startswith("hello") and view.render_line(0)._segments[0].style != before,
        )


async def test_clicking_a_tab_shows_it():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.pilot.click(offset=(4, 0))
        await wait_until("the nodes", lambda: harness.app.panes.tabs.session is None)
        await harness.pilot.click(offset=(16, 0))
        await wait_until("the session", lambda: harness.app.panes.tabs.session == key)
        await harness.press("l")
        assert harness.manager.written[key] == b"l"


async def test_a_flood_is_painted_at_a_bounded_rate():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        before = len(harness.manager.pulled)
        for number in range(2000):
            harness.manager.prints(key, f"line {number}")
        await wait_until("the last line", lambda: "\nline 1999" in harness.text(), report=harness.text)
        assert len(harness.manager.pulled) - before < 10


async def test_many_tabs_keep_the_shown_one_in_sight():
    async with Harness().run((80, 24)) as harness:
        await harness.ready()
        nodes = list(harness.fleet.nodes.values())
        for number in range(12):
            node = nodes[number % 8]
            harness.app.panes.start(StartRequest(node.id, title=f"tab-{number}"), node)
        await harness.settle()
        assert "13 tab-11" in harness.text().splitlines()[0]
        assert "‹" in harness.text().splitlines()[0]
        await harness.press(LEADER, "3")
        await harness.settle()
        assert "3 tab-1" in harness.text().splitlines()[0]
        assert "›" in harness.text().splitlines()[0]


async def test_a_session_that_is_cut_off_keeps_its_keys_and_can_be_hurried():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press("f12", "r")
        assert harness.manager.hurried == []
        harness.manager.becomes(key, SessionState.LOST)
        await harness.press("l", "s", "f12", "r")
        assert harness.manager.hurried == [key]
        assert harness.manager.written[key] == b"ls"


async def test_keys_are_encoded_by_the_modes_of_now_though_the_screen_has_yet_to_be_told():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session("$ ")
        harness.manager.sets_modes(key, Modes(application_cursor=True))
        await harness.press("up")
        assert harness.manager.written[key] == b"\x1bOA"


async def test_a_dialog_that_opened_while_another_window_had_the_keys_leaves_them_to_the_shown_tab():
    async with Harness(profiles="[profiles.a]\n[profiles.b]\n").run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press(LEADER, "P")
        await wait_until("the view", lambda: isinstance(harness.app.panes.front, ProfilesView), report=harness.text)
        for _ in range(2):  # in the view, then in the session
            harness.app.post_message(events.AppBlur())
            await harness.settle()
            harness.app.push_screen(Confirm("Really?", [], "Yes"))
            await harness.settle()
            harness.app.post_message(events.AppFocus())
            await harness.press("escape", "j", LEADER, "l")
        assert harness.app.main.features.profiles.context.state.cursor == (False, "b")
        assert bytes(harness.manager.written[key]) == b"j"


async def test_the_output_of_the_session_in_front_is_parsed_first():
    harness = Harness()
    async with harness.run((80, 24)):
        await harness.ready()
        key = await harness.open_session()
        assert harness.manager.preferred == key
        await harness.press(LEADER, "n")
        assert harness.app.panes.session is None
        assert harness.manager.preferred is None
