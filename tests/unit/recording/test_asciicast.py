"""The lines of asciicast v2, by its specification."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ssmtui.model import TerminalSize
from ssmtui.recording.asciicast import CastEvents, header


def test_the_header() -> None:
    facts = json.loads(header(TerminalSize(80, 24), 1_767_225_600.9, "web-1"))
    assert (facts["version"], facts["width"], facts["height"]) == (2, 80, 24)
    assert (facts["timestamp"], facts["title"]) == (1_767_225_600, "web-1")


def test_events_are_a_line_each() -> None:
    events = CastEvents()
    lines = [events.output(0.5, b"a\x1b[31m\r\n"), events.resized(1.25, TerminalSize(100, 30)), events.end(2)]
    assert [json.loads(line) for line in lines if line] == [[0.5, "o", "a\x1b[31m\r\n"], [1.25, "r", "100x30"]]
    assert all(line.count("\n") == 1 and line.endswith("\n") for line in lines if line)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=40), st.lists(st.integers(0, 40), max_size=6))
def test_text_is_whole_however_the_bytes_are_cut(data: bytes, cuts: list[int]) -> None:
    events, places = CastEvents(), sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    lines = [events.output(1, data[start:end]) for start, end in pairwise(places)]
    lines.append(events.end(2))
    assert "".join(json.loads(line)[2] for line in lines if line) == data.decode("utf-8", "replace")
