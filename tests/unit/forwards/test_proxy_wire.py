"""A client's request to a SOCKS or HTTP proxy: each protocol, each refusal, however its bytes are cut."""

from __future__ import annotations

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.forwards.proxy_wire import MOST_HEAD, ProxyConversation, ProxyRefusal, ProxyRequest

CRLF = "\r\n"


def socks5(host: str, port: int, command: int = 1) -> bytes:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        named = host.encode()
        place = bytes((3, len(named))) + named
    else:
        place = bytes((1 if address.version == 4 else 4,)) + address.packed
    return bytes((5, command, 0)) + place + struct.pack(">H", port)


def socks4(host: str, port: int, user: bytes = b"me", command: int = 1) -> bytes:
    try:
        packed, name = ipaddress.IPv4Address(host).packed, b""
    except ValueError:
        packed, name = bytes((0, 0, 0, 7)), host.encode() + b"\0"
    return struct.pack(">BBH", 4, command, port) + packed + user + b"\0" + name


def http(*lines: str) -> bytes:
    return (CRLF.join([*lines, "", ""])).encode("latin-1")


def told(data: bytes, cuts: tuple[int, ...] = ()) -> tuple[ProxyConversation, bytes]:
    """A client that sends ``data`` in pieces, and what it has got until then."""
    conversation, replies = ProxyConversation(), b""
    for start, end in zip((0, *cuts), (*cuts, len(data)), strict=True):
        conversation.receive(data[start:end])
        replies += conversation.replies()
    return conversation, replies


def status_of(reply: bytes) -> int:
    return int(reply.split(b" ", 2)[1])


# What is asked for

HOSTS = ["10.0.3.7", "db.internal", "fd00::7", "a_b.example.", "xn--mller-kva.example"]


@pytest.mark.parametrize("host", HOSTS)
def test_socks5(host: str) -> None:
    conversation, reply = told(b"\x05\x01\x00")
    assert reply == b"\x05\x00"
    conversation.receive(socks5(host, 5432) + b"early")
    assert conversation.request == ProxyRequest(host, 5432)
    assert conversation.replies() == b""
    conversation.accept()
    assert conversation.replies() == b"\x05\x00\x00\x01" + bytes(6)
    assert conversation.rest() == b"early"
    assert conversation.rest() == b""


@pytest.mark.parametrize("host", ["10.0.3.7", "db.internal"])
def test_socks4(host: str) -> None:
    conversation, reply = told(socks4(host, 80) + b"early")
    assert (conversation.request, reply) == (ProxyRequest(host, 80), b"")
    conversation.accept()
    assert conversation.replies() == b"\x00\x5a" + bytes(6)
    assert conversation.rest() == b"early"


@pytest.mark.parametrize("host", HOSTS)
def test_connect(host: str) -> None:
    place = f"[{host}]" if ":" in host else host
    conversation, reply = told(http(f"CONNECT {place}:443 HTTP/1.1", f"Host: {place}:443") + b"\x16\x03")
    assert (conversation.request, reply) == (ProxyRequest(host, 443), b"")
    conversation.accept()
    assert status_of(conversation.replies()) == 200
    assert conversation.rest() == b"\x16\x03"


def test_a_request_with_a_whole_url_goes_on_as_its_server_expects_it() -> None:
    conversation, reply = told(
        http(
            "POST http://Web.Internal:8080?a=b#c HTTP/1.1",
            "host: other.example",
            "Proxy-Connection: Keep-Alive",
            "Proxy-Authorization: Basic c2VjcmV0",
            "Connection: keep-alive, X-Mine",
            "x-mine: for the proxy",
            "Cookie:  a=b ",
            "Content-Length: 4",
        )
        + b"bodynext"
    )
    assert reply == b""
    assert conversation.request is not None
    assert conversation.request[:2] == ("web.internal", 8080)
    assert conversation.request.size == 4
    assert conversation.request.head == http(
        "POST /?a=b HTTP/1.1", "Host: Web.Internal:8080", "Connection: close", "Cookie: a=b", "Content-Length: 4"
    )
    conversation.accept()
    assert conversation.replies() == b"", "its answer comes from the server"
    assert conversation.rest() == b"bodynext"


@pytest.mark.parametrize(
    ("lines", "first", "port", "size"),
    [
        (["GET http://a HTTP/1.0"], b"GET / HTTP/1.0", 80, 0),
        (["GET HTTP://a/x/y HTTP/1.1"], b"GET /x/y HTTP/1.1", 80, 0),
        (["OPTIONS http://a HTTP/1.1"], b"OPTIONS * HTTP/1.1", 80, 0),
        (["GET http://[fd00::1]:81/ HTTP/1.1"], b"GET / HTTP/1.1", 81, 0),
        (["PUT http://a/ HTTP/1.1", "Transfer-Encoding: chunked"], b"PUT / HTTP/1.1", 80, None),
        (["PUT http://a/ HTTP/1.1", "Content-Length: 3", "content-length: 3"], b"PUT / HTTP/1.1", 80, 3),
    ],
)
def test_plain_requests(lines: list[str], first: bytes, port: int, size: int | None) -> None:
    conversation, _ = told(http(*lines))
    assert conversation.request is not None
    assert conversation.request.head.split(b"\r\n")[0] == first
    assert (conversation.request.port, conversation.request.size) == (port, size)


@pytest.mark.parametrize(
    ("framing", "passed_on"),
    [
        (["Transfer-Encoding: chunked", "Content-Length: 4"], b"Transfer-Encoding: chunked"),
        (["Connection: transfer-encoding", "Transfer-Encoding: chunked"], b"Transfer-Encoding: chunked"),
        (["Connection: content-length", "Content-Length: 4"], b"Content-Length: 4"),
    ],
)
def test_a_server_reads_the_end_of_the_body_where_we_do(framing: list[str], passed_on: bytes) -> None:
    conversation, _ = told(http("POST http://a/ HTTP/1.1", *framing))
    assert conversation.request is not None
    assert conversation.request.head.split(b"\r\n")[3:-2] == [passed_on]


def test_names_and_addresses_have_one_spelling() -> None:
    asked = [socks5("DB.Internal", 1), socks5("::ffff:10.0.3.7", 1), socks5("FD00:0::1", 1), socks5("10.0.3.7", 1)]
    hosts = [
        conversation.request and conversation.request.host for conversation, _ in (told(b"\5\1\0" + a) for a in asked)
    ]
    assert hosts == ["db.internal", "10.0.3.7", "fd00::1", "10.0.3.7"]
    # An address that a client sends as if it were a name.
    named = b"\x05\x01\x00\x03" + bytes((len("0:0::1"),)) + b"0:0::1" + b"\0\1"
    conversation, _ = told(b"\5\1\0" + named)
    assert conversation.request == ProxyRequest("::1", 1)


# What is refused


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        (socks5("a", 1, command=2), 7),
        (socks5("a", 1, command=3), 7),
        (socks5("a", 1, command=0xF0), 7),
        (b"\5\1\0\2" + bytes(20), 8),
        (socks5("a", 0), 1),
        (socks5("", 1), 1),
        (socks5("a b", 1), 1),
        (socks5("a\0.example", 1), 1),
        (socks5("127.1", 1), 1),
        (b"\5\1\0\3\x0cfe80::1%eth0\0\1", 1),
        (socks5("müller", 1), 1),
        (b"\4\1\0\1\1\1\1\1\0\1", 1),
    ],
)
def test_socks5_answers_what_it_refuses(data: bytes, reply: int) -> None:
    conversation, replies = told(b"\5\1\0" + data)
    assert conversation.request is None
    assert conversation.is_over
    assert replies == b"\5\0" + bytes((5, reply, 0, 1)) + bytes(6)


def test_socks5_that_insists_on_a_password_is_refused_in_its_greeting() -> None:
    conversation, replies = told(b"\5\2\1\2" + socks5("a", 1))
    assert replies == b"\5\xff"
    assert "password" in conversation.refused


def test_a_password_that_is_only_offered_is_not_asked_for() -> None:
    conversation, replies = told(b"\5\3\2\0\1" + socks5("a", 1))
    assert replies == b"\5\0"
    assert conversation.request == ProxyRequest("a", 1)


@pytest.mark.parametrize(
    "data",
    [
        socks4("a", 1, command=2),
        socks4("a", 0),
        socks4("a", 1, user=b"u" * 256),
        struct.pack(">BBH", 4, 1, 80) + b"u" * 300,
        socks4("n" * 256, 1),
        struct.pack(">BBH", 4, 1, 80) + b"\0\0\0\1\0" + b"n" * 256,
        socks4("a b", 1),
    ],
)
def test_socks4_answers_what_it_refuses(data: bytes) -> None:
    conversation, replies = told(data)
    assert conversation.request is None
    assert replies == b"\0\x5b" + bytes(6)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (http("GET / HTTP/1.1", "Host: db.internal"), 405),
        (http("POST /x HTTP/1.1", "Host: 127.0.0.1:1080"), 405),
        (http("OPTIONS * HTTP/1.1"), 405),
        (http("GET https://a/ HTTP/1.1"), 405),
        (http("GET ftp://a/ HTTP/1.1"), 405),
        (http("CONNECT a HTTP/1.1"), 400),
        (http("CONNECT a:0 HTTP/1.1"), 400),
        (http("CONNECT a:65536 HTTP/1.1"), 400),
        (http("CONNECT a:1:2 HTTP/1.1"), 400),
        (http("CONNECT u@a:1 HTTP/1.1"), 400),
        (http("CONNECT http://a:1 HTTP/1.1"), 400),
        (http("GET http://u:p@a/ HTTP/1.1"), 400),
        (http("GET http:///x HTTP/1.1"), 400),
        (http("GET http://a/ HTTP/1.1", "Bad Header: x"), 400),
        (http("GET http://a/ HTTP/1.1", "A: b", " folded"), 400),
        (http("GET http://a/ HTTP/1.1", "A: b\0c"), 400),
        (http("GET http://a/ HTTP/1.1", "A: b\rc"), 400),
        (http("GET http://a/ HTTP/1.1", "Content-Length: 3", "Content-Length: 4"), 400),
        (http("GET http://a/ HTTP/1.1", "Content-Length: -3"), 400),
        (http("PUT http://a/ HTTP/1.1", "Transfer-Encoding: gzip"), 400),
        (http("PUT http://a/ HTTP/1.1", "Transfer-Encoding: chunked, gzip"), 400),
        (http("GET http://a/ HTTP/1.1", "Content-Length: 3, 3"), 400),
        (http("GET  http://a/ HTTP/1.1"), 400),
        (http("GET http://a/"), 400),
        (b"CONNECT a:1 HTTP/1.1\n\n", 400),
        (b"GET\r\n", 400),
        (b"SSH-2.0-OpenSSH_9.6\r\n", 400),
        (http("PRI * HTTP/2.0"), 505),
        (http("GET http://a/" + "x" * MOST_HEAD + " HTTP/1.1"), 431),
        (b"GET " + b"x" * (MOST_HEAD + 1), 431),
    ],
)
def test_http_answers_what_it_refuses(data: bytes, status: int) -> None:
    conversation, reply = told(data)
    assert conversation.request is None
    assert status_of(reply) == status
    head, _, body = reply.partition(b"\r\n\r\n")
    assert b"Connection: close" in head
    assert f"Content-Length: {len(body)}".encode() in head
    assert conversation.refused.encode() in body


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00", b"\x00", b"\xff\xff", b" GET"])
def test_what_speaks_neither_is_over_without_an_answer(data: bytes) -> None:
    conversation, reply = told(data)
    assert conversation.is_over
    assert reply == b""
    assert ("TLS" in conversation.refused) == (data[0] == 0x16)


def test_a_password_for_the_proxy_is_neither_passed_on_nor_repeated() -> None:
    lines = ("Proxy-Authorization: Basic c2VjcmV0", "Content-Length: x")
    conversation, reply = told(http("GET http://a/ HTTP/1.1", *lines))
    assert b"c2VjcmV0" not in reply
    assert "c2VjcmV0" not in conversation.refused


# Refused by whoever looked for the destination


@pytest.mark.parametrize("refusal", list(ProxyRefusal))
def test_a_refusal_is_answered_in_the_clients_protocol(refusal: ProxyRefusal) -> None:
    asked = {
        "socks5": b"\5\1\0" + socks5("a", 1),
        "socks4": socks4("a", 1),
        "http": http("CONNECT a:1 HTTP/1.1"),
        "plain": http("GET http://a/ HTTP/1.1"),
    }
    answers = {}
    for protocol, data in asked.items():
        conversation, _ = told(data + b"early")
        conversation.refuse(refusal, "not\r\nX-Injected: 1\r\n\r\n there \x1b[31m")
        answers[protocol] = conversation.replies()
        assert conversation.rest() == b""
    assert answers["socks5"] == bytes((5, refusal.socks_reply, 0, 1)) + bytes(6)
    assert answers["socks4"] == b"\0\x5b" + bytes(6)
    for protocol in ("http", "plain"):
        head, _, body = answers[protocol].partition(b"\r\n\r\n")
        assert status_of(head) == refusal.status.value
        assert b"Injected" not in head
        assert b"\x1b" not in body


def test_a_client_that_is_slow_is_answered_as_far_as_it_has_come() -> None:
    answers = []
    for data in (b"", b"\5", b"\5\1\0\5\1", b"\4\1", b"CONN"):
        conversation, before = told(data)
        assert not conversation.is_over
        assert conversation.is_empty == (not data)
        conversation.refuse(ProxyRefusal.SLOW, "the client did not say in time where to connect to")
        answers.append(before + conversation.replies())
    assert answers[:4] == [b"", b"\5\xff", b"\5\0\5\1\0\1" + bytes(6), b"\0\x5b" + bytes(6)]
    assert status_of(answers[4]) == 408


# Whatever comes

names = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,20}(\.[a-z]{1,5}){0,3}", fullmatch=True)
addresses = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6).filter(lambda a: not a.scope_id)).map(str)
hosts = st.one_of(names, addresses)
ports = st.integers(1, 65_535)


def spelled(host: str) -> str:
    """As a request has it."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.lower()
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def requests(host: str, port: int) -> list[bytes]:
    place = f"[{host}]" if ":" in host else host
    asked = [
        b"\5\1\0" + socks5(host, port),
        http(f"CONNECT {place}:{port} HTTP/1.1", "User-Agent: x"),
        http(f"GET http://{place}:{port}/ HTTP/1.1", "User-Agent: x"),
    ]
    if ":" not in host and not host.startswith("0.0.0."):
        asked.append(socks4(host, port))
    return asked


@given(hosts, ports, st.binary(max_size=40), st.data())
def test_a_request_is_the_same_however_it_is_cut(host: str, port: int, early: bytes, data: st.DataObject) -> None:
    for asked in requests(host, port):
        whole = asked + early
        cuts = tuple(sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8))))
        conversation, _ = told(whole, cuts)
        assert conversation.request is not None, conversation.refused
        assert conversation.request[:2] == (spelled(host), port)
        assert conversation.rest() == early


pieces = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b"\5\1\0", b"\5\1\0\3", b"\4\1\0P\0\0\0\1", b"\0", b"CONNECT ", b"GET http://", b"a:1", b" HTTP/1.1\r\n",
         b"\r\n\r\n", b"\r\n", b"\n", b"Content-Length: ", b"Transfer-Encoding: chunked", b"[::1]:1", b"[", b"%", b"@", b"://"]
    ),
)  # fmt: skip


@given(st.lists(pieces, max_size=12).map(b"".join), st.data())
def test_nothing_that_a_client_sends_raises_and_cuts_change_nothing(whole: bytes, data: st.DataObject) -> None:
    conversation, replies = told(whole)
    assert not (conversation.request and conversation.is_over)
    cuts = tuple(sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8))))
    again, replies_again = told(whole, cuts)
    assert again.request == conversation.request
    assert again.is_over == conversation.is_over
    assert replies_again == replies
    if conversation.request is not None:
        request = conversation.request
        assert request.host == spelled(request.host)
        assert 0 < request.port < 65_536
        assert again.rest() == conversation.rest()
        # Nothing in the head that is passed on can be taken for a second request.
        assert request.head.count(b"\r\n\r\n") == (1 if request.head else 0)
        assert b"\0" not in request.head


@given(st.binary(min_size=1, max_size=400), st.sampled_from([b"\5\1\0", b"\4\1", b"CONNECT ", b""]))
def test_what_is_kept_of_a_client_is_bounded(piece: bytes, first: bytes) -> None:
    conversation = ProxyConversation()
    conversation.receive(first)
    sent = len(first)
    while not (conversation.is_over or conversation.request is not None) and sent < 3 * MOST_HEAD:
        conversation.receive(piece)
        sent += len(piece)
    assert conversation.is_over or conversation.request is not None
    assert sent <= MOST_HEAD + len(first) + len(piece) + 4
