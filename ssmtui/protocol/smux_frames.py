"""One smux frame, version 1: bytes <-> header and data (protocol.md section 7). Header fields are little-endian."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from struct import Struct

from ssmtui.errors import LocalProtocolError, RemoteProtocolError

VERSION = 1
HEADER_SIZE = 8
MAX_FRAME_DATA = 0xFFFF
MAX_STREAM_ID = 0xFFFF_FFFF
_HEADER = Struct("<BBHI")


class SmuxCommand(IntEnum):
    """What a frame does. UPD belongs to version 2, which is never negotiated."""

    SYN = 0
    FIN = 1
    PSH = 2
    NOP = 3
    UPD = 4


@dataclass(frozen=True, slots=True)
class SmuxPiece:
    """A frame without data, or as much of a PSH frame's data as has come: never empty for PSH."""

    command: SmuxCommand
    stream_id: int
    data: memoryview = field(default=memoryview(b""), repr=False)


def encode(command: SmuxCommand, stream_id: int = 0, data: bytes | bytearray | memoryview = b"") -> bytes:
    """The bytes of one frame. Raises :class:`LocalProtocolError` when a value does not fit its field."""
    if not 0 <= stream_id <= MAX_STREAM_ID:
        raise LocalProtocolError(f"a smux stream id of {stream_id}")
    if len(data) > MAX_FRAME_DATA:
        raise LocalProtocolError(f"a smux frame of {len(data)} bytes")
    return _HEADER.pack(VERSION, command, len(data), stream_id) + data


class FrameReader:
    """Cuts a byte stream into frames. Keeps at most one split header: data is passed on as it comes, never collected,
    so that a peer cannot have 64 KiB held for each frame that it begins.

    Throw it away once it has raised: the place of the next header is then unknown.
    """

    def __init__(self) -> None:
        self._header = bytearray()
        self._stream_id = 0
        self._missing = 0

    @property
    def held(self) -> int:
        """Bytes kept for the next call: less than a header."""
        return len(self._header)

    def feed(self, data: bytes) -> Iterator[SmuxPiece]:
        """The pieces in ``data``, which may begin and end anywhere. Raises :class:`RemoteProtocolError` for a bad
        header.

        SYN, FIN or NOP with a length is refused. The reader that the agent vendors takes it without skipping the
        payload and then reads that payload as headers, while skipping it would leave us out of step with such a peer:
        there is no reading of what follows that both ends share, so none is guessed. (Later versions of xtaci/smux
        refuse it too.)
        """
        view, at = memoryview(data), 0
        while at < len(view):
            if self._missing:
                part = view[at : at + self._missing]
                at += len(part)
                self._missing -= len(part)
                yield SmuxPiece(SmuxCommand.PSH, self._stream_id, part)
                continue
            part = view[at : at + HEADER_SIZE - len(self._header)]
            at += len(part)
            self._header += part
            if len(self._header) == HEADER_SIZE:
                command = self._read_header()
                if command is not SmuxCommand.PSH:
                    yield SmuxPiece(command, self._stream_id)

    def _read_header(self) -> SmuxCommand:
        version, number, length, self._stream_id = _HEADER.unpack(self._header)
        self._header.clear()
        if version != VERSION:
            raise RemoteProtocolError(f"smux version {version} instead of {VERSION}")
        # The vendored reader takes eight more bytes for it in version 1 as well; nothing there ever sends one.
        if number == SmuxCommand.UPD:
            raise RemoteProtocolError("smux command UPD, which version 1 does not have")
        if number > SmuxCommand.UPD:
            raise RemoteProtocolError(f"unknown smux command {number}")
        command = SmuxCommand(number)
        if command is not SmuxCommand.PSH and length:
            raise RemoteProtocolError(f"smux command {command.name} with {length} bytes of data")
        self._missing = length
        return command
