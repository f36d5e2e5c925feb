"""Plays recordings in our engines."""

from __future__ import annotations

import math
from collections.abc import Iterator
from unittest.mock import patch

from ssmtui.terminal import bittty_engine, engines
from ssmtui.terminal.engine import MAX_FEED, Engine
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
                    _feed(engine, data[start : start + MAX_FEED])
            case Resized(size):
                engine.resize(size)
            case Mark(label):
                yield label, engine.frame(0)
    engine.close()


def _feed(engine: Engine, data: bytes) -> None:
    """Feed all of it: bittty drops what it has no processor time for, and here a collection of the garbage of all other
    tests counts, too."""
    with patch.object(bittty_engine, "_BUDGET", math.inf):
        assert engine.feed(data).dropped == 0
