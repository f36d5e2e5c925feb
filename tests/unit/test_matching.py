"""Words that find saved connections: as they stand, or by the beginnings of what they are short for."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui import matching

TEXT = matching.searched("prod/db shell-12", ("primary", "name:db ping:online"))


@pytest.mark.parametrize("typed", ["db", "DB Prod", "primary", "ping:on", "pdb", "pds", "dsh", "dbs1", "ps12", ""])
def test_found(typed: str) -> None:
    assert matching.matches(matching.words(typed), TEXT)


@pytest.mark.parametrize("typed", ["od db x", "rodb", "bd", "pss", "ppr", "s2", "pdbshell-1212345"])
def test_not_found(typed: str) -> None:
    assert not matching.matches(matching.words(typed), TEXT)


def test_what_is_highlighted_is_what_was_found() -> None:
    assert matching.spans(("shell",), "db shell-12") == [(3, 8)]
    assert matching.spans(("dsh",), "db shell-12") == [(0, 1), (3, 5)]
    assert matching.spans(("db", "12"), "db shell-12") == [(0, 2), (9, 11)]
    assert matching.spans(("nothing",), "db shell-12") == []


def test_a_text_whose_case_is_longer_than_itself_is_not_highlighted_in_wrong_places() -> None:
    assert matching.spans(("ss",), "straße") == []


@given(st.text("ab-1 ", min_size=1, max_size=20), st.text("ab1", min_size=2, max_size=6))
def test_letters_are_where_they_are_said_to_be(text: str, word: str) -> None:
    places = matching.in_pieces(word, text, matching.starts(text))
    if places is not None:
        assert "".join(text[place] for place in places) == word
        starts = matching.starts(text)
        assert places[0] in starts
        assert all(b == a + 1 or (b > a and b in starts) for a, b in pairwise(places))


@given(st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=5))
def test_initials_always_find(parts: list[str]) -> None:
    text = "-".join(parts)
    word = "".join(part[0] for part in parts)
    if len(word) > 1:
        assert matching.in_pieces(word, text, matching.starts(text)) is not None
