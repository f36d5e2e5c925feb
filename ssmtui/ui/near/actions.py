"""What is done about databases near a node: offering them, tunnels to them, tokens for them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from ssmtui.errors import SsmtuiError
from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look.cells import tidy

if TYPE_CHECKING:
    from ssmtui.forwards.tunnel import TunnelSnapshot
    from ssmtui.inventory.databases import DatabaseFinder, Nearby
    from ssmtui.model import Node, Scope
    from ssmtui.ui.near.dialog import DatabaseAnswer, Finding
    from ssmtui.ui.start.launch import Launch
    from ssmtui.ui.tunnels.actions import TunnelActions
    from ssmtui.ui.tunnels.places import ReachablePlace

USERS = "tunnels/database user"
"""What the history calls the users that tokens were made for."""


class NearActions(Feature):
    """What its commands do. The form of a tunnel asks it for what a node can reach."""

    _finder: DatabaseFinder | None = None

    def __init__(self, tunnels: TunnelActions, selected: Callable[[], Node | None]) -> None:
        """``selected`` is the node under the cursor of their list."""
        self.tunnels = tunnels
        self._selected = selected
        self._stage = tunnels.stage

    # Databases

    @property
    def launch(self) -> Launch | None:
        """The node of the session in front, or the one under the cursor; None: there is none."""
        from ssmtui.model import StartRequest
        from ssmtui.ui.start.launch import Launch

        session = self.tunnels.panes.session
        if session is not None:
            return Launch(session.request, session.node)
        node = self._selected()
        return Launch(StartRequest(node.id, title=node.label), node) if node is not None else None

    def show(self, launch: Launch, text: str = "") -> None:
        """Offer what is near the node; what is chosen gets a tunnel. ``text`` narrows the list."""
        from ssmtui.documents.port_forwards import Forward
        from ssmtui.model import Node
        from ssmtui.ui.near.dialog import DatabasesScreen
        from ssmtui.ui.tunnels.actions import Wanted
        from ssmtui.ui.tunnels.draft import TunnelDraft

        request, listed = launch
        node = listed or Node(request.target, request.title)

        def answered(answer: DatabaseAnswer | None) -> None:
            if answer is None:
                return
            forward = Forward(answer.database.port, answer.database.host)
            if answer.in_form:
                self.tunnels.open_form([launch], TunnelDraft(forward))
            else:
                self.tunnels.open([Wanted([forward], request, listed)])

        self._stage.push_screen(DatabasesScreen(node, self._finding(node, request.scope), text), answered)

    def choose(self, node: Node, chosen: Callable[[ReachablePlace], None]) -> None:
        """Offer what is near ``node``; ``chosen`` gets it, and nothing where there was none."""
        from ssmtui.inventory.database_words import kind_of, label_of
        from ssmtui.ui.near.dialog import DatabasesScreen
        from ssmtui.ui.tunnels.places import ReachablePlace

        def answered(answer: DatabaseAnswer | None) -> None:
            if answer is not None:
                database = answer.database
                chosen(ReachablePlace(database.host, database.port, label_of(database), kind_of(database)))

        self._stage.push_screen(DatabasesScreen(node, self._finding(node, None), fills_form=True), answered)

    def _finding(self, node: Node, scope: Scope | None) -> Finding:
        async def find(again: bool) -> AsyncGenerator[Nearby, None]:
            from ssmtui.inventory.databases import DatabaseFinder

            if self._finder is None:
                self._finder = DatabaseFinder(self.services.gateways.gateway)
            where = scope or self.services.fleet.scope_of(node)
            async with aclosing(cast("Any", self._finder.near(node, where, again=again))) as steps:
                async for nearby in steps:
                    yield nearby

        return find

    # What opens them

    def client_line(self, tunnel: TunnelSnapshot, user: str = "") -> str:
        """The command line of a client for what the tunnel leads to; empty where none is known, or no port here."""
        from ssmtui.ui.near.clients import Way, client_line
        from ssmtui.ui.tunnels.addresses import reached_at

        address, _, port = reached_at(tunnel).rpartition(":")
        if not port.isdecimal():
            return ""
        forward, user = tunnel.forward, user.strip() or tunnel.options.database_user
        return client_line(Way(address.strip("[]"), int(port), forward.host, forward.port, user))

    def copy_client_line(self, tunnel: TunnelSnapshot, user: str = "") -> None:
        """Copy it; for ``user``, else for the user that the tunnel has."""
        line = self.client_line(tunnel, user)
        self._stage.copy_to_clipboard(line, tidy(line, 100))

    def copy_token(self, tunnel: TunnelSnapshot, user: str = "") -> None:
        """Copy a token for ``user``, else for the user that the tunnel has, else for one who is asked for."""
        user = user.strip() or tunnel.options.database_user
        if user:
            self._copy_token(tunnel, user)
            return
        from ssmtui.ui.kit.prompt import Prompt
        from ssmtui.ui.near.tokens import LONGEST_USER, problem_of_user

        users = self.services.histories.entries.texts(USERS)

        def answered(answer: str | None) -> None:
            if answer is not None:
                self._copy_token(tunnel, answer.strip())

        question = f"Which user of {tidy(tunnel.forward.host, 60)} signs in with the token?"
        note = "A connection's database_user answers this."
        prompt = Prompt(question, users[-1] if users else "", note, check=problem_of_user, longest=LONGEST_USER)
        self._stage.push_screen(prompt, answered)

    def _copy_token(self, tunnel: TunnelSnapshot, user: str) -> None:
        request, forward = self.services.tunnels.request(tunnel.key), tunnel.forward
        self.services.histories.entries.note(user, USERS)

        async def copy() -> None:
            gateway = self.services.gateways.gateway(request.scope)
            try:
                token = await gateway.database_token(forward.host, forward.port, user)
            except SsmtuiError as error:
                self._stage.tell_error(error, f"No token for {tidy(user, 40)}")
            else:
                self._stage.copy_to_clipboard(token, f"a token for {tidy(user, 40)}, good for 15 minutes")

        self._stage.run_worker(copy(), name="copy a token")
