"""Which sessions are asked for their last lines, and how often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest

from ssmtui.terminal.screen import FrameRow, Run
from ssmtui.ui.overview import live
from ssmtui.ui.overview.live import LiveLines
from tests.support.wait import wait_until


class Terminal:
    """A session's terminal that counts what it is asked, and answers when it may."""

    def __init__(self) -> None:
        self.changed: list[Callable[[], None]] = []
        self.asked: list[float] = []
        self.text = "$ "
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    @property
    def terminal(self) -> Terminal:
        return self

    def look(self, changed: Callable[[], None], *, is_news: bool) -> Terminal:
        assert not is_news
        self.changed.append(changed)
        return self

    def close(self) -> None:
        self.changed.clear()

    async def tail(self, count: int) -> tuple[FrameRow, ...]:
        self.asked.append(asyncio.get_running_loop().time())
        await self.may_answer.wait()
        return ((Run(self.text[:count], len(self.text[:count])),),)

    def prints(self, text: str) -> None:
        self.text = text
        for changed in self.changed:
            changed()


class Sessions(dict[int, Terminal]):
    def session(self, key: int) -> Terminal:
        return self[key]


@pytest.fixture
async def sessions() -> Sessions:
    return Sessions({key: Terminal() for key in (1, 2, 3)})


@pytest.fixture
async def told() -> list[int]:
    return []


@pytest.fixture
async def lines(sessions: Sessions, told: list[int]) -> AsyncIterator[LiveLines]:
    made = LiveLines(cast("Any", sessions), told.append)
    yield made
    await made.close()


def shown(lines: LiveLines, key: int) -> str:
    return "".join(run.text for row in lines.lines(key) for run in row)


async def test_those_in_sight_are_asked_once_and_again_only_when_they_print(
    sessions: Sessions, lines: LiveLines, told: list[int]
) -> None:
    lines.follow([1, 2], 9)
    await wait_until("both are there", lambda: sorted(told) == [1, 2])
    assert [len(sessions[key].asked) for key in (1, 2, 3)] == [1, 1, 0]
    lines.follow([1, 2], 9)
    sessions[1].prints("$ uptime")
    await wait_until("the new line", lambda: shown(lines, 1) == "$ uptime")
    assert [len(sessions[key].asked) for key in (1, 2, 3)] == [2, 1, 0]


async def test_one_that_floods_is_asked_four_times_a_second_at_most(sessions: Sessions, lines: LiveLines) -> None:
    lines.follow([1], 99)
    number = 0

    def floods() -> bool:
        nonlocal number
        number += 1
        sessions[1].prints(f"line {number}")
        return len(sessions[1].asked) >= 5

    await wait_until("it was asked five times", floods)
    asked = sessions[1].asked
    # The first time it had just come into sight. A busy machine may ask a little late, and then on time.
    assert asked[4] - asked[1] >= 3 * live.PAUSE * 0.8


async def test_one_whose_engine_does_not_answer_holds_up_no_other(sessions: Sessions, lines: LiveLines) -> None:
    sessions[1].may_answer.clear()
    lines.follow([1, 2], 99)
    await wait_until("the other is there", lambda: shown(lines, 2))
    sessions[1].prints("much")
    sessions[2].prints("$ date")
    await wait_until("the other goes on", lambda: shown(lines, 2) == "$ date")
    assert len(sessions[1].asked) == 1
    sessions[1].may_answer.set()
    await wait_until("what came meanwhile is pulled", lambda: shown(lines, 1) == "much" and len(sessions[1].asked) == 2)


async def test_one_out_of_sight_keeps_its_lines_and_is_not_asked(
    sessions: Sessions, lines: LiveLines, told: list[int]
) -> None:
    lines.follow([1, 2], 9)
    await wait_until("both are there", lambda: len(told) == 2)
    lines.follow([2, 3], 9)
    assert not sessions[1].changed
    await wait_until("the third is there", lambda: 3 in told)
    assert shown(lines, 1) == "$ "
    assert len(sessions[1].asked) == 1
    lines.keep([2, 3])
    assert not lines.lines(1)


async def test_larger_tiles_are_filled_and_one_that_has_gone_is_left_out(
    sessions: Sessions, lines: LiveLines, told: list[int]
) -> None:
    sessions[1].text = "abcdef"
    lines.follow([1, 77], 2)
    await wait_until("it is there", lambda: shown(lines, 1) == "ab")
    lines.follow([1], 4)
    await wait_until("more of it", lambda: shown(lines, 1) == "abcd")
    lines.follow([1], 0)
    assert shown(lines, 1) == "abcd"
    assert len(sessions[1].asked) == 2
