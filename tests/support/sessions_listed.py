"""Sessions as DescribeSessions lists them, for tests of the list of sessions."""

from __future__ import annotations

from datetime import timedelta

from ssmtui.errors import AccessDenied, SsmtuiError
from ssmtui.model import SessionDocument, SessionRecord
from tests.support.fakes import ACCOUNT, NOW, SCOPE, FakeGateway, fleet

OPS = f"arn:aws:sts::{ACCOUNT}:assumed-role/Ops"
NODES = [node._replace(aws_profile=SCOPE.aws_profile or "") for node in fleet(12)]


def record(who: str, node: int, minutes: int, **changes: object) -> SessionRecord:
    """A session of ``who`` on the ``node``-th node that began so many minutes ago."""
    made = SessionRecord(
        f"{who}-0{node}{minutes:04}",
        NODES[node].id,
        "Connected",
        f"{OPS}/{who}",
        "SSM-SessionManagerRunShell",
        started=NOW - timedelta(minutes=minutes),
        max_minutes=480,
        access_type="Standard",
    )
    return made._replace(**changes)  # type: ignore[arg-type]


def over(who: str, node: int, minutes: int, lasted: int, **changes: object) -> SessionRecord:
    """One that is over after so many minutes."""
    ended = NOW - timedelta(minutes=minutes - lasted)
    return record(who, node, minutes, status="Terminated", ended=ended)._replace(**changes)  # type: ignore[arg-type]


SESSIONS = (
    record("jane", 0, 5, reason="INC-1"),
    record("john", 1, 90, document_name="AWS-StartPortForwardingSession", reason="look at the queue"),
    record("amira", 2, 240, status="Disconnected", log_url="https://console.aws.amazon.com/cloudwatch/x"),
    over("john", 1, 3000, 45, details="idle timeout"),
    over("jane", 0, 6000, 10, status="Failed"),
)


class ListingGateway(FakeGateway):
    """Lists sessions, and ends those of the caller; those of others are denied unless ``lenient``."""

    def __init__(self, sessions: tuple[SessionRecord, ...] = SESSIONS, *, lenient: bool = True) -> None:
        super().__init__(list(NODES))
        self.sessions = list(sessions)
        self.lenient = lenient
        self.terminated: list[str] = []
        self.logs: list[SessionDocument] = []
        """Documents that log; all others log nowhere."""
        self.documents_read: list[str] = []

    async def document(self, name: str) -> SessionDocument:
        """A shell's."""
        self.documents_read.append(name)
        if self.documents_error is not None:
            raise self.documents_error
        return next((one for one in self.logs if one.name == name), SessionDocument(name, "", "Standard_Stream"))

    async def active_session(self, session_id: str) -> SessionRecord | None:
        """One that runs."""
        return next((one for one in self.sessions if one.session_id == session_id and not one.is_over), None)

    async def terminate_session(self, session_id: str) -> None:
        """Take it from those that run, or refuse."""
        if not self.lenient and not session_id.startswith("jane"):
            raise denied()
        self.terminated.append(session_id)
        self.sessions = [one for one in self.sessions if one.session_id != session_id]


def denied() -> SsmtuiError:
    """What a policy says that lets nobody list or end."""
    detail = "no identity-based policy allows it"
    return AccessDenied(detail, code="AccessDeniedException", operation="DescribeSessions")
