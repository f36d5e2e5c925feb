"""This machine: what counts as it, and which of its ports are free."""

import socket

import pytest

from ssmtui import loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "LOCALHOST"])
def test_a_loopback_name_or_address_is_this_machine(host: str) -> None:
    assert loopback.is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "8.8.8.8", "127.evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "127.1", "[::1]"]
)
def test_what_only_looks_like_this_machine_is_another(host: str) -> None:
    assert not loopback.is_loopback(host)


def test_a_port_that_somebody_listens_on_is_not_free() -> None:
    with socket.create_server((loopback.LOOPBACK, 0)) as server:
        assert not loopback.is_free(server.getsockname()[1])


def test_the_port_that_is_offered_can_be_listened_on() -> None:
    port = loopback.free_port()
    assert loopback.is_free(port)
    with socket.create_server((loopback.LOOPBACK, port)):
        assert not loopback.is_free(port)
