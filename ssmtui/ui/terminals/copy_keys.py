"""The keys of copy mode, those of vi and less, as marks for the engine and acts of the screen. Pure state."""

from __future__ import annotations

from enum import Enum, auto

from ssmtui.terminal.marks import MAX_COUNT, MarkAction, Motion, MoveCursor, Shape, SwapEnds, Toggle


class Act(Enum):
    """What a key does when that is more than a mark."""

    LEAVE = auto()
    COPY = auto()
    """Copy the selection, and leave."""
    SEARCH = auto()
    SEARCH_BACKWARD = auto()
    NEXT_MATCH = auto()
    PREVIOUS_MATCH = auto()


KeyStep = MarkAction | Act

_M = Motion
_MOTIONS = {
    "h": _M.LEFT,
    "left": _M.LEFT,
    "backspace": _M.LEFT,
    "l": _M.RIGHT,
    "right": _M.RIGHT,
    "k": _M.UP,
    "up": _M.UP,
    "j": _M.DOWN,
    "down": _M.DOWN,
    "0": _M.LINE_START,
    "circumflex_accent": _M.LINE_FIRST_NONBLANK,
    "dollar_sign": _M.LINE_END,
    "w": _M.WORD_FORWARD,
    "b": _M.WORD_BACKWARD,
    "e": _M.WORD_END,
    "W": _M.BIGWORD_FORWARD,
    "B": _M.BIGWORD_BACKWARD,
    "E": _M.BIGWORD_END,
    "g": _M.TOP,
    "home": _M.TOP,
    "G": _M.BOTTOM,
    "end": _M.BOTTOM,
    "H": _M.VIEW_TOP,
    "M": _M.VIEW_MIDDLE,
    "L": _M.VIEW_BOTTOM,
    "ctrl+u": _M.HALF_PAGE_UP,
    "ctrl+d": _M.HALF_PAGE_DOWN,
    "ctrl+b": _M.PAGE_UP,
    "pageup": _M.PAGE_UP,
    "shift+pageup": _M.PAGE_UP,
    "ctrl+f": _M.PAGE_DOWN,
    "pagedown": _M.PAGE_DOWN,
    "shift+pagedown": _M.PAGE_DOWN,
    "space": _M.PAGE_DOWN,
    "left_curly_bracket": _M.PARAGRAPH_UP,
    "right_curly_bracket": _M.PARAGRAPH_DOWN,
    "left_square_bracket": _M.PROMPT_UP,
    "right_square_bracket": _M.PROMPT_DOWN,
    "semicolon": _M.REPEAT_FIND,
    "comma": _M.REPEAT_FIND_BACK,
}
_DIGITS = frozenset("0123456789")
_FINDS = {
    "f": _M.FIND_CHAR,
    "F": _M.FIND_CHAR_BACK,
    "t": _M.TILL_CHAR,
    "T": _M.TILL_CHAR_BACK,
}
_STEPS: dict[str, KeyStep] = {
    "v": Toggle(Shape.CHARACTER),
    "V": Toggle(Shape.LINE),
    "ctrl+v": Toggle(Shape.BLOCK),
    "o": SwapEnds(),
    "y": Act.COPY,
    "enter": Act.COPY,
    "slash": Act.SEARCH,
    "question_mark": Act.SEARCH_BACKWARD,
    "n": Act.NEXT_MATCH,
    "N": Act.PREVIOUS_MATCH,
    "q": Act.LEAVE,
    "escape": Act.LEAVE,
    "ctrl+c": Act.LEAVE,
}

HINTS = (
    ("q", "leave"),
    ("v V ctrl+v", "select"),
    ("y", "copy"),
    ("/ ?", "search"),
    ("n N", "next match"),
    ("↑ ↓ pgup pgdn", "move"),
    ("g G", "top, bottom"),
    ("o", "other end"),
)
"""What the last line of the screen says, the most needed first."""

HELP = (
    ("h j k l w b e", "Move as in vi, with counts; W B E 0 ^ $ { } f F t T ; , H M L too"),
    ("g G", "Top and bottom of the scrollback"),
    ("ctrl+u ctrl+d", "Half a page; pgup and pgdn a page"),
    ("[ ]", "The prompt before and after, where the shell marks them"),
    ("v V ctrl+v", "Select characters, lines, a block; o goes to the other end"),
    ("y enter", "Copy what is selected, and leave"),
    ("/ ? n N", "Search forwards, backwards; next and previous match"),
    ("ctrl+r ctrl+t", "While searching: regular expressions, and which case counts"),
    ("q esc", "Leave"),
)
"""What the list of all keys says."""


class CopyKeys:
    """Turns keys into steps, and keeps what is not complete: a count, or a find that waits for its character."""

    def __init__(self) -> None:
        self._count = 0
        self._find: Motion | None = None

    def reset(self) -> None:
        """Drop a count and a find that are not complete."""
        self._count, self._find = 0, None

    @property
    def pending(self) -> str:
        """What was typed of a command that is not complete."""
        count = str(self._count) if self._count else ""
        return count + next((key for key, motion in _FINDS.items() if motion is self._find), "")

    def take(self, key: str, character: str | None) -> KeyStep | None:
        """The step that ``key``, by Textual's name, completes. None while more must follow, and for a key that means
        nothing here."""
        if self._find is not None:
            return self._found(character)
        if key in _DIGITS and (key != "0" or self._count):
            self._count = min(self._count * 10 + int(key), MAX_COUNT)
            return None
        if key in _FINDS:
            self._find = _FINDS[key]
            return None
        count, self._count = self._count or 1, 0
        return MoveCursor(_MOTIONS[key], count) if key in _MOTIONS else _STEPS.get(key)

    def _found(self, character: str | None) -> KeyStep | None:
        motion, count = self._find, self._count or 1
        self.reset()
        printable = character is not None and character.isprintable()
        return MoveCursor(motion, count, character) if motion is not None and character and printable else None


_OUTSIDE = {"shift+pageup": -1, "shift+pagedown": 1}


def lines_outside(key: str, height: int) -> int | None:
    """Lines by which a key moves the view outside copy mode, as in every terminal; negative towards older output. None
    for all other keys. ``height`` is that of the view: one line of the last page stays in sight."""
    return _OUTSIDE[key] * max(1, height - 1) if key in _OUTSIDE else None
