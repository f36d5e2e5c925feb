"""Saved commands: what may be written, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.config import template
from ssmtui.config.kinds import WrongEntry
from ssmtui.config.snippets import MAX_NAME, MAX_TEXT, Snippet, checked
from ssmtui.errors import ConfigurationError


@pytest.mark.parametrize(
    ("value", "snippet"),
    [
        ("df -h", Snippet("df -h")),
        ("df -h\n", Snippet("df -h", enter=True)),
        ("cd /srv\nls\r\n", Snippet("cd /srv\nls", enter=True)),
        ({"text": "ls", "description": "d"}, Snippet("ls", "d")),
        ({"text": "ls", "enter": True}, Snippet("ls", enter=True)),
        ({"text": "ls\n", "enter": False}, Snippet("ls", enter=True)),
    ],
)
def test_a_snippet_is_a_text_or_a_table(value: object, snippet: Snippet) -> None:
    assert checked("a b", value) == snippet
    assert checked("a b", snippet.written) == snippet


@pytest.mark.parametrize(
    ("name", "value", "path", "said"),
    [
        ("a", 7, (), "the snippet a must be a string, or a table"),
        ("a", "", (), "must be a string that is not empty"),
        ("a", " \n", (), "must be a string that is not empty"),
        ("a", {"text": ["ls"]}, ("text",), "must be a string that is not empty"),
        ("a", "x" * (MAX_TEXT + 1), (), "may have 10,000 characters at most"),
        ("a", {"text": "ls {ask:x"}, ("text",), "that no } closes"),
        ("a", {"text": "ls", "description": 3}, ("description",), "must be a string of at most 500"),
        ("a", {"text": "ls", "enter": "yes"}, ("enter",), "must be true or false"),
        ("a", {"text": "ls", "colour\x1b": 1}, ("colour\x1b",), "has colour\N{REPLACEMENT CHARACTER}; a snippet has"),
        (" a", "ls", (), "no space at either end"),
        ("a\x1b", "ls", (), "no control characters"),
        ("x" * (MAX_NAME + 1), "ls", (), "1 to 80 characters"),
    ],
)
def test_what_cannot_be_a_snippet_is_refused_with_its_name(name: str, value: Any, path: object, said: str) -> None:
    with pytest.raises(WrongEntry) as refused:
        checked(name, value)
    assert refused.value.path == path
    assert said in str(refused.value)
    assert "\x1b" not in str(refused.value)


def test_only_questions_are_filled_in_and_answers_are_not_looked_through() -> None:
    text = "for x in ${LIST}; do docker inspect -f '{{.Name}}' {ask:Box} $${X} {{ask:no}}; done # {ask: Box }"
    snippet = Snippet(text)
    assert snippet.questions == ("Box",)
    filled = snippet.answered({"Box": "{ask:again} ${HOME}"})
    assert filled == text.replace("{ask:Box}", "{ask:again} ${HOME}").replace("{ask: Box }", "{ask:again} ${HOME}")


def test_an_answer_that_is_missing_is_named() -> None:
    with pytest.raises(ConfigurationError, match="not answered: Box"):
        Snippet("ls {ask:Box}").answered({})


@given(st.text("${}a{b", max_size=12))
def test_a_text_without_questions_stays_as_it_is(text: str) -> None:
    assert template.answered(text, {}) == text


def test_the_text_of_a_snippet_is_in_no_log() -> None:
    assert "hunter2" not in repr(Snippet("mysql -phunter2"))
