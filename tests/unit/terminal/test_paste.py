from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.terminal import paste
from ssmtui.terminal.screen import INITIAL_MODES, Modes

BRACKETED = Modes(bracketed_paste=True)


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\r"])
def test_edge_72_line_breaks_are_sent_as_enter(breaks: str) -> None:
    assert paste.encode(f"a{breaks}b", INITIAL_MODES) == b"a\rb"
    assert paste.encode(f"a{breaks}b", BRACKETED) == b"\x1b[200~a\rb\x1b[201~"


def test_text_and_tabs_stay() -> None:
    assert paste.encode("ä\t中", INITIAL_MODES) == "ä\t中".encode()


def test_the_end_marker_cannot_be_brought_along() -> None:
    sent = paste.encode("a\x1b[201~; rm\n", BRACKETED)
    assert sent == b"\x1b[200~a [201~; rm\r\x1b[201~"


@given(st.text())
def test_no_control_character_is_sent(text: str) -> None:
    inner = paste.encode(text, BRACKETED)[6:-6].decode()
    assert not [c for c in inner if (ord(c) < 0x20 and c not in "\r\t") or 0x7F <= ord(c) < 0xA0]


@pytest.mark.parametrize(
    ("text", "safe"),
    [("ls -l", True), ("a\tb", True), ("a\nb", False), ("a\r", False), ("a\x1bb", False), ("\x9b", False)],
)
def test_what_is_safe(text: str, safe: bool) -> None:
    assert paste.is_safe(text) is safe


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("a\n", ["a"]),
        ("a\r\nb\rc\n\n", ["a", "b", "c", ""]),
        ("\n", [""]),
        ("a\x0bb", ["a\x0bb"]),
    ],
)
def test_lines_are_what_enter_ends(text: str, lines: list[str]) -> None:
    assert paste.lines(text) == lines


def test_as_one_line_nothing_is_run() -> None:
    assert paste.as_one_line("for x in 1 2; do\n  echo $x\r\ndone\n\n") == "for x in 1 2; do echo $x done"


@given(st.text())
def test_controls_are_counted_as_they_are_replaced(text: str) -> None:
    plain = text.replace(" ", "")
    assert paste.controls(plain) == paste.encode(plain, INITIAL_MODES).count(b" ")
