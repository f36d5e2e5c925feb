"""A web-socket connection that takes and gives many messages at a time: one wake-up, one write for a burst.

``websockets`` parses a message in several steps of generators, wakes the reader for each, and writes each with a system
call of its own; that is most of the time that a flood of small frames takes. Here the plain frames, whole and
binary, are cut out of what the socket brought at once. Everything else is left to ``websockets``: the upgrade, control
frames, fragments, text, and whatever is wrong.

**What is relied upon of** :class:`websockets.asyncio.client.ClientConnection` beyond its documented calls, proven by
``test_connection.py``: it is an asyncio protocol whose ``data_received`` may be given the stream in any pieces; each
parsed event passes through ``process_event``; ``send_context`` checks that the connection is open and drains behind us;
``protocol`` and ``transport`` are what it writes with; ``apply_mask`` is where it is.
"""

from __future__ import annotations

import asyncio
import os
import struct
from collections import deque
from collections.abc import Sequence
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import State

try:
    from websockets.speedups import apply_mask
except ImportError:  # on a system for which there is no compiled wheel
    from websockets.utils import apply_mask

from ssmtui.transport.link import BATCH, BATCH_BYTES

MAX_MESSAGE = 2**20
"""Bytes of the longest message that is taken (protocol.md section 2.5)."""
HIGH_WATER = 256 << 10
"""Bytes that may wait to be taken before the socket is not read any more; what one read brings comes on top."""
LOW_WATER = 64 << 10
"""Bytes waiting below which it is read again: far enough apart that a flood does not stop and start it for each
batch."""

_DATA = (Opcode.BINARY, Opcode.TEXT, Opcode.CONT)
_END_OF_HEAD = b"\r\n\r\n"
_WHOLE_BINARY = 0x82
_TWO_BYTES, _EIGHT_BYTES = 126, 127
"""Length fields that say how the length is written behind them. Larger ones are masked, which no server's may be."""
_LARGEST_IN_TWO = 0xFFFF
_MASKED = 0x80
_MASK = 4
_SHORT, _MEDIUM, _LONG = struct.Struct("!BB4s"), struct.Struct("!BBH4s"), struct.Struct("!BBQ4s")


class BatchConnection(ClientConnection):
    """Messages come from :meth:`receive_many` instead of ``recv``, binary and text alike, as bytes.

    What may be cut out here is narrow on purpose: unmasked, whole, binary, without reserved bits (RFC 6455 section
    5.2). All else, the peer's mistakes included, goes to ``websockets``, which answers as the RFC demands.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._answer_end = b""
        """The last bytes of the answer to the upgrade so far."""
        self._partial = bytearray()
        """The beginning of a frame."""
        self._wanted = 0
        """How many bytes ``_partial`` needs before it is worth a look."""
        self._fragments: bytearray | None = None
        """What has come of a message in several frames."""
        self._arrived: deque[bytes] = deque()
        self._held = 0
        """Bytes in ``_arrived``."""
        self._held_up = False
        """We have asked the transport not to read."""
        self._lost = False
        """The transport is gone: nothing more arrives."""
        self._waiter: asyncio.Future[None] | None = None

    async def receive_many(self) -> list[bytes]:
        """The messages that have come, in order: at least one, at most ``BATCH``, about ``BATCH_BYTES``.

        Raises ``ConnectionClosed`` once there are no more. Cancelling it loses none.
        """
        while not self._arrived:
            if self._lost:
                await self.recv()  # raises ConnectionClosed, with the close codes of both ends
            # A future that is only woken, never given the messages: a cancelled reader would take them with it.
            self._waiter = self.loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._take()

    def _take(self) -> list[bytes]:
        arrived = self._arrived
        batch: list[bytes] = []
        size = 0
        while arrived and len(batch) < BATCH and size < BATCH_BYTES:
            message = arrived.popleft()
            batch.append(message)
            size += len(message)
        self._held -= size
        if self._held_up and self._held <= LOW_WATER:
            self._held_up = False
            self.transport.resume_reading()
        return batch

    async def send_many(self, messages: Sequence[bytes]) -> None:
        """Send binary messages, each in a frame of its own, with one write; returns when the buffer has taken them.

        Raises ``ConnectionClosed`` when the connection is closing or gone.
        """
        # send_context holds the connection's lock, and drains behind us: a peer that does not read makes us wait here.
        async with self.send_context():
            self.transport.write(_masked(messages))

    # What asyncio calls

    def data_received(self, data: bytes) -> None:
        """Cut the stream into frames. ``websockets`` gets whole ones only, so that it is always between two of them.

        Else the bytes behind half a frame would be half in its parser and half here, and neither could go on.
        """
        if self.protocol.state is State.CONNECTING:
            data = self._read_answer(data)
        if self._partial:
            self._partial += data
            # Looked at once it can be whole: a large frame that comes in small pieces would be copied for each of them.
            if len(self._partial) < self._wanted:
                return
            data = bytes(self._partial)
            self._partial.clear()
        if data:
            self._split(data)
        if self._arrived:
            self._wake()
        # TCP's own flow control, which also stops pongs: see pacing.PacedLink.ping.
        if self._held > HIGH_WATER and not self._held_up:
            self._held_up = True
            self.transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake the reader: it still takes what has come, channel_closed perhaps, then hears of the end."""
        super().connection_lost(exc)
        self._lost = True
        self._wake()

    # What websockets calls

    def process_event(self, event: Any) -> None:
        """Take the data frames that it has parsed: text, and messages in fragments (RFC 6455 section 5.4)."""
        if not isinstance(event, Frame) or event.opcode not in _DATA:
            super().process_event(event)
            return
        if self._fragments is None:
            self._fragments = bytearray()
        self._fragments += event.data
        if event.fin:
            self._keep(bytes(self._fragments))
            self._fragments = None

    # Small steps

    def _read_answer(self, data: bytes) -> bytes:
        """Give ``websockets`` what belongs to the answer to the upgrade; return what stands behind it.

        The server's first frames may come with the answer in one read, and must not pass our cutting by.
        """
        seen = self._answer_end + data
        end = seen.find(_END_OF_HEAD)
        taken = len(data) if end < 0 else end + len(_END_OF_HEAD) - len(self._answer_end)
        self._answer_end = seen[: len(self._answer_end) + taken][1 - len(_END_OF_HEAD) :]
        super().data_received(data[:taken])
        return data[taken:]

    def _split(self, data: bytes) -> None:
        start, size = 0, len(data)
        # A connection that is closing takes no more data, but websockets still has to see the close frame.
        while start < size and self.protocol.state is State.OPEN:
            # Between the fragments of a message only control frames may come: a data frame there is an error, and
            # reporting it is for websockets.
            if self._fragments is None:
                start = self._cut_plain(data, start)
            whole = _frame_length(data, start)
            if whole > size - start:
                self._wanted = whole
                self._partial += data[start:]
                return
            super().data_received(data[start : start + whole])
            start += whole
        if start < size:
            super().data_received(data[start:])

    def _cut_plain(self, data: bytes, start: int) -> int:
        """Take the run of plain frames at ``start``; return where it ends."""
        # The hot path of a flood: one loop over the bytes, without a call or an object for each frame but its message.
        # A length above 65,535, or with the mask bit, which no server may set, ends the run.
        arrived, held, readable = self._arrived, 0, len(data) - 4
        while start <= readable and data[start] == _WHOLE_BINARY:
            begin, length = start + 2, data[start + 1]
            if length >= _TWO_BYTES:
                if length > _TWO_BYTES:
                    break
                begin, length = start + 4, data[start + 2] << 8 | data[start + 3]
            end = begin + length
            if end > readable + 4:
                break
            arrived.append(data[begin:end])
            held += length
            start = end
        self._held += held
        return start

    def _keep(self, message: bytes) -> None:
        self._arrived.append(message)
        self._held += len(message)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _masked(messages: Sequence[bytes]) -> bytes:
    """Binary frames as a client sends them, each with a mask of its own (RFC 6455 section 5.3)."""
    # The mask must be unpredictable and new for each frame, so that no text of somebody's choice appears on the wire
    # for a proxy to misread (RFC 6455 section 10.3). One call of the system for all: it costs more than its bytes.
    masks = os.urandom(_MASK * len(messages))
    parts: list[bytes] = []
    for number, message in enumerate(messages):
        mask, size = masks[number * _MASK : (number + 1) * _MASK], len(message)
        if size < _TWO_BYTES:
            parts.append(_SHORT.pack(_WHOLE_BINARY, _MASKED | size, mask))
        elif size <= _LARGEST_IN_TWO:
            parts.append(_MEDIUM.pack(_WHOLE_BINARY, _MASKED | _TWO_BYTES, size, mask))
        else:
            parts.append(_LONG.pack(_WHOLE_BINARY, _MASKED | _EIGHT_BYTES, size, mask))
        parts.append(apply_mask(message, mask))
    return b"".join(parts)


def _frame_length(data: bytes, start: int) -> int:
    """How many bytes the frame at ``start`` has, or at least has.

    All that is there, when no such frame may come: ``websockets`` then gets to see it, and fails the connection.
    """
    left = len(data) - start
    if left < 2:
        return 2
    length, head = data[start + 1], 2
    if length > _EIGHT_BYTES:
        return left
    if length >= _TWO_BYTES:
        head = 4 if length == _TWO_BYTES else 10
        if left < head:
            return head
        length = int.from_bytes(data[start + 2 : start + head])
    return head + length if length <= MAX_MESSAGE else left
