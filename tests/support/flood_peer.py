"""The far end of data channels for benchmarks: raw sockets and frames made beforehand, so that it costs very little.

Run as ``python -m tests.support.flood_peer FRAMES [CORE]``; it prints its port, then a JSON line for each flood that is
acknowledged, and ends with its stdin. What it does with a connection is the first part of the path:

    /flood  sends the output frames 0 to FRAMES - 1 as fast as the socket takes them; the acknowledgements are checked
            once all have come, so that nothing is slowed down by it
    /echo   sends back the payload of every input frame, which it acknowledges
    /sink   acknowledges every input frame
    /idle   says one prompt
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from ssmtui.protocol import AgentMessage, MessageType, PayloadType, Stamp
from ssmtui.protocol.message import encode_acknowledgement
from ssmtui.protocol.payloads import acknowledged_number

PAYLOAD = 1024
PROMPT = b"$ "
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_READ = 1 << 18


def log_text(size: int) -> bytes:
    """So many bytes of a plain log."""
    line = b"2026-01-01T00:%02d:%02d.%03d INFO  worker-%d request %08x took %d ms status=200 path=/items/%d\r\n"
    parts, length, n = [], 0, 0
    while length < size:
        parts.append(line % (n // 60 % 60, n % 60, n % 1000, n % 8, n * 2654435761 % 2**32, n % 900, n))
        length += len(parts[-1])
        n += 1
    return b"".join(parts)[:size]


def output_frame(number: int, payload: bytes, payload_type: PayloadType = PayloadType.OUTPUT) -> bytes:
    """A frame of the agent's."""
    return AgentMessage(MessageType.OUTPUT, uuid4().bytes, 1, number, int(number == 0), payload_type, payload).encode()


def in_web_socket(frame: bytes) -> bytes:
    """``frame`` as a server sends it."""
    if len(frame) < 126:
        return bytes((0x82, len(frame))) + frame
    return struct.pack("!BBH", 0x82, 126, len(frame)) + frame


def flood(frames: int) -> bytes:
    """What a shell that prints a log sends, as it goes over the wire."""
    text = log_text(frames * PAYLOAD)
    return b"".join(
        in_web_socket(output_frame(number, text[number * PAYLOAD : (number + 1) * PAYLOAD])) for number in range(frames)
    )


class _Reader:
    """Takes web-socket frames of a client apart."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._data = bytearray()

    def until(self, mark: bytes) -> bytes:
        while mark not in self._data:
            self._more()
        end = self._data.index(mark) + len(mark)
        head = bytes(self._data[:end])
        del self._data[:end]
        return head

    def _more(self) -> None:
        got = self._connection.recv(_READ)
        if not got:
            raise EOFError
        self._data += got

    def messages(self) -> Iterator[tuple[int, bytes]]:
        """Opcodes and payloads, for ever."""
        while True:
            yield from self.arrived()
            self._more()

    def arrived(self) -> Iterator[tuple[int, bytes]]:
        """The whole frames that are here."""
        data, start = bytes(self._data), 0
        while len(data) - start >= 6:
            length, head = data[start + 1] & 0x7F, 6
            if length == 126:
                length, head = int.from_bytes(data[start + 2 : start + 4]), 8
            elif length == 127:
                raise ValueError("no client of ours sends such frames")
            if len(data) - start < head + length:
                break
            mask, body = data[start + head - 4 : start + head], data[start + head : start + head + length]
            yield data[start] & 0x0F, _unmask(mask, body)
            start += head + length
        del self._data[:start]


def _unmask(mask: bytes, body: bytes) -> bytes:
    repeated = (mask * (len(body) // 4 + 1))[: len(body)]
    return (int.from_bytes(body) ^ int.from_bytes(repeated)).to_bytes(len(body))


class _Connection:
    def __init__(self, connection: socket.socket, wire: bytes, frames: int) -> None:
        self._connection = connection
        self._wire = wire
        self._frames = frames
        self._reader = _Reader(connection)

    def serve(self) -> None:
        try:
            path = self._upgrade()
            next(self._reader.messages())  # OpenDataChannel
            {"flood": self._flood, "echo": self._echo, "sink": self._sink, "idle": self._idle}[path]()
        except (EOFError, OSError):
            pass
        finally:
            self._connection.close()

    def _upgrade(self) -> str:
        lines = self._reader.until(b"\r\n\r\n").split(b"\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in lines[1:] if b": " in line)
        key = next(line.split(b": ", 1)[1] for line in lines if line.lower().startswith(b"sec-websocket-key"))
        assert headers[b"upgrade"] == b"websocket"
        accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
        self._connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        return lines[0].split()[1].decode().split("/")[1].split("?")[0]

    def _flood(self) -> None:
        writer = threading.Thread(target=self._connection.sendall, args=(self._wire,), daemon=True)
        writer.start()
        received, expected = 0, sum(_acknowledgement_size(number) for number in range(self._frames))
        kept = self._reader._data
        while received < expected:
            got = self._connection.recv(_READ)
            if not got:
                raise EOFError
            kept += got
            received += len(got)
        numbers = [
            acknowledged_number(AgentMessage.decode(body).payload)
            for opcode, body in self._reader.arrived()
            if opcode == 2
        ]
        told = {"acknowledged": len(numbers), "in order": numbers == list(range(self._frames))}
        print(json.dumps(told), flush=True)
        self._idle()

    def _echo(self) -> None:
        self._say(0, PROMPT)
        spoken = 1
        for message in self._inputs():
            self._acknowledge(message)
            if message.payload_type == PayloadType.OUTPUT:
                self._say(spoken, message.payload)
                spoken += 1

    def _sink(self) -> None:
        self._say(0, PROMPT)
        for message in self._inputs():
            self._acknowledge(message)

    def _idle(self) -> None:
        self._say(0, PROMPT)
        for message in self._inputs():
            self._acknowledge(message)

    def _inputs(self) -> Iterator[AgentMessage]:
        for opcode, body in self._reader.messages():
            if opcode == 9:
                self._connection.sendall(bytes((0x8A, len(body))) + body)
            elif opcode == 8:
                self._connection.sendall(bytes((0x88, len(body))) + body)
                raise EOFError
            elif opcode == 2:
                message = AgentMessage.decode(body)
                if message.message_type == MessageType.INPUT:
                    yield message

    def _say(self, number: int, payload: bytes) -> None:
        self._connection.sendall(in_web_socket(output_frame(number, payload)))

    def _acknowledge(self, message: AgentMessage) -> None:
        self._connection.sendall(in_web_socket(encode_acknowledgement(Stamp(uuid4().bytes, 1), message)))


def _acknowledgement_size(number: int) -> int:
    sample = AgentMessage(MessageType.OUTPUT, bytes(16), 1, number)
    return len(encode_acknowledgement(Stamp(uuid4().bytes, 1), sample)) + 8


def main() -> None:
    """Serve until stdin ends."""
    frames = int(sys.argv[1])
    if len(sys.argv) > 2:
        os.sched_setaffinity(0, {int(sys.argv[2])})
    wire = flood(frames)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_Connection(connection, wire, frames).serve, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


class FloodPeer:
    """A peer that runs."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._process = process
        self.port = port

    def url(self, what: str) -> str:
        """The stream address at which the peer does ``what``."""
        return f"ws://127.0.0.1:{self.port}/{what}"

    def told(self) -> dict[str, object]:
        """What it says of the flood that has just been acknowledged."""
        assert self._process.stdout is not None
        told: dict[str, object] = json.loads(self._process.stdout.readline())
        return told


@contextmanager
def flood_peer(frames: int = 1, core: int | None = None) -> Iterator[FloodPeer]:
    """A peer in a process of its own, on ``core`` if there is a choice."""
    command = [sys.executable, "-m", "tests.support.flood_peer", str(frames), *([] if core is None else [str(core)])]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield FloodPeer(process, int(process.stdout.readline()))
        process.stdin.close()


if __name__ == "__main__":
    main()
