"""Places that are filled in, and what stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.config import template
from ssmtui.errors import ConfigurationError
from ssmtui.profiles import asking
from ssmtui.profiles.profile import Values

ENVIRONMENT = {"HOME": "/home/jane", "USER": "jane", "ODD": "${HOME} {ask:Q}"}


@given(st.text("${}a{", max_size=8))
def test_what_is_written_literally_stays_as_it_is(text: str) -> None:
    assert template.filled(template.literal(text), ENVIRONMENT, {}) == text


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("plain", "plain"),
        ("${HOME}/x", "/home/jane/x"),
        ("$HOME ${x%.*} ${} $", "$HOME ${x%.*} ${} $"),
        ("$${HOME}", "${HOME}"),
        ("{{ssm:name}} {{ask:Q}}", "{{ssm:name}} {{ask:Q}}"),
        ("for {ask:Ticket} by ${USER}", "for OPS-1 by jane"),
        ("{ask: Ticket }", "OPS-1"),
        ("{other}", "{other}"),
        ("${ODD}", "${HOME} {ask:Q}"),
    ],
)
def test_filling(text: str, filled: str) -> None:
    assert template.filled(text, ENVIRONMENT, {"Ticket": "OPS-1"}) == filled


@given(st.text(alphabet="${}{ask:}HQ x\\"))
def test_a_text_with_nothing_to_fill_in_stays_but_for_what_stands_for_itself(text: str) -> None:
    if not template.variables(text) and not template.asked_in(text) and not template.problem(text):
        assert template.filled(text, {}, {}) == text.replace("$${", "${")


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(ConfigurationError, match="environment variable NONE is not set"):
        template.filled("a ${NONE}", ENVIRONMENT, {})


def test_questions_once_each_in_order() -> None:
    values = Values(
        reason="{ask:Ticket} {ask:Why}",
        parameters={"a": ("{ask:Branch}", "{ask:Ticket}")},
        on_connect="cd {ask:Where}",
        forwards=("{ask:Port}:80",),
    )
    assert asking.questions(values) == ("Ticket", "Why", "Where", "Branch", "Port")


def test_all_is_filled_and_checked_again() -> None:
    values = Values(
        query="name:${USER} ping:${PING}", parameters={"a": ("${USER}", "b")}, forwards=("${PORT}:80",), region="eu-1"
    )
    filled = asking.filled_values(values, {**ENVIRONMENT, "PING": "online", "PORT": "8080"}, {})
    assert (filled.query, filled.forwards, filled.region) == ("name:jane ping:online", ("8080:80",), "eu-1")
    assert dict(filled.parameters) == {"a": ("jane", "b")}
    with pytest.raises(ConfigurationError, match="query, once filled in, cannot be read as a filter at character 16"):
        asking.filled_values(values, {**ENVIRONMENT, "PING": "blue", "PORT": "1"}, {})
    with pytest.raises(ConfigurationError, match=r"forwards: the environment variable PORT is not set"):
        asking.filled_values(values, {**ENVIRONMENT, "PING": "lost"}, {})


def test_what_was_filled_in_is_no_place_any_more() -> None:
    values = Values(target="i-1", on_connect="${ODD}", region="${R}")
    assert asking.filled_values(values, {**ENVIRONMENT, "R": "eu-1"}, {}).on_connect == "${HOME} {ask:Q}"
    with pytest.raises(ConfigurationError, match="region, once filled in, must be a region"):
        asking.filled_values(values, {**ENVIRONMENT, "R": "${R}"}, {})
