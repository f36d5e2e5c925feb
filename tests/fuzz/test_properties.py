"""What holds of both engines whatever a node prints. The inputs are small and in this process; ``campaign`` feeds much
more of the same to the process where it belongs."""

from __future__ import annotations

import time
from itertools import groupby
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines, wire
from ssmtui.terminal.engine import Engine
from ssmtui.terminal.screen import Frame, Style
from tests.fuzz.actions import Resize, Rest, Scroll, apply, feeds
from tests.fuzz.kinds import KINDS
from tests.support.wait import SCALE

SIZE = TerminalSize(40, 8)
PARSING = 0.6
"""Seconds of processor time for a thousand bytes: bittty's own budget for one feed, and a little."""

CLUSTERS = {"combining", "controls_inside", "modes", "regions", "styles", "mixed"}
"""Kinds in which characters join. bittty joins them within one feed, and draws them anew in a snapshot, so that neither
cuts nor snapshots of those leave its screen as it is."""


def output_of(kinds: set[str]) -> st.SearchStrategy[bytes]:
    """Up to 1,000 bytes of what one of ``kinds`` makes."""
    return st.builds(
        lambda kind, seed, start: KINDS[kind](Random(seed))[start : start + 1000],
        st.sampled_from(sorted(kinds)),
        st.integers(0, 1 << 32),
        st.integers(0, 1000),
    )


output = output_of(set(KINDS))
exact = {engines.GHOSTTY: output, engines.BITTTY: output_of(set(KINDS) - CLUSTERS)}
sizes = st.builds(Resize, st.integers(1, 130), st.integers(1, 50))
both = pytest.mark.parametrize("name", engines.NAMES)


def seen(engine: Engine) -> tuple[object, ...]:
    """All that a frame tells but its number."""
    frame = engine.frame(0)
    return frame.size, frame.rows, frame.cursor, frame.modes, frame.history, frame.scrolled_back


def joined(frame: Frame) -> dict[int, list[tuple[Style, str]]]:
    """The rows, with neighbouring runs of one style as one: where bittty cuts them is a matter of how they came."""
    return {
        line: [(style, "".join(run.text for run in runs)) for style, runs in groupby(row, lambda run: run.style)]
        for line, row in frame.rows.items()
    }


def check(frame: Frame) -> None:
    """What whoever draws a frame relies on."""
    assert sorted(frame.rows) == list(range(frame.size.rows))
    for row in frame.rows.values():
        assert sum(run.cells for run in row) <= frame.size.cols
    assert 0 <= frame.cursor.x < frame.size.cols
    assert 0 <= frame.cursor.y < frame.size.rows
    assert wire.frame_from_wire(wire.parse(wire.pack(wire.frame_to_wire(frame))[wire.PREFIX.size :])) == frame


@both
@given(drawn=st.data(), places=st.lists(st.integers(0, 1000), max_size=12))
@settings(max_examples=60, deadline=None)
def test_it_does_not_matter_how_output_is_cut(name: str, drawn: st.DataObject, places: list[int]) -> None:
    data = drawn.draw(exact[name])
    whole, cut = engines.create(name, SIZE, 50), engines.create(name, SIZE, 50)
    whole.feed(data)
    ends = sorted({place % (len(data) + 1) for place in places} | {len(data)})
    for start, end in zip([0, *ends], ends, strict=False):
        cut.feed(data[start:end])
    assert seen(whole) == seen(cut)


@both
@given(steps=st.lists(st.one_of(output, sizes, st.builds(Scroll, st.integers(-99, 9)), st.just(Rest())), max_size=8))
@settings(max_examples=60, deadline=None)
def test_whatever_comes_a_frame_can_be_drawn(name: str, steps: list[bytes | Resize | Scroll | Rest]) -> None:
    engine = engines.create(name, SIZE, 50)
    for step in steps:
        for action in feeds(step) if isinstance(step, bytes) else [step]:
            apply(engine, action)
        check(engine.frame(0))


@both
@given(data=st.one_of(output, st.binary(max_size=1000)), size=sizes)
@settings(max_examples=100, deadline=None)
def test_a_thousand_bytes_of_anything_are_parsed_in_bounded_time(name: str, data: bytes, size: Resize) -> None:
    engine = engines.create(name, TerminalSize(*size), 50)
    began = time.thread_time()
    engine.feed(data)
    assert time.thread_time() - began < PARSING * SCALE


@both
@given(drawn=st.data())
@settings(max_examples=60, deadline=None)
def test_a_snapshot_gives_the_same_screen(name: str, drawn: st.DataObject) -> None:
    data = drawn.draw(exact[name])
    engine, other = engines.create(name, SIZE, 50), engines.create(name, SIZE, 50)
    engine.feed(data)
    snapshot = engine.snapshot(1 << 20)
    if snapshot:  # else it is in the middle of a sequence
        other.restore(snapshot)
        ours, theirs = engine.frame(0), other.frame(0)
        assert (joined(ours), ours.cursor, ours.modes) == (joined(theirs), theirs.cursor, theirs.modes)
