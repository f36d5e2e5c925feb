"""Commands on what is near a node, and on tunnels that lead to a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import NODES, CommandOn
from ssmtui.ui.commands.feature import Reaching
from ssmtui.ui.tunnels.commands import TunnelCommand

if TYPE_CHECKING:
    from ssmtui.forwards.tunnel import TunnelSnapshot
    from ssmtui.ui.near.actions import NearActions
    from ssmtui.ui.start.launch import Launch


class ShowDatabases(Reaching, CommandOn["Launch"]):
    """Show the databases and caches near the node, and make a tunnel to one"""

    name = "databases"
    place = NODES
    keys = ("D",)
    argument = "[words]"
    missing = "There is no node under the cursor"

    def __init__(self, near: NearActions) -> None:
        super().__init__(near)
        self._near = near

    def subject(self) -> Launch | None:
        return self._near.launch

    def run_on(self, launch: Launch, argument: str) -> None:
        self._near.show(launch, argument)


class CopyClientLine(TunnelCommand):
    """Copy a command line that connects through the tunnel: of psql, mysql, redis-cli, mongosh, curl or ssh"""

    name = "tunnel-client"
    keys = ("P",)
    argument = "[user]"

    def __init__(self, near: NearActions) -> None:
        super().__init__(near.tunnels)
        self._near = near

    def reason_against(self, tunnel: TunnelSnapshot) -> str | None:
        return None if self._near.client_line(tunnel) else "No client is known for what the tunnel leads to"

    def run_on(self, tunnel: TunnelSnapshot, argument: str) -> None:
        self._near.copy_client_line(tunnel, argument)


class CopyToken(TunnelCommand):
    """Copy a token of IAM, which is the password for a database of RDS for 15 minutes"""

    name = "tunnel-token"
    keys = ("p",)
    hint = "copy token"
    is_minor = True
    argument = "[database user]"

    def __init__(self, near: NearActions) -> None:
        super().__init__(near.tunnels)
        self._near = near

    def reason_against(self, tunnel: TunnelSnapshot) -> str | None:
        from ssmtui.ui.near.tokens import reason_against

        return reason_against(tunnel.forward)

    def run_on(self, tunnel: TunnelSnapshot, argument: str) -> None:
        self._near.copy_token(tunnel, argument)
