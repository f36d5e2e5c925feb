"""One binary frame of the data channel <-> :class:`AgentMessage` (protocol.md section 3).

Only the frame's own layout lives here: bounds, byte order and digest. What a payload means is in ``payloads``.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID, uuid5

from ssmtui.errors import LocalProtocolError, RemoteProtocolError

_HEADER = struct.Struct(">I32sIQqQ8s8s32sII")
_PAYLOAD_LENGTH = struct.Struct(">I")
HEADER_LENGTH = _HEADER.size - _PAYLOAD_LENGTH.size
"""116: what the field of that name holds, the offset of PayloadLength."""
_TYPE_WIDTH = 32
_PADDING = b" \0"

SYN, FIN = 1, 2
"""Bits of ``flags``."""


def hidden(value: object, /, **shown: object) -> str:
    """The repr of a value that holds a person's bytes, with facts in their place: ``Output(data=<12 bytes>)``.

    A number stands for the length of the member of that name. What is typed and printed must never reach a log or a
    traceback, and both show values by their repr.
    """
    facts = (f"{name}=<{fact} bytes>" if isinstance(fact, int) else f"{name}={fact!s}" for name, fact in shown.items())
    return f"{type(value).__name__}({', '.join(facts)})"


class MessageType(StrEnum):
    """The message types that either end acts upon. Others exist and are ignored (section 3.2)."""

    INPUT = "input_stream_data"
    OUTPUT = "output_stream_data"
    ACKNOWLEDGE = "acknowledge"
    CHANNEL_CLOSED = "channel_closed"
    START_PUBLICATION = "start_publication"
    PAUSE_PUBLICATION = "pause_publication"


_PADDED_TYPES: dict[str, bytes] = {kind: kind.encode().ljust(_TYPE_WIDTH) for kind in MessageType}
_KNOWN_TYPES: dict[bytes, str] = {padded: kind for kind, padded in _PADDED_TYPES.items()}


class Stamp(NamedTuple):
    """What makes a message unique: the core reads no clock and draws no random numbers."""

    id_bytes: bytes
    """The sixteen bytes of the MessageId in their usual order."""
    created: int
    """Milliseconds since the epoch."""

    @property
    def message_id(self) -> UUID:
        """The MessageId."""
        return UUID(bytes=self.id_bytes)


StampSource = Callable[[], Stamp]
"""Gives a stamp that it has not given before. ``created`` must not be 0: both real peers drop such a frame."""


class AgentMessage(NamedTuple):
    """One message of the data channel. A tuple, because tens of thousands are made in a second."""

    message_type: str
    """A :class:`MessageType`, or the other text that the peer sent."""
    id_bytes: bytes
    """The sixteen bytes of the MessageId in their usual order."""
    created: int
    """Milliseconds since the epoch."""
    sequence: int = 0
    """Counts the stream frames of one direction; 0 in all others."""
    flags: int = 0
    payload_type: int = 0
    """A ``PayloadType`` in stream frames; 0 in all others."""
    payload: bytes = b""
    schema_version: int = 1

    def __repr__(self) -> str:
        kind = f"{self.message_type!a}"
        return hidden(self, message_type=kind, sequence=f"{self.sequence}", payload=len(self.payload))

    @property
    def message_id(self) -> UUID:
        """The MessageId."""
        return UUID(bytes=self.id_bytes)

    def encode(self) -> bytes:
        """The frame's bytes. Raises :class:`LocalProtocolError` when a value does not fit its field."""
        kind, id_bytes, created, sequence, flags, payload_type, payload, schema = self
        name = _PADDED_TYPES.get(kind) or _padded(kind)
        # Always right, although the agent never checks it: the gateway may (section 10), and the official client does.
        digest = sha256(payload).digest()
        try:
            header = _HEADER.pack(
                HEADER_LENGTH,
                name,
                schema,
                created,
                sequence,
                flags,
                # The least significant half first, as putUuid in the agent's agentmessage.go does (section 3.1).
                id_bytes[8:],
                id_bytes[:8],
                digest,
                payload_type,
                len(payload),
            )
        except struct.error as error:
            raise LocalProtocolError(f"a header field is out of range: {error}") from None
        return header + payload

    @classmethod
    def decode(cls, frame: bytes) -> AgentMessage:
        """The message in ``frame``. Raises :class:`RemoteProtocolError` for anything malformed (section 3.1): drop the
        frame and do not acknowledge it, then the peer sends it again."""
        # Each field is checked before it is used. The Go peers do not: a HeaderLength outside the frame makes them
        # panic.
        if len(frame) < _HEADER.size:
            raise RemoteProtocolError(f"a frame of {len(frame)} bytes is shorter than its header")
        (header_length, raw_type, schema, created, sequence, flags, low, high, digest, payload_type, length) = (
            _HEADER.unpack_from(frame)
        )
        start = _HEADER.size
        if header_length != HEADER_LENGTH:
            start, length = _moved_payload(frame, header_length)
        payload = frame[start:]
        # The Go peers take the rest of the frame, whatever PayloadLength says. Two readers that disagree on where a
        # payload ends are how bytes get smuggled past one of them.
        if len(payload) != length:
            raise RemoteProtocolError(f"PayloadLength says {length}, the frame holds {len(payload)} bytes")
        # Not for an empty payload: the gateway's start_publication and pause_publication may come with a digest of
        # zeros (section 3.2).
        if length and sha256(payload).digest() != digest:
            raise RemoteProtocolError("the payload does not match its digest")
        name = _KNOWN_TYPES.get(raw_type) or _type_name(raw_type)
        # Past the named tuple's own constructor, which is Python and would take a fifth of the time spent here.
        return tuple.__new__(cls, (name, high + low, created, sequence, flags, payload_type, payload, schema))


def _moved_payload(frame: bytes, header_length: int) -> tuple[int, int]:
    """Where the payload of a longer header starts, and its length as stated there. Later agents may add fields."""
    if not HEADER_LENGTH <= header_length <= len(frame) - _PAYLOAD_LENGTH.size:
        raise RemoteProtocolError(f"HeaderLength {header_length} in a frame of {len(frame)} bytes")
    (length,) = _PAYLOAD_LENGTH.unpack_from(frame, header_length)
    return header_length + _PAYLOAD_LENGTH.size, length


def _padded(kind: str) -> bytes:
    """A message type as the header holds it, when it is not one of ours."""
    name = kind.encode()
    if not name or len(name) > _TYPE_WIDTH:
        raise LocalProtocolError(f"a message type of {len(name)} bytes")
    return name.ljust(_TYPE_WIDTH)


def _type_name(raw: bytes) -> str:
    """A message type that is padded otherwise or is not one of ours."""
    try:
        name = raw.strip(_PADDING).decode()
    except UnicodeDecodeError:
        raise RemoteProtocolError("the message type is not UTF-8") from None
    if not name:
        raise RemoteProtocolError("the message type is empty")
    return name


_ACKNOWLEDGE = _PADDED_TYPES[MessageType.ACKNOWLEDGE]
_BOTH = SYN | FIN


def encode_acknowledgement(stamp: Stamp, message: AgentMessage) -> bytes:
    """The frame that acknowledges a stream frame (section 4.1). Never for another message: its number, 0, is that of a
    stream frame, which the peer would take for acknowledged.

    Made in one go, without an :class:`AgentMessage` in between: there is one for every frame that comes.
    """
    # Both ends read the number alone. The keys stand in the order in which the real peers write them.
    own_id, created = stamp
    digits = message.id_bytes.hex()
    payload = (
        f'{{"AcknowledgedMessageType":"{message.message_type}",'
        f'"AcknowledgedMessageId":"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}",'
        f'"AcknowledgedMessageSequenceNumber":{message.sequence},"IsSequentialMessage":true}}'
    ).encode()
    digest = sha256(payload).digest()
    return (
        _HEADER.pack(HEADER_LENGTH, _ACKNOWLEDGE, 1, created, 0, _BOTH, own_id[8:], own_id[:8], digest, 0, len(payload))
        + payload
    )


def channel_closed(stamp: Stamp, session_id: str, output: str = "") -> AgentMessage:
    """The gateway's last message (section 3.5). An empty ``output`` is a normal end.

    In its body, unlike in the header, CreatedDate is an ISO 8601 string (a real one is in aws-ssm-session#10).
    """
    created = datetime.fromtimestamp(stamp.created / 1000, UTC)
    body = {
        "MessageId": str(stamp.message_id),
        "CreatedDate": created.isoformat(timespec="milliseconds"),
        "DestinationId": str(uuid5(stamp.message_id, session_id)),
        "SessionId": session_id,
        "MessageType": MessageType.CHANNEL_CLOSED.value,
        "SchemaVersion": 1,
        "Output": output,
    }
    payload = json.dumps(body, separators=(",", ":")).encode()
    return AgentMessage(MessageType.CHANNEL_CLOSED, stamp.id_bytes, stamp.created, payload=payload)


def publication(stamp: Stamp, *, start: bool) -> AgentMessage:
    """The gateway's ``start_publication`` or ``pause_publication``, which carry nothing (section 4.5)."""
    kind = MessageType.START_PUBLICATION if start else MessageType.PAUSE_PUBLICATION
    return AgentMessage(kind, stamp.id_bytes, stamp.created)
