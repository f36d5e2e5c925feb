"""What the service refuses, and what the agent puts into a command line (protocol.md section 8.3)."""

from __future__ import annotations

import pytest

from ssmtui.lab.answers import ApiError
from ssmtui.lab.parameters import bind, substitute

DECLARED = {
    "unit": {"type": "String", "allowedPattern": "^[a-z]+$", "minChars": 2, "maxChars": 4},
    "lines": {"type": "String", "default": "100", "allowedValues": ["10", "100"]},
    "hosts": {"type": "StringList", "default": ["localhost"], "minItems": 1, "maxItems": 2},
}


def test_what_is_not_given_takes_its_default() -> None:
    assert bind(DECLARED, {"unit": ["ssh"]}) == {"unit": "ssh", "lines": "100", "hosts": ["localhost"]}


def test_a_string_list_keeps_all_its_values() -> None:
    assert bind(DECLARED, {"unit": ["ssh"], "hosts": ["a", "b"]})["hosts"] == ["a", "b"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "'unit' is required"),
        ({"unit": ["ssh"], "other": ["x"]}, "'other' is not defined"),
        ({"unit": ["SSH"]}, r'Parameter "unit" has value "SSH" not matching "\^\[a-z\]\+\$"\.'),
        ({"unit": ["a"]}, "1 characters"),
        ({"unit": ["abcde"]}, "5 characters"),
        ({"unit": ["ssh", "cron"]}, "exactly one value"),
        ({"unit": []}, "exactly one value"),
        ({"unit": ["ssh"], "lines": ["11"]}, "not one of the allowed values"),
        ({"unit": ["ssh"], "hosts": []}, "0 values"),
        ({"unit": ["ssh"], "hosts": ["a", "b", "c"]}, "3 values"),
    ],
)
def test_a_value_the_document_refuses(given: dict[str, object], told: str) -> None:
    with pytest.raises(ApiError, match=told) as refused:
        bind(DECLARED, given)
    assert refused.value.code == "InvalidParameters"


@pytest.mark.parametrize("value", ["ssh", [1], None])
def test_a_value_that_is_no_list_of_strings(value: object) -> None:
    with pytest.raises(ApiError) as refused:
        bind(DECLARED, {"unit": value})
    assert refused.value.code == "SerializationException"


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("{{ unit }}", "a$$b"),
        ("{{unit}}", "a$$b"),
        ("run {{ unit }} now", "run a$b now"),
        ("{{ hosts }}", ["x", "y"]),
        ("ping {{ hosts }}", 'ping ["x","y"]'),
        ("{{ un_it }} {{ other }}", "{{ un_it }} {{ other }}"),
        (
            {"linux": {"commands": "go {{ unit }}", "runAsElevated": True}},
            {"linux": {"commands": "go a$b", "runAsElevated": True}},
        ),
        (["{{ unit }}", 3], ["a$$b", 3]),
    ],
)
def test_placeholders(template: object, filled: object) -> None:
    assert substitute(template, {"unit": "a$$b", "hosts": ["x", "y"], "un_it": "never"}) == filled


def test_a_value_is_not_searched_for_backslashes_or_groups() -> None:
    assert substitute("echo {{ text }}", {"text": r"\1 \g<0>"}) == r"echo \1 \g<0>"
