"""What the last command printed, where the shell marks its prompts (OSC 133)."""

from __future__ import annotations

from ssmtui.terminal import selection
from ssmtui.terminal.grid import Grid
from ssmtui.terminal.marks import Shape

_MOST_ROWS = 20_000
"""Rows above the cursor that are looked at."""


def last_output(grid: Grid) -> str | None:
    """The output of the last command, or so far of the one that runs; empty when there is none; None where no prompt
    is marked."""
    cursor = grid.cursor().row
    prompt = _prompt_above(grid, cursor)
    if prompt is None:
        return None
    running = grid.output(cursor)
    output = running if running is not None and running[0].row > prompt else None
    if output is None and prompt > 0:
        output = grid.output(prompt - 1)
        if output is not None and _prompt_above(grid, output[0].row) is None:
            output = None  # printed before the first prompt: by no command
    return "" if output is None else selection.text(grid, selection.Area(*output, Shape.CHARACTER))


def _prompt_above(grid: Grid, row: int) -> int | None:
    return next((above for above in range(row, max(-1, row - _MOST_ROWS), -1) if grid.is_prompt(above)), None)
