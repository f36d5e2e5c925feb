"""Pages name tests: each of them must exist. Each threat must have one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line)]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def functions(file: Path) -> set[str]:
    return {
        node.name
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_each_threat_has_a_number_of_its_own_a_defence_and_a_test() -> None:
    assert [int(row.split("|")[1]) for row in ROWS] == list(range(1, len(ROWS) + 1))
    assert [row for row in ROWS if NAMED.search(row) is None] == []
    assert [row for row in ROWS if not all(cell.strip() for cell in row.split("|")[1:5])] == []


@pytest.mark.parametrize("page", ["threats.md", "sign-in.md", "networks.md"])
def test_each_test_that_is_named_exists(page: str) -> None:
    named = NAMED.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert named
    missing = [
        f"{file}::{name}" for file, name in named if not (ROOT / file).exists() or name not in functions(ROOT / file)
    ]
    assert missing == []


def test_the_table_of_credentials_has_the_kinds_that_are_tested() -> None:
    from tests.support.credential_kinds import KINDS

    page = (ROOT / "docs" / "sign-in.md").read_text(encoding="utf-8")
    for call in ("list", "start", "resume", "kms", "signed_upgrade"):
        assert set(re.findall(rf"`{call}\[([\w-]+)\]`", page)) == {kind.name for kind in KINDS}
