"""The service's book of sessions: who started what where, the tokens, and what became of it. No sockets, no shells."""

from __future__ import annotations

import base64
import hmac
import secrets
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ssmtui.lab.answers import ApiError
from ssmtui.lab.company import Account, Principal
from ssmtui.lab.documents import LabDocument, SessionPlan
from ssmtui.lab.fleet import FleetClock
from ssmtui.lab.lab_node import LabNode

ACTIVE = frozenset({"Connected", "Connecting", "Disconnected", "Terminating"})

ID_LETTERS = string.ascii_lowercase + string.digits
"""Of the 26 that end a session's id: "botocore-session-1753860460-xpqrkpenvzxfs62j8xkoi3he44"
(aws/session-manager-plugin#117)."""


@dataclass(slots=True)
class LabSession:
    """One session. ``plan`` and ``node`` are None for those of other people that the lab was born with."""

    session_id: str
    target: str
    owner: str
    document_name: str
    started: datetime
    reason: str | None = None
    max_minutes: str | None = None
    """The longest that it may run; None without a limit."""
    idle_minutes: str | None = None
    """The longest that it may go without input; None without a limit."""
    node: LabNode | None = None
    plan: SessionPlan | None = None
    status: str = "Connecting"
    ended: datetime | None = None
    details: str | None = None
    access_type: str = "Standard"
    """``JustInTime`` for one that was approved."""
    owner_id: str = ""
    """The ``aws:userid`` of the caller that started it, for the session's tag."""
    token: str = field(default="", repr=False)
    stream_path: str = field(default="", repr=False)
    """Path and query of the stream's address, which the client must return byte for byte."""

    @property
    def active(self) -> bool:
        """Whether it still runs."""
        return self.status in ACTIVE

    def admits(self, token: str) -> bool:
        """Whether ``token`` opens its data channel: the latest one of a session that still runs."""
        return self.active and hmac.compare_digest(token.encode(), self.token.encode())


class SessionBook:
    """Every session of an account and region, newest first."""

    def __init__(self, clock: FleetClock, account: Account, begun: Sequence[LabSession] = ()) -> None:
        """``begun`` are those that it starts with, oldest first."""
        self._clock = clock
        self._account = account
        self._sessions: dict[str, LabSession] = {one.session_id: one for one in begun}

    def __iter__(self) -> Iterator[LabSession]:
        return reversed(self._sessions.values())

    def find(self, session_id: object) -> LabSession | None:
        """The session of that id, or None."""
        return self._sessions.get(str(session_id))

    def start(
        self,
        node: LabNode,
        document: LabDocument,
        plan: SessionPlan,
        reason: str | None,
        idle_minutes: str | None = None,
        prefix: str = "",
        access_type: str = "Standard",
        principal: Principal | None = None,
    ) -> LabSession:
        """Enter a new session and issue its first token.

        ``principal`` starts it (None: the account's own caller). Its id is ``prefix``, else the name of the one who
        started it, and a random tail.
        """
        owner = principal or self._account.principal
        session = LabSession(
            session_id=f"{prefix or owner.session_name}-{''.join(secrets.choice(ID_LETTERS) for _ in range(26))}",
            target=node.id,
            owner=owner.arn,
            document_name=document.name,
            started=self._clock(),
            reason=reason,
            max_minutes=document.max_minutes,
            idle_minutes=idle_minutes,
            node=node,
            plan=plan,
            access_type=access_type,
            owner_id=owner.user_id,
        )
        self._issue(session)
        self._sessions[session.session_id] = session
        return session

    def resume(self, session_id: object) -> LabSession:
        """Issue a new token, and a new stream address, for a session that still runs; the old ones are void."""
        session = self.find(session_id)
        if session is None or not session.active or session.status == "Terminating":
            raise ApiError("DoesNotExistException", f"Session {session_id} does not exist or has ended.")
        self._issue(session)
        return session

    def mark_ended(self, session: LabSession, reason: str, *, failed: bool = False) -> None:
        """The session is over; ``reason`` is why, empty after a normal end and after some failures."""
        session.status = "Failed" if failed else "Terminated"
        session.details = reason.strip()[:1024] or None
        session.ended = self._clock()

    def _issue(self, session: LabSession) -> None:
        session.token = secrets.token_urlsafe(48)
        session.stream_path = (
            f"/v1/data-channel/{session.session_id}?role=publish_subscribe&cell-number={_cell_number()}"
        )


def _cell_number() -> str:
    """Base64 that holds a raw ``+`` and ``/`` and ends in ``=``, as real ones may (protocol.md section 2.1)."""
    return "AAEA+" + base64.b64encode(secrets.token_bytes(12)).decode() + "/cw="
