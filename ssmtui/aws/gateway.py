"""What the client asks of AWS, as a protocol: the boto3 one is in ``boto``, tests bring their own.

Importing this loads neither boto3 nor botocore. Every call may raise any :class:`ssmtui.errors.SsmtuiError`;
foreign exceptions do not pass this border.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from ssmtui.model import (
    DataKey,
    DocumentSummary,
    Grant,
    Identity,
    Node,
    Scope,
    SessionDocument,
    SessionRecord,
    StartRequest,
)


class Gateway(Protocol):
    """One scope's AWS calls. None of them blocks the event loop."""

    @property
    def scope(self) -> Scope:
        """Where the calls go."""

    async def identity(self) -> Identity:
        """STS GetCallerIdentity."""

    def nodes(self) -> AsyncIterator[Sequence[Node]]:
        """All managed nodes, a page at a time, joined with what EC2 says of them where that is allowed."""

    async def documents(self) -> Sequence[DocumentSummary]:
        """All session documents of the account and region: own ones first, then by name."""

    async def document(self, name: str) -> SessionDocument:
        """One document's parameters; GetDocument, or DescribeDocument where that is denied."""

    async def start_session(self, request: StartRequest) -> Grant:
        """StartSession. Whoever calls it owns the session and ends it, even when cancelled meanwhile."""

    async def resume_session(self, session_id: str) -> Grant:
        """ResumeSession; raises :class:`ssmtui.errors.SessionGone` when no token comes back. An empty ``stream_url``
        in the grant means that the old one stays valid (protocol.md section 2.6)."""

    async def terminate_session(self, session_id: str) -> None:
        """TerminateSession; a session that is already gone is a success."""

    async def sessions(self, *, active: bool = True) -> Sequence[SessionRecord]:
        """DescribeSessions, all pages."""

    async def active_session(self, session_id: str) -> SessionRecord | None:
        """DescribeSessions of one session that runs; None when the service does not list it."""

    async def past_session(self, session_id: str) -> SessionRecord | None:
        """DescribeSessions of one session that is over; None when the service has no record of it."""

    async def connection_status(self, target: str) -> bool:
        """GetConnectionStatus: whether the node's agent is connected to the service now."""

    async def generate_data_key(self, key_id: str, context: Mapping[str, str]) -> DataKey:
        """KMS GenerateDataKey of 64 bytes for an encrypted session, bound to ``context`` (protocol.md section 5.5)."""

    async def sign_stream(self, stream_url: str) -> Mapping[str, str]:
        """Headers that sign the web-socket upgrade with the credentials of this moment (protocol.md section 2.3);
        empty when the address is already presigned."""

    async def close(self) -> None:
        """Stop the executor; calls under way are abandoned."""
