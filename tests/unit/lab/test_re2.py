"""RE2's dialect as its own documentation has it."""

from __future__ import annotations

import time

import pytest

from ssmtui.lab.answers import ApiError
from ssmtui.lab.parameters import bind
from ssmtui.lab.re2 import Regex, Unsupported


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("b", "abc", True),
        ("^a$", "a\n", False),
        (r"(?m)^b$", "a\nb", True),
        ("a.b", "a\nb", False),
        ("(?s)a.b", "a\nb", True),
        (r"\s", "\v", False),
        ("[[:space:]]", "\v", True),
        (r"\w", "é", False),
        ("(?i)^[A-C]x$", "bX", True),
        ("^(ab|c){2,3}?$", "abcab", True),
        ("^(ab|c){2,3}$", "ab", False),
        ("^a{0}$", "a", False),
        ("^(a*)*b$", "aab", True),
        ("(?P<n>x)|(?<m>y)", "y", True),
        (r"\Qa.b\E+c", "a.bbc", True),
        (r"^[^\d]\b", "a1", False),
        ("^$", "", True),
        ("^a|b", "xb", True),
        ("a|" * 900 + "x$", "x", True),
    ],
)
def test_what_is_found(pattern: str, text: str, found: bool) -> None:
    assert Regex(pattern).search(text) is found


@pytest.mark.parametrize(
    "pattern", ["(?=a)", "(?<=a)", r"\1", r"\Z", r"\pL", "a**", "a{2}{3}", "[b-a]", "[a", "(", ")"]
)
def test_what_is_none_of_it(pattern: str) -> None:
    with pytest.raises(Unsupported):
        Regex(pattern)


def test_groups_that_are_too_deep_are_not_looked_at() -> None:
    with pytest.raises(Unsupported):
        Regex("(" * 900 + ")" * 900)


def test_no_pattern_takes_long() -> None:
    started = time.process_time()
    assert not Regex("^(a+)+$").search("a" * 2000 + "!")
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("declaration", "values", "refused"),
    [
        ({"type": "String", "allowedPattern": "(?=a)a"}, ["b"], False),
        ({"type": "String", "allowedValues": [1, True, "x"]}, ["true"], False),
        ({"type": "String", "allowedValues": [1, True, "x"]}, ["True"], True),
        ({"type": "String", "minChars": "2"}, ["a"], True),
        ({"type": "String", "minChars": 2}, ["\N{GRINNING FACE}"], False),
        ({"type": "String", "maxChars": 1}, ["\N{GRINNING FACE}"], False),
        ({"type": "String"}, ["x" * 65_535], False),
        ({"type": "String"}, ["x" * 65_536], True),
        ({"type": "String"}, [""], True),
        ({"type": "StringList"}, [], True),
        ({"type": "StringList", "default": ["a"]}, [], False),
    ],
)
def test_what_is_checked_of_a_value(declaration: dict[str, object], values: list[str], refused: bool) -> None:
    try:
        bind({"p": declaration}, {"p": values})
    except ApiError as error:
        assert refused, error.message  # noqa: PT017 (a table of both)
    else:
        assert not refused
