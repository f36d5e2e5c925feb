"""Who takes part in a broadcast: found by tab, mark or filter, asked about where guarded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from ssmtui.inventory.query.query import parse
from ssmtui.inventory.states import aliases
from ssmtui.model import Node, NodeKey
from ssmtui.ui.broadcast import words
from ssmtui.ui.look.words import count

if TYPE_CHECKING:
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.ports import Keys
    from ssmtui.ui.services import Clock, Services


class Members:
    """Finds sessions, and lets them in."""

    def __init__(self, panes: Panes, services: Services, keys: Keys, clock: Clock) -> None:
        self._panes = panes
        self._services = services
        self._keys = keys
        self._clock = clock
        self._broadcast = panes.inputs.broadcast

    # Finding

    def on_nodes(self, nodes: Collection[NodeKey]) -> list[int]:
        """The live sessions on ``nodes``."""
        return [one.key for one in self._live if one.node is not None and one.node.key in nodes]

    def matching(self, text: str) -> list[int]:
        """The live sessions on the nodes that the filter ``text`` finds, in the language of the node list. Raises
        :class:`ssmtui.inventory.query.errors.QueryError`."""
        services = self._services
        query = parse(
            text,
            now=self._clock.now(),
            favourites=services.usage.favourites,
            aliases=aliases(services.fleet.states.values()),
            saved=services.filters.saved,
        )
        return [one.key for one in self._live if query.matches(one.node or Node(one.request.target, ""))]

    @property
    def all(self) -> list[int]:
        """All live sessions."""
        return [one.key for one in self._live]

    @property
    def _live(self) -> Sequence[SessionSnapshot]:
        return [one for one in self._panes.sessions if one.live]

    # Joining

    def join(self, sessions: Sequence[int]) -> None:
        """Have ``sessions`` take part: at once, or each guarded one after its name was typed. Those that are left out
        are taken back."""
        known = {one.key: one for one in self._live}
        new = [known[key] for key in sessions if key in known and key not in self._broadcast.members]
        guarded = [one for one in new if one.request.options.guarded]
        asked = {one.key for one in guarded}
        self._broadcast.add([key for key in sessions if key in known and key not in asked])
        self._ask(guarded, len(guarded))

    def _ask(self, guarded: Sequence[SessionSnapshot], of: int) -> None:
        """Ask about them, one after the other: a number that is typed for all of them at once is typed by habit."""
        if not guarded:
            self._report()
            return
        from ssmtui.ui.broadcast.join_question import JoinQuestion

        first, *others = guarded

        def answered(answer: object) -> None:
            if answer is not None:
                self._broadcast.add([first.key])
            self._ask(others, of)

        self._panes.stage.push_screen(JoinQuestion(first, of - len(others), of), answered)

    def _report(self) -> None:
        if self._broadcast.is_on:
            sessions = {one.key: one for one in self._panes.sessions}
            said = words.begun(self._broadcast, sessions, self._keys.leader_keys_of("broadcast-pane"))
            self._panes.stage.tell(said, seconds=6)
        else:
            self._panes.stage.tell("Nobody takes part in a broadcast", severity="warning")

    def toggle(self, session: int) -> None:
        """Have ``session`` take part, or no more; one that is only left out for what it has missed is taken back."""
        broadcast = self._broadcast
        if session not in broadcast.members or broadcast.can_return(session):
            self.join([session])
            return
        broadcast.remove([session])
        left = len(broadcast.members)
        self._panes.stage.tell(
            f"It takes no more part; {count(left, 'session')} still {'does' if left == 1 else 'do'}"
            if left
            else "The broadcast is over"
        )

    def take_back(self) -> None:
        """Have those take part again that are only left out for what they have missed."""
        self.join([key for key in self._broadcast.members if self._broadcast.can_return(key)])


Marked = Callable[[], Collection[NodeKey]]
"""Gives the marked nodes."""
