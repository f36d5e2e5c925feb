"""What is done with a tab in more than one step.

Dialogs are imported when first opened: the first frame does not pay for them.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.sessions.states import SessionState
from ssmtui.ui.look import words
from ssmtui.ui.panes import words as session_words

if TYPE_CHECKING:
    from ssmtui.ui.frame.app import SsmtuiApp
    from ssmtui.ui.terminals.view import TerminalView


def rename_tab(app: SsmtuiApp, name: str) -> None:
    """Call the shown tab ``name``, or ask how."""
    from ssmtui.ui.kit.prompt import Prompt

    session = app.panes.session
    assert session is not None
    if name:
        app.panes.manager.rename(session.key, name)
        return

    def answered(answer: str | None) -> None:
        if answer is not None:
            app.panes.manager.rename(session.key, answer)

    app.push_screen(Prompt("Rename the tab", session.title, "Empty gives it its first name again."), answered)


def close_tab(app: SsmtuiApp) -> None:
    """Close the shown tab, asking first while its session lives."""
    from ssmtui.ui.kit.confirm import Confirm

    session = app.panes.session
    assert session is not None
    if not session.live or session.state is SessionState.CLOSING:
        app.panes.remove(session.key)
        return

    def answered(yes: bool | None) -> None:
        if yes:
            app.panes.remove(session.key)

    name = inert.line(session.title, 40)
    question = Confirm(f"End the session on {name}?", [f"{session_words.node_name(session)} will be left."], "End it")
    app.push_screen(question, answered)


def ask_paste(app: SsmtuiApp, view: TerminalView, text: str) -> None:
    """Ask whether to send a paste that would act at once, and how."""
    from ssmtui.terminal import paste
    from ssmtui.ui.panes.paste_question import PasteAnswer, PasteQuestion

    def answered(answer: PasteAnswer | None) -> None:
        if answer is not None:
            view.paste(paste.as_one_line(text) if answer is PasteAnswer.ONE_LINE else text)

    name, guarded = session_words.node_name(view.snapshot), view.snapshot.request.options.guarded
    app.push_screen(PasteQuestion(text, name, guarded), answered)


def zoom(app: SsmtuiApp) -> None:
    """Give the terminal to the shown session alone, asking once a run, and each time where care is to be taken: from
    then on nothing stands between the two."""
    from ssmtui.ui.kit.confirm import Confirm

    session = app.panes.session
    assert session is not None
    guarded = session.request.options.guarded
    if app.knows_zoom and not guarded:
        app.zoom(session.key)
        return

    def answered(yes: bool | None) -> None:
        if yes:
            app.zoom(session.key)

    name = session_words.node_name(session)
    lines = ["What it prints reaches your terminal unfiltered, as with ssh."]
    if guarded:
        lines.append(f"It is guarded ({inert.line(guarded, 40)}), and no paste is asked about there.")
    note = f"{words.key_name(app.main.leader.keys[0])} comes back."
    app.push_screen(Confirm(f"Give this terminal to {name} alone?", lines, "Zoom", note), answered)


def show_memory(app: SsmtuiApp) -> None:
    """Tell what the shown session keeps above its screen, and what all of them take."""
    session = app.panes.session
    if session is None:
        return

    async def ask() -> None:
        with suppress(KeyError):  # its tab may just have been closed
            told = await app.panes.manager.memory(session.key)
            if told is not None:
                app.tell(session_words.memory(told))

    app.run_worker(ask(), name="memory of a session")
