"""Untrusted text becomes one harmless line, or harmless lines."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ssmtui import inert


def test_plain_text_stays_as_it_is() -> None:
    assert inert.line("web-1 (eu-west-1)") == "web-1 (eu-west-1)"


def test_an_escape_sequence_loses_its_escape() -> None:
    assert inert.line("a\x1b]0;title\x07b") == "a\ufffd]0;title\ufffdb"


def test_direction_overrides_and_c1_are_replaced() -> None:
    assert inert.line("x\u202ey\x9bz") == "x\ufffdy\ufffdz"


def test_joined_emoji_stay_joined() -> None:
    assert inert.line("👩\u200d💻") == "👩\u200d💻"


def test_white_space_is_folded() -> None:
    assert inert.line("  a\r\n\tb ") == "a b"


def test_a_long_line_is_cut_with_an_ellipsis() -> None:
    assert inert.line("x" * 50, limit=10) == "x" * 9 + "…"


def test_lines_keep_their_breaks_and_lose_blank_ends() -> None:
    assert inert.lines("\n\none\ntwo\x00\n\n") == "one\ntwo\ufffd"


def test_control_characters_are_pictured() -> None:
    assert inert.pictured("a\x00\t\x1b[m\x7f\x9b\u202eb") == "a␀␉␛[m␡\ufffd\ufffdb"
    assert inert.pictured("x" * 50, limit=10) == "x" * 9 + "…"
    assert inert.pictured("x" * 10, limit=10) == "x" * 10


@given(st.text())
def test_nothing_unprintable_survives(text: str) -> None:
    shown = inert.line(text)
    assert len(shown) <= 500
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in shown)
