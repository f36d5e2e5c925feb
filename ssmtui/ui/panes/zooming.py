"""Giving the terminal to one session: the question before it, the time of it, and its end with the program."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.worker import WorkerCancelled, WorkerFailed

from ssmtui import inert
from ssmtui.ui.look import words
from ssmtui.ui.panes import words as session_words

if TYPE_CHECKING:
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.ports import Keys, OuterTerminal, Work


class Zooming:
    """One session at a time has the terminal to itself, until the leader is pressed."""

    def __init__(self, panes: Panes, outer: OuterTerminal, keys: Keys, *, escapes: bool) -> None:
        """``escapes``: ssh's escapes work in there, too."""
        self._panes = panes
        self._outer = outer
        self._keys = keys
        self._escapes = escapes
        self._work: Work | None = None
        self._is_known = False
        """Whether the explanation was shown in this run."""

    @property
    def reason_against(self) -> str | None:
        """Why this terminal cannot be given away."""
        can = sys.platform != "win32" and self._outer.can_hand_over
        return None if can else "This terminal cannot be handed over"

    def ask(self, session: SessionSnapshot) -> None:
        """Give the terminal to ``session``, asking once a run, and every time for a guarded session: from then on the
        app filters nothing."""
        from ssmtui.ui.kit.confirm import Confirm

        guarded = session.request.options.guarded
        if self._is_known and not guarded:
            self._begin(session.key)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._begin(session.key)

        name = session_words.node_name(session)
        lines = ["What it prints reaches your terminal unfiltered, as with ssh."]
        if guarded:
            lines.append(f"It is guarded ({inert.line(guarded, 40)}), and no paste is asked about there.")
        note = f"{words.key_name(self._keys.leader_keys[0])} comes back."
        self._panes.stage.push_screen(Confirm(f"Give this terminal to {name} alone?", lines, "Zoom", note), answered)

    def _begin(self, key: int) -> None:
        first, self._is_known = not self._is_known, True
        self._work = self._panes.stage.run_worker(self._run(key, first=first), name=f"zoom to session {key}")

    async def _run(self, key: int, *, first: bool) -> None:
        from ssmtui.local_terminal import LocalTerminal
        from ssmtui.ui.panes.zoom import Zoom

        self._panes.cover()
        with self._outer.handed_over() as descriptors:
            terminal = LocalTerminal(*descriptors)
            if first:
                terminal.push_screen()
            zoom = Zoom(terminal, self._panes.manager, key, self._keys.leader_keys, escapes=self._escapes)
            await zoom.run()
            await self._panes.uncover(key)
        if zoom.hung_up:
            self._outer.interrupt()

    async def close(self) -> None:
        """Take the terminal back, and wait until that is done."""
        if self._work is not None:
            self._work.cancel()
            with suppress(WorkerCancelled, WorkerFailed):
                await self._work.wait()
