"""What a request for a container's session says."""

from __future__ import annotations

import pytest

from ssmtui.model import Container, Node, Platform, StartRequest
from ssmtui.sessions.entry import entering

CONTAINER = Container("shop", "task", "app", "1")
LINUX = Node("ecs:shop_task_1", "web/app", platform=Platform.LINUX, container=CONTAINER)
WINDOWS = LINUX._replace(platform=Platform.WINDOWS)
REQUEST = StartRequest(LINUX.id)


@pytest.mark.parametrize(
    ("node", "command", "sent"),
    [(LINUX, "", ""), (WINDOWS, "", "cmd.exe"), (WINDOWS, "pwsh", "pwsh"), (LINUX, "bash -l", "bash -l")],
)
def test_a_container_is_entered_with_a_shell_that_it_has(node: Node, command: str, sent: str) -> None:
    entered = entering(StartRequest(node.id, command=command), node)
    assert (entered.container, entered.command) == (CONTAINER, sent)


def test_a_document_is_run_as_on_any_node() -> None:
    assert entering(StartRequest(LINUX.id, "Own", container=CONTAINER), LINUX) == StartRequest(LINUX.id, "Own")


@pytest.mark.parametrize("node", [None, Node("i-1", "web")])
def test_other_requests_stay_what_they_are(node: Node | None) -> None:
    assert entering(REQUEST, node) is REQUEST
