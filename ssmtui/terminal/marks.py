"""What a person does with a terminal's text: select, move in copy mode, search. Plain values that cross processes.

The marks themselves are kept in the engine's process (``terminal.marking``), where they follow their text through
output and reflow: the screen has only the rows in view. It sends a :data:`MarkAction` and draws the
:class:`MarkOverlay` of the next frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NamedTuple

MAX_PATTERN = 1024
"""Characters of a pattern."""
MAX_COUNT = 9999
"""The largest count of a motion."""
MAX_TEXT = 16 << 20
"""Bytes of text that can be copied at once."""
MAX_LINKS = 100
"""Links in a view that can be chosen from."""


class Shape(IntEnum):
    """How a selection grows."""

    CHARACTER = 0
    WORD = 1
    LINE = 2
    """Whole logical lines: as they were printed, however they were wrapped."""
    BLOCK = 3


class Case(IntEnum):
    """Whether a pattern distinguishes capitals."""

    SMART = 0
    """Only if the pattern has a capital (``less -i``)."""
    EXACT = 1
    IGNORE = 2
    """Never (``less -I``)."""


class Motion(StrEnum):
    """Movements of the copy cursor, as vi has them. They are sent by these values."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    LINE_START = "line-start"
    LINE_FIRST_NONBLANK = "line-first-nonblank"
    LINE_END = "line-end"
    WORD_FORWARD = "word-forward"
    WORD_BACKWARD = "word-backward"
    WORD_END = "word-end"
    BIGWORD_FORWARD = "bigword-forward"
    BIGWORD_BACKWARD = "bigword-backward"
    BIGWORD_END = "bigword-end"
    TOP = "top"
    BOTTOM = "bottom"
    VIEW_TOP = "view-top"
    VIEW_MIDDLE = "view-middle"
    VIEW_BOTTOM = "view-bottom"
    HALF_PAGE_UP = "half-page-up"
    HALF_PAGE_DOWN = "half-page-down"
    PAGE_UP = "page-up"
    PAGE_DOWN = "page-down"
    PARAGRAPH_UP = "paragraph-up"
    PARAGRAPH_DOWN = "paragraph-down"
    FIND_CHAR = "find-char"
    FIND_CHAR_BACK = "find-char-back"
    TILL_CHAR = "till-char"
    TILL_CHAR_BACK = "till-char-back"
    REPEAT_FIND = "repeat-find"
    REPEAT_FIND_BACK = "repeat-find-back"
    PROMPT_UP = "prompt-up"
    """To the prompt above, where the shell marks its prompts (OSC 133)."""
    PROMPT_DOWN = "prompt-down"


# What the screen sends. x and y are a cell of the view as it was drawn: by the time the engine gets them the output may
# have moved on, which is why a press holds the view.


@dataclass(frozen=True, slots=True)
class Press:
    """The button was pressed: a selection begins. ``WORD`` and ``LINE`` select at once, the others with the first drag.

    Until ``Release`` new output does not move the view. In copy mode the copy cursor goes there.
    """

    x: int
    y: int
    shape: Shape


@dataclass(frozen=True, slots=True)
class Drag:
    """The pointer moved with the button down: this is the other end of the selection."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Release:
    """The button was released: the selection stays, and a view that followed the output follows it again."""


@dataclass(frozen=True, slots=True)
class Unmark:
    """Drop the selection."""


@dataclass(frozen=True, slots=True)
class EnterCopyMode:
    """Show a copy cursor: where the terminal's cursor is, or in the last line of a view that is scrolled back."""


@dataclass(frozen=True, slots=True)
class LeaveCopyMode:
    """Drop copy cursor, selection and search, and go to the bottom."""


@dataclass(frozen=True, slots=True)
class MoveCursor:
    """Move the copy cursor; the view follows. ``argument`` is the character that ``f`` and its kin look for."""

    motion: str
    """A :class:`Motion`."""
    count: int = 1
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Toggle:
    """Begin a selection at the copy cursor, give it another shape, or drop one that has this shape."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class SwapEnds:
    """Move the copy cursor to the other end of the selection."""


@dataclass(frozen=True, slots=True)
class Find:
    """Highlight what matches, and go to the first match from where the search began. The copy cursor goes, or outside
    copy mode the view.

    Sent with each character that is typed: until ``KeepFind``, or until something else moves, the next pattern is
    searched for from the same place. An empty pattern returns there.
    """

    pattern: str = field(repr=False)
    """What was typed: in no log."""
    regex: bool = False
    """A regular expression of Python's ``re``, over logical lines."""
    case: Case = Case.SMART
    backward: bool = False


@dataclass(frozen=True, slots=True)
class KeepFind:
    """The person accepted the match: the next search begins there, and ``Unfind`` no longer returns."""


@dataclass(frozen=True, slots=True)
class FindNext:
    """Go to the next match; after the last one, to the first."""

    backward: bool = False


@dataclass(frozen=True, slots=True)
class Unfind:
    """Drop the pattern; cursor and view return to where the search began."""


Selecting = Press | Drag | Release | Unmark
Copying = EnterCopyMode | LeaveCopyMode | MoveCursor | Toggle | SwapEnds
Searching = Find | KeepFind | FindNext | Unfind
MarkAction = Selecting | Copying | Searching


# What the engine's process sends


class CellSpan(NamedTuple):
    """Cells ``start`` to ``end`` (not included) in line ``y`` of the view."""

    y: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SearchStatus:
    """The state of a search: how much was counted, and which match it is on."""

    total: int
    """Matches in screen and scrollback, as far as they were counted."""
    index: int
    """The number of the match that the search is on, from 1; 0 when it is on none or that was not counted yet. While
    matches are counted again, the number before the last output."""
    complete: bool
    """Whether everything was counted."""
    error: str = ""
    """Why the pattern cannot be used."""


class ViewLink(NamedTuple):
    """A link in the view."""

    text: str
    address: str


class MarkOverlay(NamedTuple):
    """What is marked in the view of a frame, to be drawn over its rows."""

    selection: tuple[CellSpan, ...] = ()
    matches: tuple[CellSpan, ...] = ()
    """All matches, the current one among them."""
    current: tuple[CellSpan, ...] = ()
    """The match that the search is on; several spans when it wraps."""
    cursor: tuple[int, int] | None = None
    """x and y of the copy cursor."""
    shape: Shape | None = None
    """The shape of the selection, also while that is outside the view; None without one."""
    found: SearchStatus | None = None


EMPTY = MarkOverlay()
