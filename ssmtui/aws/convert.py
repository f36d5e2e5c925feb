"""AWS's answers as our frozen values. Tolerant: what is missing or of another type becomes text or nothing.

Pure functions of what was read; nothing here raises but :class:`DocumentError` for a document that is not for sessions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
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
    Platform,
    Region,
    SessionDocument,
    SessionRecord,
)

Answer = Mapping[str, Any]

SESSION_SCHEMA = "1.0"
PORT = "Port"
"""The session type whose properties say where it leads."""
IDLE_MINUTES, MAX_MINUTES = (1, 60), (1, 1440)
"""What the service allows for a session's two timeouts (protocol.md section 8.2)."""
DISPLAY_TYPES = ("textfield", "textarea")

_E = TypeVar("_E", bound=Enum)
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
"""What Go's ``ParseBool`` takes for true, as the agent does."""
_PLATFORM_KEYS = {platform.value.lower(): platform for platform in Platform if platform is not Platform.UNKNOWN}


def identity(answer: Answer) -> Identity:
    """GetCallerIdentity."""
    return Identity(account=text(answer.get("Account")), arn=text(answer.get("Arn")))


def instance(answer: Answer) -> Instance:
    """An instance of EC2's DescribeInstances, for a person who asks about it."""
    return Instance(
        id=text(answer.get("InstanceId")),
        state=text(mapping(answer.get("State")).get("Name")),
        state_reason=text(mapping(answer.get("StateReason")).get("Message"))
        or text(answer.get("StateTransitionReason")),
        launched=moment(answer.get("LaunchTime")),
        instance_profile=text(mapping(answer.get("IamInstanceProfile")).get("Arn")),
        vpc_id=text(answer.get("VpcId")),
        platform=text(answer.get("PlatformDetails")),
        http_tokens=text(mapping(answer.get("MetadataOptions")).get("HttpTokens")),
        type=text(answer.get("InstanceType")),
        zone=text(mapping(answer.get("Placement")).get("AvailabilityZone")),
        tags={text(tag.get("Key")): text(tag.get("Value")) for tag in mappings(answer.get("Tags"))},
    )


def access_token(answer: Answer) -> AccessToken:
    """GetAccessToken. An unknown status, or an approval without credentials, means to wait."""
    status = member(AccessStatus, answer.get("AccessRequestStatus"), AccessStatus.PENDING)
    if status is not AccessStatus.APPROVED:
        return AccessToken(status)
    given = mapping(answer.get("Credentials"))
    credentials = AccessCredentials(
        access_key_id=text(given.get("AccessKeyId")),
        secret_access_key=text(given.get("SecretAccessKey")),
        session_token=text(given.get("SessionToken")),
        expires=moment(given.get("ExpirationTime")),
    )
    if not (credentials.access_key_id and credentials.secret_access_key):
        return AccessToken(AccessStatus.PENDING)
    return AccessToken(status, credentials)


def grant(answer: Answer, session_id: str = "") -> Grant:
    """StartSession and ResumeSession; missing fields stay empty."""
    return Grant(
        session_id=text(answer.get("SessionId")) or session_id,
        stream_url=text(answer.get("StreamUrl")),
        token=text(answer.get("TokenValue")),
    )


def executed(answer: Answer) -> Grant:
    """ExecuteCommand of ECS, which writes the same otherwise."""
    session = mapping(answer.get("session"))
    return Grant(
        session_id=text(session.get("sessionId")),
        stream_url=text(session.get("streamUrl")),
        token=text(session.get("tokenValue")),
    )


def session_record(answer: Answer) -> SessionRecord:
    """An element of DescribeSessions."""
    output = mapping(answer.get("OutputUrl"))
    return SessionRecord(
        session_id=text(answer.get("SessionId")),
        target=text(answer.get("Target")),
        status=text(answer.get("Status")),
        owner=text(answer.get("Owner")),
        document_name=text(answer.get("DocumentName")),
        reason=text(answer.get("Reason")),
        started=moment(answer.get("StartDate")),
        ended=moment(answer.get("EndDate")),
        details=text(answer.get("Details")),
        max_minutes=_whole(answer.get("MaxSessionDuration"), *MAX_MINUTES),
        access_type=text(answer.get("AccessType")),
        s3_url=text(output.get("S3OutputUrl")),
        log_url=text(output.get("CloudWatchOutputUrl")),
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
    inputs, parameters = mapping(content.get("inputs")), mapping(content.get("parameters"))
    properties = mapping(content.get("properties"))
    kms_key = text(inputs.get("kmsKeyId")).strip()
    session_type = text(content.get("sessionType"))
    return SessionDocument(
        name=name,
        description=text(content.get("description")),
        session_type=session_type,
        parameters=tuple(_parameter(key, mapping(value)) for key, value in parameters.items()),
        platforms=_platforms(properties),
        encrypted=bool(kms_key),
        idle_minutes=_whole(inputs.get("idleSessionTimeout"), *IDLE_MINUTES),
        max_minutes=_whole(inputs.get("maxSessionDuration"), *MAX_MINUTES),
        separate_output=tuple(
            text(mapping(properties[key]).get("separateOutputStream"))
            for key in properties
            if key.lower() in _PLATFORM_KEYS
        ),
        kms_key=kms_key,
        s3_bucket=text(inputs.get("s3BucketName")).strip(),
        s3_prefix=text(inputs.get("s3KeyPrefix")).strip(),
        log_group=text(inputs.get("cloudWatchLogGroupName")).strip(),
        runs_as=text(inputs.get("runAsDefaultUser")).strip() if _is_true(inputs.get("runAsEnabled")) else None,
        port_properties=_port_properties(properties) if session_type == PORT else (),
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
            for parameter in mappings(answer.get("Parameters"))
        ),
        platforms=_platforms(answer.get("PlatformTypes")),
        complete=False,
    )


def region(answer: Answer) -> Region:
    """One of DescribeRegions."""
    status = text(answer.get("OptInStatus"))
    return Region(text(answer.get("RegionName")), status != "not-opted-in" if status else None)


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
        min_items=_whole(schema.get("minItems")),
        max_items=_whole(schema.get("maxItems")),
        display_type=shown if (shown := text(schema.get("displayType")).lower()) in DISPLAY_TYPES else "",
    )


def _port_properties(properties: Answer) -> tuple[tuple[str, str], ...]:
    return tuple((name, text(value).strip()) for name, value in properties.items() if value is not None)


def _default(value: object, kind: str) -> tuple[str, ...] | None:
    if value is None:
        return None
    values = _texts(value)
    return values if kind == "StringList" or len(values) == 1 else (",".join(values),)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(map(text, value))
    return () if value is None else (text(value),)


def _is_true(value: object) -> bool:
    """Whether the agent takes ``value`` for true; False for what it would refuse."""
    return value is True or (isinstance(value, str) and value in _TRUE)


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


def member(kind: type[_E], value: object, otherwise: _E) -> _E:
    """The member of an enumeration that ``value`` names, or ``otherwise``."""
    try:
        return kind(value)
    except (ValueError, TypeError):
        return otherwise


def moment(value: object) -> datetime | None:
    """A time as botocore or JSON has it, in seconds since the epoch or as ISO 8601; in UTC; None for what is none."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo is not None else value.replace(tzinfo=UTC)
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        if isinstance(value, str):
            return moment(datetime.fromisoformat(value))
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def mapping(value: object) -> Answer:
    """``value``, or an empty mapping in the place of anything else."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: object) -> list[Answer]:
    """The mappings in a list; none in anything else."""
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
