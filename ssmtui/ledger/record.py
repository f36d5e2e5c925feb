"""What the ledger keeps of one session, and its form in a file. Pure.

A file may be torn, another release's or anybody's: what is invalid in it is not used.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

from ssmtui.ledger import saved_request
from ssmtui.ledger.saved_request import SavedSession
from ssmtui.model import Scope, SessionRecord, StartRequest

VERSION = 1
MAX_RECORD = 128 << 10
"""Bytes of a record's file. Values of parameters that would make it larger are left out."""
BLOCK = 256
"""Numbers of input that a session may give before it has to write down more."""
MAX_SPAN = 1 << 16
"""Numbers of input between two bounds, far above a block that is reserved: each costs a frame when the session is
taken over."""
ALIKE_WITHIN = 120.0
"""Seconds between a record and the session at AWS that it may be of, by two clocks."""

_ID = re.compile(r"[0-9a-f]{32}")
_SESSION_ID = re.compile(r"[A-Za-z0-9._@=,+:/-]{1,256}")
_MAX_NUMBER = 1 << 53
_MAX_TIME = 1e11
_MAX_PATH = 4096


class Phase(Enum):
    """How far a session is."""

    STARTING = "starting"
    """StartSession has not answered, as far as was written."""
    OPEN = "open"
    CLOSING = "closing"
    """The person has ended it, and AWS has not confirmed that."""
    DETACHED = "detached"
    """Left alive: nobody here holds it."""


class Ending(Enum):
    """How a session ended, in the journal's words."""

    PERSON = "ended by you"
    NODE = "exited, or ended by somebody else"
    """Which look the same (protocol.md section 3.5)."""
    SERVICE = "ended by the service"
    FAILED = "failed"
    NOT_STARTED = "not started"
    """StartSession refused it, or it was given up before."""
    TAKEN_OVER = "taken over by another client"
    DETACHED = "ended while no client had it"
    """It was left alive, and was gone when it was next looked for."""
    UNKNOWN = "unknown after a crash"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRecord:
    """One session that lives, or may live."""

    id: str
    """A UUID's 32 hexadecimal digits; the name of its file."""
    request: StartRequest
    """What it was started with, as :func:`ssmtui.ledger.saved_request.kept` keeps it. Its scope is the one that was
    called, also where the person named none."""
    title: str
    node_name: str = ""
    started: float
    """When it was begun: wall time in seconds since the epoch, as all times here."""
    seen: float
    """When this was last written."""
    phase: Phase = Phase.STARTING
    owner: str = ""
    """Id of the run that holds it; empty once it is detached."""
    session_id: str = ""
    """Empty before StartSession has answered."""
    identity: str = ""
    """ARN of the person whose session it is here; empty where that is not known."""
    begun_by: str = ""
    """ARN of who began it, where another client did; empty where nobody knows, and for a session of ours."""
    endpoint: str = ""
    """The local stand-in for AWS that it is at; empty for AWS. Compared, never called."""
    client_id: str = ""
    session_type: str = ""
    encrypted: bool | None = None
    """None while that is not known."""
    port: bool = False
    """A port session: accounted for, and never taken over."""
    low: int = 0
    high: int | None = BLOCK
    """The agent's next expected number of input lies in ``low`` to ``high``, both included (protocol.md section 12);
    None: how high is not known."""
    output: int = 0
    """Output with lower numbers has been shown."""
    recording: str = ""
    """Path of its recording; empty for none."""
    idle_limit: float | None = None
    time_limit: float | None = None
    """Seconds after which the service ends it, without input and in all; None while that is not known."""
    elsewhere: bool = False
    """Another client had taken it over when it was detached here."""
    foreign: bool = False
    """Another client began it."""

    @property
    def scope(self) -> Scope | None:
        """Where it was started; None where that is not known."""
        return self.request.scope

    @property
    def account(self) -> str:
        """Id of the account that it is in; empty where that is not known."""
        # AWS gives owners with and without "arn:".
        parts = self.identity.removeprefix("arn:").split(":")
        return parts[3] if len(parts) > 3 else ""

    def ahead(self, low: int, high: int | None, output: int = 0) -> LedgerRecord:
        """With these bounds, which never move back."""
        if high is not None and self.high is not None:
            high = max(self.high, high)
        return replace(self, low=max(self.low, low), high=high, output=max(self.output, output))


def is_record_id(text: str) -> bool:
    """Whether a record may have this id."""
    return _ID.fullmatch(text) is not None


def encoded(record: LedgerRecord) -> bytes:
    """The file of ``record``, of at most :data:`MAX_RECORD` bytes."""
    content = _encoded(record)
    if len(content) > MAX_RECORD:
        content = _encoded(replace(record, request=replace(record.request, parameters=MappingProxyType({}))))
    if len(content) > MAX_RECORD:
        least = StartRequest(record.request.target[:256], scope=record.request.scope)
        content = _encoded(replace(record, request=least, title=record.title[:256], node_name=record.node_name[:256]))
    return content


def _encoded(record: LedgerRecord) -> bytes:
    facts = {
        "version": VERSION,
        "id": record.id,
        "phase": record.phase.value,
        "owner": record.owner,
        "session_id": record.session_id,
        "identity": record.identity,
        "begun_by": record.begun_by,
        "endpoint": record.endpoint,
        "started": record.started,
        "seen": record.seen,
        "client_id": record.client_id,
        "session_type": record.session_type,
        "encrypted": record.encrypted,
        "port": record.port,
        "low": record.low,
        "high": record.high,
        "output": record.output,
        "recording": record.recording,
        "idle_limit": record.idle_limit,
        "time_limit": record.time_limit,
        "elsewhere": record.elsewhere,
        "foreign": record.foreign,
        "request": saved_request.as_json(SavedSession(record.request, record.title, record.node_name)),
    }
    return json.dumps(facts).encode()


def decoded(record_id: str, content: bytes) -> LedgerRecord:
    """The record in the file of ``record_id``. Raises ValueError, which says in a few words why that is none."""
    try:
        facts = json.loads(content.decode())
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(facts, dict):
        raise ValueError("it is not a JSON object")
    version = facts.get("version")
    if version != VERSION:
        raise ValueError(f"its version is {version!r:.40}, and this release knows {VERSION}")
    reader = _Reader(facts)
    if reader.text("id") != record_id:
        raise ValueError("it is not of the session that its name says")
    kept = saved_request.from_json(facts.get("request"))
    if kept is None:
        raise ValueError("it does not say what was started")
    try:
        phase = Phase(facts.get("phase"))
    except ValueError:
        raise ValueError("it does not say how far the session is") from None
    low, high = reader.bounds()
    owner, session_id = reader.text("owner"), reader.text("session_id")
    return LedgerRecord(
        id=record_id,
        request=saved_request.kept(kept.request),
        title=kept.title,
        node_name=kept.node_name,
        started=reader.seconds("started", _MAX_TIME) or 0.0,
        seen=reader.seconds("seen", _MAX_TIME) or 0.0,
        phase=phase,
        owner=owner if is_record_id(owner) else "",
        session_id=session_id if _SESSION_ID.fullmatch(session_id) else "",
        identity=reader.text("identity"),
        begun_by=reader.text("begun_by"),
        endpoint=reader.text("endpoint"),
        client_id=reader.client_id(),
        session_type=reader.text("session_type"),
        encrypted=encrypted if isinstance(encrypted := facts.get("encrypted"), bool) else None,
        port=facts.get("port") is not False,
        low=low,
        high=high,
        output=reader.number("output") or 0,
        recording=reader.text("recording", _MAX_PATH),
        idle_limit=reader.seconds("idle_limit", 1e7),
        time_limit=reader.seconds("time_limit", 1e7),
        elsewhere=facts.get("elsewhere") is True,
        foreign=facts.get("foreign") is True,
    )


class _Reader:
    """The facts of a file, of which nothing is trusted."""

    def __init__(self, facts: Mapping[str, object]) -> None:
        self._facts = facts

    def text(self, name: str, most: int = saved_request.MAX_TEXT) -> str:
        value = self._facts.get(name)
        return value if isinstance(value, str) and len(value) <= most else ""

    def seconds(self, name: str, most: float) -> float | None:
        value = self._facts.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            return None
        return float(value)

    def client_id(self) -> str:
        try:
            return str(uuid.UUID(self.text("client_id")))
        except ValueError:
            return ""

    def bounds(self) -> tuple[int, int | None]:
        """What is invalid or absurd is not known: the bounds are found without the ledger then (section 12.4)."""
        low, high = self.number("low"), self.number("high")
        if low is None or (high is None and self._facts.get("high") is not None):
            return 0, None
        if high is not None and not low <= high <= low + MAX_SPAN:
            return 0, None
        return low, high

    def number(self, name: str) -> int | None:
        value = self._facts.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MAX_NUMBER else None


def found_among(record: LedgerRecord, sessions: Iterable[SessionRecord]) -> SessionRecord | None:
    """The active session that ``record`` is of. One whose start was not answered has no id: it is the only session of
    the same person, node, document and reason that began at that time; None where there is none, or several."""
    if record.session_id:
        return next((session for session in sessions if session.session_id == record.session_id), None)
    request = record.request
    alike = [
        session
        for session in sessions
        if session.target == request.target
        and session.document_name == (request.document_name or session.document_name)
        and session.reason == (request.reason or "")
        and (not record.identity or session.owner == record.identity)
        and session.started is not None
        and abs(session.started.timestamp() - record.started) <= ALIKE_WITHIN
    ]
    return alike[0] if len(alike) == 1 else None
