"""Checks of the agent and the document, each from evidence alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ssmtui.diagnosis import checks_agent
from ssmtui.diagnosis.findings import Finding, Verdict
from ssmtui.diagnosis.surroundings import NodeContext
from ssmtui.errors import AccessDenied, DocumentError, Throttled
from ssmtui.model import DocumentParameter, Instance, Node, PingStatus, Platform, SessionDocument
from tests.support.fakes import NOW, make_node

NODE = make_node(0)
SHELL = SessionDocument("Acme-Shell", "", "Standard_Stream")
REMOTE = SessionDocument("Remote", "", "Port", (DocumentParameter("host"), DocumentParameter("portNumber")))


def agent(version: str, document: SessionDocument | None = None, *, latest: bool | None = None) -> Finding:
    node = NODE._replace(agent_version=version, agent_is_latest=latest)
    return checks_agent.agent(NodeContext(node, None, True), document)


@pytest.mark.parametrize(
    ("version", "verdict", "words"),
    [
        ("2.3.67.9", Verdict.BAD, "too old for sessions"),
        ("2.3.68.0", Verdict.WARN, "encrypted sessions"),
        ("3.0.221.0", Verdict.WARN, "port forwarding and ssh"),
        ("3.1.1374.0", Verdict.OK, "recent enough"),
        ("3.3.2299.0", Verdict.OK, "recent enough"),
        ("", Verdict.UNKNOWN, "not known"),
        ("3.x", Verdict.UNKNOWN, "not known"),
        ("3.٣", Verdict.OK, "recent enough"),
    ],
)
def test_the_version_of_the_agent(version: str, verdict: Verdict, words: str) -> None:
    found = agent(version)
    assert found.verdict is verdict
    assert words in found.what


def test_a_document_asks_more_of_the_agent() -> None:
    assert agent("3.0.200.0", REMOTE._replace(parameters=())).verdict is Verdict.BAD
    found = agent("3.1.1000.0", REMOTE)
    assert found.verdict is Verdict.BAD
    assert "it takes 3.1.1374.0" in found.evidence
    assert "AWS-UpdateSSMAgent" in found.fix
    assert agent("2.3.500.0", SHELL._replace(encrypted=True)).verdict is Verdict.BAD
    assert agent("3.3.1.0", latest=False).evidence == "Version 3.3.1.0; there is a newer one."


def ping(status: PingStatus, seconds: float | None, instance: Instance | None = None) -> Finding:
    last = None if seconds is None else NOW - timedelta(seconds=seconds)
    return checks_agent.ping(NodeContext(NODE._replace(ping=status, last_ping=last), instance, False), NOW)


def test_the_ping() -> None:
    assert ping(PingStatus.ONLINE, 20).verdict is Verdict.OK
    stale = ping(PingStatus.ONLINE, 7200)
    assert stale.verdict is Verdict.WARN
    assert "last heard of 2 h ago" in stale.what
    lost = ping(PingStatus.CONNECTION_LOST, 3 * 86400)
    assert lost.verdict is Verdict.BAD
    assert lost.what == "The agent is offline, last heard of 3 days ago"
    assert "snap.amazon-ssm-agent" in lost.fix
    assert "once the instance runs" in ping(PingStatus.CONNECTION_LOST, 60, Instance(NODE.id, "stopped")).fix
    assert "never heard of" in ping(PingStatus.INACTIVE, None).what
    assert ping(PingStatus.UNKNOWN, 1).verdict is Verdict.UNKNOWN
    # Its clock, or AWS's, runs ahead.
    assert "last heard of 0 s ago" in ping(PingStatus.CONNECTION_LOST, -500).what


def document(name: str | None, told: object, node: Node | None = NODE) -> Finding:
    return checks_agent.document(name, told, node)  # type: ignore[arg-type]


def test_the_document() -> None:
    assert document("Acme-Shell", SHELL).verdict is Verdict.OK
    assert "kms:GenerateDataKey" in document("Acme-Shell", SHELL._replace(encrypted=True)).evidence
    command = document("AWS-RunShellScript", SHELL._replace(session_type=""))
    assert command.verdict is Verdict.BAD
    # Only described, as far as that is allowed: its type is not known.
    described = SHELL._replace(session_type="", complete=False)
    assert document("Acme-Shell", described).verdict is Verdict.OK
    windows = document("Win", SHELL._replace(platforms=(Platform.WINDOWS,)))
    assert windows.verdict is Verdict.WARN
    assert "the node runs Linux" in windows.what


def test_a_document_that_is_not_there() -> None:
    absent = DocumentError("Document with name X does not exist.")
    assert document("X", absent).verdict is Verdict.BAD
    # Preferences are only there once they were saved.
    assert document(None, absent).verdict is Verdict.OK


def test_a_document_that_may_not_be_read_may_still_be_used() -> None:
    found = document("X", AccessDenied("no", operation="GetDocument"))
    assert found.verdict is Verdict.UNKNOWN
    assert "ssm:GetDocument is denied" in found.what
    assert "ssm:StartSession on the node and on document/X" in found.fix
    assert document(None, Throttled("slower")).verdict is Verdict.UNKNOWN


def test_the_agent_of_a_container() -> None:
    assert checks_agent.exec_agent(NODE).verdict is Verdict.OK
    assert checks_agent.exec_agent(NODE._replace(ping=PingStatus.CONNECTION_LOST)).verdict is Verdict.BAD
    assert checks_agent.exec_agent(None).verdict is Verdict.UNKNOWN
