"""docs/architecture.md draws the floors as the contracts have them, and what it names exists."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
_CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
FLOORS = {each["containers"][0]: each["layers"] for each in _CONTRACTS if each["type"] == "layers"}
DRAWING = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"`([A-Za-z_]\w*(?:\.\w+)+|[A-Z]\w+)(?:\([^`]*\))?`")
"""A module, something in one, a class, a constant or a member of a class; not a key, a setting or a method alone."""
FILE = re.compile(r"`(\w+(?:/\w+)+(?:\.\w+)?)`")
ENDINGS = ("py", "toml", "tcss", "md")


@cache
def names() -> frozenset[str]:
    """Each module with all that it and its classes define, by its full name."""
    found: set[str] = set()
    for file in (*(ROOT / "ssmtui").rglob("*.py"), *(ROOT / "tests").rglob("*.py")):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found |= {module, *_defined(module, ast.parse(file.read_text("utf-8")).body)}
    return frozenset(found)


def _defined(owner: str, body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{owner}.{node.name}"
            inside = node.body if isinstance(node, ast.ClassDef) or node.name == "__init__" else []
            yield from _defined(owner if node.name == "__init__" else f"{owner}.{node.name}", inside)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (f"{owner}.{target.id}" for target in targets if isinstance(target, ast.Name))
            yield from (f"{owner}.{target.attr}" for target in targets if isinstance(target, ast.Attribute))


@cache
def ends() -> frozenset[str]:
    """What may stand for each of them: its name without the packages before it."""
    return frozenset(name.split(".", count)[-1] for name in names() for count in range(name.count(".") + 1))


def missing(page: str) -> set[str]:
    """What ``page`` names that is not there."""
    files = {file for file in FILE.findall(page) if not any((ROOT / top / file).exists() for top in ("", "ssmtui"))}
    named = {name for name in NAME.findall(page) if name.rpartition(".")[2] not in ENDINGS}
    return files | (named - ends())


@pytest.mark.parametrize(("number", "container"), [(0, "ssmtui"), (1, "ssmtui.ui")])
def test_the_floors_are_drawn_as_the_contracts_have_them(number: int, container: str) -> None:
    drawing = DRAWING.findall(PAGE)[number]
    assert [re.split(r" {2,}", line)[0] for line in drawing.splitlines() if line[0] != " "] == FLOORS[container]


def test_what_is_named_is_there() -> None:
    assert missing(PAGE) == set()


def test_what_is_not_there_is_missed() -> None:
    page = "`ui.ports` `Stage.tell_error` `ui.Decks` `Stage.shout` `NoSuch` `ui/none.py` `Tabs` `lab` `pyproject.toml`"
    assert missing(page) == {"ui.Decks", "Stage.shout", "NoSuch", "ui/none.py"}
