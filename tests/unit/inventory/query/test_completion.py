"""What the word under the cursor may become, and what that is counted from."""

from __future__ import annotations

import pytest

from ssmtui.inventory.query.completion import Completions, complete
from ssmtui.inventory.query.node_language import NODE_LANGUAGE
from ssmtui.inventory.query.vocabulary import MAX_VALUES, Counting, Vocabulary
from ssmtui.model import Node

from .nodes import NODES, SAVED, WEB, found


def counted(nodes: list[Node]) -> Vocabulary:
    counting = Counting(NODE_LANGUAGE, nodes)
    for _ in counting.steps():
        pass
    return counting.vocabulary


VOCABULARY = counted([*NODES.values(), WEB._replace(id="i-2", tags={"env": "prod", "Env": "x", "odd": 'a "b"|\n'})])


def offered(text: str, cursor: int | None = None) -> list[str]:
    """The lines that ``text`` may become."""
    found = completions(text, cursor)
    return [offer.applied(text)[0] for offer in found.offers]


def completions(text: str, cursor: int | None = None) -> Completions:
    return complete(text, len(text) if cursor is None else cursor, NODE_LANGUAGE, VOCABULARY, SAVED)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("reg", ["region:"]),
        ("web pi", ["web ping:"]),
        ("!na", ["!name:"]),
        ("(na", ["(name:"]),
        ("web|na", ["web|name:"]),
        ("cost", ['tag:"cost center"=']),
        ("region:", ["region:eu-west-1", "region:us-east-1"]),
        ("region:us", ["region:us-east-1"]),
        ("region:west", ["region:eu-west-1"]),
        ("region:eu-west-1,", ["region:eu-west-1,eu-west-1", "region:eu-west-1,us-east-1"]),
        ("!region:us", ["!region:us-east-1"]),
        ("region:!us", ["region:!us-east-1"]),
        ("platform:win", ['platform:Microsoft Windows Server 2019 Datacenter'.replace("M", '"M') + '"']),
        ("ping:o", ["ping:online", "ping:lost"]),
        ("is:st", ["is:stopped"]),
        ("seen:<", ["seen:<5m", "seen:<1h", "seen:<1d"]),
        ("seen:n", ["seen:never"]),
        ("tag:e", ["tag:env="]),
        ("tag:center", ['tag:"cost center"=']),
        ("tag:env=", ["tag:env=prod", "tag:env=preprod", "tag:env=x"]),
        ("tag:ENV=pre", ["tag:ENV=preprod"]),
        ('tag:"cost center"=', ['tag:"cost center"="A 7"']),
        ("tag:odd=", ['tag:odd="a \\"b\\"| "']),
        ("stage:", ["stage:dev"]),
        ("@l", ["@live", "@loop"]),
        ("@", ["@live", "@loop", "@mine", "@wrong"]),
    ],
)  # fmt: skip
def test_what_is_offered(text: str, first: list[str]) -> None:
    assert offered(text)[: len(first)] == first


@pytest.mark.parametrize("text", ["", "web ", "zzz", "region:eu-west-1", "region:zzz", "/web", '"web', "web:x y", "|"])
def test_nothing_is_offered_where_there_is_nothing(text: str) -> None:
    assert offered(text) == []


def test_the_word_under_the_cursor_is_the_one() -> None:
    assert offered("region:eu name:x", len("region:eu")) == ["region:eu-west-1 name:x"]
    assert offered("na web", 2) == ["name: web", "tag:Name= web"]


def test_only_values_are_worth_showing_unasked() -> None:
    assert completions("region:").of_values
    assert completions("tag:").of_values
    assert not completions("reg").of_values


def test_what_is_completed_is_found() -> None:
    assert found(offered("platform:win")[0]) == "win"
    assert found(offered('tag:"cost')[0] + '"A 7"') == "web"


def test_notes_say_what_a_key_is_and_how_many_nodes_have_a_value() -> None:
    assert completions("region:").offers[0].note == "4"
    assert "last" not in completions("reg").offers[0].note
    assert completions("reg").offers[0].note == "the AWS region"


def test_a_tag_with_a_value_for_each_node_is_not_counted() -> None:
    vocabulary = counted(
        [Node(f"i-{n}", "", region=f"r{n % 3}", tags={"Name": f"n{n}", "a": "b"}) for n in range(6000)]
    )
    assert vocabulary.values("tag:Name") == ()
    assert vocabulary.values("tag:a") == [("b", 6000)]
    assert [known.text for known in vocabulary.tags] == ["Name", "a"]
    assert [known.text for known in vocabulary.values("region")] == ["r0", "r1", "r2"]


def test_what_is_kept_is_bounded() -> None:
    vocabulary = counted([Node(f"i-{n}", "", region=f"r{n}", tags={f"k{n}": "x" * 200}) for n in range(400)])
    assert len(vocabulary.values("region")) == MAX_VALUES
    assert len(vocabulary.tags) == 300
    assert vocabulary.values("tag:k1") == []
