"""Searching all sessions, and copying what the last command printed."""

from ssmtui.terminal.marks import EnterCopyMode, Find, KeepFind, SearchStatus
from ssmtui.ui.copying.prompt_marks import BASH_LINES, PromptMarks
from ssmtui.ui.copying.search_all import SearchAll
from tests.support.wait import wait_until
from tests.ui.harness import Harness

LEADER = "ctrl+right_square_bracket"


async def two_sessions(harness: Harness) -> tuple[int, int]:
    await harness.ready()
    first = await harness.open_session("one")
    await harness.press(LEADER, "d", "j")
    return first, await harness.open_session("two")


async def test_all_sessions_are_counted_and_the_chosen_one_is_shown_with_the_search_on():
    async with Harness().run() as harness:
        first, second = await two_sessions(harness)
        harness.manager.counts = {first: SearchStatus(3, 0, True), second: SearchStatus(0, 0, True)}
        await harness.press(LEADER, "asterisk", *"err")
        assert isinstance(harness.app.screen, SearchAll)
        await wait_until("the counts", lambda: "no match" in harness.text(), report=harness.text)
        assert "2 bastion-1" in harness.text()
        assert "3 matches" in harness.text()
        find = Find("err", backward=True)
        assert {(first, find), (second, find)} <= set(harness.manager.counted)
        await harness.press("down", "up", "enter")
        assert harness.app.panes.tabs.session == first
        assert harness.manager.marked == [(first, EnterCopyMode()), (first, find), (first, KeepFind())]
        await harness.press("q", LEADER, "slash", "up")
        assert "?err" in harness.text()


async def test_another_pattern_counts_anew_and_ways_are_kept():
    async with Harness().run() as harness:
        await two_sessions(harness)
        counted = harness.manager.counted
        for keys, find in (
            ((LEADER, "asterisk", "a"), Find("a", backward=True)),
            (("ctrl+r",), Find("a", regex=True, backward=True)),
            (("b",), Find("ab", regex=True, backward=True)),
        ):
            await harness.press(*keys)
            await wait_until("both are counted", lambda find=find: [each for _, each in counted[-2:]] == [find, find])
        await harness.press("escape")
        assert harness.app.screen is harness.app.main
        assert harness.manager.marked == []


async def test_without_a_session_it_says_so():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.press("f12", "asterisk")
        await wait_until("why", lambda: "There is no session to search" in harness.text(), report=harness.text)


async def test_what_the_last_command_printed_is_copied():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        harness.manager.output = "a\nb\n"
        await harness.press(LEADER, "y")
        await wait_until("the copy", lambda: harness.clipboard.given == ["a\nb\n"])
        harness.manager.output = ""
        await harness.press(LEADER, "y")
        await wait_until("why", lambda: "The last command printed nothing" in harness.text(), report=harness.text)


async def test_without_prompt_marks_it_says_how_to_have_them():
    async with Harness().run((80, 24)) as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press(LEADER, "y")
        await wait_until("the explanation", lambda: isinstance(harness.app.screen, PromptMarks))
        await harness.settle()
        for line in BASH_LINES.splitlines():
            assert line in harness.text()
        await harness.press("y")
        await wait_until("the copy", lambda: harness.clipboard.given == [BASH_LINES])
