"""Sessions that are alive and were begun by another client, or by this program before it was left."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass

from ssmtui.aws.gateway import Gateway
from ssmtui.errors import AccessDenied, SsmtuiError
from ssmtui.ledger.record import LedgerRecord
from ssmtui.model import Grant, SessionDocument
from ssmtui.protocol import InputBounds
from ssmtui.protocol.handshake import PORT
from ssmtui.sessions.farewell import take_over_denied

TAKEN_ELSEWHERE = "Another client has taken it over."
_LEAST_ENCRYPTED = 28
"""Bytes of the shortest text that is encrypted: nonce and tag (protocol.md section 5.5)."""


@dataclass(frozen=True, slots=True)
class TakeOver:
    """What is known of a session that is taken over."""

    session_id: str
    bounds: InputBounds = InputBounds()  # noqa: RUF009  # it is frozen
    """Where its input and output stand (protocol.md section 12)."""
    client_id: uuid.UUID | None = None
    """That of the client before; None where nobody knows."""
    session_type: str = ""
    """As its handshake or its document says; empty where nobody knows."""
    encrypted: bool | None = None
    """None where nobody knows."""
    started: float | None = None
    """When it was started, in seconds since the epoch; None where nobody knows."""
    recording: str = ""
    """Path of the file into which it was recorded as long as the client before had it; empty for none."""

    @classmethod
    def of(cls, record: LedgerRecord) -> TakeOver:
        """What the ledger knows of a session."""
        client_id = None
        with suppress(ValueError):  # a file that anybody may have written
            client_id = uuid.UUID(record.client_id)
        bounds = InputBounds(record.low, record.high, record.output)
        kind = PORT if record.port else record.session_type
        return cls(
            record.session_id, bounds, client_id, kind, record.encrypted, record.started or None, record.recording
        )


class UsedMeanwhile(SsmtuiError):
    """Another ssmtui has gone on with a session after it was left alive here, and has left it alive as well."""

    title = "Another ssmtui has used the session meanwhile"
    remedy = "Take it over again: where its input stands is found out then."


def refusal(session_type: str, *, encrypted: bool | None) -> SsmtuiError | None:
    """Why such a session cannot be taken over, nor be left alive for that; None where it can (section 12.6)."""
    if session_type == PORT:
        return _refused(
            "it forwards a port, and the connections through it ended with their client",
            "Start the forward again.",
        )
    if encrypted:
        return _refused(
            "KMS encrypts it, and only the client that started it knew the key",
            "Start a new session on the node, or end this one.",
        )
    return None


def refusal_by(document: SessionDocument | None) -> SsmtuiError | None:
    """The same by the session's document, None where it cannot be read."""
    if document is None:
        return None
    return refusal(document.session_type, encrypted=bool(document.kms_key))


def looks_encrypted(first: bytes) -> bool:
    """Whether the first output of a session, of which nobody knows, cannot be what a terminal prints. The agent sends
    whole characters, and no text that is encrypted happens to be any."""
    try:
        first.decode()
    except UnicodeDecodeError:
        return len(first) >= _LEAST_ENCRYPTED
    return False


def seems_encrypted() -> SsmtuiError:
    """What to say of one that does."""
    return _refused(
        "what it prints is not text: KMS seems to encrypt it, and only the client that started it knew the key",
        "Start a new session on the node, or end this one.",
    )


def _refused(why: str, remedy: str) -> SsmtuiError:
    return SsmtuiError(why, title="The session cannot be taken over", remedy=remedy)


async def resumed(gateway: Gateway, session_id: str) -> Grant:
    """ResumeSession for a client that has no address yet. Raises as that does, and
    :class:`ssmtui.errors.SsmtuiError` where it gives none."""
    try:
        grant = await gateway.resume_session(session_id)
    except AccessDenied as error:
        raise take_over_denied(error, session_id) from error
    if not grant.stream_url:
        raise _refused("ResumeSession answered without an address", "Try again in a moment.")
    return grant
