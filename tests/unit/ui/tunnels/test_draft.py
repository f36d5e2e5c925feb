"""What the form of a tunnel makes of its fields."""

from __future__ import annotations

import pytest

from ssmtui.documents.port_forwards import Forward, parse
from ssmtui.forwards.tunnel import TunnelOptions
from ssmtui.ui.tunnels import draft as drafts
from ssmtui.ui.tunnels.draft import TunnelDraft, TunnelEntries, entered, forward_of, options_of


@pytest.mark.parametrize(
    ("fields", "forward"),
    [
        (TunnelEntries("5432"), Forward(5432)),
        (TunnelEntries(" db.internal:5432 "), Forward(5432, "db.internal")),
        (TunnelEntries("15432:db.internal:5432"), Forward(5432, "db.internal", 15432)),
        (TunnelEntries("15432:db:5432", local="9"), Forward(5432, "db", 9)),
        (TunnelEntries("80", local="0"), Forward(80, "", 0)),
        (TunnelEntries("80", bind="localhost"), Forward(80)),
        (TunnelEntries("80", bind="*"), Forward(80, bind="0.0.0.0")),
        (TunnelEntries("80", bind="OWN"), Forward(80, bind="own")),
        (TunnelEntries("80", bind="[::1]"), Forward(80, bind="::1")),
        (TunnelEntries("own:80:80", bind="127.0.0.1"), Forward(80, "", 80, "own")),
        (TunnelEntries("Socks"), Forward(0, socks=True)),
        (TunnelEntries("socks", local="1081"), Forward(0, local=1081, socks=True)),
        (TunnelEntries("", document="Mine"), Forward(0, document_name="Mine")),
        (
            TunnelEntries("db:3306", document="Mine"),
            Forward(3306, "db", document_name="Mine", given=(("host", ("db",)), ("portNumber", ("3306",)))),
        ),
    ],
)
def test_fields_make_a_forward(fields: TunnelEntries, forward: Forward) -> None:
    assert forward_of(fields) == forward


@pytest.mark.parametrize(
    "fields",
    [
        TunnelEntries(""),
        TunnelEntries("0"),
        TunnelEntries("db"),
        TunnelEntries("80", local="x"),
        TunnelEntries("80", local="70000"),
        TunnelEntries("80", local="-1"),
        TunnelEntries("80", local="٣"),
        TunnelEntries("80", bind="example.com"),
        TunnelEntries("80", bind="1.2.3"),
        TunnelEntries("socks", document="Mine"),
    ],
)
def test_what_is_wrong_is_refused_in_words(fields: TunnelEntries) -> None:
    with pytest.raises(ValueError, match=r"^(must|is needed|needs|cannot)"):
        forward_of(fields)


@pytest.mark.parametrize(
    "text",
    ["5432", "0:5432", "15432:db.internal:5432", "own:5432:db:5432", "[::1]:9:[fe80::1]:22", "socks:1081", "*:1:2",
     "db:3306@Mine"],
)  # fmt: skip
def test_a_form_that_is_filled_in_from_a_tunnel_makes_the_same(text: str) -> None:
    forward = parse(text)
    assert forward_of(entered(TunnelDraft(forward), several=False)) == forward


def test_options_survive_the_form_but_not_the_consent_to_other_machines() -> None:
    before = TunnelOptions(4, keep_alive=True, group="orders", exposed=True, database_user="app")
    fields = entered(TunnelDraft(Forward(80), before), several=False)
    assert options_of(fields, before) == before._replace(exposed=False)
    assert options_of(TunnelEntries("80"), before) == TunnelOptions(group="orders", database_user="app")


def test_several_nodes_begin_with_addresses_of_their_own_and_cannot_share_one() -> None:
    assert entered(None, several=True).bind == "own"
    assert drafts.problem_of_several(Forward(80, local=8080), 3)
    assert not drafts.problem_of_several(Forward(80, local=8080, bind="own"), 3)
    assert not drafts.problem_of_several(Forward(80), 3)
    assert not drafts.problem_of_several(Forward(80, local=8080), 1)


def test_only_an_address_of_other_machines_warns() -> None:
    assert drafts.told_of_address(Forward(80, bind="0.0.0.0"), 1)[1]
    assert drafts.told_of_address(Forward(80, bind="10.0.0.5"), 1)[1]
    assert not drafts.told_of_address(Forward(80, bind="127.0.0.9"), 1)[1]
    assert not drafts.told_of_address(Forward(80, bind="own"), 9)[1]
