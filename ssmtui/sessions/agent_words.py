"""What an agent says or is known to be, as the rest of a session needs it. Functions over untrusted values."""

from __future__ import annotations

from collections.abc import Mapping

from ssmtui import inert
from ssmtui.errors import AgentTooOld, SsmtuiError
from ssmtui.model import Node


def encryption_context(session_id: str, target: str, challenge: str | None) -> dict[str, str]:
    """What a data key is bound to (protocol.md section 5.5): the ids exactly as they were given, and the agent's
    challenge, if any. Another spelling of the target makes the agent's decryption fail."""
    context = {"aws:ssm:SessionId": session_id, "aws:ssm:TargetId": target}
    if challenge is not None:
        context["aws:ssm:RandomChallenge"] = challenge
    return context


def destination(properties: Mapping[str, object]) -> str:
    """Where a Port session leads, as its node sees it: ``host:port``; printable (protocol.md section 6.4)."""
    host, port = (str(properties.get(name) or "") for name in ("host", "portNumber"))
    return inert.line(f"{host or 'localhost'}:{port or '?'}", 100)


def local_port_in(properties: Mapping[str, object]) -> int | None:
    """The port of this machine that a Port session's document wants to be listened on; None where it names none, or
    any (section 6.4)."""
    text = str(properties.get("localPortNumber") or "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= len("65535") else 0
    return number if 0 < number <= 65_535 else None


class PortSessionInTerminal(SsmtuiError):
    """A session that was started for a terminal carries a port's bytes."""

    title = "This is a port session"
    remedy = "Choose another document, or open a tunnel with this one."


def misfit(session_type: str, *, port: bool) -> SsmtuiError:
    """The error for a session of a type that its viewer cannot use; ``port``: the viewer carries a port's bytes."""
    if port:
        kind = inert.line(session_type, 60) or "Standard_Stream"
        reason = f"a session of type {kind} carries no connections"
        return SsmtuiError(reason, title="This is not a port session", remedy="Choose another document.")
    reason = "a port document needs a listener on this machine, and a terminal is not one"
    return PortSessionInTerminal(reason)


def add_version(error: SsmtuiError | None, node: Node | None) -> None:
    """Put the node's name and its agent's version, as the list has them, before the remedy of :class:`AgentTooOld`;
    other errors stay as they are, and a second call changes nothing."""
    if not isinstance(error, AgentTooOld) or node is None or not node.agent_version:
        return
    known = f"{inert.line(node.label, 60)} runs agent {inert.line(node.agent_version, 30)}."
    if not error.remedy.startswith(known):
        error.remedy = f"{known} {error.remedy}"
