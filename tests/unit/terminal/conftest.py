"""Both engines for the tests of what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines
from ssmtui.terminal.engine import Engine

SIZE = TerminalSize(40, 6)
Make = Callable[..., Engine]


@pytest.fixture(params=engines.NAMES)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make(engine_name: str) -> Iterator[Make]:
    made: list[Engine] = []

    def make_one(size: TerminalSize = SIZE, scrollback_lines: int = 100) -> Engine:
        made.append(engines.create(engine_name, size, scrollback_lines))
        return made[-1]

    yield make_one
    for engine in made:
        engine.close()


@pytest.fixture
def engine(make: Make) -> Engine:
    return make()
