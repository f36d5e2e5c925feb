"""Highlights, grades, patterns that take too long, and filters whose meaning changes."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from ssmtui import time_limit
from ssmtui.inventory.node_rows import NODE_ROWS
from ssmtui.inventory.query.errors import QueryError
from ssmtui.inventory.query.query import parse
from ssmtui.inventory.query.values import LIMIT, TOO_SLOW
from ssmtui.model import Node

from .nodes import NODES, NOW, WEB, query


@pytest.mark.parametrize(
    ("text", "field", "shown", "marked"),
    [
        ("web", "name", "web-web", ["web", "web"]),
        ("WEB", "name", "my Web", ["Web"]),
        ("we eb", "name", "web", ["web"]),
        ("w1", "name", "web-1", ["w", "1"]),
        ("pddb", "name", "Prod-Data-DB", ["P", "D", "DB"]),
        ("web", "region", "web", []),
        ("!web", "name", "web", []),
        ("0a1b", "id", "i-0a1b2c", ["0a1b"]),
        ("0a", "id", "i-0a1b2c", []),
        ("id:0a", "id", "i-0a1b2c", ["0a"]),
        ("name:web", "name", "web-1", ["web"]),
        ("name:web", "computer", "web-1", []),
        ("region:eu-*", "region", "eu-west-1", ["eu-west-1"]),
        ("name:/w.b/", "name", "a-web", ["web"]),
        ("/w.b/", "name", "a-web", ["web"]),
        ("/w.b/", "region", "a-web", []),
        ("/^/", "name", "web", []),
        ("w*1", "name", "a-web-1", ["web-1"]),
        ("tag:env=prod", "tag:ENV", "prod", ["prod"]),
        ("tag:env=prod", "tag:team", "prod", []),
        ("env=pro", "tag:env", "prod", ["pro"]),
        ("prod", "tag:env", "preprod", ["prod"]),
        ("web|db", "name", "web-db", ["web", "db"]),
        ('"b-1"', "name", "web-1", ["b-1"]),
        ("strasse", "name", "Straße strasse", ["strasse"]),
        ("agent:<3.3", "agent", "3.1", ["3.1"]),
        ("", "name", "web", []),
    ],
)
def test_what_is_highlighted(text: str, field: str, shown: str, marked: list[str]) -> None:
    assert [shown[start:end] for start, end in query(text).spans(field, shown)] == marked


@pytest.mark.parametrize(
    ("text", "name", "grade"),
    [
        ("web", "web", 0),
        ("web", "web-1", 0),
        ("web", "my-web", 1),
        ("web", "db", 2),
        ("wb1", "white-box-1", 2),
        ("wb1", "my-white-box-1", 3),
        ("web my", "my-web", 1),
        ("zzz|web", "web", 0),
        ("name:web", "my-web", 0),
        ("!zzz", "web", 0),
    ],
)
def test_how_close_a_node_is(text: str, name: str, grade: int) -> None:
    one = NODE_ROWS.row(Node("i-1", name, tags={"role": "web"}))
    assert query(text).grades([one]) == [grade]


@pytest.mark.parametrize(("text", "ranks"), [("web", True), ("name:web", False), ("!web", False), ("x|name:y", True)])
def test_only_words_that_have_to_be_there_rank(text: str, ranks: bool) -> None:
    assert query(text).ranks is ranks


@pytest.mark.skipif(not time_limit.AVAILABLE, reason="no timer on this system")
@pytest.mark.parametrize("text", ["/(a+)+!/", "name:/(a+)+!/", "tag:env=/(a+)+!/", "!/(a+)+!/", "computer:/(a+)+!/"])
def test_a_pattern_that_takes_for_ever_is_given_up_and_finds_nothing(text: str) -> None:
    evil = Node("i-1", "a" * 200, computer_name="a" * 199, tags={"env": "a" * 200})
    looked_for = query(text)
    began = time.process_time()
    assert looked_for.select([NODE_ROWS.row(evil)] * 3) == []
    assert time.process_time() - began < 20 * LIMIT
    assert looked_for.problem == TOO_SLOW
    assert looked_for.select([NODE_ROWS.row(WEB)]) == []
    assert not query(text + " web").narrows(looked_for)
    assert looked_for.spans("name", "a" * 200) == []


def test_where_patterns_cannot_be_stopped_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limit, "AVAILABLE", False)
    with pytest.raises(QueryError) as caught:
        query("/web/")
    assert "Windows cannot stop a slow regular expression" in caught.value.detail
    assert caught.value.remedy == "Use plain text, * or ?."
    assert query("w*").matches(WEB)


@pytest.mark.parametrize("text", ["a" * 12, "tag:*a*a*a*a*a*=x", "a*a*a*a*a*!", "name:*a*a*a*a*!", "aaaaaaaaaaa1"])
def test_no_text_of_a_node_makes_our_own_patterns_slow(text: str) -> None:
    evil = NODE_ROWS.row(Node("i-1", "a-" * 128, computer_name="a." * 128, tags={"a-" * 60: "a-" * 128}))
    looked_for = query(text)
    began = time.process_time()
    looked_for.select([evil] * 20)
    assert time.process_time() - began < 1


def test_an_age_is_that_of_the_moment_it_was_read() -> None:
    heard = WEB.last_ping
    assert heard is not None
    assert parse("seen:<5m", now=NOW).matches(WEB)
    assert not parse("seen:<5m", now=NOW + timedelta(minutes=5)).matches(WEB)


@pytest.mark.parametrize(("text", "timed"), [("web", False), ("seen:<1h", True), ("x|!(seen:>1d)", True), ("", False)])
def test_a_filter_knows_whether_it_depends_on_the_clock(text: str, timed: bool) -> None:
    assert query(text).timed is timed


def test_a_node_with_control_characters_and_endless_texts_is_searched_all_the_same() -> None:
    many = dict.fromkeys(map(str, range(500)), "")
    odd = WEB._replace(name="web\n\x1b[31m", tags={"a\nb": "c\nd", "long": "x" * 5000, **many})
    assert query('"web  [31m"').matches(odd)
    assert query('tag:"a b"="c d"').matches(odd)
    assert query("tag:long").matches(odd)
    assert len(NODE_ROWS.row(odd).text) < 3000
    assert query("b").select([NODE_ROWS.row(node) for node in NODES.values()])
