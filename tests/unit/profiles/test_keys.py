"""The table of keys: its checks, and the schema and the reference that are made of it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from ssmtui.model import TerminalSize
from ssmtui.profiles import reference, schema
from ssmtui.profiles.inheritance import combined
from ssmtui.profiles.keys import FOLDER_KEYS, KEYS, PROFILE_KEYS, problem
from ssmtui.profiles.profile import Values
from ssmtui.profiles.reading import parse

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "profiles.md").read_text(encoding="utf-8")

WRONG = {
    "description": 7,
    "folder": "a//b",
    "extends": "a/b/",
    "labels": ["a/b"],
    "aws_profile": "a\nb",
    "region": "eu west",
    "target": "i 1",
    "query": "ping:blue",
    "several": "some",
    "document": "a b c",
    "parameters": {"command": 7},
    "reason": ["a"],
    "reason_required": "yes",
    "reason_pattern": "(",
    "reason_hint": True,
    "on_connect": False,
    "snippets": {"a": 7},
    "size": "10x10000",
    "scrollback_lines": 1_000_001,
    "color": "purple",
    "icon": "abc",
    "layout": "diagonal",
    "recording": 1,
    "clipboard": "sometimes",
    "guard": "true",
    "forwards": ["db"],
    "shell": "no",
    "tunnel_sessions": 9,
    "tunnel_keep_alive": 1,
    "database_user": ["a"],
    "keep_alive": None,
    "message_endpoint": "http://host",
}


def test_every_key_takes_its_example_and_refuses_what_is_none() -> None:
    assert WRONG.keys() == KEYS.keys()
    for name, key in KEYS.items():
        example = tomllib.loads(f"value = {key.example}")["value"]
        assert problem(name, example) == "", name
        assert key.check_filled(example) == key.check(example)
        assert problem(name, WRONG[name]), name


def test_every_key_has_its_value() -> None:
    values = {field.name for field in fields(Values)} - {"reason_rule", "largest"}
    assert values | {"reason_required", "reason_pattern", "reason_hint", "size"} | {"folder", "extends"} == set(KEYS)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("query", "name:web ping:blue", "cannot be read as a filter at character 15"),
        ("reason_pattern", "a(b", "compile at character 2"),
        ("size", "132", 'such as "132x43"'),
        ("labels", ["ok", "a\x1bb"], "entry 2 must not contain control characters"),
        ("parameters", {"a": "b", "c\x1b": 7}, "has c�, which must be a string or a list of strings"),
        ("forwards", ["0:0"], "ports from 1 to 65535"),
        ("forwards", ["80"] * 51, "50 entries at most"),
        ("region", "${REGION", "such as eu-west-1"),
        ("reason", "{ask:}", "{ask:} without a question"),
        ("on_connect", "cd {ask:Where", "no } closes"),
        ("folder", "/".join("abcdefghi"), "8 folders deep"),
        ("description", "x" * 501, "500 characters"),
        ("snippets", {"a": {"txt": "ls"}}, "cannot be used: the snippet a has txt; a snippet has text"),
        ("snippets", {str(number): "ls" for number in range(201)}, "200 entries at most"),
        ("snippets", "ls", 'must be a table such as { disk = "df -h" }'),
    ],
)
def test_what_is_wrong_is_said(name: str, value: object, said: str) -> None:
    assert said in problem(name, value)


@pytest.mark.parametrize(
    ("name", "value", "checked"),
    [
        ("size", "132 X 43", TerminalSize(132, 43)),
        ("parameters", {"a": "b", "c": ["d", "e"]}, {"a": ("b",), "c": ("d", "e")}),
        ("region", "${REGION}", "${REGION}"),
        ("query", "name:${NAME} ping:${x}", "name:${NAME} ping:${x}"),
        ("query", "@mine ping:online", "@mine ping:online"),
        ("forwards", ["80", "80:8080", "0:80", "own:80:80", "db:5432", "1:10.0.0.1:2", "[::1]:80", "${P}:80"], ...),
        ("icon", "", ""),
        ("icon", "🚀", "🚀"),
        ("target", "", ""),
    ],
)
def test_what_may_be_written(name: str, value: Any, checked: object) -> None:
    assert KEYS[name].check(value) == (tuple(value) if checked is ... else checked)


def fits(value: Any, rules: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    """Whether a value fits a schema, as far as the words that this one uses."""
    types = {"object": dict, "string": str, "boolean": bool, "integer": int, "array": list}
    if "$ref" in rules:
        return fits(value, whole["$defs"][rules["$ref"].rsplit("/", 1)[1]], whole)
    if "anyOf" in rules and not any(fits(value, one, whole) for one in rules["anyOf"]):
        return False
    kind = types[rules["type"]] if "type" in rules else object
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        return False
    if value not in rules.get("enum", [value]):
        return False
    if isinstance(value, str):
        return re.search(rules.get("pattern", ""), value) is not None
    if isinstance(value, int):
        return rules.get("minimum", value) <= value <= rules.get("maximum", value)
    if isinstance(value, list):
        return all(fits(one, rules.get("items", {}), whole) for one in value)
    if isinstance(value, dict):
        more = rules.get("additionalProperties", {})
        known = rules.get("properties", {})
        chosen = [all(name in value for name in one["required"]) for one in rules.get("oneOf", [])]
        return (
            (not chosen or sum(chosen) == 1)
            and all(re.search(rules.get("propertyNames", {}).get("pattern", ""), name) for name in value)
            and all(
                fits(one, known[name], whole) if name in known else more is not False and fits(one, more, whole)
                for name, one in value.items()
            )
        )
    return True


def test_the_published_schema_and_the_reference_are_those_of_the_program() -> None:
    assert (DOCS / "profiles.schema.json").read_text(encoding="utf-8") == schema.text()
    assert reference.updated(PAGE) == PAGE
    assert json.loads(schema.text()) == schema.schema()


def test_the_schema_takes_each_example_and_refuses_wrong_types() -> None:
    whole = schema.schema()
    for name, key in KEYS.items():
        example = tomllib.loads(f"value = {key.example}")["value"]
        if key.in_profiles:
            other = {} if name in ("target", "query") else {"target": "i-1"}
            assert fits({"profiles": {"p": {**other, name: example}}}, whole, whole), name
            assert not fits({"profiles": {"p": {**other, name: {"x": 1}}}}, whole, whole), name
        if key.in_folders:
            assert fits({"folders": {"a/b": {name: example}}}, whole, whole), name
    assert not fits({"profiles": {"p": {"target": "i-1", "query": "web"}}}, whole, whole)
    assert not fits({"profiles": {"p": {}}}, whole, whole)
    assert not fits({"profiles": {"a/b": {"target": "i-1"}}}, whole, whole)
    assert not fits({"profiles": {"p": {"target": "i-1", "colour": "red"}}}, whole, whole)
    assert not fits({"folders": {"a": {"target": "i-1"}}}, whole, whole)
    assert not fits({"folders": {"a//b": {}}}, whole, whole)
    assert not fits({"profile": {}}, whole, whole)
    assert fits({"snippets": {"a": "ls", "b": {"text": "ls", "enter": True}}}, whole, whole)
    assert not fits({"snippets": {"a": 1}}, whole, whole)
    assert not fits({"snippets": {"a": {"text": "ls", "run": True}}}, whole, whole)


def test_the_documentations_own_file_is_as_it_says() -> None:
    text = PAGE.split("```toml\n")[1].split("```")[0]
    whole = schema.schema()
    assert fits(tomllib.loads(text), whole, whole)
    found = combined([parse(Path("profiles.toml"), text)])
    assert not found.problems
    shell = found.profiles["db shell"].values
    assert (shell.guard, shell.aws_profile, shell.color, shell.reason_rule.required) == (True, "prod", "red", True)


def test_the_demos_files_are_as_the_schema_says_and_have_no_problem() -> None:
    from ssmtui.demo_profiles import OWN, SHARED

    whole = schema.schema()
    texts = {"profiles.toml": OWN, **SHARED}
    assert all(fits(tomllib.loads(text), whole, whole) for text in texts.values())
    found = combined([parse(Path(name), text) for name, text in texts.items()])
    assert not found.problems
    assert not any(one.problem for one in found.profiles.values())


def test_profiles_and_folders_share_all_but_a_few() -> None:
    assert PROFILE_KEYS.keys() - FOLDER_KEYS.keys() == {"folder", "target", "query"}
    assert FOLDER_KEYS.keys() - PROFILE_KEYS.keys() == {"extends"}
