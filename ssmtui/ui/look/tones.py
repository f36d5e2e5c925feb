"""What a piece of text means, and how each theme shows that.

Lines are drawn from these instead of from CSS component classes: the style sheet would have to resolve half a hundred
of those before the first frame.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Tone(Enum):
    """A meaning."""

    PLAIN = "plain"
    STRONG = "strong"
    DIM = "dim"
    FAINT = "faint"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    WRONG = "wrong"
    """The invalid part of an entry."""
    ACCENT = "accent"
    PRIMARY = "primary"
    HEAD = "head"
    """The heads of columns."""
    HEAD_SORTED = "head-sorted"
    """The head of a column that rows are sorted by."""
    KEY = "key"
    """A key in a hint."""
    HERE = "here"
    """The shown tab."""
    NOTICE = "notice"
    """A badge that explains what is going on."""
    DANGER = "danger"
    """A badge that must not be overlooked."""
    BAR = "bar"
    """The line above what it is about."""
    ROW = "row"
    """The row under the cursor."""
    MARKED = "marked"
    """A row that is marked."""
    MATCH_CELL = "match-cell"
    """What a filter found in a cell."""
    ROW_BLURRED = "row-blurred"
    """The same while the keys go elsewhere."""
    CURSOR_BLURRED = "cursor-blurred"
    """A terminal's cursor while the keys go elsewhere."""
    SELECTED = "selected"
    """Text that is selected."""
    MATCH = "match"
    """Text that a search found."""
    MATCH_HERE = "match-here"
    """The match that the search stands on."""
    COPY_CURSOR = "copy-cursor"
    """Copy mode's cursor."""
    RED = "red"
    """What a person gave this colour, as the next five."""
    YELLOW = "yellow"
    GREEN = "green"
    CYAN = "cyan"
    BLUE = "blue"
    MAGENTA = "magenta"


NAMED_TONES = (Tone.RED, Tone.YELLOW, Tone.GREEN, Tone.CYAN, Tone.BLUE, Tone.MAGENTA)


class Paint(NamedTuple):
    """Names of theme variables; empty leaves what is under it."""

    color: str = ""
    on: str = ""
    bold: bool | None = None
    underline: bool | None = None


PAINTS = {
    Tone.PLAIN: Paint("foreground"),
    Tone.STRONG: Paint("foreground", bold=True),
    Tone.DIM: Paint("dim"),
    Tone.FAINT: Paint("faint"),
    Tone.GOOD: Paint("success"),
    Tone.WARN: Paint("warning"),
    Tone.BAD: Paint("error", bold=True),
    Tone.WRONG: Paint("error", underline=True),
    Tone.ACCENT: Paint("accent"),
    Tone.PRIMARY: Paint("primary"),
    Tone.HEAD: Paint("dim", bold=True),
    Tone.HEAD_SORTED: Paint("primary", bold=True),
    Tone.KEY: Paint("primary", bold=True),
    Tone.HERE: Paint("primary", "background", bold=True),
    Tone.NOTICE: Paint("background", "accent", bold=True),
    Tone.DANGER: Paint("background", "error", bold=True),
    Tone.BAR: Paint(on="panel"),
    Tone.ROW: Paint(on="row-cursor"),
    Tone.ROW_BLURRED: Paint(on="row-cursor-blurred"),
    Tone.MARKED: Paint(on="row-marked"),
    Tone.MATCH_CELL: Paint("accent", bold=True, underline=True),
    Tone.CURSOR_BLURRED: Paint("terminal-background", "faint"),
    Tone.SELECTED: Paint("terminal-foreground", "selected"),
    Tone.MATCH: Paint("terminal-foreground", "match"),
    Tone.MATCH_HERE: Paint("terminal-background", "accent", bold=True),
    Tone.COPY_CURSOR: Paint("terminal-background", "primary", bold=True),
}
PAINTS |= {tone: Paint(f"named-{tone.value}", bold=True) for tone in NAMED_TONES}
