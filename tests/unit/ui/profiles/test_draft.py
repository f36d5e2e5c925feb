"""What a form holds before it is saved: texts and their values, and what of them is a change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.ui.profiles.form import draft
from ssmtui.ui.profiles.form.document_draft import DocumentDraft
from ssmtui.ui.profiles.form.draft import Draft
from tests.support.saved import made, make_folder, make_profile

SAVED = made(
    make_folder("prod", guard=True, reason="look", document="Acme-Debug", parameters={"level": ("debug",)}),
    make_folder("prod/db"),
    make_profile("a", "prod"),
)
PROD = SAVED.folders["prod"]


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("guard", True, "yes"),
        ("guard", False, "no"),
        ("scrollback_lines", 50000, "50000"),
        ("labels", ["a b", "c"], "a b, c"),
        ("on_connect", "cd /srv\n\techo \\n\x1b", r"cd /srv\n\techo \\n\e"),
        ("query", "name:web", "name:web"),
    ],
)
def test_texts_of_values(key: str, value: object, text: str) -> None:
    assert draft.text_of(key, value) == text
    assert draft.value_of(key, text) == value


@given(st.text(min_size=1).filter(str.strip))
def test_what_is_typed_on_connect_survives_the_form(text: str) -> None:
    assert draft.value_of("on_connect", draft.text_of("on_connect", text)) == text


def test_what_cannot_be_such_a_value_is_refused_by_the_key_s_own_check() -> None:
    assert "whole number" in draft.problem("scrollback_lines", "many")
    assert "whole number" in draft.problem("scrollback_lines", "9" * 400)
    assert draft.problem("scrollback_lines", "1,000") == ""
    assert draft.problem("query", "") == ""


def test_only_what_was_changed_is_written() -> None:
    form = Draft(False, {"query": "name:web", "labels": ["a"], "colour": "kept"})
    form.enter("reason", "why")
    form.enter("labels", "")
    form.enter("region", "  ")
    form.enter("query", "name:web-2")
    form.enter("query", "name:web")
    assert form.changes == {"reason": "why", "labels": None}


def test_either_a_target_or_a_query() -> None:
    form = Draft(False, {"query": "name:web"})
    assert form.problems(SAVED) == {}
    form.enter("target", "i-0123456789abcdef0")
    assert "exclude each other" in form.problems(SAVED)["query"]
    form.enter("target", "")
    form.enter("query", "")
    assert "is needed" in form.problems(SAVED)["query"]
    assert Draft(True, {}).problems(SAVED) == {}


def test_where_inherited_values_come_from() -> None:
    assert draft.inherited("guard", PROD) == ("yes", "prod")
    assert draft.inherited("guard", None)[1] == "default"
    assert draft.inherited("recording", PROD) == ("no", "default")
    assert draft.inherited("description", make_folder("x", description="its own"))[1] == "default"
    assert draft.giving("prod/db/new", SAVED) == SAVED.folders["prod/db"]
    assert draft.giving("elsewhere", SAVED) is None


class Entered:
    def __init__(self, document: str, parameters: dict[str, tuple[str, ...]]) -> None:
        self.document, self.parameters = document, parameters


def test_an_untouched_document_is_not_written_though_the_form_leaves_its_defaults_out() -> None:
    known = DocumentDraft({"document": "D", "parameters": {"a": "default", "b": ["1", "2"]}}, None)
    assert known.first == ("D", {"a": ("default",), "b": ("1", "2")})
    known.note(Entered("D", {"b": ("1", "2")}))
    assert known.changes(Entered("D", {"b": ("1", "2")})) == {}
    assert known.changes(Entered("D", {"b": ("3",)})) == {"parameters": {"b": "3"}}
    assert known.changes(Entered("D", {})) == {"parameters": None}
    assert known.changes(Entered("", {})) == {"document": None, "parameters": None}


def test_a_document_that_is_inherited() -> None:
    known = DocumentDraft({}, PROD)
    assert known.first == ("Acme-Debug", {"level": ("debug",)})
    known.note(Entered("Acme-Debug", {"level": ("debug",)}))
    assert known.changes(Entered("Acme-Debug", {"level": ("debug",)})) == {}
    assert known.changes(Entered("", {})) == {"document": ""}
    assert known.changes(Entered("Other", {"x": ("1",)})) == {"document": "Other", "parameters": {"x": "1"}}
    own = DocumentDraft({"document": "Other"}, PROD)
    assert own.changes(Entered("Acme-Debug", {"level": ("debug",)}))["document"] is None


def test_a_new_one_writes_what_it_is_given() -> None:
    given = {"document": "D", "parameters": {"a": ["1"]}}
    known = DocumentDraft({}, None, given)
    known.note(Entered("D", {"a": ("1",)}))
    assert known.changes(Entered("D", {"a": ("1",)})) == {"document": "D", "parameters": {"a": "1"}}
