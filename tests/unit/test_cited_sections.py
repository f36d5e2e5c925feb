"""Whatever the code and the tests cite of docs/protocol.md is there: sections, the appendix, and rows of section 11."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "protocol.md"

_NUMBER = r"\d+(?:\.\d+)*"
_LIST = rf"{_NUMBER}(?:(?:, and|,| and| to) {_NUMBER})*"
CITED = re.compile(
    rf"protocol\.md (?:sections? )?(?P<named>{_LIST})"
    rf"|(?<!RFC \d{{4}} )\bsections? (?P<short>{_LIST})"
    r"|protocol\.md (?P<appendix>appendix [A-Z])\b",
    re.IGNORECASE,
)
"""With the document's name, or without it as most files have it after their first line."""
ROW = re.compile(r"\bsection 11,? row (\d+)", re.IGNORECASE)
HEADING = re.compile(rf"^#{{2,3}} ((?:{_NUMBER}|Appendix [A-Z])\b)", re.MULTILINE)
_BROKEN_LINE = re.compile(r"\n *(?:# )?")


@cache
def _texts() -> dict[str, str]:
    """Every source file that may cite something, its lines joined: a citation may go over two."""
    files = [path for folder in ("ssmtui", "tests") for path in (ROOT / folder).rglob("*.py") if path != Path(__file__)]
    texts = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in files}
    return {
        name: _BROKEN_LINE.sub(" ", text)
        for name, text in texts.items()
        if "section" in text.lower() or "protocol.md" in text
    }


def _expanded(listed: str) -> Iterator[str]:
    """``4.2 to 4.4 and 6.1`` is 4.2, 4.3, 4.4 and 6.1."""
    for first, last in re.findall(rf"({_NUMBER})(?: to ({_NUMBER}))?", listed):
        chapter, dot, low = first.rpartition(".")
        high = (last or first).rpartition(".")[2]
        yield from (f"{chapter}{dot}{number}" for number in range(int(low), int(high) + 1))


def _cited_in(text: str) -> Iterator[str]:
    for match in CITED.finditer(text):
        if match["appendix"]:
            yield match["appendix"].title()
        else:
            yield from _expanded(match["named"] or match["short"])


@cache
def _cited() -> dict[str, str]:
    """Each cited section, and a file that cites it."""
    return {section: name for name, text in _texts().items() for section in _cited_in(text)}


def _missing(document: str) -> dict[str, str]:
    headings = set(HEADING.findall(document))
    return {section: name for section, name in _cited().items() if section not in headings}


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        ("(protocol.md section 4.4).", ["4.4"]),
        ("protocol.md sections 4.2 to 4.4 and 6.1", ["4.2", "4.3", "4.4", "6.1"]),
        ("protocol.md 2.4, 3.3 to 3.5, 5).", ["2.4", "3.3", "3.4", "3.5", "5"]),
        ("protocol.md sections 4 to 6, 11)", ["4", "5", "6", "11"]),
        ("protocol.md section 5.5; edge cases 60 to 65", ["5.5"]),
        ("(section 8.5, rule 7)", ["8.5"]),
        ("the vectors of protocol.md appendix A, and", ["Appendix A"]),
        ("each (RFC 6455 section 5.3)", []),
    ],
)
def test_a_citation_is_read(text: str, sections: list[str]) -> None:
    assert list(_cited_in(text)) == sections


def test_a_citation_over_two_lines_is_found() -> None:
    assert "7" in _cited_in(_texts()["ssmtui/sessions/channel_session.py"])


def test_every_cited_section_has_a_heading() -> None:
    assert _missing(DOCUMENT.read_text("utf-8")) == {}


def test_a_heading_that_is_removed_is_missed() -> None:
    document = DOCUMENT.read_text("utf-8")
    for section in _cited():
        without = re.sub(rf"^#+ {re.escape(section)}(?![.\d]*\d).*\n", "", document, flags=re.MULTILINE)
        assert list(_missing(without)) == [section]


def test_every_cited_row_is_there() -> None:
    observed = re.split(r"^## ", DOCUMENT.read_text("utf-8").partition("\n## 11.")[2], flags=re.MULTILINE)[0]
    rows = set(re.findall(r"^\| (\d+) \|", observed, re.MULTILINE))
    cited = {row for text in _texts().values() for row in ROW.findall(text)}
    assert cited
    assert cited - rows == set()
