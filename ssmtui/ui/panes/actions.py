"""What is done with a tab in more than one step.

Dialogs are imported when first opened: the first frame does not pay for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.sessions.end_cause import EndCause
from ssmtui.sessions.states import SessionState
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.panes import words as session_words

if TYPE_CHECKING:
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.panes.tabs import Tab
    from ssmtui.ui.terminals.view import TerminalView

NAMED = 8
"""Sessions that a question names."""


def read_warning(panes: Panes, session: SessionSnapshot) -> None:
    """Show all of the warning of ``session``; after that no tab repeats it."""
    from ssmtui.ui.kit.warning import WarningScreen

    if session.warning is not None:
        panes.stage.push_screen(WarningScreen(session.warning))
        panes.manager.warning_read(session.key)


def rename_tab(panes: Panes, session: SessionSnapshot, name: str) -> None:
    """Call the tab of ``session`` ``name``, or ask how. A tab of several has a name beside those of its sessions."""
    from ssmtui.ui.kit.prompt import Prompt

    tab = panes.tabs.of(session.key)
    is_one = len(tab.sessions) == 1

    def rename(name: str) -> None:
        if is_one:
            tab.title = ""  # from when it held several: it would hide the name of the one
            panes.manager.session(session.key).rename(name)
        else:
            panes.rename_tab(tab, name)

    def answered(answer: str | None) -> None:
        with suppress(KeyError):  # it went while that was asked
            if answer is not None:
                rename(answer)

    if name:
        rename(name)
        return
    shown = tab.title or (session.title if is_one else "")
    note = "Empty gives it its first name again." if is_one else "Empty gives it the name of the pane with the focus."
    panes.stage.push_screen(Prompt("Rename the tab", shown, note), answered)


def close_pane(panes: Panes, session: SessionSnapshot) -> None:
    """Close the pane of ``session``, asking first while that lives; its tab goes with its last pane."""
    from ssmtui.ui.kit.confirm import Confirm

    if not session.live or session.state is SessionState.CLOSING:
        panes.remove(session.key)
        if session.left_alive:
            back = ": :attach brings it back" if session.end_cause is EndCause.LEFT else ""
            panes.stage.tell(f"{inert.line(session.title, 40)} goes on at AWS{back}")
        return

    def answered(yes: bool | None) -> None:
        with suppress(KeyError):  # it went while that was asked
            if yes:
                panes.remove(session.key)

    name = inert.line(session.title, 40)
    question = Confirm(f"End the session on {name}?", [f"{session_words.node_name(session)} will be left."], "End it")
    panes.stage.push_screen(question, answered)


def close_panes(panes: Panes, sessions: Sequence[SessionSnapshot], closed: Callable[[], None] | None = None) -> None:
    """Close the panes of ``sessions``, asking once for all of them where some live. ``closed`` is called when they are
    gone."""
    from ssmtui.ui.kit.confirm import Confirm

    keys = [session.key for session in sessions]
    live = [session for session in sessions if session.live]

    def close() -> None:
        # Some may have gone while the question was open.
        there = {session.key for session in panes.manager.snapshots()}
        for key in keys:
            if key in there:
                panes.manager.remove(key)
        panes.refresh()
        if closed is not None:
            closed()

    def answered(yes: bool | None) -> None:
        if yes:
            close()

    if not live:
        close()
        return
    lines = words.indented(live, NAMED, lambda session: inert.line(session.title, 40), "session")
    over = len(sessions) - len(live)
    if over:
        are = "is" if over == 1 else "are"
        lines.append(f"{words.count(over, 'session')} that {are} over {are} closed too.")
    guarded = sum(bool(session.request.options.guarded) for session in live)
    note = f"{guarded} of them {'is' if guarded == 1 else 'are'} guarded." if guarded else ""
    question = f"End {words.count(len(live), 'session')}?"
    panes.stage.push_screen(Confirm(question, lines, "End them", note), answered)


def join_tab(panes: Panes, number: str) -> None:
    """Bring the panes of the tab with that number beside the pane that has the focus, or ask which tab."""
    from ssmtui.ui.kit.pick import Offer, Pick

    here = panes.tabs.shown
    labels = {label.tab: (number, label) for number, label in enumerate(panes.tabs.labels(), 1)}

    def join(tab: Tab | None) -> None:
        # Both may have gone while it was asked which.
        if tab is None or tab.layout is None or here is not panes.tabs.shown or here.layout is None:
            panes.stage.tell("That tab holds no session", severity="warning")
        elif tab is here:
            panes.stage.tell("That is this tab", severity="warning")
        elif not panes.bring(tab, here.layout.focused):
            panes.stage.tell("There is no room beside this pane for those of that tab", severity="warning")

    if number:
        try:
            join(panes.tabs.numbered(int(number)))
        except (ValueError, IndexError):
            panes.stage.tell(f"There is no tab {inert.line(number, 20)}", severity="warning")
        return

    def chosen(answer: str | None) -> None:
        if answer is not None:
            join(panes.tabs.with_id(int(answer)))

    others = [tab for tab in panes.tabs.of_sessions if tab is not here]
    offers = [
        Offer(str(tab.id), f"{labels[tab.id][0]} {tidy(labels[tab.id][1].title, 40)}{labels[tab.id][1].others}")
        for tab in others
    ]
    # The one that was looked at before this one is meant most of the time.
    before = panes.tabs.previous
    now = str(before.id) if before in others else offers[0].value
    panes.stage.push_screen(Pick("Bring which tab here?", offers, now, verb="bring it here", now_note=""), chosen)


def ask_paste(panes: Panes, view: TerminalView, text: str) -> None:
    """Ask whether to send a paste that would act at once, and how: once for all sessions that get it."""
    from ssmtui.terminal import paste
    from ssmtui.ui.panes.paste_question import PasteAnswer, PasteQuestion, Receiver

    asked = panes.inputs.receivers(view.snapshot.key)

    def answered(answer: PasteAnswer | None) -> None:
        if answer is not None:
            view.paste(paste.as_one_line(text) if answer is PasteAnswer.ONE_LINE else text, asked)

    sessions = [panes.manager.snapshot(key) for key in asked]
    receivers = [Receiver(session_words.node_name(one), one.request.options.guarded) for one in sessions]
    panes.stage.push_screen(PasteQuestion(text, receivers), answered)


def show_memory(panes: Panes, session: SessionSnapshot) -> None:
    """Show the scrollback of ``session``, and the memory that all sessions take."""

    async def ask() -> None:
        with suppress(KeyError):  # its tab may just have been closed
            told = await panes.manager.session(session.key).terminal.memory()
            if told is not None:
                panes.stage.tell(session_words.memory(told))

    panes.stage.run_worker(ask(), name="memory of a session")
