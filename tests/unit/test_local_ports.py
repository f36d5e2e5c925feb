"""Free ports of this machine."""

import socket

from ssmtui import local_ports


def test_a_port_that_somebody_listens_on_is_not_free() -> None:
    with socket.create_server((local_ports.LOOPBACK, 0)) as server:
        assert not local_ports.is_free(server.getsockname()[1])


def test_the_port_that_is_offered_can_be_listened_on() -> None:
    port = local_ports.free_port()
    assert local_ports.is_free(port)
    with socket.create_server((local_ports.LOOPBACK, port)):
        assert not local_ports.is_free(port)
