"""Copying, searching and links: what takes an answer of the engine or of the person."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from ssmtui.terminal.marks import Find, KeepFind, LeaveCopyMode, ViewLink
from ssmtui.ui.copying.clipboard_gate import ClipboardVerdict
from ssmtui.ui.look.words import amount
from ssmtui.ui.panes import words as session_words

if TYPE_CHECKING:
    from ssmtui.browser import Browser
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.copying.clipboard_gate import ClipboardGate
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.terminals.searches import Searches
    from ssmtui.ui.terminals.view import TerminalView


def _ask(view: TerminalView, work: Callable[[], Awaitable[None]], name: str) -> None:
    """Run ``work`` in a worker; it ends silently if the session is closed meanwhile."""

    async def guarded() -> None:
        with suppress(KeyError):
            await work()

    view.run_worker(guarded(), name=name)


class CopyActions:
    """Copies, searches and links, of any session; and what nodes would copy themselves."""

    def __init__(self, panes: Panes, searches: Searches, gate: ClipboardGate, browser: Browser) -> None:
        self.panes = panes
        self._stage = panes.stage
        self._searches = searches
        self.gate = gate
        self._browser = browser

    def copy_selection(self, view: TerminalView) -> None:
        """Copy what is selected in ``view``. Copy mode is left at once for the keys, and for the engine once it has
        returned the text."""
        was_copying = view.copy_mode.active

        async def copy() -> None:
            text = await self.panes.manager.session(view.snapshot.key).terminal.marks.selected_text()
            if text:
                self._stage.copy_to_clipboard(text)
            else:
                self._stage.tell("Nothing is selected; in copy mode v, V or ctrl+v begins", severity="warning")
            if was_copying and not view.copy_mode.active:
                view.mark(LeaveCopyMode())

        if was_copying:
            view.copy_mode.stop()
        _ask(view, copy, "copy the selection")

    def copy_output(self, view: TerminalView) -> None:
        """Copy what the last command printed, or show how to make the shell mark its prompts."""

        async def copy() -> None:
            text = await self.panes.manager.session(view.snapshot.key).terminal.marks.last_output()
            if text:
                self._stage.copy_to_clipboard(text)
            elif text is not None:
                self._stage.tell("The last command printed nothing", severity="warning")
            else:
                self._explain_prompt_marks()

        _ask(view, copy, "copy the output")

    def _explain_prompt_marks(self) -> None:
        from ssmtui.ui.copying.prompt_marks import BASH_LINES, PromptMarks

        def answered(copied: bool | None) -> None:
            if copied:
                self._stage.copy_to_clipboard(BASH_LINES)

        self._stage.push_screen(PromptMarks(), answered)

    def answer_clipboard(self, session: SessionSnapshot) -> None:
        """Show what the node of ``session`` would put into the clipboard, and do as the person says."""
        from ssmtui.ui.copying.clipboard_question import ClipboardAnswer, ClipboardQuestion

        key, shown = session.key, session.clipboard
        if shown is None:
            return

        def answered(answer: ClipboardAnswer | None) -> None:
            if answer is None:
                return
            if answer is ClipboardAnswer.SESSION:
                self.gate.remember(key, ClipboardVerdict.ALLOW)
            elif answer is ClipboardAnswer.NEVER:
                self.gate.remember(key, ClipboardVerdict.REFUSE)
            if answer in (ClipboardAnswer.ONCE, ClipboardAnswer.SESSION):
                self._stage.copy_to_clipboard(shown.text)
            self.drop_clipboard(key, shown.number)

        self._stage.push_screen(ClipboardQuestion(shown.text, session_words.node_name(session)), answered)

    def follow_link(self, view: TerminalView, x: int, y: int) -> None:
        """Show the address of the link at a cell, if there is one, and do with it what the person says."""

        async def look() -> None:
            address = await self.panes.manager.session(view.snapshot.key).terminal.marks.link_at(x, y)
            if address:
                self.ask_link(address)

        _ask(view, look, "look for a link")

    def list_links(self, view: TerminalView) -> None:
        """Ask for one of the links in view."""

        def chosen(link: ViewLink | None) -> None:
            if link is not None:
                self.ask_link(link.address)

        async def look() -> None:
            from ssmtui.ui.copying.links import LinkList

            links = await self.panes.manager.session(view.snapshot.key).terminal.marks.links()
            if links:
                self._stage.push_screen(LinkList(links), chosen)
            else:
                self._stage.tell("There is no link in sight")

        _ask(view, look, "look for links")

    def ask_link(self, address: str) -> None:
        """Show an address that a node printed, and open or copy it as the person says."""
        from ssmtui.ui.copying.links import LinkAnswer, LinkQuestion

        async def open_it() -> None:
            if not await asyncio.to_thread(self._browser.open, address):
                self._stage.tell(
                    "There is no browser here that could open it; y copies the address", severity="warning"
                )

        def answered(answer: LinkAnswer | None) -> None:
            if answer is LinkAnswer.COPY:
                self._stage.copy_to_clipboard(address, "the address")
            elif answer is LinkAnswer.OPEN:
                self._stage.run_worker(open_it(), name="open a link")

        self._stage.push_screen(LinkQuestion(address), answered)

    def search_all(self) -> None:
        """Search all sessions, and go on with that search in the one that is chosen."""
        from ssmtui.ui.copying.search_all import SearchAll

        def chosen(answer: tuple[int, Find] | None) -> None:
            if answer is None:
                return
            key, find = answer
            self.panes.show(key)
            view = self.panes.view_of(key)
            view.copy_mode.enter()
            view.copy_mode.searched_backward = find.backward
            view.mark(find)
            view.mark(KeepFind())

        self._stage.push_screen(SearchAll(self.panes.sessions, self.panes.manager, self._searches), chosen)

    # What nodes would copy

    def see_to_clipboards(self) -> None:
        """Do with what nodes would put into the clipboard as was said before; what must be asked about waits until its
        pane is shown."""
        for session in self.panes.manager.snapshots():
            verdict = self.gate.verdict(session.key, session.request.options.clipboard)
            if session.clipboard is None or verdict is ClipboardVerdict.ASK:
                continue
            self.drop_clipboard(session.key, session.clipboard.number)
            if verdict is ClipboardVerdict.ALLOW:
                what = f"{amount(session.clipboard.text)} of {session_words.node_name(session)}"
                self._stage.copy_to_clipboard(session.clipboard.text, what)

    def drop_clipboard(self, key: int, number: int) -> None:
        """Drop a session's request, unless a later one has replaced it."""
        session = next((session for session in self.panes.manager.snapshots() if session.key == key), None)
        if session is not None and session.clipboard is not None and session.clipboard.number == number:
            self.panes.manager.session(key).take_clipboard()
            self.panes.refresh()
