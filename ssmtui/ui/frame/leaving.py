"""The way out: the question before it, and what happens where that cannot be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.ui.look import words

if TYPE_CHECKING:
    from ssmtui.ui.frame.app import SsmtuiApp

UNASKED_FOR = 15.0
"""Seconds within which asking twice quits, where the question cannot be shown; for as long that is said."""
NAMES_SHOWN = 5
"""Live sessions that are named before they are ended."""


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
