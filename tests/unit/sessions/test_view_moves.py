"""What waits of a person's scrolls and marks."""

from __future__ import annotations

from typing import Any

import pytest

from ssmtui.sessions.view_moves import ViewMoves
from ssmtui.terminal.marks import Drag, Find, FindNext, MarkAction, Press, Shape

PRESSED, PRESS = Press(1, 2, Shape.CHARACTER), ["Press", 1, 2, 0]
NEXT = ["FindNext", False]


@pytest.mark.parametrize(
    ("moves", "headers"),
    [
        ([-2, -3], [-5]),
        ([-2, 0, -1], [0, -1]),
        ([-2, 0, -1, 0], [0, 0]),
        ([-2, 2], []),
        ([-2, PRESSED, -3], [-2, PRESS, -3]),
        (
            [Press(1, 2, Shape.CHARACTER), Drag(1, 1), Drag(2, 2), -1, Drag(3, 3)],
            [PRESS, ["Drag", 2, 2], -1, ["Drag", 3, 3]],
        ),
        ([Find("a"), Find("ab"), FindNext(), FindNext()], [["Find", "ab", False, 0, False], NEXT, NEXT]),
    ],
)
def test_moves_go_out_in_order_and_as_few(moves: list[int | MarkAction], headers: list[Any]) -> None:
    queue = ViewMoves()
    for move in moves:
        queue.add(move)
    sent = []
    while (header := queue.next_header()) is not None:
        sent.append(header.get("lines", header.get("mark")))
    assert sent == headers
