"""Plays recordings in our engines."""

from __future__ import annotations

from collections.abc import Iterator

from ssmtui.terminal import engines
from ssmtui.terminal.engine import MAX_FEED
from ssmtui.terminal.screen import Frame
from tests.recordings.cast import Mark, Output, Recording, Resized

SCROLLBACK = 1000


def frames(engine_name: str, recording: Recording) -> Iterator[tuple[str, Frame]]:
    """What an engine shows at each mark."""
    engine = engines.create(engine_name, recording.size, SCROLLBACK)
    for event in recording.events:
        match event:
            case Output(data):
                for start in range(0, len(data), MAX_FEED):
                    engine.feed(data[start : start + MAX_FEED])
            case Resized(size):
                engine.resize(size)
            case Mark(label):
                yield label, engine.frame(0)
    engine.close()
