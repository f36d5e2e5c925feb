"""Copy mode: keys are told to the engine in order, what the engine tells is drawn, and no key is lost either way."""

import pytest
from textual import events

from ssmtui.sessions.states import SessionState
from ssmtui.terminal.marks import (
    CellSpan,
    EnterCopyMode,
    Find,
    FindNext,
    KeepFind,
    LeaveCopyMode,
    MarkOverlay,
    Motion,
    MoveCursor,
    SearchStatus,
    Shape,
    Toggle,
    Unmark,
)
from ssmtui.terminal.screen import Modes, MouseFormat, MouseTracking
from ssmtui.ui.look.tones import PAINTS, Tone
from tests.support.wait import wait_until
from tests.ui.harness import Harness

LEADER = "ctrl+right_square_bracket"
COPY_MODE = (LEADER, "left_square_bracket")


def marks(harness: Harness) -> list:
    """What has been told to the engine since the last time."""
    found = [mark for _, mark in harness.manager.marked]
    harness.manager.marked.clear()
    return found


def tones(harness: Harness, line: int) -> dict[Tone, str]:
    """The text of a line of the pane in sight by the tones that marks are drawn in."""
    view = harness.app.panes.view
    found: dict[Tone, str] = {}
    for tone in (Tone.SELECTED, Tone.MATCH, Tone.MATCH_HERE, Tone.COPY_CURSOR):
        style = harness.app.palette.style(tone)
        segments = view.render_line(line)
        text = "".join(s.text for s in segments if (s.style.color, s.style.bgcolor) == (style.color, style.bgcolor))
        if text:
            found[tone] = text
    assert all(tone in PAINTS for tone in found)
    return found


async def test_keys_are_marks_until_the_mode_is_left():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press(*COPY_MODE, "1", "2", "k", "v", "dollar_sign", "q", "x")
        expected = [EnterCopyMode(), MoveCursor(Motion.UP, 12), Toggle(Shape.CHARACTER), MoveCursor(Motion.LINE_END)]
        assert marks(harness) == [*expected, LeaveCopyMode()]
        assert harness.manager.written[key] == b"x"


async def test_the_mode_and_its_keys_are_in_sight():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press(*COPY_MODE, "1", "2")
        assert " COPY 12 " in harness.text()
        assert harness.text().splitlines()[-1].startswith(" copy  q leave  v V ctrl+v select  y copy")
        overlay = MarkOverlay(cursor=(3, 0), selection=(CellSpan(0, 0, 4),), shape=Shape.LINE)
        harness.manager.prints(key, "$ ls", scrolled_back=36, history=100, overlay=overlay)
        await harness.settle()
        assert "COPY lines 12" in harness.text()
        assert "↓ 36 lines below" in harness.text()
        harness.manager.prints(key, "$ ls", scrolled_back=40, history=104, overlay=overlay)
        await harness.settle()
        assert "↓ 40 lines below, 4 new" in harness.text()


async def test_a_page_up_after_the_leader_enters_and_pages():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press(LEADER, "pageup")
        assert marks(harness) == [EnterCopyMode(), MoveCursor(Motion.PAGE_UP)]


async def test_a_key_that_means_nothing_does_nothing():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press(*COPY_MODE, "x", "ctrl+l", "f5", "tab")
        assert marks(harness) == [EnterCopyMode()]
        assert harness.app.panes.view.copy_mode.active
        assert harness.manager.written[key] == b""


async def test_y_copies_and_leaves_for_the_very_next_key():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.selected = "one\ntwo\n"
        await harness.press(*COPY_MODE, "V")
        marks(harness)
        for name in ("y", "l"):
            harness.app.post_message(events.Key(name, name))
        await wait_until("the copy", lambda: harness.clipboard.given == ["one\ntwo\n"])
        await harness.settle()
        assert marks(harness) == [LeaveCopyMode()]
        assert harness.manager.written[key] == b"l"


@pytest.mark.parametrize("name", ["escape", "q", "ctrl+c"])
async def test_the_ways_out(name):
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press(*COPY_MODE, name)
        assert marks(harness) == [EnterCopyMode(), LeaveCopyMode()]
        assert not harness.app.panes.view.copy_mode.active


async def test_a_copy_of_nothing_says_so():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press(*COPY_MODE, "y")
        await wait_until("a word", lambda: "Nothing is selected" in harness.text(), report=harness.text)
        assert harness.clipboard.given == []


async def test_marks_are_drawn_in_tones_of_their_own():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press(*COPY_MODE)
        overlay = MarkOverlay(
            selection=(CellSpan(1, 2, 6), CellSpan(2, 0, 2)),
            matches=(CellSpan(0, 0, 3), CellSpan(0, 8, 11), CellSpan(1, 5, 8)),
            current=(CellSpan(0, 8, 11),),
            cursor=(1, 2),
            shape=Shape.CHARACTER,
        )
        harness.manager.prints(key, "one two one", "ab日cd one", "ef", overlay=overlay)
        await harness.settle()
        assert tones(harness, 0) == {Tone.MATCH: "one", Tone.MATCH_HERE: "one"}
        assert tones(harness, 1) == {Tone.SELECTED: "日cd", Tone.MATCH: " o"}
        assert tones(harness, 2) == {Tone.SELECTED: "e", Tone.COPY_CURSOR: "f"}
        assert {view.cell_length for view in map(harness.app.panes.view.render_line, range(4))} == {120}
        harness.manager.prints(key, "one two one", "ab日cd one", "ef")
        await harness.settle()
        assert [tones(harness, line) for line in range(3)] == [{}, {}, {}]


async def test_what_was_drawn_before_is_drawn_again_when_only_marks_change():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session("one", "two")
        view = harness.app.panes.view
        redrawn = []
        refresh = view.refresh

        def note(*regions, **options):
            redrawn.extend(region.y for region in regions)
            return refresh(*regions, **options)

        view.refresh = note
        frame = harness.manager._frames[key]
        rows = dict(frame.rows)
        for overlay in (MarkOverlay(selection=(CellSpan(5, 0, 3),)), MarkOverlay(selection=(CellSpan(9, 0, 3),))):
            harness.manager.shows(key, overlay)
            await harness.settle()
        assert {5, 9} <= set(redrawn)
        assert rows == dict(frame.rows)


async def test_the_mode_ends_when_the_engine_has_lost_its_marks():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press(*COPY_MODE)
        harness.manager.prints(key, "$ ")
        await harness.settle()
        assert harness.app.panes.view.copy_mode.active, "this frame was on its way when the mode was entered"
        harness.manager.prints(key, "$ ", overlay=MarkOverlay(cursor=(0, 0)))
        await harness.settle()
        harness.manager.prints(key, "$ ")
        await harness.settle()
        assert not harness.app.panes.view.copy_mode.active
        await harness.press("x")
        assert harness.manager.written[key] == b"x"


async def test_what_was_typed_before_the_mode_reaches_the_node():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        for name in ("l", "s", *COPY_MODE, "k"):
            harness.app.post_message(events.Key(name, name if len(name) == 1 else None))
        await harness.settle()
        assert harness.manager.written[key] == b"ls"
        assert marks(harness) == [EnterCopyMode(), MoveCursor(Motion.UP)]
        assert harness.app.panes.view.copy_mode.active


async def test_a_paste_in_copy_mode_leaves_it():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press(*COPY_MODE)
        harness.app.post_message(events.Paste("ls"))
        await wait_until("the paste", lambda: harness.manager.written[key] == b"ls")
        assert marks(harness) == [EnterCopyMode(), LeaveCopyMode()]


async def test_typing_clears_a_selection_of_the_mouse():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        overlay = MarkOverlay(selection=(CellSpan(0, 0, 2),), shape=Shape.WORD)
        harness.manager.prints(key, "$ ls", overlay=overlay)
        await harness.settle()
        await harness.press("x")
        assert marks(harness) == [Unmark()]


async def test_each_tab_has_a_mode_of_its_own():
    async with Harness().run() as harness:
        await harness.ready()
        first = await harness.open_session()
        await harness.press(*COPY_MODE, LEADER, "d", "j")
        second = await harness.open_session()
        await harness.press("x", LEADER, "2", "j")
        assert harness.manager.written[first] == b""
        assert harness.manager.written[second] == b"x"
        assert marks(harness) == [EnterCopyMode(), MoveCursor(Motion.DOWN)]


async def test_in_a_session_that_is_over_the_keys_are_its_own_until_it_is_left():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session("old")
        harness.manager.becomes(key, SessionState.ENDED)
        await harness.settle()
        view = harness.app.panes.view
        view._deaf_until = 0.0
        await harness.press("k", "x", "r", "slash")
        assert marks(harness) == [EnterCopyMode(), MoveCursor(Motion.UP)]
        assert [session.key for session in harness.manager.snapshots()] == [key]
        await harness.press(*"err", "enter", "q", "x")
        await wait_until("it is closed", lambda: not harness.manager.snapshots())


# Searching


async def test_searching_is_told_letter_by_letter_and_kept():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press(*COPY_MODE)
        marks(harness)
        await harness.press("slash", "e")
        await harness.press("r", "enter", "n", "N")
        assert marks(harness) == [Find("e"), Find("er"), KeepFind(), FindNext(False), FindNext(True)]


async def test_a_pattern_typed_in_one_go_is_searched_for_as_a_whole():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press(*COPY_MODE)
        for name in ("slash", "e", "r", "enter"):
            harness.app.post_message(events.Key(name, {"slash": "/", "enter": "\r"}.get(name, name)))
        await harness.settle()
        assert marks(harness)[-2:] == [Find("er"), KeepFind()]
        assert harness.manager.written[key] == b""


async def test_the_leaders_search_goes_backwards_in_copy_mode_and_esc_undoes_all_of_it():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press(LEADER, "slash", "e")
        await harness.press("r")
        assert marks(harness) == [EnterCopyMode(), Find("e", backward=True), Find("er", backward=True)]
        await harness.press("escape", "x")
        assert [type(mark).__name__ for mark in marks(harness)] == ["Unfind", "LeaveCopyMode"]
        assert harness.manager.written[key] == b"x"
        await harness.press(LEADER, "slash", *"er", "enter")
        marks(harness)
        await harness.press("n", "N")
        assert marks(harness) == [FindNext(True), FindNext(False)]


async def test_ways_to_search_are_changed_while_typing():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press(LEADER, "slash", "a")
        marks(harness)
        await harness.press("ctrl+r", "ctrl+t", "ctrl+t", "ctrl+t", "ctrl+r")
        ways = [(mark.regex, mark.case.name) for mark in marks(harness)]
        assert ways == [(True, "SMART"), (True, "EXACT"), (True, "IGNORE"), (True, "SMART"), (False, "SMART")]
        await harness.press("ctrl+r")
        assert "regex, smart case" in harness.text()


async def test_earlier_patterns_are_recalled_in_any_tab():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        for pattern in ("one", "two"):
            await harness.press(LEADER, "slash", *pattern, "enter")
        await harness.press("q", LEADER, "d", "j")
        await harness.open_session()
        await harness.press(LEADER, "slash", *"th")
        marks(harness)
        await harness.press("down")
        assert marks(harness) == [], "there is nothing later than what is typed"
        await harness.press("up", "up", "up", "down", "down", "down")
        assert [mark.pattern for mark in marks(harness)] == ["two", "one", "two", "th"]
        await harness.press("escape", LEADER, "slash", "enter")
        assert Find("two", backward=True) in marks(harness)


async def test_the_line_to_search_with_moves_no_row_and_makes_room_for_the_match():
    async with Harness().run((80, 24)) as harness:
        await harness.ready()
        key = await harness.open_session(*(f"line {number}" for number in range(21)))
        before = harness.text().splitlines()
        await harness.press(LEADER, "slash", *"line")
        after = harness.text().splitlines()
        assert after[2:22] == before[2:22]
        assert after[22].startswith(" ?line")
        assert str(harness.manager.sizes[key]) == "80x21"
        found = MarkOverlay(cursor=(0, 20), found=SearchStatus(21, 21, True))
        harness.manager.prints(key, *(f"line {number}" for number in range(21)), overlay=found)
        await harness.settle()
        moved = harness.text().splitlines()
        assert moved[22] == "line 20"
        assert moved[2].startswith(" ?line")
        assert "match 21/21" in moved[2]


async def test_a_bad_pattern_is_told_beside_it():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press(LEADER, "slash", "ctrl+r", "left_parenthesis")
        harness.manager.prints(
            key, "$ ", overlay=MarkOverlay(found=SearchStatus(0, 0, True, "missing ), unterminated at 0"))
        )
        await harness.settle()
        assert "?(" in harness.text()
        assert "missing ), unterminated at 0  regex, smart case" in harness.text()


async def test_the_line_is_closed_with_its_tab_and_keeps_what_it_found():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press(LEADER, "slash", "a", LEADER, "d")
        assert KeepFind() in marks(harness)
        await harness.press(LEADER, "2", "j")
        assert marks(harness) == [MoveCursor(Motion.DOWN)]
        assert harness.manager.written[key] == b""


async def test_a_click_into_the_terminal_ends_the_search_where_it_is():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press(LEADER, "slash", "a")
        marks(harness)
        await harness.pilot.click(harness.app.panes.view, offset=(4, 2))
        await harness.press("j")
        assert KeepFind() in marks(harness)
        assert "plain, smart case" not in harness.text()
        assert harness.app.panes.view.copy_mode.active


# The mouse belongs to copy mode as well


async def test_the_mouse_is_ours_in_copy_mode():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        modes = Modes(mouse=MouseTracking.NORMAL, mouse_format=MouseFormat.SGR)
        harness.manager.becomes(key, SessionState.OPEN, modes=modes)
        await harness.press(*COPY_MODE)
        view = harness.app.panes.view
        await harness.pilot.click(view, offset=(4, 2))
        view.post_message(events.MouseScrollUp(view, 4, 2, 0, 0, 0, False, False, False, 4, 4))
        await wait_until("a scroll", lambda: harness.manager.scrolled == [(key, -3)])
        assert harness.manager.written[key] == b""
