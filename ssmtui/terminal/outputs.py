"""What the last command printed, where the shell marks its prompts.

The marks are FinalTerm's, OSC 133
(https://gitlab.freedesktop.org/Per_Bothner/specifications/blob/master/proposals/semantic-prompts.md): A before a
prompt, B before what is typed, C before the output, D after it. A shell may leave out all but A.
"""

from __future__ import annotations

from ssmtui.terminal.grid import Grid
from ssmtui.terminal.marks import Shape
from ssmtui.terminal.selection import Area

_MOST_ROWS = 20_000
"""Rows above the cursor that are looked at. Each is a call into the engine, and other terminals wait meanwhile."""


class NoPromptsError(LookupError):
    """The shell marks no prompts, so it is unknown where a command's output begins."""


def last_output(grid: Grid) -> Area | None:
    """Where the output of the last command is, or the output so far of the one that runs. None when it printed nothing.

    Raises :class:`NoPromptsError` where no prompt is marked: the caller then says what to set up in the shell.
    """
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
