"""Copying, searching and links: what takes an answer of the engine or of the person."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from ssmtui.terminal.marks import Find, KeepFind, LeaveCopyMode, Link
from ssmtui.ui.copying.clipboard_gate import Verdict
from ssmtui.ui.panes import words as session_words

if TYPE_CHECKING:
    from ssmtui.ui.frame.app import SsmtuiApp
    from ssmtui.ui.terminals.view import TerminalView


def _ask(view: TerminalView, work: Callable[[], Awaitable[None]], name: str) -> None:
    """Do ``work`` beside all else; nothing comes of it when the session is closed meanwhile."""

    async def guarded() -> None:
        with suppress(KeyError):
            await work()

    view.run_worker(guarded(), name=name)


def copy_selection(app: SsmtuiApp, view: TerminalView) -> None:
    """Copy what is selected in ``view``. Copy mode is left at once for the keys, and for the engine once it has told
    the text."""
    was_copying = view.copy_mode.active

    async def copy() -> None:
        text = await app.panes.manager.selected_text(view.snapshot.key)
        if text:
            app.copy_to_clipboard(text)
        else:
            app.tell("Nothing is selected; in copy mode v, V or ctrl+v begins", severity="warning")
        if was_copying and not view.copy_mode.active:
            view.mark(LeaveCopyMode())

    if was_copying:
        view.copy_mode.stop()
    _ask(view, copy, "copy the selection")


def copy_output(app: SsmtuiApp, view: TerminalView) -> None:
    """Copy what the last command printed, or say what it takes to know that."""

    async def copy() -> None:
        text = await app.panes.manager.last_output(view.snapshot.key)
        if text:
            app.copy_to_clipboard(text)
        elif text is not None:
            app.tell("The last command printed nothing", severity="warning")
        else:
            _explain_prompt_marks(app)

    _ask(view, copy, "copy the output")


def _explain_prompt_marks(app: SsmtuiApp) -> None:
    from ssmtui.ui.copying.prompt_marks import BASH_LINES, PromptMarks

    def answered(copied: bool | None) -> None:
        if copied:
            app.copy_to_clipboard(BASH_LINES)

    app.push_screen(PromptMarks(), answered)


def answer_clipboard(app: SsmtuiApp) -> None:
    """Show what the shown session's node would put into the clipboard, and do as the person says."""
    from ssmtui.ui.copying.clipboard_question import ClipboardAnswer, ClipboardQuestion

    session = app.panes.session
    assert session is not None
    assert session.clipboard is not None
    key, shown = session.key, session.clipboard

    def answered(answer: ClipboardAnswer | None) -> None:
        if answer is None:
            return
        if answer is ClipboardAnswer.SESSION:
            app.main.gate.remember(key, Verdict.ALLOW)
        elif answer is ClipboardAnswer.NEVER:
            app.main.gate.remember(key, Verdict.REFUSE)
        if answer in (ClipboardAnswer.ONCE, ClipboardAnswer.SESSION):
            app.copy_to_clipboard(shown.text)
        app.main.drop_clipboard(key, shown.number)

    app.push_screen(ClipboardQuestion(shown.text, session_words.node_name(session)), answered)


def follow_link(app: SsmtuiApp, view: TerminalView, x: int, y: int) -> None:
    """Show the address of the link at a cell, if there is one, and do with it what the person says."""

    async def look() -> None:
        address = await app.panes.manager.link_at(view.snapshot.key, x, y)
        if address:
            ask_link(app, address)

    _ask(view, look, "look for a link")


def list_links(app: SsmtuiApp, view: TerminalView) -> None:
    """Have one of the links in view chosen."""

    def chosen(link: Link | None) -> None:
        if link is not None:
            ask_link(app, link.address)

    async def look() -> None:
        from ssmtui.ui.copying.links import LinkList

        links = await app.panes.manager.links(view.snapshot.key)
        if links:
            app.push_screen(LinkList(links), chosen)
        else:
            app.tell("There is no link in sight")

    _ask(view, look, "look for links")


def ask_link(app: SsmtuiApp, address: str) -> None:
    """Show an address that a node printed, and open or copy it as the person says."""
    from ssmtui.ui.copying.links import LinkAnswer, LinkQuestion

    async def open_it() -> None:
        if not await asyncio.to_thread(app.browser.open, address):
            app.tell("There is no browser here that could open it; y copies the address", severity="warning")

    def answered(answer: LinkAnswer | None) -> None:
        if answer is LinkAnswer.COPY:
            app.copy_to_clipboard(address, "the address")
        elif answer is LinkAnswer.OPEN:
            app.run_worker(open_it(), name="open a link")

    app.push_screen(LinkQuestion(address), answered)


def search_all(app: SsmtuiApp) -> None:
    """Search all sessions, and go on with that search in the one that is chosen."""
    from ssmtui.ui.copying.search_all import SearchAll

    def chosen(answer: tuple[int, Find] | None) -> None:
        if answer is None:
            return
        key, find = answer
        app.panes.show(key)
        view = app.panes.view
        assert view is not None
        view.copy_mode.enter()
        view.copy_mode.searched_backward = find.backward
        view.mark(find)
        view.mark(KeepFind())

    app.push_screen(SearchAll(app.panes.manager, app.main.searches), chosen)
