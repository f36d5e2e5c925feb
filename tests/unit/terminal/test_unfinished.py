"""What has to be written again after something was written in between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.terminal import unfinished
from ssmtui.terminal.unfinished import LONGEST, Unfinished

WIDE = [b"\xc3", b"\xa9", b"\xe2", b"\x82", b"\xf0", b"\x9f"]


@pytest.mark.parametrize(
    ("text", "begun"),
    [
        (b"plain", b""),
        (b"a\x1b[31mred", b""),
        (b"a\x1b", b"\x1b"),
        (b"a\x1b[", b"\x1b["),
        (b"\x1b[1m\x1b[38;5", b"\x1b[38;5"),
        (b"\x1b[?25", b"\x1b[?25"),
        (b"\x1b(", b"\x1b("),
        (b"\x1b]2;tit", b"\x1b]2;tit"),
        (b"\x1b]2;tit\x1b", b"\x1b]2;tit\x1b"),
        (b"\x1b]2;title\x07", b""),
        (b"\x1b]2;title\x1b\\", b""),
        (b"\x1bPq#0", b"\x1bPq#0"),
        ("é".encode(), b""),
        ("é".encode()[:1], b"\xc3"),
        ("a€".encode()[:3], b"\xe2\x82"),
        ("🙂".encode()[:3], b"\xf0\x9f\x99"),
        ("🙂".encode(), b""),
    ],
)
def test_the_end_that_is_begun_and_not_ended(text: bytes, begun: bytes) -> None:
    whole, byte_by_byte = Unfinished(), Unfinished()
    whole.follow(text)
    for byte in text:
        byte_by_byte.follow(bytes([byte]))
    assert bytes(whole) == bytes(byte_by_byte) == begun


@given(st.lists(st.sampled_from([*(bytes([one]) for one in b"\x1b[]P?1;h\x07\x18\\a( "), *WIDE]), max_size=12))
def test_looking_at_the_end_alone_finds_what_looking_everywhere_finds(pieces: list[bytes]) -> None:
    text = b"".join(pieces)
    followed = Unfinished()
    followed.follow(text)
    found = unfinished._UNFINISHED.search(text)
    assert bytes(followed) == (b"" if found is None else found[0])


def test_it_keeps_no_more_than_so_much() -> None:
    unfinished = Unfinished()
    unfinished.follow(b"\x1b[1" + b"x" * 3 * LONGEST + b"\x1b[3")
    assert bytes(unfinished) == b"\x1b[3"
