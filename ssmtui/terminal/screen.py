"""What a terminal engine shows: rows, cursor, modes, effects. Plain values that are sent between processes.

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
"""Indexes of the default colours, which follow those of the palette in a table of all colours."""

CELL_PIXELS = 8, 16
"""Width and height of a cell in pixels. A terminal inside a terminal has no pixels of its own; programs that ask for
sizes in pixels (XTWINOPS 14 and 16, mode 1016) get answers that agree with each other."""


class Colors(NamedTuple):
    """The colours that a terminal is drawn in, as ``0xRRGGBB``."""

    foreground: int
    background: int
    cursor: int
    palette: tuple[int, ...]
    """256 of them."""

    @property
    def table(self) -> tuple[int, ...]:
        """All 259 of them: the palette, then foreground, background and cursor."""
        return (*self.palette, self.foreground, self.background, self.cursor)

    @classmethod
    def of_table(cls, table: Sequence[int]) -> Colors:
        """The colours of such a :attr:`table`."""
        return cls(table[FOREGROUND], table[BACKGROUND], table[CURSOR], tuple(table[:FOREGROUND]))

    @property
    def dark(self) -> bool:
        """Whether the background is darker than the foreground."""
        return _luminance(self.background) < _luminance(self.foreground)

    def changed(self, others: Recolored) -> Colors:
        """The same colours with ``others`` in the place of those that they name."""
        table = list(self.table)
        for place, color in others:
            table[place] = color
        return self.of_table(table)

    def differing(self, others: Colors) -> Recolored:
        """Those that differ from ``others``, as these have them."""
        pairs = enumerate(zip(self.table, others.table, strict=True))
        return tuple((place, color) for place, (color, other) in pairs if color != other)


Recolored = tuple[tuple[int, int], ...]
"""Pairs of a colour's index in :attr:`Colors.table` and its value."""


def _luminance(color: int) -> int:
    """How bright a colour looks, from 0 to 255,000: the weights of ITU-R BT.601 in thousandths."""
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
    """Not a rendition: the cell belongs to a hyperlink (OSC 8)."""


class Underline(IntEnum):
    """Underline styles (SGR 4:0 .. 4:5)."""

    NONE = 0
    SINGLE = 1
    DOUBLE = 2
    CURLY = 3
    DOTTED = 4
    DASHED = 5


class Style(NamedTuple):
    """How a run is drawn. Small and hashable: it is the key of the caches that draw."""

    fg: int = DEFAULT_COLOR
    bg: int = DEFAULT_COLOR
    attrs: int = 0
    """:class:`Attr` bits."""
    underline: int = 0
    """:class:`Underline`."""
    underline_color: int = DEFAULT_COLOR


PLAIN = Style()


class Run(NamedTuple):
    """Neighbouring cells of one style.

    ``text`` contains no control characters. ``cells`` is its width as the engine counts it, and that is the width to
    draw it in: outer terminal and Unicode tables may count otherwise, and the rest of the row would shift.
    """

    text: str
    cells: int
    style: Style = PLAIN


_CONTROLS = [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
INERT = dict.fromkeys(_CONTROLS, " ")
"""For ``str.translate``: C0, C1 and DEL, line separators and direction overrides become spaces. The engines let some of
them into cells (libghostty prints DEL), and Textual writes text to the outer terminal as it is: a cell with ESC in it
would let a node control that terminal, and a direction override would reorder what stands beside it."""


def inert_cells(text: str) -> str:
    """``text`` with a space for everything that a terminal would act on. Printable text is the hot path: it is returned
    as it is."""
    return text if text.isprintable() else text.translate(INERT)


FrameRow = tuple[Run, ...]
"""One line of the screen from its left edge. Cells after the last run are empty and have the default style."""


class CursorShape(IntEnum):
    """Shapes of the cursor (xterm's ctlseqs, DECSCUSR)."""

    BLOCK = 0
    UNDERLINE = 1
    BAR = 2


class Cursor(NamedTuple):
    """The cursor, in cells from the upper left corner of the view. Also invisible while the view is scrolled away from
    it."""

    x: int = 0
    y: int = 0
    visible: bool = True
    shape: CursorShape = CursorShape.BLOCK
    blink: bool = False

    @property
    def decscusr(self) -> bytes:
        """The sequence that gives another terminal this shape. The numbers come in pairs, blinking and steady: 1 and 2
        block, 3 and 4 underline, 5 and 6 bar."""
        return b"\x1b[%d q" % (2 * self.shape + (1 if self.blink else 2))


HOME = Cursor()


class MouseTracking(IntEnum):
    """Which mouse events the remote program asked for, by the number of the mode (ctlseqs, "Mouse Tracking")."""

    NONE = 0
    X10 = 9
    NORMAL = 1000
    BUTTON = 1002
    ANY = 1003


class MouseFormat(IntEnum):
    """How mouse events are sent, by the number of the mode (xterm's ctlseqs, "Extended coordinates")."""

    X10 = 0
    UTF8 = 1005
    SGR = 1006
    URXVT = 1015
    SGR_PIXELS = 1016


class Modes(NamedTuple):
    """The remote program's modes that decide how keys, mouse, focus and pastes are encoded.

    Input is encoded in the screen's process, so the host sends these with each change: a key must not wait for the
    process that parses output.
    """

    application_cursor: bool = False
    """DECCKM (mode 1): arrows are sent as ``ESC O A`` instead of ``ESC [ A``."""
    application_keypad: bool = False
    """DECNKM (mode 66) or DECKPAM: the keypad sends sequences instead of characters."""
    bracketed_paste: bool = False
    """Mode 2004: a paste is sent between two markers."""
    focus_events: bool = False
    """Mode 1004: the program hears when the pane gains and loses the focus."""
    mouse: MouseTracking = MouseTracking.NONE
    mouse_format: MouseFormat = MouseFormat.X10
    alternate_screen: bool = False
    alternate_scroll: bool = False
    """Mode 1007: the wheel sends arrows in the alternate screen."""
    kitty_flags: int = 0
    """Progressive enhancement flags of the kitty keyboard protocol
    (https://sw.kovidgoyal.net/kitty/keyboard-protocol/#progressive-enhancement), 0 to 31."""
    modify_other_keys: int = 0
    """0 or 2 (XTMODKEYS, resource 4). Level 1 is treated as 0: neither engine tells it apart."""


INITIAL_MODES = Modes()


@dataclass(frozen=True, slots=True)
class Frame:
    """What has changed in the view since an earlier frame.

    Frames are asked for, not sent: a pane that is out of sight or a screen that cannot keep up costs the host nothing.
    """

    seq: int
    size: TerminalSize
    rows: dict[int, FrameRow]
    """By line from the top of the view. All of them when the engine does not know what changed."""
    cursor: Cursor = HOME
    modes: Modes = INITIAL_MODES
    scrolled_back: int = 0
    """Lines between the bottom of the view and the bottom of the screen. At 0 the view follows the output."""
    history: int = 0
    """Lines of scrollback kept above the screen."""
    overlay: MarkOverlay = EMPTY
    """What is marked in the view: selection, search, copy cursor."""
    recolored: Recolored = ()
    """Colours that differ from those of the last ``recolor``: set by the program (OSC 4, 10, 11, 12) or swapped by it
    (DECSCNM). When they change, the frame has every row, because rows hold indexes and must be drawn again."""
    held: bool = False
    """The program is in the middle of a synchronized update (mode 2026), and this is the screen before it. Ask again
    after ``HOLD_LIMIT``: the update may never end, and then no output announces a new frame."""


@dataclass(slots=True)
class Effects:
    """What a feed caused apart from a changed screen. Each feed returns a new one."""

    replies: bytearray = field(default_factory=bytearray)
    """Answers to the program's queries (DA, DSR and so on), which the caller sends to the node."""
    title: str | None = None
    """The last title that was set: printable characters, at most ``MAX_TITLE``. None when none was."""
    clipboard: bytes | None = field(default=None, repr=False)
    """What the program asks to put into the clipboard (OSC 52), at most ``MAX_CLIPBOARD`` bytes. The opposite, a
    program that asks what the clipboard contains, is never answered: it would hand the node passwords."""
    bells: int = 0
    dropped: int = 0
    """Bytes of output that were not parsed because they took too long; the pane says so."""
