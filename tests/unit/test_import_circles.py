"""No module is needed by what it imports. Imports within functions and those for types alone count like any other."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import ssmtui

Graph = Mapping[str, frozenset[str]]
"""Each module, with those that it imports."""

PACKAGE = Path(ssmtui.__file__).parent
ROOMS = sorted({file.relative_to(PACKAGE).parts[0].removesuffix(".py") for file in PACKAGE.rglob("*.py")})


def graph_of(texts: Mapping[str, str], packages: frozenset[str]) -> Graph:
    """The graph of modules, given the text of each by its name; ``packages`` are those that are a directory."""
    return {
        module: frozenset(_imported(module, ast.parse(text), texts, packages)) - {module}
        for module, text in texts.items()
    }


def circle_in(graph: Graph, room: str) -> list[str]:
    """The modules of a circle that touches ``room``, the first one again at the end; empty when there is none."""
    reachable = _reachable(graph, {module for module in graph if _room(module) == room})
    try:
        TopologicalSorter({module: graph[module] for module in reachable}).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def _reachable(graph: Graph, starts: set[str]) -> set[str]:
    """What lies on a way from ``starts`` back to them."""
    above: dict[str, set[str]] = {}
    for module, imported in graph.items():
        for one in imported:
            above.setdefault(one, set()).add(module)
    return _closure(graph, starts) & _closure(above, starts)


def _closure(graph: Mapping[str, frozenset[str] | set[str]], starts: set[str]) -> set[str]:
    found, todo = set(starts), list(starts)
    while todo:
        new = set(graph.get(todo.pop(), ())) - found
        found |= new
        todo += new
    return found


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def _imported(module: str, tree: ast.AST, known: Mapping[str, str], packages: frozenset[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node, packages)
            for alias in node.names:
                name = f"{base}.{alias.name}"
                if name in known:
                    yield name
                elif base in known:
                    yield base


def _absolute(module: str, node: ast.ImportFrom, packages: frozenset[str]) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    parts = parts[: len(parts) - node.level + (module in packages)]
    return ".".join([*parts, *([node.module] if node.module else [])])


@cache
def _program() -> Graph:
    texts, packages = {}, set()
    for file in PACKAGE.rglob("*.py"):
        parts = (PACKAGE.name, *file.relative_to(PACKAGE).with_suffix("").parts)
        name = ".".join(part for part in parts if part != "__init__")
        texts[name] = file.read_text(encoding="utf-8")
        if file.name == "__init__.py":
            packages.add(name)
    return graph_of(texts, frozenset(packages))


@pytest.mark.parametrize("room", ROOMS)
def test_no_import_leads_back_to_its_module(room: str) -> None:
    circle = circle_in(_program(), room)
    assert not circle, " -> ".join(circle)


@pytest.mark.parametrize(
    "text",
    [
        "from p.a import y",
        "import p.a",
        "from p import a",
        "from . import a",
        "from .a import y",
        "def f():\n    from p.a import y",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.a import y",
    ],
)
def test_each_way_to_import_counts(text: str) -> None:
    graph = graph_of({"p": "", "p.a": "from p.b import x", "p.b": text, "p.c": "import p.a"}, frozenset({"p"}))
    assert set(circle_in(graph, "a")) == {"p.a", "p.b"}
    assert circle_in(graph, "c") == []


def test_a_circle_over_several_modules_is_found_from_each_of_them() -> None:
    texts = {"p.a": "import p.b", "p.b": "from p.c import z", "p.c": "import p.a", "p.d": ""}
    graph = graph_of(texts, frozenset())
    assert [bool(circle_in(graph, room)) for room in "abcd"] == [True, True, True, False]


def test_a_package_and_its_modules() -> None:
    texts = {"p.a": "from .b import x", "p.a.b": "from ..a import x"}
    assert circle_in(graph_of(texts, frozenset({"p.a"})), "a")
