"""The table of edge cases names every case once and only tests that exist, and no numbered test is missing from it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
CASES = range(1, 101)
NUMBERED = re.compile(r"test_edge_(\d+(?:_\d+)*)_")


def _table() -> list[tuple[int, str]]:
    """Number and last cell of each row."""
    rows = re.findall(r"^\| (\d+) \|[^|]+\| ([^|]+) \|$", (TESTS / "edge_cases.md").read_text(), re.MULTILINE)
    return [(int(number), cell) for number, cell in rows]


@cache
def _tests() -> frozenset[str]:
    """Every test function of the files that the table names or that have a numbered test, as ``tests/...py::name``."""
    table = (TESTS / "edge_cases.md").read_text()
    found = set()
    for path in TESTS.rglob("test_*.py"):
        name, source = path.relative_to(TESTS.parent).as_posix(), path.read_text()
        if f"{name}::" in table or "def test_edge_" in source:
            found |= {f"{name}::{test}" for test in _tests_in(ast.parse(source).body)}
    return frozenset(found)


def _tests_in(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Where pytest looks for them: at the top and in classes."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _tests_in(node.body)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name


def test_every_case_is_in_the_table_once_and_in_order() -> None:
    assert [number for number, _ in _table()] == list(CASES)


def test_every_row_names_tests_or_says_why_not() -> None:
    for number, cell in _table():
        named = re.findall(r"`([^`]+)`", cell)
        rest = re.sub(r"`[^`]+`(<br>)?", "", cell)
        assert cell == "not built" or (named and not rest), f"case {number}: {cell}"


def test_every_test_in_the_table_exists() -> None:
    named = {test for _, cell in _table() for test in re.findall(r"`([^`]+)`", cell)}
    assert named
    assert named - _tests() == set()


def test_every_numbered_test_is_in_the_table() -> None:
    table = {(number, test) for number, cell in _table() for test in re.findall(r"`([^`]+)`", cell)}
    numbered = {
        (int(number), test)
        for test in _tests()
        if (match := NUMBERED.match(test.split("::")[1]))
        for number in match[1].split("_")
    }
    assert numbered
    assert numbered - table == set()
