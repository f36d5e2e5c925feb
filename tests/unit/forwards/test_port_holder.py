"""Which process holds a port, with real sockets and real processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from ssmtui.errors import UsageError
from ssmtui.forwards import port_holder
from ssmtui.forwards.listener import listen
from ssmtui.forwards.port_holder import PortHolder, find_holder, overlap, taken
from ssmtui.loopback import LOOPBACK, free_port

LISTENS = """
import socket, sys
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other() -> Iterator[tuple[int, int]]:
    """The port and the id of a process that listens, with a secret on its command line."""
    with subprocess.Popen(
        [sys.executable, "-c", LISTENS, "token-of-its-own"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.pid
        process.kill()


async def test_a_taken_port_names_the_process_that_holds_it(other: tuple[int, int]) -> None:
    port, pid = other
    with pytest.raises(UsageError) as caught:
        await listen(port, 0, lambda reader, writer: None)
    name = psutil.Process(pid).name()
    assert caught.value.title == "The local port is taken"
    assert caught.value.detail == f"{name} (process {pid}) listens on port {port}"
    assert "token-of-its-own" not in str(caught.value)
    assert caught.value.exit_code == 252


async def test_our_own_port_is_named_as_ours() -> None:
    server = await listen(None, 0, lambda reader, writer: None)
    port = server.sockets[0].getsockname()[1]
    error = await taken(LOOPBACK, port)
    server.close()
    assert error.detail == f"this ssmtui listens on port {port} already"
    assert "Close that tunnel" in error.remedy


def test_a_listener_is_named_before_the_other_end_of_a_connection(other: tuple[int, int]) -> None:
    port, pid = other
    with socket.create_connection((LOOPBACK, port)):
        holder = find_holder("0.0.0.0", port)
        assert holder is not None
        assert holder.pid == pid


def test_the_local_end_of_a_connection_holds_its_port(other: tuple[int, int]) -> None:
    with socket.create_connection((LOOPBACK, other[0])) as connection:
        holder = find_holder(LOOPBACK, connection.getsockname()[1])
        assert holder is not None
        assert holder.pid == os.getpid()


async def test_a_port_of_nobody_and_one_of_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    assert find_holder(LOOPBACK, port) is None
    assert (await taken(LOOPBACK, port)).detail == f"another program on this machine listens on port {port}"
    monkeypatch.setattr(port_holder, "find_holder", lambda address, port: PortHolder(None))
    assert (await taken(LOOPBACK, port)).detail == f"a program of another user listens on port {port}"


async def test_a_name_is_made_inert_and_a_failure_costs_only_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port_holder, "find_holder", lambda address, port: PortHolder(7, "ev\x1b[31mil\n"))
    detail = (await taken(LOOPBACK, 80)).detail
    assert detail.isprintable()
    assert "(process 7)" in detail

    def fails(address: str, port: int) -> PortHolder | None:
        raise psutil.AccessDenied

    monkeypatch.setattr(port_holder, "find_holder", fails)
    assert (await taken(LOOPBACK, 80)).detail == "another program on this machine listens on port 80"


def test_where_only_own_processes_may_be_asked_they_are_asked_one_by_one(
    other: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(kind: str) -> list[object]:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", denied)
    assert find_holder(LOOPBACK, other[0]) == PortHolder(other[1], psutil.Process(other[1]).name())


@pytest.mark.parametrize(
    ("one", "another", "expected"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("127.0.0.1", "0.0.0.0", True),
        ("127.0.0.1", "::", True),
        ("127.0.0.1", "::1", False),
        ("127.0.0.1", "::ffff:127.0.0.1", True),
        ("::1", "0.0.0.0", False),
        ("::1", "::", True),
        ("fe80::1%eth0", "fe80::1%eth0", True),
        ("own", "127.0.0.1", False),
    ],
)
def test_which_addresses_exclude_each_other(one: str, another: str, expected: bool) -> None:
    assert overlap(one, another) is expected
    assert overlap(another, one) is expected
