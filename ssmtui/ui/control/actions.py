"""What is done with rows of the control room."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ssmtui.errors import SsmtuiError
from ssmtui.inventory.session_rows import SessionWhere
from ssmtui.ledger.record import Ending
from ssmtui.model import Scope
from ssmtui.sessions.farewell import end_many
from ssmtui.ui.control import words as control_words
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import tidy

if TYPE_CHECKING:
    from ssmtui.inventory.session_rows import SessionRow
    from ssmtui.model import Node
    from ssmtui.ui.control.state import ControlState
    from ssmtui.ui.control.view import ControlView
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.services import Services

TakeOver = Callable[[str, Scope], object]
"""Takes over the session of an id in a scope, or shows it where it is a tab; asks what there is to ask, and says what
goes wrong."""


class ControlActions:
    """Going to sessions, taking them over, ending them."""

    def __init__(
        self,
        panes: Panes,
        services: Services,
        state: ControlState,
        opened: Callable[[], ControlView | None],
        take_over: TakeOver,
    ) -> None:
        """``opened`` gives the list, wherever its tab is."""
        self._panes = panes
        self._stage = panes.stage
        self._services = services
        self._state = state
        self._opened = opened
        self._take_over = take_over

    # Going there

    def go_to(self, row: SessionRow) -> None:
        """Show the tab of a session, or take the session over."""
        key = row.holder.tab
        if key is not None and key in self._panes.tabs.sessions:
            self._panes.show(key)
        else:
            self._take_over(row.id, row.scope)

    def copy(self, rows: Sequence[SessionRow]) -> None:
        """Copy their ids."""
        ids = [row.id for row in rows if row.id.isprintable()]
        what = tidy(ids[0], 60) if len(ids) == 1 else f"the ids of {words.count(len(ids), 'session')}"
        if ids:
            self._stage.copy_to_clipboard("\n".join(ids), what)

    # Listing

    def refresh(self, view: ControlView) -> None:
        """List again what is shown."""
        node = view.state.node_key
        if node is None:
            self._services.board.refresh()
        else:
            self._read(*node)

    def read_history(self, node: Node) -> None:
        """Read all sessions of ``node`` that the service knows, and show them."""
        self._state.node_key = None
        try:
            scope = self._services.fleet.scope_of(node)
        except SsmtuiError as error:
            self._take_history((), error)
            return
        self._state.node_key = (scope, node.id)
        self._read(scope, node.id)

    def _read(self, scope: Scope, target: str) -> None:
        async def read() -> None:
            rows: Sequence[SessionRow] = ()
            failure: SsmtuiError | None = None
            try:
                rows = await self._services.board.node_history(scope, target)
            except SsmtuiError as error:
                failure = error
            if self._state.node_key == (scope, target):
                self._take_history(rows, failure)

        self._stage.run_worker(read(), name="sessions of a node", group="node sessions", exclusive=True)

    def _take_history(self, rows: Sequence[SessionRow], failure: SsmtuiError | None) -> None:
        self._state.history, self._state.failure = rows, failure
        view = self._opened()
        if view is not None and view.node:
            view.show_history()

    # Ending

    def end(self, targets: Sequence[SessionRow]) -> None:
        """Ask, then end those of ``targets`` that run."""
        from ssmtui.ui.control.end_question import EndQuestion
        from ssmtui.ui.kit.confirm import Confirm

        rows = [row for row in targets if not row.is_over]
        if not rows:
            return
        question, lines = control_words.question(rows), control_words.consequences(rows)
        wanted, asked = control_words.wanted(rows)

        def answered(answer: bool | None) -> None:
            if answer:
                self._stage.run_worker(self._end(rows), name="end sessions")

        dialog = EndQuestion(question, lines, wanted, asked) if wanted else Confirm(question, lines, "End")
        self._stage.push_screen(dialog, answered)

    async def _end(self, rows: Sequence[SessionRow]) -> None:
        services = self._services
        here: list[SessionRow] = []
        others: list[SessionRow] = []
        for row in rows:
            key = row.holder.tab
            if key is not None and key in self._panes.tabs.sessions:
                services.manager.session(key).end()
                here.append(row)
            else:
                others.append(row)
        ended: list[SessionRow] = []
        failed: list[tuple[SessionRow, SsmtuiError]] = []

        def told(place: int, error: SsmtuiError | None) -> None:
            if error is None:
                ended.append(others[place])
            else:
                failed.append((others[place], error))

        if others:
            self._stage.tell(f"Ending {words.count(len(rows), 'session')} …")
            await end_many([(services.gateways.gateway(row.scope), row.id) for row in others], told)
            services.board.ended(ended)
        self._unmark([*here, *ended])
        for row in ended:
            if row.where is SessionWhere.DETACHED and row.holder.ledger_id:
                await services.ledger.settle(row.holder.ledger_id, Ending.PERSON, ended=time.time())
        if done := len(here) + len(ended):
            self._stage.tell(f"Ended {words.count(done, 'session')}")
        if failed:
            row, error = failed[0]
            also = words.and_more(len(failed) - 1, "session")
            self._stage.tell_error(error, f"not ended: {control_words.named(row)}{also}")

    def _unmark(self, rows: Sequence[SessionRow]) -> None:
        view = self._opened()
        if view is not None and view.marks:
            view.mark(lambda marks: marks.drop([row.key for row in rows]))
