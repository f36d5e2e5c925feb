"""Forwards as they are written, and what the documents are given for them."""

from __future__ import annotations

import pytest

from ssmtui.documents.port_forwards import HOST_DOCUMENT, PORT_DOCUMENT, Forward, parse


@pytest.mark.parametrize(
    ("text", "forward", "destination"),
    [
        ("80", Forward(80), "port 80"),
        ("8080:80", Forward(80, "", 8080), "port 80"),
        ("db.internal:5432", Forward(5432, "db.internal"), "db.internal:5432"),
        ("15432:10.0.0.7:5432", Forward(5432, "10.0.0.7", 15432), "10.0.0.7:5432"),
        ("443:[fd00::7]:443", Forward(443, "fd00::7", 443), "[fd00::7]:443"),
        ("5432:localhost:5432", Forward(5432, "", 5432), "port 5432"),
        ("[::1]:80", Forward(80), "port 80"),
    ],
)
def test_what_is_written_is_read(text: str, forward: Forward, destination: str) -> None:
    assert parse(text) == forward
    assert forward.destination == destination


@pytest.mark.parametrize("text", ["", "db", "0", "70000", "70000:80", "80:", "a:b:c", "1:2:3:4", "80 ", "٨٠"])
def test_what_is_no_forward_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must "):
        parse(text)


def test_a_host_takes_a_document_of_its_own() -> None:
    ports = {"portNumber": ("5432",), "localPortNumber": ("15432",)}
    to_node, to_host = Forward(5432), Forward(5432, "db.internal")
    assert (to_node.document, to_node.parameters(15432)) == (PORT_DOCUMENT, ports)
    assert (to_host.document, to_host.parameters(15432)) == (HOST_DOCUMENT, {"host": ("db.internal",), **ports})
