"""Cutting output at whole characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.lab.utf8 import split_at_character


@given(st.text(min_size=1), st.data())
def test_edge_70_whatever_the_cut_no_frame_splits_a_character(text: str, data: st.DataObject) -> None:
    raw = text.encode()
    cut = data.draw(st.integers(0, len(raw)))
    whole, carried = split_at_character(raw[:cut])
    assert whole + carried == raw[:cut]
    whole.decode()
    assert len(carried) <= 3


@given(st.binary(max_size=40))
def test_nothing_is_lost_of_any_bytes(raw: bytes) -> None:
    whole, carried = split_at_character(raw)
    assert whole + carried == raw
    assert len(carried) <= 3


@pytest.mark.parametrize("raw", [b"\xff", b"a\x80", b"\x80\x80\x80\x80\x80", b"\xc0", b"\xf5", b"\xe2\x82\xac\x82"])
def test_what_is_no_utf8_passes_through(raw: bytes) -> None:
    assert split_at_character(raw) == (raw, b"")
