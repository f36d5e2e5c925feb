"""Sessions in containers of ECS: what the request for one says."""

from __future__ import annotations

from dataclasses import replace

from ssmtui.model import Node, Platform, SessionDocument, StartRequest

CONTAINERS = SessionDocument("AmazonECS-ExecuteInteractiveCommand", "", "InteractiveCommands", idle_minutes=20)
"""What ExecuteCommand starts, as far as it matters: the account's preferences do not change its idle timeout."""
WINDOWS_SHELL = "cmd.exe"
"""What every Windows image has. That of Linux is the gateway's default."""


def entering(request: StartRequest, node: Node | None) -> StartRequest:
    """``request`` as it is sent for ``node``: a container is entered by its own way, with a shell that it has; a
    named document is run there by StartSession, as on any node."""
    if request.document_name:
        return replace(request, container=None)
    if node is None or node.container is None:
        return request
    command = request.command or (WINDOWS_SHELL if node.platform is Platform.WINDOWS else "")
    return replace(request, container=node.container, command=command)
