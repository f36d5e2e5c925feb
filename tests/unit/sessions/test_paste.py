"""What waits behind a paste: order, pieces that can be stopped, and what a stop leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.sessions import paste
from ssmtui.sessions.paste import InputKind, InputQueue, PasteProgress
from ssmtui.terminal.paste import BEGIN, END

FRAME = 1024
ITEMS = st.lists(st.tuples(st.sampled_from(InputKind), st.text(max_size=3000).map(str.encode).filter(bool)), max_size=6)


def bracketed(size: int) -> bytes:
    return BEGIN + b"x" * size + END


def drained(queue: InputQueue, most: int = FRAME) -> list[bytes]:
    pieces = []
    while queue:
        pieces.append(queue.take(most))
        assert pieces[-1]
    return pieces


@given(ITEMS, st.integers(1, 4))
def test_everything_comes_out_once_in_order_and_no_character_is_split(
    items: list[tuple[InputKind, bytes]], n: int
) -> None:
    queue = InputQueue()
    for kind, data in items:
        assert queue.put(data, kind)
    assert queue.waiting == sum(len(data) for _, data in items)
    pieces = drained(queue, n * FRAME)
    assert b"".join(pieces) == b"".join(data for _, data in items)
    assert all(len(piece) <= n * FRAME for piece in pieces)
    for piece in pieces:
        piece.decode()
    assert (queue.waiting, queue.waiting_keys) == (0, 0)


def test_bytes_that_are_no_text_come_out_as_well() -> None:
    queue = InputQueue()
    queue.put(b"\x80" * 5000, InputKind.PASTE)
    assert b"".join(drained(queue)) == b"\x80" * 5000


@given(st.integers(0, 3 * FRAME), st.integers(0, 4))
def test_a_stopped_bracketed_paste_is_closed_if_it_was_opened(size: int, pieces: int) -> None:
    queue = InputQueue()
    queue.put(bracketed(size), InputKind.PASTE)
    out = b"".join(queue.take(FRAME) for _ in range(pieces))
    whole = out == bracketed(size)
    dropped, end = queue.cut()
    out += end
    assert out.startswith(BEGIN) == (pieces > 0)
    assert out.count(END) == (pieces > 0)
    assert dropped == (0 if whole else len(bracketed(size)) - len(out))
    assert not queue
    assert queue.progress is None


@pytest.mark.parametrize("beyond", range(-1, len(END) + 2))
def test_the_end_marker_is_not_cut(beyond: int) -> None:
    queue = InputQueue()
    data = bracketed(2 * FRAME + beyond - len(BEGIN) - len(END))
    queue.put(data, InputKind.PASTE)
    out = queue.take(FRAME) + queue.take(FRAME)
    _, end = queue.cut()
    assert out + end == data[: len(out)] + (b"" if out == data else END)
    assert out == data or END[:1] not in out[1:]


def test_a_stopped_plain_paste_needs_no_end() -> None:
    queue = InputQueue()
    queue.put(b"x" * 3000, InputKind.PASTE)
    queue.take(FRAME)
    assert queue.cut() == (3000 - FRAME, b"")


def test_a_stop_drops_what_was_typed_behind_the_paste_and_keeps_the_rest() -> None:
    queue = InputQueue()
    queue.put(b"cat\r", InputKind.TYPED)
    queue.put(b"x" * 3000, InputKind.PASTE)
    queue.put(b"rm -r y\r", InputKind.TYPED)
    queue.put(b"\x1b[0n", InputKind.ANSWER)
    queue.put(b"z" * 2000, InputKind.PASTE)
    assert queue.cut() == (5008, b"")
    assert drained(queue) == [b"cat\r", b"\x1b[0n"]


def test_a_second_paste_counts_with_the_first() -> None:
    queue = InputQueue()
    queue.put(b"x" * 3000, InputKind.PASTE)
    queue.put(b"y" * 1000, InputKind.PASTE)
    queue.take(2 * FRAME)
    queue.confirm(FRAME)
    assert queue.progress == PasteProgress(FRAME, 4000, 4000 - 2 * FRAME)
    queue.confirm(3 * FRAME)  # something was typed beside it
    assert queue.progress.confirmed == FRAME
    assert queue.progress.percent == 25
    drained(queue)
    queue.confirm(1)
    assert queue.progress == PasteProgress(3999, 4000, 0)
    assert queue.progress.percent == 99
    queue.confirm(0)
    assert queue.progress is None


def test_what_would_be_too_much_is_refused_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paste, "MOST_WAITING", 5000)
    queue = InputQueue()
    assert queue.put(b"x" * 4000, InputKind.PASTE)
    assert not queue.put(b"y" * 1001, InputKind.PASTE)
    assert not queue.put(b"y" * 1001, InputKind.TYPED)
    assert queue.put(b"z" * 1000, InputKind.TYPED)
    assert (queue.waiting, queue.waiting_keys) == (5000, 1000)
    assert b"".join(drained(queue)) == b"x" * 4000 + b"z" * 1000
    assert queue.put(b"y" * 5000, InputKind.PASTE)


def test_only_what_stands_before_the_first_paste_is_taken_ahead() -> None:
    queue = InputQueue()
    queue.put(b"a", InputKind.TYPED)
    queue.put(b"b", InputKind.ANSWER)
    queue.put(b"x" * 3000, InputKind.PASTE)
    queue.put(b"c", InputKind.TYPED)
    assert queue.take_ahead() == [b"a", b"b"]
    assert queue.take_all() == [(b"x" * 3000, InputKind.PASTE), (b"c", InputKind.TYPED)]
    assert (len(queue), queue.waiting, queue.progress) == (0, 0, None)
