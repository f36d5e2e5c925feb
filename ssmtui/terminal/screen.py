"""What a terminal engine shows of itself: rows, cursor, modes, effects. Plain values that cross a process border.

Colours are integers: ``DEFAULT_COLOR``, a palette index 0..255 (kept, so that a theme can map it), or
``RGB_FLAG | 0xRRGGBB``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import NamedTuple

from ssmtui.model import TerminalSize
from ssmtui.terminal.marks import EMPTY, MarkOverlay

DEFAULT_COLOR = -1
RGB_FLAG = 0x1000000

FOREGROUND, BACKGROUND, CURSOR = 256, 257, 258
"""Places of the default colours behind the palette's."""

CELL_PIXELS = 8, 16
"""Width and height of a cell. A terminal in a terminal has no pixels; programs that ask for some get these."""


class Colors(NamedTuple):
    """What a terminal is drawn in, as ``0xRRGGBB``."""

    foreground: int
    background: int
    cursor: int
    palette: tuple[int, ...]
    """256 of them."""

    @property
    def table(self) -> tuple[int, ...]:
        """All of them, by place."""
        return (*self.palette, self.foreground, self.background, self.cursor)

    @classmethod
    def of_table(cls, table: Sequence[int]) -> Colors:
        """The opposite of :attr:`table`."""
        return cls(table[FOREGROUND], table[BACKGROUND], table[CURSOR], tuple(table[:FOREGROUND]))

    @property
    def dark(self) -> bool:
        """Whether the background is darker than the foreground."""
        return _luminance(self.background) < _luminance(self.foreground)

    def changed(self, others: Recolored) -> Colors:
        """The same with ``others`` in their places."""
        table = list(self.table)
        for place, color in others:
            table[place] = color
        return self.of_table(table)

    def differing(self, others: Colors) -> Recolored:
        """What is not as in ``others``."""
        pairs = enumerate(zip(self.table, others.table, strict=True))
        return tuple((place, color) for place, (color, other) in pairs if color != other)


Recolored = tuple[tuple[int, int], ...]
"""Places and colours."""


def _luminance(color: int) -> int:
    """Of 1000 parts (ITU-R BT.601)."""
    return (color >> 16) * 299 + (color >> 8 & 0xFF) * 587 + (color & 0xFF) * 114


class Attr(IntFlag):
    """Rendition attributes of a run (SGR)."""

    BOLD = 1
    FAINT = 2
    ITALIC = 4
    BLINK = 8
    REVERSE = 16
    INVISIBLE = 32
    STRIKE = 64
    OVERLINE = 128
    LINK = 256
    """Not a rendition: the cell is part of an OSC 8 link."""


class Underline(IntEnum):
    """Underline styles (SGR 4:0 .. 4:5)."""

    NONE = 0
    SINGLE = 1
    DOUBLE = 2
    CURLY = 3
    DOTTED = 4
    DASHED = 5


class Style(NamedTuple):
    """How a run is drawn. Hashable and small: caches are keyed by it."""

    fg: int = DEFAULT_COLOR
    bg: int = DEFAULT_COLOR
    attrs: int = 0
    """:class:`Attr` bits."""
    underline: int = 0
    """:class:`Underline`."""
    underline_color: int = DEFAULT_COLOR


PLAIN = Style()


class Run(NamedTuple):
    """Neighbouring cells of one style. ``text`` holds no C0, C1 or DEL; ``cells`` is its width as the engine counts."""

    text: str
    cells: int
    style: Style = PLAIN


_CONTROLS = [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
INERT = dict.fromkeys(_CONTROLS, " ")
"""For ``str.translate``: controls, line separators and direction overrides become blanks."""


def inert_cells(text: str) -> str:
    """The text of cells without anything that a terminal would act on."""
    return text if text.isprintable() else text.translate(INERT)


FrameRow = tuple[Run, ...]
"""One line of the screen from the left edge; the cells after the last run are blank in the default style."""


class CursorShape(IntEnum):
    """DECSCUSR shapes."""

    BLOCK = 0
    UNDERLINE = 1
    BAR = 2


class Cursor(NamedTuple):
    """The cursor within the rows of the frame; not visible also when the view is scrolled away from it."""

    x: int = 0
    y: int = 0
    visible: bool = True
    shape: CursorShape = CursorShape.BLOCK
    blink: bool = False

    @property
    def decscusr(self) -> bytes:
        """The sequence that gives another terminal this shape (ctlseqs, "Set cursor style")."""
        return b"\x1b[%d q" % (2 * self.shape + (1 if self.blink else 2))


HOME = Cursor()


class MouseTracking(IntEnum):
    """Which mouse events the remote program asked for (xterm ctlseqs, "Mouse Tracking")."""

    NONE = 0
    X10 = 9
    NORMAL = 1000
    BUTTON = 1002
    ANY = 1003


class MouseFormat(IntEnum):
    """How mouse coordinates are sent."""

    X10 = 0
    UTF8 = 1005
    SGR = 1006
    URXVT = 1015
    SGR_PIXELS = 1016


class Modes(NamedTuple):
    """The remote program's modes that decide how keys, mouse, focus and pastes are encoded."""

    application_cursor: bool = False
    """DECCKM."""
    application_keypad: bool = False
    """DECNKM / DECKPAM."""
    bracketed_paste: bool = False
    """Mode 2004."""
    focus_events: bool = False
    """Mode 1004."""
    mouse: MouseTracking = MouseTracking.NONE
    mouse_format: MouseFormat = MouseFormat.X10
    alternate_screen: bool = False
    alternate_scroll: bool = False
    """Mode 1007: the wheel sends arrows in the alternate screen."""
    kitty_flags: int = 0
    """Progressive enhancement flags of the kitty keyboard protocol."""
    modify_other_keys: int = 0
    """0 or 2 (XTMODKEYS 4)."""


INITIAL_MODES = Modes()


@dataclass(frozen=True, slots=True)
class Frame:
    """An answer to "what has changed since ``since``": a newer ``seq`` and the rows that differ."""

    seq: int
    size: TerminalSize
    rows: dict[int, FrameRow]
    """By line from the top of the view. All of them when the engine cannot tell."""
    cursor: Cursor = HOME
    modes: Modes = INITIAL_MODES
    scrolled_back: int = 0
    """Lines between the bottom of the view and the bottom of the screen; 0 follows the output."""
    history: int = 0
    """Lines of scrollback kept above the screen."""
    overlay: MarkOverlay = EMPTY
    """What a person has marked in the view."""
    recolored: Recolored = ()
    """Colours that are not those of the last ``recolor``: set by the program (OSC 4, 10, 11, 12), or swapped (DECSCNM).
    When they change, every row is told."""
    held: bool = False
    """The program is in the middle of an update (mode 2026): this is the screen before it. It may never end, so this is
    to be asked again after a while."""


@dataclass(slots=True)
class Effects:
    """What feeding bytes caused beside a changed screen. Drained by the caller after each feed."""

    replies: bytearray = field(default_factory=bytearray)
    """Answers to the program's queries (DA, DSR, ...), to be sent back to the node."""
    title: str | None = None
    """The last title set, made of printable characters, at most 256."""
    clipboard: bytes | None = field(default=None, repr=False)
    """What the program would put into the clipboard (OSC 52): at most ``MAX_CLIPBOARD`` bytes. It is never told what is
    there."""
    bells: int = 0
    dropped: int = 0
    """Bytes of output that were not parsed, because there were too many of what takes long."""
