"""Command lines of clients: that a shell and the clients themselves read them as they are meant."""

from __future__ import annotations

import shlex
import shutil
import socket
import subprocess
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.ui.near.clients import Way, client_line

RDS = "orders.cluster-c9.eu-west-1.rds.amazonaws.com"
CACHE = "sessions.x9k2ab.euw1.cache.amazonaws.com"


@pytest.mark.parametrize(
    ("way", "line"),
    [
        (
            Way("127.0.0.1", 15432, RDS, 5432, "jane"),
            f"psql 'host={RDS} hostaddr=127.0.0.1 port=15432 user=jane sslmode=require'",
        ),
        (Way("127.0.0.1", 5432, "", 5432), "psql 'host=127.0.0.1 port=5432'"),
        (
            Way("127.0.0.1", 5432, "db.internal", 5432, "o'hara"),
            """psql 'host=db.internal hostaddr=127.0.0.1 port=5432 user='"'"'o\\'"'"'hara'"'"''""",
        ),
        (
            Way("127.0.77.3", 3306, RDS, 3306, "jane"),
            "mysql --host=127.0.77.3 --port=3306 --user=jane --ssl-mode=REQUIRED --enable-cleartext-plugin --password",
        ),
        (Way("127.0.0.1", 3306, "", 3306), "mysql --host=127.0.0.1 --port=3306 --password"),
        (
            Way("127.0.0.1", 6379, f"master.{CACHE}", 6379),
            f"redis-cli -h 127.0.0.1 -p 6379 --tls --sni master.{CACHE}",
        ),
        (Way("127.0.0.1", 6379, f"sessions.ng.0001.{CACHE}", 6379), "redis-cli -h 127.0.0.1 -p 6379"),
        (
            Way("::1", 27017, "catalog.cluster-c9.eu-west-1.docdb.amazonaws.com", 27017, "app"),
            "mongosh 'mongodb://[::1]:27017/?directConnection=true&retryWrites=false&tls=true"
            "&tlsAllowInvalidHostnames=true' --username app",
        ),
        (
            Way("127.0.0.1", 8443, "vpc-logs.eu-west-1.es.amazonaws.com", 443),
            "curl --connect-to vpc-logs.eu-west-1.es.amazonaws.com:443:127.0.0.1:8443 "
            "https://vpc-logs.eu-west-1.es.amazonaws.com:443/",
        ),
        (Way("127.0.0.1", 1433, RDS, 1433, "sa"), "sqlcmd -S 127.0.0.1,1433 -U sa"),
        (Way("127.0.0.1", 2222, "", 22, "ec2-user"), "ssh -p 2222 ec2-user@127.0.0.1"),
        (Way("127.0.0.1", 7000, "db.internal", 7000), ""),
        (Way("127.0.0.1", 5432, "a b", 5432), ""),
        (Way("127.0.0.1", 443, "-o.example", 443), ""),
        (Way("127.0.0.1", 22, "", 22, "-oProxyCommand=x"), ""),
        (Way("127.0.0.1", 5432, "", 5432, "a\nb"), ""),
    ],
)
def test_lines(way: Way, line: str) -> None:
    assert client_line(way) == line


@given(host=st.text(max_size=30), user=st.text(max_size=20), port=st.sampled_from([22, 443, 3306, 5432, 6379, 27017]))
def test_no_name_becomes_another_word_of_the_line(host: str, user: str, port: int) -> None:
    plain = shlex.split(client_line(Way("127.0.0.1", 1, "db.internal" if host else "", port, "u" if user else "")))
    line = client_line(Way("127.0.0.1", 1, host, port, user))
    if line:
        assert line.isprintable()
        assert len(shlex.split(line)) == len(plain)


def greeted_by(line: str, listener: socket.socket) -> bytes:
    """The first bytes that a client sends which is started by ``line``."""
    heard: list[bytes] = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            heard.append(connection.recv(4096))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    done = subprocess.run(shlex.split(line), stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    thread.join(timeout=10)
    assert heard, done.stderr
    return heard[0]


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not on PATH")
def test_psql_connects_here_and_looks_no_name_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        way = Way("127.0.0.1", listener.getsockname()[1], "nowhere.invalid.amazonaws.com", 5432, "o'hara \\")
        assert greeted_by(client_line(way), listener) == bytes.fromhex("0000000804d2162f"), "PostgreSQL's SSLRequest"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on PATH")
def test_curl_connects_here_and_asks_for_the_certificate_of_the_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        way = Way("127.0.0.1", listener.getsockname()[1], "vpc-logs.invalid", 443)
        assert b"vpc-logs.invalid" in greeted_by(client_line(way), listener), "the name in TLS's ClientHello"
