"""What the payloads mean: JSON bodies and small fixed forms <-> frozen values (protocol.md 2.4, 3.3 to 3.5, 5).

Readers take unknown keys as normal, because agents add some, and raise :class:`RemoteProtocolError` for what cannot be
understood; no error text holds payload bytes.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from uuid import UUID

from ssmtui.errors import RemoteProtocolError
from ssmtui.model import TerminalSize

CLIENT_VERSION = "1.2.835.0"
"""The release of the official client whose behaviour is announced, the same in OpenDataChannel and in the handshake:
agents choose their multiplexer and its keep-alives by it (section 2.4)."""


class PayloadType(IntEnum):
    """The payload types of stream frames (section 3.3)."""

    OUTPUT = 1
    ERROR = 2
    SIZE = 3
    PARAMETER = 4
    HANDSHAKE_REQUEST = 5
    HANDSHAKE_RESPONSE = 6
    HANDSHAKE_COMPLETE = 7
    ENC_CHALLENGE_REQUEST = 8
    ENC_CHALLENGE_RESPONSE = 9
    FLAG = 10
    STDERR = 11
    EXIT_CODE = 12


class Flag(IntEnum):
    """The values of a Flag payload (section 3.4)."""

    DISCONNECT_TO_PORT = 1
    TERMINATE = 2
    CONNECT_TO_PORT_ERROR = 3


class ActionStatus(IntEnum):
    """How a client fared with a requested action (section 5.3). The agent ends the session for all but SUCCESS."""

    SUCCESS = 1
    FAILED = 2
    UNSUPPORTED = 3


_STATUSES: Mapping[int, ActionStatus] = {status.value: status for status in ActionStatus}

JsonObject = Mapping[str, object]


def _parse(payload: bytes | str, what: str) -> dict[str, object]:
    try:
        body = json.loads(payload if isinstance(payload, str) else payload.decode())
    except (ValueError, RecursionError):  # a few thousand brackets exhaust Python's stack before they are invalid
        raise RemoteProtocolError(f"{what} is not JSON") from None
    if not isinstance(body, dict):
        raise RemoteProtocolError(f"{what} is not a JSON object")
    return body


def _dump(body: JsonObject) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _text(body: JsonObject, key: str) -> str:
    """The string under ``key``; empty when it is missing or something else."""
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _integer(body: JsonObject, key: str, what: str) -> int:
    value = body.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise RemoteProtocolError(f"{what} has no whole number {key}")
    return value


def _objects(body: JsonObject, key: str, what: str) -> list[JsonObject]:
    """The list of objects under ``key``; empty when it is missing or null."""
    value = body.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise RemoteProtocolError(f"{what} has a {key} that is not a list of objects")
    return value


@dataclass(frozen=True, slots=True)
class OpenDataChannel:
    """The first, textual frame on a new socket (section 2.4)."""

    request_id: UUID
    """New for each socket."""
    token: str = field(repr=False)
    """The TokenValue of StartSession or of the latest ResumeSession."""
    client_id: UUID
    """The same for all sockets of a session."""
    client_version: str = CLIENT_VERSION

    def to_json(self) -> str:
        """The frame's text."""
        body = {
            "MessageSchemaVersion": "1.0",
            "RequestId": str(self.request_id),
            "TokenValue": self.token,
            "ClientId": str(self.client_id),
            "ClientVersion": self.client_version,
        }
        return json.dumps(body, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> OpenDataChannel:
        """The gateway's reading of it. Raises :class:`RemoteProtocolError` when a field is missing or invalid."""
        what = "OpenDataChannel"
        body = _parse(text, what)
        try:
            request_id, client_id = UUID(_text(body, "RequestId")), UUID(_text(body, "ClientId"))
        except ValueError:
            raise RemoteProtocolError(f"{what} has an id that is no UUID") from None
        token = _text(body, "TokenValue")
        if not token:
            raise RemoteProtocolError(f"{what} has no TokenValue")
        return cls(request_id, token, client_id, _text(body, "ClientVersion"))


def acknowledged_number(payload: bytes) -> int:
    """The sequence number that an ``acknowledge`` names; nothing else in it is ever read (section 4.1)."""
    return _integer(_parse(payload, "acknowledge"), "AcknowledgedMessageSequenceNumber", "acknowledge")


def encode_size(size: TerminalSize) -> bytes:
    """The payload of a Size frame."""
    return b'{"cols":%d,"rows":%d}' % (size.cols, size.rows)


def decode_size(payload: bytes) -> TerminalSize:
    """The agent's reading of a Size frame. Raises :class:`RemoteProtocolError` for what the real one fails to read.

    For a client such a frame is poison: the agent does not acknowledge what its handler fails on, so it would be resent
    for ever, with everything else stuck behind it (section 4.3).
    """
    body = _parse(payload, "Size")
    cols, rows = _integer(body, "cols", "Size"), _integer(body, "rows", "Size")
    if cols < 0 or rows < 0:
        raise RemoteProtocolError("Size is negative")
    return TerminalSize(cols, rows)


def encode_flag(flag: Flag) -> bytes:
    """The payload of a Flag frame: four bytes, big-endian."""
    return flag.to_bytes(4, "big")


def decode_flag(payload: bytes) -> Flag:
    """The flag in a Flag frame. Raises :class:`RemoteProtocolError` for one that is unknown or not four bytes."""
    if len(payload) != 4:
        raise RemoteProtocolError(f"a flag of {len(payload)} bytes")
    value = int.from_bytes(payload, "big")
    try:
        return Flag(value)
    except ValueError:
        raise RemoteProtocolError(f"unknown flag {value}") from None


_EXIT_CODE = re.compile(rb"^EXIT_CODE: (-?\d{1,18})$")


def encode_exit_code(code: int) -> bytes:
    """The payload of an ExitCode frame."""
    return b"EXIT_CODE: %d" % code


def decode_exit_code(payload: bytes) -> int:
    """The exit code in an ExitCode frame (section 6.3). Raises :class:`RemoteProtocolError` for any other text."""
    match = _EXIT_CODE.match(payload)
    if match is None:
        raise RemoteProtocolError("an exit code that is no number")
    return int(match[1])


@dataclass(frozen=True, slots=True)
class RequestedAction:
    """One thing that the agent asks of the client in the handshake."""

    action_type: str
    """``SessionType``, ``KMSEncryption``, or one that does not exist yet."""
    parameters: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HandshakeRequest:
    """The agent's HandshakeRequest (section 5.2)."""

    agent_version: str
    """Empty when the agent does not say."""
    actions: tuple[RequestedAction, ...] = ()

    def to_json(self) -> bytes:
        """The payload."""
        actions = [{"ActionType": act.action_type, "ActionParameters": act.parameters} for act in self.actions]
        return _dump({"AgentVersion": self.agent_version, "RequestedClientActions": actions})

    @classmethod
    def from_json(cls, payload: bytes) -> HandshakeRequest:
        """The request in a payload; action parameters that are not an object count as none. Raises
        :class:`RemoteProtocolError` for a request that cannot be answered action by action."""
        what = "HandshakeRequest"
        body = _parse(payload, what)
        actions = []
        for entry in _objects(body, "RequestedClientActions", what):
            parameters = entry.get("ActionParameters")
            actions.append(
                RequestedAction(_text(entry, "ActionType"), parameters if isinstance(parameters, dict) else {})
            )
        return cls(_text(body, "AgentVersion"), tuple(actions))


@dataclass(frozen=True, slots=True)
class ProcessedAction:
    """The client's answer to one requested action."""

    action_type: str
    status: ActionStatus
    result: JsonObject | None = None
    error: str = ""
    """Why not; the agent shows it to the person as the session's end."""


@dataclass(frozen=True, slots=True)
class HandshakeResponse:
    """The client's HandshakeResponse (section 5.3)."""

    client_version: str
    actions: tuple[ProcessedAction, ...] = ()

    def to_json(self) -> bytes:
        """The payload."""
        actions = [
            {
                "ActionType": act.action_type,
                "ActionStatus": int(act.status),
                "ActionResult": act.result,
                "Error": act.error,
            }
            for act in self.actions
        ]
        return _dump({"ClientVersion": self.client_version, "ProcessedClientActions": actions, "Errors": None})

    @classmethod
    def from_json(cls, payload: bytes) -> HandshakeResponse:
        """The agent's reading of it: a status that it does not know is a failure."""
        what = "HandshakeResponse"
        body = _parse(payload, what)
        actions = []
        for entry in _objects(body, "ProcessedClientActions", what):
            status, result = entry.get("ActionStatus"), entry.get("ActionResult")
            actions.append(
                ProcessedAction(
                    _text(entry, "ActionType"),
                    _STATUSES.get(status, ActionStatus.FAILED) if isinstance(status, int) else ActionStatus.FAILED,
                    result if isinstance(result, dict) else None,
                    _text(entry, "Error"),
                )
            )
        return cls(_text(body, "ClientVersion"), tuple(actions))


@dataclass(frozen=True, slots=True)
class HandshakeComplete:
    """The agent's HandshakeComplete (section 5.4)."""

    customer_message: str = ""
    """Shown to the person as it is, on a line of its own."""
    elapsed_ns: int = 0

    def to_json(self) -> bytes:
        """The payload."""
        return _dump({"HandshakeTimeToComplete": self.elapsed_ns, "CustomerMessage": self.customer_message})

    @classmethod
    def from_json(cls, payload: bytes) -> HandshakeComplete:
        """The completion in a payload; a duration that is not a whole number counts as 0. Raises
        :class:`RemoteProtocolError` when it is not a JSON object."""
        body = _parse(payload, "HandshakeComplete")
        elapsed = body.get("HandshakeTimeToComplete")
        return cls(_text(body, "CustomerMessage"), elapsed if isinstance(elapsed, int) else 0)


def encode_challenge(wire: bytes) -> bytes:
    """The payload of an EncChallengeRequest or EncChallengeResponse (section 5.5)."""
    return _dump({"Challenge": base64.b64encode(wire).decode()})


def decode_challenge(payload: bytes) -> bytes:
    """The encrypted bytes in such a payload. Raises :class:`RemoteProtocolError` when it is not base64."""
    try:
        return base64.b64decode(_text(_parse(payload, "the challenge"), "Challenge"), validate=True)
    except ValueError:
        raise RemoteProtocolError("the challenge is not base64") from None


_ERROR_RULE = re.compile(r"^\s*-+ERROR-+[ \t]*(?:\r?\n|$)")


def end_reason(payload: bytes) -> str:
    """The Output of ``channel_closed`` without its ERROR rule; empty after a normal end or when it cannot be read."""
    # Never an error: the session is over whatever the payload says, and a reason that cannot be read must not hide
    # that.
    try:
        body = _parse(payload, "channel_closed")
    except RemoteProtocolError:
        return ""
    return _ERROR_RULE.sub("", _text(body, "Output")).strip()
