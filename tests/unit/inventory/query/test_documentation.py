"""What docs/filter.md shows is what the parser reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ssmtui.inventory.fields import FIELDS
from ssmtui.inventory.query.node_language import NODE_LANGUAGE
from ssmtui.inventory.query.query import parse
from ssmtui.inventory.query.row_query import parse_for
from ssmtui.inventory.query.session_language import SESSION_LANGUAGE
from ssmtui.inventory.session_fields import SESSION_FIELDS

from .nodes import NOW, SAVED, query

PAGE = (Path(__file__).parents[4] / "docs/filter.md").read_text()


def cells(heading: str) -> str:
    return PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]


def examples(page: str) -> list[str]:
    first = [line.split(" | ")[0].strip("| ") for line in page.splitlines() if line.startswith("| `")]
    return [example.replace("\\|", "|") for cell in first for example in re.findall("`([^`]+)`", cell)]


OF_SESSIONS = examples(cells("Sessions"))
EXAMPLES = examples(PAGE.replace(cells("Sessions"), ""))


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_read_as_something(example: str) -> None:
    looked_for = parse(example, now=NOW, saved=SAVED)
    assert looked_for.is_empty == example.endswith(":")


@pytest.mark.parametrize("example", OF_SESSIONS)
def test_every_example_for_sessions_is_read_as_something(example: str) -> None:
    looked_for = parse_for(SESSION_LANGUAGE, example, now=NOW)
    assert looked_for.is_empty == example.endswith(":")


def test_every_key_and_question_of_sessions_has_its_line() -> None:
    keys = [each for each in OF_SESSIONS if each.endswith(":")]
    assert sorted(keys) == sorted(f"{key}:" for key in SESSION_FIELDS.keys_of_filters - {"is"})
    for line in cells("Sessions").splitlines():
        first, *others = re.findall("`([a-z-]+):`", line.split(" | ")[0]) or [""]
        assert all(SESSION_FIELDS.aliases[other] == first for other in others)
    assert {each[3:] for each in OF_SESSIONS if re.fullmatch("is:[a-z]+", each)} == set(SESSION_LANGUAGE.words)


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
