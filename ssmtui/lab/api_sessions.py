"""The SSM operations about sessions: StartSession, ResumeSession, TerminateSession, DescribeSessions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from ssmtui.lab.answers import ApiError, JsonBody, entries, page_of, page_size, validation_error
from ssmtui.lab.documents import DocumentStore, LabDocument, SessionPlan
from ssmtui.lab.fault_spec import NO_FAULTS, FaultSpec
from ssmtui.lab.keyring import LabCaller
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.live import LiveSessions
from ssmtui.lab.sessions import LabSession, SessionBook

SessionCondition = Callable[[LabSession], bool]

_MAX_REASON = 256
REMOTE_HOSTS = (3, 1, 1374, 0)
"""The first agent that forwards ports to other hosts."""
# Both quoted in aws/amazon-ssm-agent#389.
_TIER = "Enable advanced-instances tier to use Session Manager with your on-premises instances"
_OLD_AGENT = (
    "The version of the SSM agent installed on this instance doesn't support port forwarding to remote hosts. Update "
    "the agent and try again."
)

_CONDITIONS: Mapping[str, Callable[[str], SessionCondition]] = {
    "InvokedAfter": lambda value: _compare_start(value, after=True),
    "InvokedBefore": lambda value: _compare_start(value, after=False),
    "Target": lambda value: lambda session: session.target == value,
    "Owner": lambda value: lambda session: session.owner == value,
    "Status": lambda value: lambda session: session.status == value,
    "SessionId": lambda value: lambda session: session.session_id == value,
    "AccessType": lambda value: lambda session: session.access_type == value,
}


class Targets(Protocol):
    """What sessions can be started on: a fleet, or more than that."""

    def find(self, target: str, /) -> LabNode | None:
        """The node or container of that name."""


class SessionApi:
    """Keeps the book and starts and ends what runs. ``stream_base`` is the stream server's ``ws://host:port``."""

    def __init__(
        self,
        targets: Targets,
        documents: DocumentStore,
        book: SessionBook,
        live: LiveSessions,
        stream_base: Callable[[], str],
        faults: Callable[[], FaultSpec] = lambda: NO_FAULTS,
    ) -> None:
        self._targets = targets
        self._documents = documents
        self._book = book
        self._live = live
        self._stream_base = stream_base
        self._faults = faults

    def start_session(self, request: JsonBody, caller: LabCaller | None = None) -> JsonBody:
        """Check node, document, parameters and reason, in this order, and start the agent's part."""
        target = str(request.get("Target", ""))
        node = self._targets.find(target)
        if node is None or not node.connected:
            raise ApiError("TargetNotConnected", f"{target} is not connected.")
        document = self._documents.for_session(request.get("DocumentName"))
        plan = self._plan(node, document, request)
        idle_minutes = self._documents.idle_minutes(document)
        access_type = "Standard" if caller is None or caller.permit is None else "JustInTime"
        session = self._book.start(
            node,
            document,
            plan,
            _reason(request),
            idle_minutes,
            access_type=access_type,
            principal=caller.principal if caller is not None else None,
        )
        self._live.open(session)
        return self._grant(session)

    def _plan(self, node: LabNode, document: LabDocument, request: JsonBody) -> SessionPlan:
        """What the agent is to do; raises what the service refuses of tier, agent and parameters."""
        faults = self._faults()
        try:
            if node.hybrid and faults.standard_tier:
                raise ApiError("BadRequest", _TIER)
            if "host" in document.parameters and _version(node.agent_version) < REMOTE_HOSTS:
                raise ApiError("BadRequest", _OLD_AGENT)
            return document.plan(_parameters(request))
        except ApiError as error:
            if faults.silent_refusals and error.code in ("BadRequest", "InvalidParameters"):
                raise ApiError(error.code) from None
            raise

    def start_in_container(self, node: LabNode, document: LabDocument, plan: SessionPlan) -> LabSession:
        """What ExecuteCommand does once it knows that it may."""
        session = self._book.start(node, document, plan, None, prefix="ecs-execute-command")
        self._live.open(session)
        return session

    def resume_session(self, request: JsonBody) -> JsonBody:
        """A new token for a session that still runs; the old one opens nothing more."""
        session = self._book.resume(request.get("SessionId"))
        self._live.touch(session)
        return self._grant(session)

    def terminate_session(self, request: JsonBody) -> JsonBody:
        """End a session; one that has ended is in no valid state (ottramst/gossm#48, hashicorp/packer#13690)."""
        session = self._book.find(request.get("SessionId"))
        if session is None:
            raise ApiError("DoesNotExistException", f"Session {request.get('SessionId')} does not exist.")
        if not session.active and not self._faults().old_terminate:
            raise validation_error("Session is not in a valid state")
        self._live.terminate(session)
        return {"SessionId": session.session_id}

    def describe_sessions(self, request: JsonBody) -> JsonBody:
        """One page of the active or the past sessions, newest first."""
        state = request.get("State")
        if state not in ("Active", "History"):
            raise validation_error(f"Value '{state}' at 'state' must satisfy enum value set: [Active, History]")
        conditions = [_condition(entry) for entry in entries(request, "Filters")]
        wanted = [one for one in self._book if one.active == (state == "Active") and all(c(one) for c in conditions)]
        size = page_size(request, default=10, lowest=1, highest=200)
        rows, token = page_of(wanted, f"sessions-{state}", request.get("NextToken"), size)
        return {"Sessions": [_describe(session) for session in rows], "NextToken": token}

    def _grant(self, session: LabSession) -> JsonBody:
        return {
            "SessionId": session.session_id,
            "TokenValue": session.token,
            "StreamUrl": self._stream_base() + session.stream_path,
        }


def _version(text: str) -> tuple[int, ...]:
    """The numbers of an agent's version. Of text that is not a version, the highest: it is refused nothing."""
    parts = text.split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else REMOTE_HOSTS


def _parameters(request: JsonBody) -> Mapping[str, object]:
    value = request.get("Parameters", {})
    if not isinstance(value, dict):
        raise ApiError("SerializationException", "Parameters must be a map of lists.")
    return value


def _reason(request: JsonBody) -> str | None:
    reason = request.get("Reason")
    if reason is None:
        return None
    text = str(reason)
    if not 1 <= len(text) <= _MAX_REASON or "\n" in text:
        raise validation_error("Value at 'reason' failed to satisfy constraint: Member must match ^.{1,256}$")
    return text


def _condition(entry: Mapping[str, object]) -> SessionCondition:
    key = str(entry.get("key"))
    make = _CONDITIONS.get(key)
    if make is None:
        raise ApiError("InvalidFilterKey", f"The filter key {key} is not valid.")
    return make(str(entry.get("value")))


def _compare_start(value: str, *, after: bool) -> SessionCondition:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise validation_error(f"'{value}' is not a time in ISO 8601.") from error
    if moment.tzinfo is None:
        raise validation_error(f"'{value}' has no time zone.")
    return lambda session: session.started > moment if after else session.started < moment


def _describe(session: LabSession) -> JsonBody:
    facts = {
        "SessionId": session.session_id,
        "Target": session.target,
        "Status": session.status,
        "StartDate": session.started.timestamp(),
        "EndDate": session.ended.timestamp() if session.ended else None,
        "DocumentName": session.document_name,
        "Owner": session.owner,
        "Reason": session.reason,
        "Details": session.details,
        "MaxSessionDuration": session.max_minutes,
        "AccessType": session.access_type,
        "OutputUrl": {},
    }
    return {name: value for name, value in facts.items() if value is not None}
