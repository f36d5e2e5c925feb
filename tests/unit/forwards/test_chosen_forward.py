"""Which destinations a client may choose, and where each leads."""

from __future__ import annotations

import pytest

from ssmtui.documents.port_forwards import HOST_DOCUMENT, PORT_DOCUMENT, Forward
from ssmtui.forwards.chosen_forward import DestinationRefused, chosen_forward

SOCKS = Forward(0, local=1080, socks=True)


@pytest.mark.parametrize(
    "host", ["db.internal", "db.internal.", "10.0.3.7", "fd00::7", "169.254.1.1", "localhost.example"]
)
def test_a_host_is_reached_by_the_document_for_hosts(host: str) -> None:
    forward = chosen_forward(host, 5432, SOCKS)
    assert forward == Forward(5432, host)
    assert forward.document == HOST_DOCUMENT


@pytest.mark.parametrize("host", ["localhost", "localhost.", "app.localhost", "127.0.0.1", "::1"])
def test_the_node_itself_is_reached_by_the_document_for_its_ports(host: str) -> None:
    forward = chosen_forward(host, 8080, SOCKS)
    assert forward == Forward(8080)
    assert forward.document == PORT_DOCUMENT


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("169.254.169.254", "credentials"),
        ("169.254.170.2", "task"),
        ("169.254.170.23", "pod"),
        ("fd00:ec2::254", "metadata"),
        ("127.0.0.53", "only 127.0.0.1"),
        ("0.0.0.0", "one machine"),
        ("::", "one machine"),
        ("224.0.0.1", "one machine"),
        ("ff02::1", "one machine"),
        ("255.255.255.255", "one machine"),
    ],
)
def test_what_no_session_reaches_is_refused_before_one_is_started(host: str, why: str) -> None:
    with pytest.raises(DestinationRefused, match=why):
        chosen_forward(host, 80, SOCKS)


def test_a_document_of_the_account_is_used_for_each_destination() -> None:
    offered = SOCKS._replace(document_name="Our-Hosts")
    forward = chosen_forward("db.internal", 5432, offered)
    assert forward.document == "Our-Hosts"
    assert forward.parameters(1080) == {"host": ("db.internal",), "portNumber": ("5432",)}
    itself = chosen_forward("127.0.0.1", 80, offered)
    assert itself.parameters(1080) == {"host": ("localhost",), "portNumber": ("80",)}
