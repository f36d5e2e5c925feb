"""What a program says to a SOCKS or HTTP proxy before its bytes are for the destination, and the answers. Pure.

SOCKS5 is RFC 1928; SOCKS4 and 4a are Ying-Da Lee's memos of those names; CONNECT is RFC 9110 section 9.3.6, and a
request with a whole URL RFC 9112 section 3.2.2. Our own code: libraries for it speak the client's end of SOCKS
(socksio) or all of HTTP (h11), and a proxy needs the other end, and of HTTP one head.

Web pages cannot use it. What a page sends to this port has a path where a proxy's client has a whole URL, also after
DNS rebinding, and is refused whatever its headers say.
"""

from __future__ import annotations

import ipaddress
import re
import struct
from enum import Enum
from http import HTTPStatus
from typing import NamedTuple

from ssmtui import inert

MOST_HEAD = 65_536
"""Bytes of an HTTP request's head: above what servers take (8 to 48 KB), cookies included."""
_MOST_TEXT = 255
"""Bytes of a SOCKS4 client's user id and host name, each; those of SOCKS5 have a length of one byte."""

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rb"(%b) ([!-~\x80-\xff]+) HTTP/(\d)\.(\d)" % _TOKEN)
_HEADER_LINE = re.compile(rb"(%b):([\t -~\x80-\xff]*)" % _TOKEN)
_WHOLE_URL = re.compile(rb"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)(?:#.*)?", re.DOTALL)
_AUTHORITY = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[^:\[\]@]+)(?::(\d{1,5}))?")
_NAME = re.compile(r"(?=[\w.-]*[A-Za-z_])[\w.-]{1,253}", re.ASCII)

_HOP_BY_HOP = frozenset(
    (b"connection", b"host", b"keep-alive", b"proxy-authorization", b"proxy-connection", b"te", b"upgrade")
)
"""Headers that are for the proxy, or are written anew. Transfer-Encoding stays: the body is passed on as it comes."""

_FRAMING = frozenset((b"content-length", b"transfer-encoding"))


class ProxyRefusal(Enum):
    """Why a client gets no connection: the reply of SOCKS5 and the status of HTTP (SOCKS4 has one for all)."""

    INVALID = (1, HTTPStatus.BAD_REQUEST)
    UNSUPPORTED = (7, HTTPStatus.METHOD_NOT_ALLOWED)
    """Something else than a connection to a TCP port."""
    ADDRESS_TYPE = (8, HTTPStatus.BAD_REQUEST)
    TOO_LARGE = (1, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
    VERSION = (1, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
    SLOW = (1, HTTPStatus.REQUEST_TIMEOUT)
    """The client has not said in time what it wants."""
    FORBIDDEN = (2, HTTPStatus.FORBIDDEN)
    UNREACHABLE = (4, HTTPStatus.BAD_GATEWAY)
    """The node does not get there."""
    NO_ANSWER = (4, HTTPStatus.GATEWAY_TIMEOUT)
    """Neither connected nor refused in time."""
    BUSY = (1, HTTPStatus.SERVICE_UNAVAILABLE)
    """As many destinations as there may be are in use."""
    FAILED = (1, HTTPStatus.BAD_GATEWAY)

    @property
    def socks_reply(self) -> int:
        """The reply field of SOCKS5 (RFC 1928 section 6)."""
        return self.value[0]

    @property
    def status(self) -> HTTPStatus:
        """The status of an HTTP response."""
        return self.value[1]


class ProxyRequest(NamedTuple):
    """What a client asks for: a connection to ``host``, and what goes there before the client's own bytes."""

    host: str
    """A name in lower case, or an address as ``ipaddress`` writes it: an IPv6 one without brackets."""
    port: int
    head: bytes = b""
    """The request of a client that speaks HTTP to the proxy, as its server expects it."""
    size: int | None = 0
    """Bytes of that request's body; None: it is chunked."""


class _Kind(Enum):
    SOCKS4 = 4
    SOCKS5 = 5
    HTTP = 0


class _BadRequest(Exception):
    def __init__(self, refusal: ProxyRefusal, sentence: str) -> None:
        super().__init__(sentence)
        self.refusal = refusal


class ProxyConversation:
    """One client, from its first byte until it is connected or refused.

    Feed :meth:`receive` until there is a :attr:`request` or it :attr:`is_over`, and send what :meth:`replies` gives
    after each call. Then either :meth:`accept` or :meth:`refuse`. Nothing here raises for anything that a client sends.
    """

    def __init__(self) -> None:
        self.request: ProxyRequest | None = None
        self.refused = ""
        """Why it was refused; printable."""
        self._kind: _Kind | None = None
        self._greeted = False
        self._searched = 0
        self._received = bytearray()
        self._replies = bytearray()

    @property
    def is_over(self) -> bool:
        """Whether it has been refused: send the replies, and close."""
        return bool(self.refused)

    @property
    def is_empty(self) -> bool:
        """Whether the client has said nothing at all."""
        return self._kind is None

    def receive(self, data: bytes) -> None:
        """The client's next bytes. What follows a request is kept for :meth:`rest`: bound it by reading no more."""
        if self.is_over:
            return
        self._received += data
        if self.request is not None or not self._received:
            return
        try:
            self._read()
        except _BadRequest as bad:
            self.refuse(bad.refusal, str(bad))

    def replies(self) -> bytes:
        """What the client must get now. Empties it."""
        data = bytes(self._replies)
        self._replies.clear()
        return data

    def rest(self) -> bytes:
        """What the client has sent behind its request: for the destination. Empties it."""
        data = bytes(self._received)
        self._received.clear()
        return data

    def accept(self) -> None:
        """The destination is connected. A client that speaks HTTP to the proxy gets its answer from there."""
        assert self.request is not None
        if self._kind is _Kind.SOCKS5:
            self._replies += _socks5_reply(0)
        elif self._kind is _Kind.SOCKS4:
            self._replies += _socks4_reply(granted=True)
        elif not self.request.head:
            self._replies += b"HTTP/1.1 200 Connection established\r\n\r\n"

    def refuse(self, refusal: ProxyRefusal, sentence: str) -> None:
        """End it. ``sentence`` may be untrusted; clients of SOCKS get a number alone."""
        self.refused = inert.line(sentence, 500) or refusal.name.lower()
        self._received.clear()
        if self._kind is _Kind.SOCKS5:
            # Before the greeting is over the reply would be taken for the answer to that.
            self._replies += _socks5_reply(refusal.socks_reply) if self._greeted else b"\x05\xff"
        elif self._kind is _Kind.SOCKS4:
            self._replies += _socks4_reply(granted=False)
        elif self._kind is _Kind.HTTP:
            self._replies += _http_refusal(refusal.status, self.refused)

    def _read(self) -> None:
        if self._kind is None:
            self._kind = _kind_of(self._received[0])
        if self._kind is None:
            first = self._received[0]
            raise _BadRequest(
                ProxyRefusal.INVALID,
                "a client speaks TLS to this port, which is a SOCKS and plain HTTP proxy"
                if first == 0x16
                else "a client speaks neither SOCKS nor HTTP",
            )
        if self._kind is _Kind.SOCKS5:
            self._read_socks5()
        elif self._kind is _Kind.SOCKS4:
            self._read_socks4()
        else:
            self._read_http()

    # SOCKS5

    def _read_socks5(self) -> None:
        data = self._received
        if not self._greeted:
            if len(data) < 2 or len(data) < 2 + data[1]:
                return
            methods = bytes(data[2 : 2 + data[1]])
            if b"\x00" not in methods:
                raise _BadRequest(
                    ProxyRefusal.INVALID, "a client insists on sending a user name and a password; none is needed"
                )
            del data[: 2 + len(methods)]
            self._greeted = True
            self._replies += b"\x05\x00"
        if len(data) < 5:
            return
        version, command, _, kind = data[:4]
        if version != 5:
            raise _BadRequest(ProxyRefusal.INVALID, "a client's SOCKS5 request does not start with 5")
        length = {1: 4, 3: 1 + data[4], 4: 16}.get(kind)
        if length is None:
            raise _BadRequest(ProxyRefusal.ADDRESS_TYPE, f"a client names its destination by the unknown kind {kind}")
        if len(data) < 4 + length + 2:
            return
        address = bytes(data[4 : 4 + length])
        (port,) = struct.unpack_from(">H", data, 4 + length)
        del data[: 4 + length + 2]
        _refuse_other_commands(command)
        host = _name(address[1:]) if kind == 3 else str(_unmapped(ipaddress.ip_address(address)))
        self.request = ProxyRequest(host, _port(port))

    # SOCKS4 and 4a

    def _read_socks4(self) -> None:
        data = self._received
        end = data.find(0, 8)
        if (end if end >= 0 else len(data)) - 8 > _MOST_TEXT:
            raise _BadRequest(ProxyRefusal.INVALID, "a client's user id is too long")
        if end < 0:
            return
        _, command, port = struct.unpack_from(">BBH", data)
        address = bytes(data[4:8])
        host = ""
        # 0.0.0.x with x other than 0: version 4a, the name follows.
        if address[:3] == bytes(3) and address[3]:
            start, end = end + 1, data.find(0, end + 1)
            if (end if end >= 0 else len(data)) - start > _MOST_TEXT:
                raise _BadRequest(ProxyRefusal.INVALID, "a client's host name is too long")
            if end < 0:
                return
            host = _name(bytes(data[start:end]))
        del data[: end + 1]
        _refuse_other_commands(command)
        self.request = ProxyRequest(host or str(ipaddress.ip_address(address)), _port(port))

    # HTTP

    def _read_http(self) -> None:
        data = self._received
        end = data.find(b"\r\n\r\n", max(0, self._searched - 3))
        self._searched = len(data)
        if end > MOST_HEAD or (end < 0 and len(data) > MOST_HEAD):
            raise _BadRequest(ProxyRefusal.TOO_LARGE, f"the request's head is longer than {MOST_HEAD:,} bytes")
        if end < 0:
            line_end = data.find(b"\n")
            # Looked at as soon as it is there: a client that ends lines with a line feed alone would wait for good.
            if line_end >= 0:
                _request_line(bytes(data[:line_end]))
            return
        head = bytes(data[:end])
        del data[: end + 4]
        first, *lines = head.split(b"\r\n")
        method, target, version = _request_line(first + b"\r")
        headers = [_header(line) for line in lines]
        if method == b"CONNECT":
            host, port = _authority(target, None)
            self.request = ProxyRequest(host, port)
        else:
            self.request = _plain_request(method, target, version, headers)


def _kind_of(first: int) -> _Kind | None:
    if first in (4, 5):
        return _Kind(first)
    # Of a method, which is a token (RFC 9110 section 5.6.2).
    return _Kind.HTTP if re.fullmatch(_TOKEN, bytes((first,))) else None


def _refuse_other_commands(command: int) -> None:
    if command == 1:
        return
    what = {2: "a port that listens (BIND)", 3: "UDP"}.get(command, f"the unknown command {command}")
    raise _BadRequest(ProxyRefusal.UNSUPPORTED, f"a client asks for {what}; a Port session makes TCP connections only")


def _socks5_reply(reply: int) -> bytes:
    # The address that the connection comes from is the node's, which nobody here knows: 0.0.0.0:0.
    return bytes((5, reply, 0, 1, 0, 0, 0, 0, 0, 0))


def _socks4_reply(*, granted: bool) -> bytes:
    return bytes((0, 90 if granted else 91, 0, 0, 0, 0, 0, 0))


def _http_refusal(status: HTTPStatus, sentence: str) -> bytes:
    body = f"ssmtui: {sentence}\n".encode()
    head = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Content-Type: text/plain; charset=utf-8",
        "X-Content-Type-Options: nosniff",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        head.append("Allow: CONNECT")
    return "\r\n".join([*head, "", ""]).encode("ascii") + body


def _request_line(line: bytes) -> tuple[bytes, bytes, bytes]:
    """Method, target and version; ``line`` with the carriage return that must end it."""
    found = _REQUEST_LINE.fullmatch(line[:-1]) if line.endswith(b"\r") else None
    if found is None:
        raise _BadRequest(ProxyRefusal.INVALID, "a client's request is not HTTP")
    if found[3] != b"1":
        raise _BadRequest(ProxyRefusal.VERSION, "this proxy speaks HTTP/1.1")
    return found[1], found[2], b"HTTP/1." + found[4]


def _header(line: bytes) -> tuple[bytes, bytes]:
    found = _HEADER_LINE.fullmatch(line)
    if found is None:
        raise _BadRequest(ProxyRefusal.INVALID, "a header of the request is not valid")
    return found[1], found[2].strip(b" \t")


def _plain_request(method: bytes, target: bytes, version: bytes, headers: list[tuple[bytes, bytes]]) -> ProxyRequest:
    """A request for ``http://host/path`` as its server expects it, without what was for the proxy."""
    found = _WHOLE_URL.fullmatch(target)
    if found is None:
        raise _BadRequest(
            ProxyRefusal.UNSUPPORTED,
            "this port is a proxy, not a web server: set it as SOCKS5 or HTTP proxy, and open the real address",
        )
    scheme, authority, path = found[1].lower(), found[2], found[3]
    if scheme != b"http":
        raise _BadRequest(
            ProxyRefusal.UNSUPPORTED,
            f"{inert.line(scheme.decode('ascii'), 20)}:// needs a tunnel: use CONNECT or SOCKS",
        )
    host, port = _authority(authority, 80)
    if not path:
        path = b"*" if method == b"OPTIONS" else b"/"
    elif path.startswith(b"?"):
        path = b"/" + path
    named = b",".join(value for name, value in headers if name.lower() == b"connection")
    dropped = _HOP_BY_HOP | {name.strip(b" \t").lower() for name in named.split(b",")}
    # Where the body ends is said once, and as we read it (RFC 9112 section 6.3): by the other header a server would
    # find another request in the body.
    size = _size(headers)
    dropped = (dropped - _FRAMING) | ({b"content-length"} if size is None else set())
    # One request for each connection, so that the next one may lead elsewhere. No Via, although RFC 9110 wants one: for
    # servers such as nginx a Via means a proxy in front of many people, and they leave compression off.
    lines = [b" ".join((method, path, version)), b"Host: " + authority, b"Connection: close"]
    lines += [name + b": " + value for name, value in headers if name.lower() not in dropped]
    return ProxyRequest(host, port, b"\r\n".join([*lines, b"", b""]), size)


def _size(headers: list[tuple[bytes, bytes]]) -> int | None:
    """How many bytes the body has, None where it is chunked."""
    codings = [value.lower() for name, value in headers if name.lower() == b"transfer-encoding"]
    if codings:
        # The end of a body in any other way is the end of the connection, which a client cannot send (RFC 9112
        # section 6.3).
        if codings[-1].split(b",")[-1].strip(b" \t") != b"chunked":
            raise _BadRequest(ProxyRefusal.INVALID, "the request's Transfer-Encoding does not end with chunked")
        return None
    lengths = {value for name, value in headers if name.lower() == b"content-length"}
    if not lengths:
        return 0
    (length, *others) = lengths
    if others or not re.fullmatch(rb"\d{1,18}", length):
        raise _BadRequest(ProxyRefusal.INVALID, "the request's Content-Length is not valid")
    return int(length)


def _authority(text: bytes, default: int | None) -> tuple[str, int]:
    """Host and port of ``host:port``; without a default the port must be there."""
    found = _AUTHORITY.fullmatch(text)
    if found is None or (found[2] is None and default is None):
        raise _BadRequest(ProxyRefusal.INVALID, "the destination must be HOST:PORT")
    return _name(found[1].strip(b"[]")), _port(int(found[2]) if found[2] is not None else default or 0)


def _name(text: bytes) -> str:
    """The host of a request, which may be an address."""
    try:
        host = text.decode("ascii")
    except UnicodeDecodeError:
        raise _BadRequest(
            ProxyRefusal.INVALID, "a host name is not in ASCII; clients write other letters as xn--..."
        ) from None
    try:
        return str(_unmapped(ipaddress.ip_address(host)))
    except ValueError:
        pass
    if _NAME.fullmatch(host) is None:
        raise _BadRequest(ProxyRefusal.INVALID, f"{inert.line(host, 60) or 'an empty text'} is no host name")
    return host.lower()


def _unmapped(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An IPv4 address that is written as an IPv6 one is that IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            raise _BadRequest(ProxyRefusal.INVALID, "an address with a zone is known on its own machine only")
        return address.ipv4_mapped or address
    return address


def _port(port: int) -> int:
    if not 0 < port < 65_536:
        raise _BadRequest(ProxyRefusal.INVALID, f"{port} is no port: ports are from 1 to 65535")
    return port
