"""Checks of the agent on the node and of the document that the session is to run. Pure: evidence in, a finding out.

The versions are those of AWS's page on Session Manager's prerequisites.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ssmtui.diagnosis.findings import Check, Finding, Verdict
from ssmtui.diagnosis.sentences import said, sentence, span, unknown
from ssmtui.diagnosis.surroundings import NodeContext
from ssmtui.errors import AccessDenied, DocumentError, SsmtuiError
from ssmtui.model import DEFAULT_SHELL, Node, PingStatus, Platform, SessionDocument


class Need(NamedTuple):
    """What takes an agent of some version."""

    version: tuple[int, ...]
    what: str


SESSIONS = Need((2, 3, 68, 0), "sessions")
ENCRYPTION = Need((2, 3, 539, 0), "encrypted sessions")
PORTS = Need((3, 0, 222, 0), "port forwarding and ssh")
STREAMED_LOGS = Need((3, 0, 284, 0), "session logs streamed to CloudWatch")
REMOTE_HOSTS = Need((3, 1, 1374, 0), "port forwarding to other hosts")
_NEEDS = (SESSIONS, ENCRYPTION, PORTS, STREAMED_LOGS, REMOTE_HOSTS)

STALE_PING = 900.0
"""Seconds after which a ping of a node that counts as online is odd: agents ping every five minutes."""

_UPDATE = "Update the agent: run the document AWS-UpdateSSMAgent on the node, or turn on its automatic update."


def agent(around: NodeContext, document: SessionDocument | SsmtuiError | None) -> Finding:
    """Whether the agent is recent enough, for sessions at all and for this document."""
    node = around.node
    if isinstance(node, SsmtuiError):
        return unknown(Check.AGENT, node, "Its version cannot be seen", brief=True)
    if node is None:
        return Finding(Check.AGENT, Verdict.UNKNOWN, "Systems Manager knows of no agent there")
    version = parse(node.agent_version)
    if not version:
        return Finding(Check.AGENT, Verdict.UNKNOWN, "Its version is not known")
    shown = f"Version {node.agent_version}"
    for need in needs_of(document):
        if version < need.version:
            dotted = ".".join(map(str, need.version))
            what = f"The agent is too old for {need.what}"
            return Finding(Check.AGENT, Verdict.BAD, what, f"{shown}; it takes {dotted}.", _UPDATE)
    lacking = [need.what for need in _NEEDS if version < need.version]
    if lacking:
        what = f"The agent is too old for {' and '.join(lacking)}"
        return Finding(Check.AGENT, Verdict.WARN, what, f"{shown}.", _UPDATE)
    newer = "; there is a newer one" if node.agent_is_latest is False else ""
    newest = ", the newest" if node.agent_is_latest else ""
    return Finding(Check.AGENT, Verdict.OK, "The agent is recent enough", f"{shown}{newest}{newer}.")


def needs_of(document: SessionDocument | SsmtuiError | None) -> list[Need]:
    """What a session with this document asks of the agent."""
    found = [SESSIONS]
    if not isinstance(document, SessionDocument):
        return found
    if document.encrypted:
        found.append(ENCRYPTION)
    if document.session_type == "Port":
        found.append(PORTS)
        if any(parameter.name == "host" for parameter in document.parameters):
            found.append(REMOTE_HOSTS)
    return found


def exec_agent(listed: Node | SsmtuiError | None) -> Finding:
    """The agent that ECS Exec puts into a container."""
    if isinstance(listed, SsmtuiError):
        return unknown(Check.AGENT, listed, "The container's agent cannot be seen", brief=True)
    if listed is None:
        return Finding(Check.AGENT, Verdict.UNKNOWN, "Without the container its agent is not known")
    if listed.ping is PingStatus.ONLINE:
        return Finding(Check.AGENT, Verdict.OK, "The container's ExecuteCommandAgent runs")
    what = "The container's ExecuteCommandAgent does not run"
    fix = (
        "It starts only with the task: replace the task (aws ecs update-service --force-new-deployment), and make sure "
        "that the container's file system is writable."
    )
    return Finding(Check.AGENT, Verdict.BAD, what, "", fix)


def ping(around: NodeContext, now: datetime) -> Finding:
    """When Systems Manager heard of the agent last."""
    node = around.node
    if isinstance(node, SsmtuiError):
        return unknown(Check.PING, node, "When it was heard of last cannot be seen", brief=True)
    if node is None:
        return Finding(Check.PING, Verdict.UNKNOWN, "Systems Manager hears of no agent there")
    age = (now - node.last_ping).total_seconds() if node.last_ping is not None else None
    heard = "never heard of" if age is None else f"last heard of {span(max(age, 0))} ago"
    evidence = f"PingStatus {node.ping.value}"
    if node.last_ping is not None:
        evidence += f", last ping {node.last_ping:%Y-%m-%d %H:%M:%S} UTC"
    if node.ping is PingStatus.ONLINE:
        if age is not None and age > STALE_PING:
            what = f"The agent counts as online, but was {heard}"
            return Finding(Check.PING, Verdict.WARN, what, f"{evidence}.", around.agent_fix)
        return Finding(Check.PING, Verdict.OK, "The agent is online", f"{sentence(heard)[:-1]}; {evidence}.")
    fix = around.once_it_runs("It pings again") if around.is_down else around.agent_fix
    if node.ping is PingStatus.UNKNOWN:
        return Finding(
            Check.PING, Verdict.UNKNOWN, f"Whether the agent is online is not known; {heard}", f"{evidence}."
        )
    return Finding(Check.PING, Verdict.BAD, f"The agent is offline, {heard}", f"{evidence}.", fix)


def document(name: str | None, told: SessionDocument | SsmtuiError, node: Node | None) -> Finding:
    """The document: that it is there, may be read, and is one for sessions on the node's platform."""
    called = name or DEFAULT_SHELL
    if isinstance(told, AccessDenied):
        found = unknown(Check.DOCUMENT, told, f"{called} cannot be read")
        starting = f" What starting takes is ssm:StartSession on the node and on document/{called}."
        return found._replace(fix=found.fix + starting)
    if isinstance(told, DocumentError):
        if name is None:
            what = "The account has no preferences for sessions: the built-in shell is used"
            return Finding(Check.DOCUMENT, Verdict.OK, what, f"There is no document {called} here.")
        fix = "Check its name; documents are of one account and region, shared ones go by their ARN."
        return Finding(Check.DOCUMENT, Verdict.BAD, f"There is not a session document {called} here", said(told), fix)
    if isinstance(told, SsmtuiError):
        return unknown(Check.DOCUMENT, told, f"{called} cannot be read")
    if told.complete and not told.session_type:
        fix = "Choose one of type Session: the start form (s) lists them."
        return Finding(
            Check.DOCUMENT, Verdict.BAD, f"{called} is not a session document", "It has no sessionType.", fix
        )
    platform = Platform.UNKNOWN if node is None else node.platform
    if told.platforms and platform is not Platform.UNKNOWN and platform not in told.platforms:
        made_for = ", ".join(one.value for one in told.platforms)
        what = f"{called} is made for {made_for}, the node runs {platform.value}"
        return Finding(Check.DOCUMENT, Verdict.WARN, what, "", "Choose a document for the node's platform.")
    evidence = f"Type {told.session_type}." if told.session_type else ""
    if told.encrypted:
        evidence += " Encrypted: the caller needs kms:GenerateDataKey, the node's role kms:Decrypt on the key."
    return Finding(Check.DOCUMENT, Verdict.OK, f"{called} can be used", evidence.strip())


def parse(version: str) -> tuple[int, ...]:
    """The numbers of a version; empty where it has none."""
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() and len(part) < 10 for part in parts) else ()
