"""The agent's handshake in our words."""

from __future__ import annotations

import pytest

from ssmtui.errors import AgentTooOld, SsmtuiError
from ssmtui.model import Node
from ssmtui.sessions.agent_words import add_version, destination, encryption_context, misfit


def test_the_context_names_the_challenge_only_where_there_is_one() -> None:
    bound = {"aws:ssm:SessionId": "jane@example.com-1", "aws:ssm:TargetId": "mi-1"}
    assert encryption_context("jane@example.com-1", "mi-1", None) == bound
    assert encryption_context("jane@example.com-1", "mi-1", "Y2g=") == {**bound, "aws:ssm:RandomChallenge": "Y2g="}


@pytest.mark.parametrize(
    ("properties", "shown"),
    [
        ({"portNumber": "80", "host": "db.internal"}, "db.internal:80"),
        ({"portNumber": 80}, "localhost:80"),
        ({"portNumber": "80", "host": ""}, "localhost:80"),
        ({}, "localhost:?"),
        ({"portNumber": "8\x1b[31m0", "host": ["a"]}, "['a']:8\ufffd[31m0"),
    ],
)
def test_a_destination_is_printable_whatever_the_agent_says(properties: dict[str, object], shown: str) -> None:
    assert destination(properties) == shown


def test_a_misfit_names_what_the_session_is() -> None:
    assert "type Stan\ufffddard" in misfit("Stan\x00dard", port=True).detail
    assert "type Standard_Stream" in misfit("", port=True).detail
    assert misfit("Port", port=False).title == "This is a port session"


@pytest.mark.parametrize(
    ("error", "node", "remedy"),
    [
        (
            AgentTooOld("no", remedy="Update it."),
            Node("i-1", "we\x1bb", agent_version="3.0\n1"),
            "we\ufffdb runs agent 3.0 1.",
        ),
        (AgentTooOld("no", remedy="Update it."), Node("i-1", "web-1"), ""),
        (AgentTooOld("no", remedy="Update it."), None, ""),
        (SsmtuiError("no", remedy="Update it."), Node("i-1", "web-1", agent_version="3.0.1"), ""),
    ],
)
def test_w5_an_agent_that_is_too_old_is_named_with_its_version_once_where_that_is_known(
    error: SsmtuiError, node: Node | None, remedy: str
) -> None:
    for _ in range(2):
        add_version(error, node)
    assert error.remedy == f"{remedy} Update it.".strip()
