"""AWS's answers as our frozen values. Tolerant: what is missing or of another type becomes text or nothing.

Pure functions of what was read; nothing here raises but :class:`DocumentError` for a document that is not for sessions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar

from ssmtui.errors import DocumentError
from ssmtui.model import (
    AccessCredentials,
    AccessStatus,
    AccessToken,
    DocumentParameter,
    DocumentSummary,
    Grant,
    Identity,
    Instance,
    Node,
    PingStatus,
    Platform,
    Scope,
    SessionDocument,
    SessionRecord,
)

Answer = Mapping[str, Any]

SESSION_SCHEMA = "1.0"
IDLE_MINUTES, MAX_MINUTES = (1, 60), (1, 1440)
"""What the service allows for a session's two timeouts (protocol.md section 8.2)."""

_E = TypeVar("_E", bound=Enum)
_PLATFORM_KEYS = {platform.value.lower(): platform for platform in Platform if platform is not Platform.UNKNOWN}


def identity(answer: Answer) -> Identity:
    """GetCallerIdentity."""
    return Identity(
        account=text(answer.get("Account")), arn=text(answer.get("Arn")), user_id=text(answer.get("UserId"))
    )


def node(answer: Answer, scope: Scope, account: str = "") -> Node:
    """An element of DescribeInstanceInformation or, with the same keys and some more, DescribeInstanceProperties."""
    latest = answer.get("IsLatestVersion")
    return Node(
        id=text(answer.get("InstanceId")),
        name=text(answer.get("Name")) or text(answer.get("ComputerName")),
        ping=_member(PingStatus, answer.get("PingStatus"), PingStatus.UNKNOWN),
        platform=_member(Platform, answer.get("PlatformType"), Platform.UNKNOWN),
        platform_name=text(answer.get("PlatformName")),
        platform_version=text(answer.get("PlatformVersion")),
        agent_version=text(answer.get("AgentVersion")),
        agent_is_latest=latest if isinstance(latest, bool) else None,
        ip=text(answer.get("IPAddress")),
        computer_name=text(answer.get("ComputerName")),
        last_ping=_time(answer.get("LastPingDateTime")),
        resource_type=text(answer.get("ResourceType")),
        iam_role=text(answer.get("IamRole")) or text(answer.get("InstanceRole")),
        account=account,
        region=scope.region,
        aws_profile=scope.aws_profile or "",
        instance_type=text(answer.get("InstanceType")),
        instance_state=text(answer.get("InstanceState")),
        zone=text(answer.get("AvailabilityZone")),
    )


@dataclass(frozen=True, slots=True)
class InstanceFacts:
    """What EC2 adds to a node. Kept instead of its answer, which is many times as big."""

    id: str
    tags: Mapping[str, str]
    ip: str
    type: str
    state: str
    zone: str
    vpc_id: str


def instance_facts(answer: Answer) -> InstanceFacts:
    """An instance of EC2's DescribeInstances."""
    return InstanceFacts(
        id=text(answer.get("InstanceId")),
        tags={text(tag.get("Key")): text(tag.get("Value")) for tag in _mappings(answer.get("Tags"))},
        ip=text(answer.get("PrivateIpAddress")),
        type=text(answer.get("InstanceType")),
        state=text(_mapping(answer.get("State")).get("Name")),
        zone=text(_mapping(answer.get("Placement")).get("AvailabilityZone")),
        vpc_id=text(answer.get("VpcId")),
    )


def join(known: Node, facts: InstanceFacts) -> Node:
    """``known`` with what EC2 says of it; the ``Name`` tag is the better name."""
    return known._replace(
        name=facts.tags.get("Name") or known.name,
        tags=facts.tags,
        ip=known.ip or facts.ip,
        instance_type=facts.type or known.instance_type,
        instance_state=facts.state or known.instance_state,
        zone=facts.zone or known.zone,
        vpc_id=facts.vpc_id,
    )


def instance(answer: Answer) -> Instance:
    """An instance of EC2's DescribeInstances, for a person who asks about it."""
    return Instance(
        id=text(answer.get("InstanceId")),
        state=text(_mapping(answer.get("State")).get("Name")),
        state_reason=text(_mapping(answer.get("StateReason")).get("Message"))
        or text(answer.get("StateTransitionReason")),
        launched=_time(answer.get("LaunchTime")),
        instance_profile=text(_mapping(answer.get("IamInstanceProfile")).get("Arn")),
        vpc_id=text(answer.get("VpcId")),
        subnet_id=text(answer.get("SubnetId")),
        private_ip=text(answer.get("PrivateIpAddress")),
        platform=text(answer.get("PlatformDetails")),
        type=text(answer.get("InstanceType")),
        zone=text(_mapping(answer.get("Placement")).get("AvailabilityZone")),
        tags={text(tag.get("Key")): text(tag.get("Value")) for tag in _mappings(answer.get("Tags"))},
    )


def access_token(answer: Answer) -> AccessToken:
    """GetAccessToken. A status that is not known is one to wait on; an approval without credentials too."""
    status = _member(AccessStatus, answer.get("AccessRequestStatus"), AccessStatus.PENDING)
    if status is not AccessStatus.APPROVED:
        return AccessToken(status)
    given = _mapping(answer.get("Credentials"))
    credentials = AccessCredentials(
        access_key_id=text(given.get("AccessKeyId")),
        secret_access_key=text(given.get("SecretAccessKey")),
        session_token=text(given.get("SessionToken")),
        expires=_time(given.get("ExpirationTime")),
    )
    if not (credentials.access_key_id and credentials.secret_access_key):
        return AccessToken(AccessStatus.PENDING)
    return AccessToken(status, credentials)


def grant(answer: Answer, session_id: str = "") -> Grant:
    """StartSession and ResumeSession; fields that are not there stay empty."""
    return Grant(
        session_id=text(answer.get("SessionId")) or session_id,
        stream_url=text(answer.get("StreamUrl")),
        token=text(answer.get("TokenValue")),
    )


def session_record(answer: Answer) -> SessionRecord:
    """An element of DescribeSessions."""
    return SessionRecord(
        session_id=text(answer.get("SessionId")),
        target=text(answer.get("Target")),
        status=text(answer.get("Status")),
        owner=text(answer.get("Owner")),
        document_name=text(answer.get("DocumentName")),
        reason=text(answer.get("Reason")),
        started=_time(answer.get("StartDate")),
        ended=_time(answer.get("EndDate")),
        details=text(answer.get("Details")),
        max_minutes=_whole(answer.get("MaxSessionDuration"), *MAX_MINUTES),
    )


def document_summary(answer: Answer) -> DocumentSummary:
    """An element of ListDocuments."""
    return DocumentSummary(
        name=text(answer.get("Name")),
        owner=text(answer.get("Owner")),
        platforms=_platforms(answer.get("PlatformTypes")),
        version=text(answer.get("DocumentVersion")),
    )


def session_document(name: str, answer: Answer) -> SessionDocument:
    """GetDocument in JSON (protocol.md section 8)."""
    _require_session_type(name, answer)
    content = _parsed(name, answer.get("Content"))
    if text(content.get("schemaVersion")) != SESSION_SCHEMA:
        raise _not_for_sessions(name, f"its schemaVersion is {text(content.get('schemaVersion')) or 'missing'}")
    inputs, parameters = _mapping(content.get("inputs")), _mapping(content.get("parameters"))
    properties = _mapping(content.get("properties"))
    return SessionDocument(
        name=name,
        description=text(content.get("description")),
        session_type=text(content.get("sessionType")),
        parameters=tuple(_parameter(key, _mapping(value)) for key, value in parameters.items()),
        platforms=_platforms(properties),
        encrypted=bool(text(inputs.get("kmsKeyId")).strip()),
        idle_minutes=_whole(inputs.get("idleSessionTimeout"), *IDLE_MINUTES),
        max_minutes=_whole(inputs.get("maxSessionDuration"), *MAX_MINUTES),
        separate_output=tuple(
            text(_mapping(properties[key]).get("separateOutputStream"))
            for key in properties
            if key.lower() in _PLATFORM_KEYS
        ),
    )


def described_document(name: str, answer: Answer) -> SessionDocument:
    """DescribeDocument's ``Document``: all that is left to learn when GetDocument is denied (section 8.5, rule 7)."""
    _require_session_type(name, answer)
    return SessionDocument(
        name=name,
        description=text(answer.get("Description")),
        parameters=tuple(
            DocumentParameter(
                name=text(parameter.get("Name")),
                type=text(parameter.get("Type")) or "String",
                description=text(parameter.get("Description")),
                default=_default(parameter.get("DefaultValue"), text(parameter.get("Type"))),
            )
            for parameter in _mappings(answer.get("Parameters"))
        ),
        platforms=_platforms(answer.get("PlatformTypes")),
        complete=False,
    )


def text(value: object) -> str:
    """``value`` as a person would write it into a form; None is nothing, structures are JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, ValueError, TypeError):
        return ""


def _parameter(name: str, schema: Answer) -> DocumentParameter:
    kind = text(schema.get("type")) or "String"
    return DocumentParameter(
        name=name,
        type=kind,
        description=text(schema.get("description")),
        default=_default(schema.get("default"), kind),
        allowed_values=_texts(schema.get("allowedValues")),
        allowed_pattern=text(schema.get("allowedPattern")),
        min_chars=_whole(schema.get("minChars")),
        max_chars=_whole(schema.get("maxChars")),
    )


def _default(value: object, kind: str) -> tuple[str, ...] | None:
    if value is None:
        return None
    values = _texts(value)
    return values if kind == "StringList" or len(values) == 1 else (",".join(values),)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(map(text, value))
    return () if value is None else (text(value),)


def _whole(value: object, least: int = 0, most: int | None = None) -> int | None:
    """A whole number in bounds that may be written as text; None for a placeholder and for anything else."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if value >= least and (most is None or value <= most) else None


def _platforms(value: object) -> tuple[Platform, ...]:
    names = map(text, value) if isinstance(value, Iterable) and not isinstance(value, str) else ()
    found = (_PLATFORM_KEYS.get(name.lower()) for name in names)
    return tuple(dict.fromkeys(platform for platform in found if platform is not None))


def _member(kind: type[_E], value: object, otherwise: _E) -> _E:
    try:
        return kind(value)
    except ValueError:
        return otherwise


def _time(value: object) -> datetime | None:
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def _mapping(value: object) -> Answer:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> list[Answer]:
    return [element for element in value if isinstance(element, Mapping)] if isinstance(value, (list, tuple)) else []


def _parsed(name: str, content: object) -> Answer:
    try:
        parsed = json.loads(content) if isinstance(content, str) else None
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, Mapping):
        raise _not_for_sessions(name, "its content is not a JSON object")
    return parsed


def _require_session_type(name: str, answer: Answer) -> None:
    kind = text(answer.get("DocumentType"))
    if kind not in ("", "Session"):
        raise _not_for_sessions(name, f"it is a {kind} document")


def _not_for_sessions(name: str, why: str) -> DocumentError:
    return DocumentError(
        f"{name} is not a session document: {why}", operation="GetDocument", remedy="Choose a document of type Session."
    )
