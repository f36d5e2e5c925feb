"""Links: the address is shown first, and only what a person confirms is opened."""

from textual import events

from ssmtui.terminal.marks import ViewLink
from ssmtui.ui.copying.links import LinkList, LinkQuestion
from tests.support.wait import wait_until
from tests.ui.harness import Harness

LEADER = "ctrl+right_square_bracket"
DOCS = ViewLink("the docs", "https://example.com/docs")
TRICK = ViewLink("example.com", "https://example.com@evil.test/\x1b[2J[b]x[/b]")
FILE = ViewLink("notes", "file:///home/me/notes")


async def asked(harness: Harness) -> None:
    await wait_until("the question", lambda: isinstance(harness.app.screen, LinkQuestion))
    await harness.settle()


async def listed(harness: Harness) -> None:
    await harness.press(LEADER, "u")
    await wait_until("the list", lambda: isinstance(harness.app.screen, LinkList))
    await harness.settle()


async def click(harness: Harness, x: int, y: int, *, ctrl: bool = False) -> None:
    for kind in (events.MouseDown, events.MouseUp):
        harness.app.post_message(kind(None, x, y + 2, 0, 0, 1, False, False, ctrl))
    await harness.settle()


async def test_ctrl_and_a_click_show_where_a_link_leads_and_enter_opens_it():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        harness.manager.shown_links = (DOCS,)
        await click(harness, 3, 1)
        assert harness.app.screen is harness.app.main
        await click(harness, 3, 1, ctrl=True)
        await asked(harness)
        assert harness.manager.looked_at == [(3, 1)]
        assert "Open a page of example.com?" in harness.text()
        assert DOCS.address in harness.text()
        assert harness.browser.opened == []
        await harness.press("enter")
        await wait_until("the page", lambda: harness.browser.opened == [DOCS.address])


async def test_a_plain_click_is_enough_in_copy_mode():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        harness.manager.shown_links = (DOCS,)
        await harness.press(LEADER, "left_square_bracket")
        await click(harness, 3, 1)
        await asked(harness)
        await harness.press("escape")
        assert harness.browser.opened == []


async def test_a_click_where_there_is_no_link_does_nothing():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        await click(harness, 3, 1, ctrl=True)
        await wait_until("somebody looked", lambda: harness.manager.looked_at)
        await harness.settle()
        assert harness.app.screen is harness.app.main


async def test_links_in_sight_are_listed_and_one_is_copied():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        harness.manager.shown_links = (DOCS, TRICK, FILE)
        await listed(harness)
        assert "[b]x[/b]" in harness.text()
        assert "\x1b" not in harness.text()
        await harness.press("j", "enter")
        await asked(harness)
        assert "This link cannot be opened from here" in harness.text()
        await harness.press("escape")
        await listed(harness)
        await harness.press("enter")
        await asked(harness)
        await harness.press("y")
        await wait_until("the copy", lambda: harness.clipboard.given == [DOCS.address])
        assert harness.browser.opened == []


async def test_what_is_no_web_address_can_only_be_copied():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        harness.manager.shown_links = (FILE,)
        await listed(harness)
        await harness.press("enter")
        await asked(harness)
        assert "Only http and https addresses" in harness.text()
        await harness.press("enter", "o")
        assert isinstance(harness.app.screen, LinkQuestion)
        await harness.press("y")
        await wait_until("the copy", lambda: harness.clipboard.given == [FILE.address])
        assert harness.browser.opened == []


async def test_a_host_that_only_looks_right_is_told_as_it_is():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        harness.manager.shown_links = (ViewLink("x", "https://example.com@evil.test/"),)
        await listed(harness)
        await harness.press("enter")
        await asked(harness)
        assert "Open a page of evil.test?" in harness.text()


async def test_without_a_browser_it_says_so():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        harness.manager.shown_links = (DOCS,)
        harness.browser.there = False
        await listed(harness)
        await harness.press("enter")
        await asked(harness)
        await harness.press("o")
        await wait_until("a word", lambda: "There is no browser here" in harness.text(), report=harness.text)


async def test_no_link_in_sight_says_so():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press(LEADER, "u")
        await wait_until("a word", lambda: "There is no link in sight" in harness.text(), report=harness.text)
