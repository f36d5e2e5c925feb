"""The far end of data channels for benchmarks: raw sockets and frames made beforehand, so that it costs very little.

Run as ``python -m tests.support.flood_peer FRAMES [--core N] [--certificates FOLDER]``; it prints its port, then a JSON
line for each flood that is acknowledged, and ends with its stdin. A line there begins the floods that wait. What it
does with a connection is the first part of the path:

    /flood  sends the output frames 0 to FRAMES - 1 as fast as the socket takes them; the acknowledgements are checked
            once all have come, so that nothing is slowed down by it
    /echo   sends back the payload of every input frame, which it acknowledges
    /pour   as /flood, and takes no note of what comes back
    /await  sends frame 0, and the others once it is told to (:meth:`FloodPeer.go`)
    /note   says one prompt, acknowledges every input frame, and prints when it came: seconds of the monotonic clock
    /bounce sends back every byte: what two processes and the loopback cost, without a web socket
    /idle   says one prompt and acknowledges every input frame
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import select
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
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
_READ, _WRITE = 1 << 18, 1 << 16


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
        self.data = bytearray()

    def until(self, mark: bytes) -> bytes:
        while mark not in self.data:
            self._more()
        end = self.data.index(mark) + len(mark)
        head = bytes(self.data[:end])
        del self.data[:end]
        return head

    def _more(self) -> None:
        got = self._connection.recv(_READ)
        if not got:
            raise EOFError
        self.data += got

    def messages(self) -> Iterator[tuple[int, bytes]]:
        """Opcodes and payloads, for ever."""
        while True:
            yield from self.arrived()
            self._more()

    def arrived(self) -> Iterator[tuple[int, bytes]]:
        """The whole frames that are here."""
        data, start = bytes(self.data), 0
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
        del self.data[:start]


def _unmask(mask: bytes, body: bytes) -> bytes:
    repeated = (mask * (len(body) // 4 + 1))[: len(body)]
    return (int.from_bytes(body) ^ int.from_bytes(repeated)).to_bytes(len(body))


class _Connection:
    def __init__(self, connection: socket.socket, wire: bytes, frames: int, told: threading.Event) -> None:
        self._connection = connection
        self._told = told
        self._wire = wire
        self._frames = frames
        self._reader = _Reader(connection)

    def serve(self) -> None:
        try:
            path = self._upgrade()
            if path == "bounce":
                self._bounce()
            next(self._reader.messages())  # OpenDataChannel
            {
                "flood": self._flood,
                "pour": self._pour,
                "await": self._await,
                "echo": self._echo,
                "idle": self._idle,
                "note": self._note,
            }[path]()
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
        self._pour(self._reader.data)
        numbers: list[int] = []
        while len(numbers) < self._frames:
            numbers += (
                acknowledged_number(message.payload)
                for message in self._messages(self._reader.arrived())
                if message.message_type == MessageType.ACKNOWLEDGE
            )
            if len(numbers) < self._frames:
                self._receive(self._reader.data)
        told = {"acknowledged": len(numbers), "in order": numbers == list(range(self._frames))}
        print(json.dumps(told), flush=True)
        self._idle()

    def _pour(self, kept: bytearray | None = None, begin: int = 0) -> None:
        """Send all there is from byte ``begin`` on, and take what comes meanwhile, into ``kept`` if that is given."""
        for start in range(begin, len(self._wire), _WRITE):
            self._connection.sendall(self._wire[start : start + _WRITE])
            while select.select([self._connection], [], [], 0)[0]:
                self._receive(bytearray() if kept is None else kept)

    def _await(self) -> None:
        first = len(self._wire) // self._frames  # all frames are of one length
        self._connection.sendall(self._wire[:first])
        while not self._told.is_set():
            if select.select([self._connection], [], [], 0.5)[0]:
                self._receive(self._reader.data)
                for message in self._messages(self._reader.arrived()):
                    if message.message_type == MessageType.INPUT:
                        self._acknowledge(message)
        self._pour(begin=first)

    def _receive(self, kept: bytearray) -> None:
        got = self._connection.recv(_READ)
        if not got:
            raise EOFError
        kept += got

    def _echo(self) -> None:
        self._say(0, PROMPT)
        spoken = 1
        for message in self._inputs():
            self._acknowledge(message)
            if message.payload_type == PayloadType.OUTPUT:
                self._say(spoken, message.payload)
                spoken += 1

    def _idle(self) -> None:
        self._say(0, PROMPT)
        for message in self._inputs():
            self._acknowledge(message)

    def _note(self) -> None:
        self._say(0, PROMPT)
        for message in self._inputs():
            if message.payload_type == PayloadType.OUTPUT:
                print(f"{time.monotonic()}\n", end="", flush=True)  # in one piece, of however many threads
            self._acknowledge(message)

    def _bounce(self) -> None:
        while got := self._connection.recv(_READ):
            self._connection.sendall(got)
        raise EOFError

    def _inputs(self) -> Iterator[AgentMessage]:
        messages = self._messages(self._reader.messages())
        return (message for message in messages if message.message_type == MessageType.INPUT)

    def _messages(self, frames: Iterator[tuple[int, bytes]]) -> Iterator[AgentMessage]:
        for opcode, body in frames:
            if opcode == 9:
                self._connection.sendall(bytes((0x8A, len(body))) + body)
            elif opcode == 8:
                self._connection.sendall(bytes((0x88, len(body))) + body)
                raise EOFError
            elif opcode == 2:
                yield AgentMessage.decode(body)

    def _say(self, number: int, payload: bytes) -> None:
        self._connection.sendall(in_web_socket(output_frame(number, payload)))

    def _acknowledge(self, message: AgentMessage) -> None:
        self._connection.sendall(in_web_socket(encode_acknowledgement(Stamp(uuid4().bytes, 1), message)))


def certificate(folder: Path) -> None:
    """Make ``certificate.pem`` and ``key.pem`` for 127.0.0.1, with openssl."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "key.pem")]
    command_line = [*command.split(), *names, "-out", str(folder / "certificate.pem")]
    subprocess.run(command_line, check=True, capture_output=True)


def main() -> None:
    """Serve until stdin ends."""
    options = argparse.ArgumentParser()
    options.add_argument("frames", type=int)
    options.add_argument("--core", type=int)
    options.add_argument("--certificates", type=Path)
    told = options.parse_args()
    if told.core is not None:
        os.sched_setaffinity(0, {told.core})
    tls = None
    if told.certificates is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(told.certificates / "certificate.pem", told.certificates / "key.pem")
    wire = flood(told.frames)
    began = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    print(listener.getsockname()[1], flush=True)

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls is not None:
                connection = tls.wrap_socket(connection, server_side=True)
            threading.Thread(target=_Connection(connection, wire, told.frames, began).serve, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    for _ in sys.stdin:
        began.set()


class FloodPeer:
    """A peer that runs."""

    def __init__(self, process: subprocess.Popen[str], port: int, scheme: str) -> None:
        self._process = process
        self.port = port
        self._scheme = scheme

    def url(self, what: str) -> str:
        """The stream address at which the peer does ``what``."""
        return f"{self._scheme}://127.0.0.1:{self.port}/{what}"

    def go(self) -> None:
        """Begin the floods that wait."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def noted(self, count: int) -> list[float]:
        """When the next inputs came at ``/note``, so many of all connections; waits for them."""
        assert self._process.stdout is not None
        return [float(self._process.stdout.readline()) for _ in range(count)]

    def told(self) -> dict[str, object]:
        """What it says of the flood that has just been acknowledged."""
        assert self._process.stdout is not None
        told: dict[str, object] = json.loads(self._process.stdout.readline())
        return told


@contextmanager
def flood_peer(frames: int = 1, core: int | None = None, certificates: Path | None = None) -> Iterator[FloodPeer]:
    """A peer in a process of its own, on ``core`` if there is a choice, with ``certificates`` over TLS."""
    command = [sys.executable, "-m", "tests.support.flood_peer", str(frames)]
    if core is not None:
        command += ["--core", str(core)]
    if certificates is not None:
        command += ["--certificates", str(certificates)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield FloodPeer(process, int(process.stdout.readline()), "ws" if certificates is None else "wss")
        process.stdin.close()


if __name__ == "__main__":
    main()
