"""Commands on tunnels. What they do is imported when it is first done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import Command, Group

if TYPE_CHECKING:
    pass


class ShowTunnels(Command):
    """Show the forwarded ports: copy their addresses, close them, open them again"""

    name = "tunnels"
    group = Group.NODES
    keys = ("T",)
    leader_keys = ("T",)

    def disabled_reason(self) -> str | None:
        return "AWS has not been reached yet" if self.app.services is None else None

    def run(self, argument: str = "") -> None:
        from ssmtui.ui.tunnels import actions as tunnel_flows

        tunnel_flows.show(self.app)


COMMANDS: tuple[type[Command], ...] = (ShowTunnels,)
