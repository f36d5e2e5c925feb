"""Where Port documents lead, AWS's and an account's own."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.aws import convert
from ssmtui.documents.port_documents import SSH_DOCUMENT, PortUse, checked, is_port, known, use_of
from ssmtui.documents.port_forwards import HOST_DOCUMENT, PORT_DOCUMENT, Forward, parse
from ssmtui.errors import DocumentError
from ssmtui.lab.document_texts import AMAZON
from ssmtui.model import DocumentParameter, SessionDocument

ORDERS = {"host": "orders.internal", "portNumber": "5432", "localPortNumber": "15433", "type": "LocalPortForwarding"}


def document(
    properties: Mapping[str, object], name: str = "Orders-Port", kind: str = "Port", **parameters: object
) -> SessionDocument:
    """A document as GetDocument answers it. A parameter is a default, or its whole schema."""
    schemas = {
        key: value if isinstance(value, dict) else {"type": "String", "default": value}
        for key, value in parameters.items()
    }
    content = {"schemaVersion": "1.0", "sessionType": kind, "parameters": schemas, "properties": properties}
    return convert.session_document(name, {"DocumentType": "Session", "Content": json.dumps(content)})


def aws_s(name: str) -> SessionDocument:
    return convert.session_document(name, {"DocumentType": "Session", "Content": json.dumps(AMAZON[name])})


def described(name: str, *parameters: str) -> SessionDocument:
    return SessionDocument(name, parameters=tuple(DocumentParameter(each) for each in parameters), complete=False)


def one(**parameters: str) -> dict[str, tuple[str, ...]]:
    return {name: (value,) for name, value in parameters.items()}


def test_a_document_that_asks_for_nothing_knows_everything() -> None:
    assert use_of(document(ORDERS), {}) == PortUse(Forward(5432, "orders.internal", 15433, document_name="Orders-Port"))


@pytest.mark.parametrize(
    ("name", "parameters", "forward"),
    [
        (PORT_DOCUMENT, {}, Forward(80)),
        (PORT_DOCUMENT, one(portNumber="5432"), Forward(5432)),
        (PORT_DOCUMENT, one(portNumber="5432", localPortNumber="15432"), Forward(5432, local=15432)),
        (PORT_DOCUMENT, one(localPortNumber="0"), Forward(80, local=0)),
        (HOST_DOCUMENT, one(host="db.internal", portNumber="5432"), Forward(5432, "db.internal")),
        (
            HOST_DOCUMENT,
            one(host="localhost", portNumber="5432"),
            parse(f"localhost:5432@{HOST_DOCUMENT}"),
        ),
    ],
)  # fmt: skip
def test_aws_s_documents_make_plain_forwards(
    name: str, parameters: Mapping[str, tuple[str, ...]], forward: Forward
) -> None:
    for told in (aws_s(name), known(name, None), known(name, described(name, "portNumber"))):
        assert told is not None
        assert use_of(told, parameters) == PortUse(forward)
    assert parse(forward.text) == forward


def test_ssh_s_document_carries_one_connection() -> None:
    for told in (aws_s(SSH_DOCUMENT), known(SSH_DOCUMENT, None)):
        assert told is not None
        assert use_of(told, {}) == PortUse(Forward(22, document_name=SSH_DOCUMENT), one_connection=True)


def test_placeholders_are_filled_in_with_values_and_defaults() -> None:
    staged = document(
        {"host": "db-{{stage}}.{{ zone }}.internal", "portNumber": "{{ port }}", "type": "LocalPortForwarding"},
        stage="test",
        zone="a",
        port={"type": "String"},
    )
    given = (("stage", ("live",)), ("port", ("5432",)))
    assert use_of(staged, {"stage": ("live",), "zone": ("a",), "port": ("5432",)}).forward == Forward(
        5432, "db-live.a.internal", document_name="Orders-Port", given=given
    )


@pytest.mark.parametrize(
    ("properties", "parameters"),
    [
        ({"host": "{{ hosts }}", "portNumber": "80"}, {"hosts": {"type": "StringList", "default": ["a", "b"]}}),
        ({"host": "{{ nobody }}", "portNumber": "80"}, {}),
        ({"host": "db", "portNumber": "{{ port }}"}, {"port": "{{ssm:/orders/port}}"}),
        ({"host": "{{ssm:/orders/host}}", "portNumber": "80"}, {}),
    ],
)
def test_what_only_the_node_fills_in_is_not_known_before(
    properties: Mapping[str, object], parameters: dict[str, object]
) -> None:
    forward = use_of(document({**properties, "localPortNumber": "1234"}, **parameters), {}).forward
    assert forward == Forward(0, "", 1234, document_name="Orders-Port")


def test_numbers_are_taken_as_text() -> None:
    assert use_of(document({"portNumber": 5432, "localPortNumber": 0}), {}).forward.port == 5432


@pytest.mark.parametrize(
    ("told", "parameters", "said"),
    [
        (document({}, kind="Standard_Stream"), {}, "its session type is Standard_Stream"),
        (document({}), {}, "it names no port"),
        (document({"portNumber": "70000"}), {}, "70000 is no port from 1 to 65535"),
        (document({"portNumber": "80\x1b[2J"}), {}, "is no port"),
        (document({"portNumber": "80", "localPortNumber": "x"}), {}, "its local port x is no port"),
        (document({"portNumber": "{{ port }}"}, port={"type": "String"}), {}, "port: needed"),
        (document({"portNumber": "80"}), one(port="1"), "port: the document has no such parameter"),
        (
            document({"portNumber": "{{ p }}"}, p={"type": "String", "allowedPattern": "^54[0-9]{2}$"}),
            one(p="80"),
            r"p: must match ^54[0-9]{2}$",
        ),
        (aws_s("AWS-StartInteractiveCommand"), one(command="ls"), "InteractiveCommands, which carries no connections"),
        (described("Theirs", "port"), {}, "port: needed"),
    ],
)
def test_what_makes_no_tunnel_is_refused_with_the_reason(
    told: SessionDocument, parameters: Mapping[str, tuple[str, ...]], said: str
) -> None:
    with pytest.raises(DocumentError) as raised:
        use_of(told, parameters)
    assert said in raised.value.detail
    assert raised.value.remedy
    assert "\x1b" not in str(raised.value)


def test_a_unix_socket_of_the_document_s_becomes_a_port() -> None:
    told = document({**ORDERS, "localConnectionType": "unix", "localUnixSocket": "/tmp/orders.sock"})
    (note,) = use_of(told, {}).notes
    assert "/tmp/orders.sock" in note
    assert use_of(document(ORDERS), {}).notes == ()


def test_of_an_unreadable_document_the_node_says_where_it_leads() -> None:
    told = described("Theirs", "portNumber", "localPortNumber")
    given = one(portNumber="80", localPortNumber="8080")
    assert use_of(told, given).forward == Forward(
        0, local=8080, document_name="Theirs", given=(("portNumber", ("80",)), ("localPortNumber", ("8080",)))
    )


def test_only_what_aws_says_of_its_own_is_assumed_of_what_cannot_be_read() -> None:
    theirs = described("Theirs", "portNumber")
    assert known("Theirs", None) is None
    assert known("Theirs", theirs) is theirs
    own = document(ORDERS, name=PORT_DOCUMENT)
    assert known(PORT_DOCUMENT, own) is own
    assert [is_port(each) for each in (None, theirs, own, known(SSH_DOCUMENT, None))] == [False, False, True, True]


def test_what_a_person_writes_is_checked_against_the_document() -> None:
    ours = document({**ORDERS, "portNumber": "{{ portNumber }}"}, portNumber="5432")
    assert checked(parse("5433@Ours"), ours) == Forward(
        5433, "orders.internal", 15433, document_name="Ours", given=(("portNumber", ("5433",)),)
    )
    assert checked(parse("own:1:@Ours"), ours) == Forward(5432, "orders.internal", 1, "own", "Ours")
    with pytest.raises(DocumentError, match="host: the document has no such parameter"):
        checked(parse("elsewhere:5432@Ours"), ours)
    assert checked(parse("db:80@Ours"), None) == parse("db:80@Ours")
    assert checked(parse("socks:1@Ours"), ours) == parse("socks:1@Ours")


def test_a_forward_hides_what_its_document_is_given() -> None:
    shown = repr(Forward(80, document_name="Ours", given=(("token", ("s3cret",)),)))
    assert "token" in shown
    assert "s3cret" not in shown


values = st.text(st.characters(codec="utf-8"), max_size=30)


@given(
    st.dictionaries(st.sampled_from(["host", "type", "localUnixSocket", "x"]), values).map(
        lambda told: {"portNumber": "80", **told}
    ),
    st.dictionaries(st.sampled_from(["portNumber", "host", "a"]), values),
)
def test_any_document_makes_a_tunnel_or_says_why_not(properties: dict[str, str], defaults: dict[str, object]) -> None:
    told = document(properties, **defaults)
    try:
        forward = use_of(told, {}).forward
    except DocumentError:
        return
    assert forward.document == "Orders-Port"
    assert parse(forward.text) == forward


@pytest.mark.parametrize("host", ["a b", "{db}", "db,other", "-"])
def test_a_host_that_cannot_be_written_is_left_to_the_node(host: str) -> None:
    told = known(HOST_DOCUMENT, None)
    assert told is not None
    forward = use_of(told, one(host=host, portNumber="81")).forward
    assert (forward.port, forward.parameters(1)) == (0, {"host": (host,), "portNumber": ("81",)})
    assert parse(forward.text) == forward
