"""What of a node's circumstances changes how the rest must be read."""

from __future__ import annotations

from typing import NamedTuple

from ssmtui.errors import SsmtuiError
from ssmtui.model import Instance, Node, PingStatus

_AGENT_STATUS = {
    "ubuntu": "`sudo systemctl status snap.amazon-ssm-agent.amazon-ssm-agent`",
    "linux": "`sudo systemctl status amazon-ssm-agent`",
    "windows": "`Get-Service AmazonSSMAgent`",
    "macos": "/var/log/amazon/ssm/amazon-ssm-agent.log",
}


class Sighting(NamedTuple):
    """The target, seen in another scope."""

    place: str
    """``us-east-1 of AWS profile staging``."""
    by: str
    """Who knows it there: ``Systems Manager`` or ``EC2``."""
    options: str
    """The options of the command line that lead there."""


class NodeContext(NamedTuple):
    """What of a node's circumstances changes how the rest must be read."""

    node: Node | SsmtuiError | None
    """As Systems Manager knows it now."""
    instance: Instance | SsmtuiError | None
    connected: bool | SsmtuiError

    @property
    def works(self) -> bool:
        """Whether the agent is there, by either account."""
        return self.connected is True or (isinstance(self.node, Node) and self.node.ping is PingStatus.ONLINE)

    @property
    def is_somewhere(self) -> bool:
        """Whether Systems Manager or EC2 knows it here, or could not be asked."""
        return self.node is not None or self.instance is not None

    @property
    def agent_fix(self) -> str:
        """What to look at on the node, in words of its system where that is known."""
        node, told = self.known, self.instance
        system = f"{node.platform.value} {node.platform_name}" if node is not None else ""
        system = f"{system} {told.platform}" if isinstance(told, Instance) else system
        known = next((how for name, how in _AGENT_STATUS.items() if name in system.casefold()), "")
        status = known or f"Linux: {_AGENT_STATUS['linux']}, Windows: {_AGENT_STATUS['windows']}"
        return (
            f"On the node: check that the agent runs ({status}), that outbound TCP 443 to ssm and ssmmessages is open "
            "(before agent 3.3.40.0 to ec2messages too), and run `ssm-cli get-diagnostics`."
        )

    @property
    def is_down(self) -> bool:
        """Whether EC2 says that it does not run."""
        return isinstance(self.instance, Instance) and self.instance.state not in ("", "running")

    def once_it_runs(self, what: str) -> str:
        """What comes by itself once an instance that is down runs; nothing does where it will never run again."""
        gone = isinstance(self.instance, Instance) and self.instance.state in ("shutting-down", "terminated")
        return "" if gone else f"{what} once the instance runs."

    @property
    def known(self) -> Node | None:
        """The node where it is known."""
        return self.node if isinstance(self.node, Node) else None
