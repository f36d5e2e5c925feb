import pytest

from ssmtui.documents import checks
from ssmtui.model import DocumentParameter, SessionDocument

TEXT = DocumentParameter("p")
LIST = DocumentParameter("p", "StringList")
LETTERS = DocumentParameter("p", allowed_pattern="^[a-z]+$")
MANY = tuple("abcdefghij")


@pytest.mark.parametrize(
    ("parameter", "text", "problem"),
    [
        (TEXT, "", "needed"),
        (LIST, " \n\n", "needed"),
        (TEXT, "  ", ""),
        (DocumentParameter("p", default=("x",)), "", ""),
        (TEXT, "x", ""),
        (DocumentParameter("p", allowed_values=("a", "b")), "c", "one of a, b"),
        (DocumentParameter("p", allowed_values=MANY), "k", "one of a, b, c, d, e, f, g, h and 2 more"),
        (DocumentParameter("p", allowed_values=("a", "b")), "a", ""),
        (DocumentParameter("p", min_chars=3), "ab", "at least 3 characters"),
        (DocumentParameter("p", max_chars=3), "abcd", "at most 3 characters, these are 4"),
        (DocumentParameter("p", "StringList", max_chars=3), "abcd", ""),
        (TEXT, "x" * 65_535, ""),
        (TEXT, "x" * 65_536, "at most 65,535 characters, these are 65,536"),
        (LETTERS, "A", "must match ^[a-z]+$"),
        (LETTERS, "a\n", "must match ^[a-z]+$"),
        (LETTERS, "a", ""),
        (DocumentParameter("p", default=("A",), allowed_pattern="^[a-z]+$"), "A", ""),
        (DocumentParameter("p", allowed_pattern="(?=x)x"), "anything", ""),
        (DocumentParameter("p", "StringList", allowed_pattern="^[a-z]$"), "a\nb\nC", "value 3: must match ^[a-z]$"),
        (DocumentParameter("p", "StringList", min_items=2), "a\n", "at least 2 values, there are 1"),
        (DocumentParameter("p", "StringList", max_items=1), "a\nb", "at most 1 values, there are 2"),
        (DocumentParameter("p", "Boolean", allowed_values=("true", "false")), "yes", "one of true, false"),
    ],
)
def test_edge_96_problems_are_found_as_far_as_a_client_can(parameter, text, problem):
    assert checks.problem(parameter, text) == problem


@pytest.mark.parametrize(("least", "most"), [(2, None), (None, 1)])
def test_a_length_that_only_one_way_of_counting_refuses_is_left_to_the_service(least, most):
    assert checks.problem(DocumentParameter("p", min_chars=least, max_chars=most), "\N{GRINNING FACE}") == ""


def test_a_list_is_one_value_a_line_as_it_was_typed():
    assert checks.values_of(LIST, "a, b\r\n\n c \n") == ("a, b", " c ")
    assert checks.text_of(LIST, ("a", "b")) == "a\nb"


def test_a_text_keeps_its_lines_and_blanks():
    assert checks.values_of(TEXT, " a\nb") == (" a\nb",)
    assert checks.text_of(TEXT, ("a, b",)) == "a, b"
    assert checks.text_of(TEXT, ()) == ""


@pytest.mark.parametrize(("default", "choices"), [(None, ("a",)), (("a",), ("a",)), (("",), ("", "a"))])
def test_an_empty_choice_is_only_had_as_the_default(default, choices):
    assert checks.choices(DocumentParameter("p", default=default, allowed_values=("", "a"))) == choices


DOCUMENT = SessionDocument(
    "Ops",
    parameters=(
        DocumentParameter("unit", allowed_pattern="^[a-z]+$"),
        DocumentParameter("lines", default=("10",), allowed_values=("10", "20")),
        DocumentParameter("hosts", "StringList", default=("a",), min_items=1),
    ),
)


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"unit": ("ssh",)}, {}),
        ({"unit": ("ssh",), "hosts": ("b", "c"), "lines": ("20",)}, {}),
        ({}, {"unit": "needed"}),
        ({"unit": ("ssh",), "count": ("1",)}, {"count": "the document has no such parameter"}),
        ({"unit": ("ssh", "cron")}, {"unit": "takes one value, not 2"}),
        ({"unit": ("",)}, {"unit": "an empty value cannot be sent: leave it out"}),
        ({"unit": ("ssh",), "lines": ()}, {"lines": "takes one value, not 0"}),
        ({"unit": ("ssh",), "hosts": ()}, {"hosts": "at least 1 values, there are 0"}),
        ({"unit": ("9",), "lines": ("3",)}, {"unit": "must match ^[a-z]+$", "lines": "one of 10, 20"}),
    ],
)
def test_what_a_profile_gives_is_refused_by_name(given, refused):
    assert checks.refusals(DOCUMENT, given) == refused


def test_what_the_document_says_by_default_is_not_sent():
    assert checks.to_send(DOCUMENT, {"unit": ("ssh",), "lines": ("10",), "hosts": ("a", "b")}) == {
        "unit": ("ssh",),
        "hosts": ("a", "b"),
    }
