import pytest

from ssmtui.documents import checks
from ssmtui.model import DocumentParameter

TEXT = DocumentParameter("p")
LIST = DocumentParameter("p", "StringList")


@pytest.mark.parametrize(
    ("parameter", "text", "problem"),
    [
        (TEXT, "", "needed"),
        (TEXT, "  ", "needed"),
        (DocumentParameter("p", default=("x",)), "", ""),
        (TEXT, "x", ""),
        (DocumentParameter("p", allowed_values=("a", "b")), "c", "one of a, b"),
        (DocumentParameter("p", allowed_values=("a", "b")), "a", ""),
        (DocumentParameter("p", min_chars=3), "ab", "at least 3 characters"),
        (DocumentParameter("p", max_chars=3), "abcd", "at most 3 characters"),
        (DocumentParameter("p", allowed_pattern="^[a-z]+$"), "A", "must match ^[a-z]+$"),
        (DocumentParameter("p", allowed_pattern="^[a-z]+$"), "a", ""),
        (DocumentParameter("p", allowed_pattern="(?<n>x"), "anything", ""),
        (DocumentParameter("p", "StringList", allowed_pattern="^[a-z]$"), "a, b, C", "must match ^[a-z]$"),
    ],
)
def test_edge_96_problems_are_found_as_far_as_a_client_can(parameter, text, problem):
    assert checks.problem(parameter, text) == problem


def test_a_list_is_written_with_commas_and_read_back():
    assert checks.values_of(LIST, "a, b,,c ") == ("a", "b", "c")
    assert checks.text_of(LIST, ("a", "b")) == "a, b"


def test_a_text_keeps_its_commas_and_blanks():
    assert checks.values_of(TEXT, " a, b") == (" a, b",)
    assert checks.text_of(TEXT, ("a, b",)) == "a, b"
    assert checks.text_of(TEXT, ()) == ""


def test_a_reason_has_at_most_256_characters():
    assert checks.reason_problem("x" * 256) == ""
    assert checks.reason_problem("x" * 257)
