"""What docs/filter.md shows is what the parser reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ssmtui.inventory.field_sets import FieldSet
from ssmtui.inventory.fields import FIELDS
from ssmtui.inventory.query.language import Language
from ssmtui.inventory.query.node_language import NODE_LANGUAGE
from ssmtui.inventory.query.query import parse
from ssmtui.inventory.query.row_query import parse_for
from ssmtui.inventory.query.session_language import SESSION_LANGUAGE
from ssmtui.inventory.session_fields import SESSION_FIELDS
from ssmtui.ui.tunnels.rows import TUNNEL_FIELDS, TUNNEL_LANGUAGE

from .nodes import NOW, SAVED, query

PAGE = (Path(__file__).parents[4] / "docs/filter.md").read_text()


def cells(heading: str) -> str:
    return PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]


def examples(page: str) -> list[str]:
    first = [line.split(" | ")[0].strip("| ") for line in page.splitlines() if line.startswith("| `")]
    return [example.replace("\\|", "|") for cell in first for example in re.findall("`([^`]+)`", cell)]


OTHERS: dict[str, tuple[Language[Any], FieldSet[Any]]] = {
    "Sessions": (SESSION_LANGUAGE, SESSION_FIELDS),
    "Tunnels": (TUNNEL_LANGUAGE, TUNNEL_FIELDS),
}
"""The languages of other lists, by the headings that describe them."""
OF_OTHERS = [(heading, example) for heading in OTHERS for example in examples(cells(heading))]
EXAMPLES = examples(PAGE.replace(cells("Sessions"), "").replace(cells("Tunnels"), ""))


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_read_as_something(example: str) -> None:
    looked_for = parse(example, now=NOW, saved=SAVED)
    assert looked_for.is_empty == example.endswith(":")


@pytest.mark.parametrize(("heading", "example"), OF_OTHERS)
def test_every_example_for_other_lists_is_read_as_something(heading: str, example: str) -> None:
    looked_for = parse_for(OTHERS[heading][0], example, now=NOW)
    assert looked_for.is_empty == example.endswith(":")


@pytest.mark.parametrize("heading", OTHERS)
def test_every_key_and_question_of_other_lists_has_its_line(heading: str) -> None:
    language, fields = OTHERS[heading]
    listed = [each for there, each in OF_OTHERS if there == heading]
    keys = [each for each in listed if each.endswith(":")]
    assert sorted(keys) == sorted(f"{key}:" for key in fields.keys_of_filters - {"is"})
    for line in cells(heading).splitlines():
        first, *others = re.findall("`([a-z-]+):`", line.split(" | ")[0]) or [""]
        assert all(fields.aliases[other] == first for other in others)
    assert {each[3:] for each in listed if re.fullmatch("is:[a-z]+", each)} == set(language.words)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 60
    assert "web|api ping:online" in EXAMPLES


def test_every_key_has_its_line_and_its_other_names() -> None:
    listed = re.findall("`([a-z-]+):`", cells("Fields"))
    assert sorted(listed) == sorted(FIELDS.keys_of_filters)
    for line in cells("Fields").splitlines():
        names = re.findall("`([a-z-]+):`", line)
        if names and names[0] in FIELDS and len(names) > 1 and names[1] in FIELDS.aliases:
            assert all(FIELDS.aliases[other] == names[0] for other in names[1:])


def test_every_question_has_its_line() -> None:
    assert set(re.findall("`is:([a-z0-9]+)`", cells("Is"))) == set(NODE_LANGUAGE.words)


def test_what_is_said_of_versions_and_pieces_is_so() -> None:
    from ssmtui.model import Node

    assert not query("agent:>3.3").matches(Node("i-1", "", agent_version="3.3.2299"))
    assert query("w1").matches(Node("i-1", "web-1"))
    assert query("pdb").matches(Node("i-1", "prod-db"))
    assert not query("tag:env=prod").matches(Node("i-1", "", tags={"env": "preprod"}))
    assert query("tag:env=!prod").matches(Node("i-1", ""))
