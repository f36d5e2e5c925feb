"""Forwards as they are written, and what the documents are given for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.documents.port_forwards import (
    EVERY_ADDRESS,
    HOST_DOCUMENT,
    OWN,
    PORT_DOCUMENT,
    Forward,
    destination_parameters,
    given_by,
    parse,
)


@pytest.mark.parametrize(
    ("text", "forward", "destination"),
    [
        ("80", Forward(80), "port 80"),
        ("8080:80", Forward(80, "", 8080), "port 80"),
        ("0:80", Forward(80, "", 0), "port 80"),
        ("db.internal:5432", Forward(5432, "db.internal"), "db.internal:5432"),
        ("15432:10.0.0.7:5432", Forward(5432, "10.0.0.7", 15432), "10.0.0.7:5432"),
        ("443:[fd00::7]:443", Forward(443, "fd00::7", 443), "[fd00::7]:443"),
        ("5432:localhost:5432", Forward(5432, "", 5432), "port 5432"),
        ("[::1]:80", Forward(80), "port 80"),
        ("127.0.0.2:5432:db:5432", Forward(5432, "db", 5432, "127.0.0.2"), "db:5432"),
        ("[::1]:8080:80", Forward(80, "", 8080, "::1"), "port 80"),
        ("[::1]:8080:[::2]:80", Forward(80, "::2", 8080, "::1"), "[::2]:80"),
        ("[fe80::1%eth0]:8080:80", Forward(80, "", 8080, "fe80::1%eth0"), "port 80"),
        ("localhost:8080:80", Forward(80, "", 8080), "port 80"),
        ("*:0:80", Forward(80, "", 0, EVERY_ADDRESS), "port 80"),
        ("own:5432:db:5432", Forward(5432, "db", 5432, OWN), "db:5432"),
        ("own::db:5432", Forward(5432, "db", None, OWN), "db:5432"),
        ("own:5432", Forward(5432, "own"), "own:5432"),
        ("1080:socks:1080", Forward(1080, "socks", 1080), "socks:1080"),
        ("127.0.0.1::socks:1080", Forward(1080, "socks"), "socks:1080"),
        ("socks:1080", Forward(0, local=1080, socks=True), "any host (SOCKS)"),
        ("socks", Forward(0, socks=True), "any host (SOCKS)"),
        ("socks:[::1]:0", Forward(0, local=0, bind="::1", socks=True), "any host (SOCKS)"),
        ("@Orders-Port", Forward(0, document_name="Orders-Port"), "Orders-Port's destination"),
        (
            "own:15433:orders:5432@Orders-Port,",
            Forward(5432, "orders", 15433, OWN, "Orders-Port"),
            "orders:5432",
        ),
        (
            "db:5432@arn:aws:ssm:eu-west-1:111122223333:document/Ours",
            Forward(
                5432,
                "db",
                document_name="arn:aws:ssm:eu-west-1:111122223333:document/Ours",
                given=(("host", ("db",)), ("portNumber", ("5432",))),
            ),
            "db:5432",
        ),
        (
            "1:@Ours,tier=a%2Cb,tier=%C3%BC%3D,stage=x",
            Forward(0, local=1, document_name="Ours", given=(("tier", ("a,b", "ü=")), ("stage", ("x",)))),
            "Ours's destination",
        ),
        ("socks:1080@Ours", Forward(0, local=1080, document_name="Ours", socks=True), "any host (SOCKS)"),
    ],
)
def test_what_is_written_is_read(text: str, forward: Forward, destination: str) -> None:
    assert parse(text) == forward
    assert forward.destination == destination


@pytest.mark.parametrize(
    "text",
    [
        *("", "db", "0", "70000", "70000:80", "80:", "a:b:c", "1:2:3:4", "80 ", "٨٠", "80\n", ":80", ":8080:80"),
        *(
            "db:8080:80",
            "300.0.0.1:8080:80",
            "1.2.3.4:70000:80",
            "own:",
            "own:80:",
            "socks:70000",
            "socks:a",
            "socks:1:2",
        ),
        *("80@", "80@ab", "80@Ours,x", "80@Ours,=x", "80@Ours,x=", "70000@Ours", "80@Ours and more"),
    ],
)
def test_what_is_no_forward_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must "):
        parse(text)


PORTS = st.integers(1, 65_535)
BINDS = st.one_of(st.just(OWN), st.just(EVERY_ADDRESS), st.ip_addresses().map(str))
HOSTS = st.one_of(
    st.just(""),
    st.sampled_from(["socks", "SOCKS", "own", "db.internal", "a_b"]),
    st.ip_addresses().filter(lambda one: not one.is_loopback).map(str),
)
NAMES = st.sampled_from(["Our", "Our-Port.Document_2", "arn:aws:ssm:eu-west-1:111122223333:document/Our"])
GIVEN = st.dictionaries(
    st.text(min_size=1, max_size=12),
    st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=3).map(tuple),
    max_size=3,
).map(given_by)
LOCALS = st.none() | st.integers(0, 65_535)
AWS_S, NOTHING, FIXED = st.just(""), st.just(()), st.just(False)
PLAIN = st.builds(Forward, PORTS, HOSTS, LOCALS, BINDS, AWS_S, NOTHING, FIXED)
OURS = st.builds(Forward, PORTS | st.just(0), HOSTS, LOCALS, BINDS, NAMES, GIVEN, FIXED)
SOCKS = st.builds(Forward, st.just(0), st.just(""), LOCALS, BINDS, AWS_S | NAMES, NOTHING, st.just(True))


@given(PLAIN | OURS | SOCKS)
def test_the_text_of_a_forward_is_read_as_the_same_one(forward: Forward) -> None:
    assert parse(forward.text) == forward


@pytest.mark.parametrize(
    "text",
    ["80", "8080:80", "0:80", "8080:db:80", "own::80", "127.0.0.2:1:[::2]:80", "socks:1080", "db:80@Ours", "@Our"],
)
def test_the_text_is_what_a_person_writes(text: str) -> None:
    assert parse(text).text == text


def test_a_host_takes_a_document_of_its_own() -> None:
    ports = {"portNumber": ("5432",), "localPortNumber": ("15432",)}
    to_node, to_host = Forward(5432), Forward(5432, "db.internal")
    assert (to_node.document, to_node.parameters(15432)) == (PORT_DOCUMENT, ports)
    assert (to_host.document, to_host.parameters(15432)) == (HOST_DOCUMENT, {"host": ("db.internal",), **ports})
    assert Forward(0, socks=True).document == HOST_DOCUMENT


def test_a_document_in_the_place_of_aws_s_gets_what_it_was_given() -> None:
    ours = Forward(5432, "db", document_name="Ours", given=(("tier", ("a", "b")),))
    assert (ours.document, ours.parameters(15432)) == ("Ours", {"tier": ("a", "b")})


def test_parameters_without_a_value_are_left_out() -> None:
    assert given_by({"a": ("",), "b": (), "c": ("1",)}) == (("c", ("1",)),)
    assert destination_parameters(0, "db") == ()


@pytest.mark.parametrize(
    ("bind", "exposed"),
    [
        ("127.0.0.1", False),
        ("127.9.8.7", False),
        ("::1", False),
        (OWN, False),
        (EVERY_ADDRESS, True),
        ("10.0.0.7", True),
    ],
)
def test_what_other_machines_may_reach_is_exposed(bind: str, exposed: bool) -> None:
    assert Forward(80, bind=bind).is_exposed is exposed
