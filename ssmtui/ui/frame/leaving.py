"""What takes more than one step: questions and forms, and what follows from their answers.

Dialogs are imported here, when first opened: the first frame does not pay for them.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.sessions.states import SessionState
from ssmtui.ui.look import words
from ssmtui.ui.panes import words as session_words
from ssmtui.ui.start.launch import Launch

if TYPE_CHECKING:
    from ssmtui.ui.frame.app import SsmtuiApp
    from ssmtui.ui.terminals.view import TerminalView

UNASKED_FOR = 15.0
"""Seconds within which asking twice quits, where the question cannot be shown; for as long that is said."""
NAMES_SHOWN = 5
"""Live sessions that are named before they are ended."""


def edit_request(app: SsmtuiApp) -> None:
    """The shown tab's request once more in the form; a new session then takes the tab's place."""
    session = app.panes.session
    assert session is not None
    from ssmtui.ui.start import form_actions as start_flows

    start_flows.open_form(app, [Launch(session.request, session.node)], error=session.error, replaced=session.key)


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


def leave(app: SsmtuiApp) -> None:
    """Quit, asking first when there are live sessions or tunnels. Where the question cannot be shown, asking for the
    same again within :data:`UNASKED_FOR` seconds quits without it."""
    sessions = [s for s in app.services.manager.snapshots() if s.live] if app.services else []
    tunnels = [one for one in app.services.tunnels.snapshots() if one.state.live] if app.services else []
    if not sessions and not tunnels:
        app.close_down()
        return

    names = [f"  {inert.line(session.title, 50)}" for session in sessions[:NAMES_SHOWN]]
    if len(sessions) > NAMES_SHOWN:
        names.append(f"  … and {len(sessions) - NAMES_SHOWN} more")
    names += [f"  {one.address}, which leads to {one.forward.destination}" for one in tunnels[:NAMES_SHOWN]]
    if len(tunnels) > NAMES_SHOWN:
        names.append(f"  … and {words.count(len(tunnels) - NAMES_SHOWN, 'more tunnel')}")
    counted = ((sessions, "live session"), (tunnels, "tunnel"))
    ending = " and ".join(words.count(len(each), noun) for each, noun in counted if each)
    end = "terminated" if sessions else "closed"
    try:
        # Here, and contained: the file may be gone since the program was started, and there must be a way out.
        from ssmtui.ui.kit.confirm import Confirm

        question = Confirm(f"{ending} will be {end}", names, "Quit")

        def answered(yes: bool | None) -> None:
            if yes:
                app.close_down()
            elif yes is None and not question.was_seen:
                _leave_unasked(app, ending, end)

        app.push_screen(question, answered)
    except Exception as error:
        app.contain(error, app)
        _leave_unasked(app, ending, end)


def _leave_unasked(app: SsmtuiApp, ending: str, end: str) -> None:
    """Quit if that was asked for twice; after the first time say that the second one does."""

    if app.leaves_unasked:
        app.farewell = f"The question before quitting could not be shown; {ending} {end} without it."
        app.close_down()
        return
    app.leave_unasked_within(UNASKED_FOR)
    keys = app.registry.keys(app.registry["quit"])
    again = f"Press {words.key_name(keys[0])} or ctrl+q again" if keys else "Press ctrl+q"
    told = f"{again} within {UNASKED_FOR:.0f} seconds to quit without it: {ending} will be {end}."
    app.tell(f"The question before quitting cannot be shown. {told}", severity="error", seconds=UNASKED_FOR)


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
