"""Where a request's body ends, however its bytes come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.forwards.request_body import ChunkedBody, RequestBody, SizedBody


def taken(body: RequestBody, pieces: list[bytes]) -> bytes:
    """What of the pieces belongs to it."""
    return b"".join(piece[: body.take(piece)] for piece in pieces)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    places = sorted(place for place in places if place < len(data))
    return [data[start:end] for start, end in zip((0, *places), (*places, len(data)), strict=True)]


def chunked(parts: list[bytes], trailers: bytes = b"", extension: bytes = b"") -> bytes:
    chunks = b"".join(b"%x%b\r\n%b\r\n" % (len(part), extension, part) for part in parts)
    return chunks + b"0\r\n" + trailers + b"\r\n"


cuts = st.lists(st.integers(0, 400), max_size=10)


@given(st.binary(max_size=100), st.binary(max_size=40), cuts)
def test_a_sized_body_ends_after_so_many_bytes(data: bytes, following: bytes, places: list[int]) -> None:
    body = SizedBody(len(data))
    assert taken(body, cut(data + following, places)) == data
    assert body.is_complete


@given(
    st.lists(st.binary(min_size=1, max_size=60), max_size=5),
    st.sampled_from([b"", b"Digest: x\r\n", b"A: b\r\nC: d\r\n"]),
    st.sampled_from([b"", b";a=b", b" ; c"]),
    st.binary(max_size=40),
    cuts,
)
def test_a_chunked_body_ends_behind_its_trailers(
    parts: list[bytes], trailers: bytes, extension: bytes, following: bytes, places: list[int]
) -> None:
    data = chunked(parts, trailers, extension)
    body = ChunkedBody()
    assert taken(body, cut(data, places)) == data
    assert body.is_complete
    assert body.take(following) == 0


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=5), st.data())
def test_a_chunked_body_is_not_complete_before_its_end(parts: list[bytes], data: st.DataObject) -> None:
    whole = chunked(parts)
    begun = whole[: data.draw(st.integers(0, len(whole) - 1))]
    body = ChunkedBody()
    assert body.take(begun) == len(begun)
    assert not body.is_complete


@pytest.mark.parametrize(
    "data", [b"x\r\n", b"-1\r\n", b"\r\n", b"1" * 16 + b"\r\n", b"1" * 5000, b"0\r\n" + b"a: b\r\n" * 20_000]
)
def test_what_is_no_chunk_ends_it(data: bytes) -> None:
    body = ChunkedBody()
    body.take(data)
    assert body.is_complete


@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([b"5\r\n", b"\r\n", b"0\r\n"])), max_size=20))
def test_whatever_comes_no_more_is_taken_than_there_is(pieces: list[bytes]) -> None:
    body = ChunkedBody()
    for piece in pieces:
        complete = body.is_complete
        count = body.take(piece)
        assert 0 <= count <= len(piece)
        assert not (complete and count)
        assert body.is_complete or count == len(piece)
