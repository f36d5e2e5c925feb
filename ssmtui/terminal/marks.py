"""What a person marks in a terminal: selection, copy cursor and search. Plain values that cross a process border.

The marks themselves live beside the engine (``terminal.marking``), where they follow their text through output and
reflow. The screen sends a :data:`MarkAction`, and draws the :class:`MarkOverlay` of the next frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

MAX_PATTERN = 1024
"""Characters of a pattern."""
MAX_COUNT = 9999
"""Of a motion."""
MAX_TEXT = 16 << 20
"""Bytes of text that is copied."""
MAX_LINKS = 100


class Shape(IntEnum):
    """How a selection grows."""

    CHARACTER = 0
    WORD = 1
    LINE = 2
    """Whole logical lines: as they were printed, however they were wrapped."""
    BLOCK = 3


class Case(IntEnum):
    """Which case of letters a pattern matches."""

    SMART = 0
    """Any, unless the pattern has a capital (less -i)."""
    EXACT = 1
    IGNORE = 2
    """Any (less -I)."""


class Motion(StrEnum):
    """Movements of the copy cursor, as in vi."""

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
    """To the prompt before, where the shell marks its prompts (OSC 133)."""
    PROMPT_DOWN = "prompt-down"


# What is told by the screen. x and y are cells of the view as it was drawn.


@dataclass(frozen=True, slots=True)
class Press:
    """A selection begins. ``WORD`` and ``LINE`` select at once, the others once they are dragged. Until ``Release``
    new output does not move the view. In copy mode the copy cursor goes there."""

    x: int
    y: int
    shape: Shape


@dataclass(frozen=True, slots=True)
class Drag:
    """The other end of the selection that was pressed."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Release:
    """The button is up: the selection stays, and a view that followed the output follows it again."""


@dataclass(frozen=True, slots=True)
class Unmark:
    """No selection."""


@dataclass(frozen=True, slots=True)
class EnterCopyMode:
    """A copy cursor appears: where the terminal's is, or in the view's last line when that is scrolled back."""


@dataclass(frozen=True, slots=True)
class LeaveCopyMode:
    """No copy cursor, no selection, no search, and the view at the bottom."""


@dataclass(frozen=True, slots=True)
class MoveCursor:
    """Move the copy cursor; the view follows. ``argument`` is the character to find."""

    motion: str
    """A :class:`Motion`."""
    count: int = 1
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Toggle:
    """Begin a selection at the copy cursor, give it another shape, or end it."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class SwapEnds:
    """Put the copy cursor at the other end of the selection."""


@dataclass(frozen=True, slots=True)
class Find:
    """Highlight what matches and go to the first match from where the search began: the copy cursor goes, or outside
    copy mode the view. Until ``KeepFind``, or until something else moves, the next pattern is searched from the same
    place. An empty pattern returns there."""

    pattern: str
    regex: bool = False
    """A regular expression of Python's ``re``, over logical lines."""
    case: Case = Case.SMART
    backward: bool = False


@dataclass(frozen=True, slots=True)
class KeepFind:
    """The search has ended where it should: the next one begins there, and ``Unfind`` no longer returns."""


@dataclass(frozen=True, slots=True)
class FindNext:
    """Go to the next match; past the last one follows the first."""

    backward: bool = False


@dataclass(frozen=True, slots=True)
class Unfind:
    """No pattern; cursor and view return to where the search began."""


Selecting = Press | Drag | Release | Unmark
Copying = EnterCopyMode | LeaveCopyMode | MoveCursor | Toggle | SwapEnds
Searching = Find | KeepFind | FindNext | Unfind
MarkAction = Selecting | Copying | Searching


# What is told by the engine


class CellSpan(NamedTuple):
    """Cells ``start`` to ``end`` (not included) in line ``y`` of the view."""

    y: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SearchStatus:
    """How a search stands."""

    total: int
    """Matches in screen and scrollback, as far as they are counted."""
    index: int
    """Of the match that the search stands on, from 1; 0 when it stands on none, or that has not been counted. Until all
    is counted again, what it was before the last output."""
    complete: bool
    """Whether all is counted."""
    error: str = ""
    """Why the pattern cannot be used."""


class ViewLink(NamedTuple):
    """A link in the view."""

    text: str
    address: str


class MarkOverlay(NamedTuple):
    """What is marked in the view of a frame."""

    selection: tuple[CellSpan, ...] = ()
    matches: tuple[CellSpan, ...] = ()
    """All that match, the current one too."""
    current: tuple[CellSpan, ...] = ()
    """The match that the search stands on; more than one span when it is wrapped."""
    cursor: tuple[int, int] | None = None
    """x and y of the copy cursor."""
    shape: Shape | None = None
    """Of the selection; told also while it lies outside the view."""
    found: SearchStatus | None = None


EMPTY = MarkOverlay()
