"""Recording what a session prints, from the shown tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.errors import ConfigurationError

if TYPE_CHECKING:
    from ssmtui.ui.frame.app import SsmtuiApp

TOLD = 10.0
"""Seconds for which a file's place is told."""


def toggle(app: SsmtuiApp) -> None:
    """Record the shown session, or end that."""
    session = app.panes.session
    assert session is not None
    if not session.is_recorded:
        app.run_worker(_begin(app, session.key), name=f"record session {session.key}")
        return
    path = app.panes.manager.stop_recording(session.key)
    if path is not None:
        app.tell(f"Recorded in {inert.line(str(path), 300)}: `asciinema play` plays it", seconds=TOLD)


async def _begin(app: SsmtuiApp, key: int) -> None:
    try:
        path = await app.panes.manager.record(key)
    except ConfigurationError as error:
        app.tell(str(error), severity="error", seconds=TOLD)
    except KeyError:
        return  # its tab has been closed meanwhile
    else:
        app.tell(f"What the node prints is recorded in {inert.line(str(path), 300)}", seconds=TOLD)
