"""What the last command printed, where the shell marks its prompts (OSC 133)."""

from __future__ import annotations

from ssmtui.terminal.grid import Grid
from ssmtui.terminal.marks import Shape
from ssmtui.terminal.selection import Area

_MOST_ROWS = 20_000
"""Rows above the cursor that are looked at."""


class NoPromptsError(LookupError):
    """The shell marks no prompts, so nobody knows where a command's output begins."""


def last_output(grid: Grid) -> Area | None:
    """Where the output of the last command is, or so far of the one that runs; None when it printed nothing.
    :class:`NoPromptsError` where no prompt is marked."""
    cursor = grid.cursor().row
    prompt = _prompt_above(grid, cursor)
    if prompt is None:
        raise NoPromptsError
    output = grid.output(cursor)
    if output is None and prompt > 0:
        output = grid.output(prompt - 1)
        if output is not None and _prompt_above(grid, output[0].row) is None:
            output = None  # printed before the first prompt: by no command
    return None if output is None else Area(*output, Shape.CHARACTER)


def _prompt_above(grid: Grid, row: int) -> int | None:
    return next((above for above in range(row, max(-1, row - _MOST_ROWS), -1) if grid.is_prompt(above)), None)
