"""Says what sessions did that they were watched for: on the screen, by the bell, on the desktop, to a command."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ssmtui.sessions.snapshots import SessionChange
from ssmtui.ui.attention import words as attention_words

if TYPE_CHECKING:
    from ssmtui.model import Scope
    from ssmtui.notifications import Notifier
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.sessions.watching import WatchHit
    from ssmtui.ui.attention.hook import HookRunner
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.ports import OuterTerminal

SHOWN = 8.0
"""Seconds for which it is shown."""


class WatchTeller:
    """Give it the changes of all sessions (``manager.Viewer``)."""

    def __init__(
        self, panes: Panes, outer: OuterTerminal, notifier: Notifier, hook: HookRunner, own_scope: Scope
    ) -> None:
        """``own_scope`` is that of sessions whose request names none."""
        self._panes = panes
        self._outer = outer
        self._notifier = notifier
        self._hook = hook
        self._own_scope = own_scope

    def changed(self, key: int, change: SessionChange) -> None:
        """A session has changed."""
        if change is SessionChange.WATCHED:
            with suppress(KeyError):
                session = self._panes.manager.snapshot(key)
                if session.hit is not None:
                    self._tell(session, session.hit)

    def _tell(self, session: SessionSnapshot, hit: WatchHit) -> None:
        self._panes.stage.tell(attention_words.message(session, hit), seconds=SHOWN)
        is_covered = self._slip_in("\a")
        if not is_covered:
            self._outer.bell()
        # A person who looks at it needs no notification; while one session has the terminal, nothing else is seen.
        if is_covered or session.key not in self._panes.in_sight or not self._outer.has_focus:
            sequence = self._notifier.sequence(session.title, attention_words.happened(session, hit))
            if sequence and not self._slip_in(sequence):
                self._outer.print_sequence(sequence)
        self._hook.run(attention_words.hook_facts(session, hit, session.request.scope or self._own_scope))

    def _slip_in(self, sequence: str) -> bool:
        """Give ``sequence`` to the terminal by way of the session that has it alone. Returns whether one has."""
        data = sequence.encode()
        return any(self._panes.manager.session(one.key).slip_in(data) for one in self._panes.sessions)
