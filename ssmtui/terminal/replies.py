"""What a terminal answers to a program's queries: a list of permitted forms, and nothing that is not on it.

When no program reads an answer it is typed into the node's shell, and a file that is printed with ``cat`` can ask. So
no answer may contain text that the node chose: titles (CVE-2003-0063), clipboards, macros, status strings that were not
understood (CVE-2008-2383). Numbers, colours and our own constants are all that is left. A list of what is forbidden
would miss what the next version of an engine answers.

How the terminal identifies itself is decided here, so it is the same with every engine. The forms are those of xterm's
ctlseqs, where no other source is named.
"""

from __future__ import annotations

import re

from ssmtui import __version__
from ssmtui.terminal.screen import Colors, Effects

MAX_REPLIES = 4096
"""Bytes of answers that one ``feed`` can cause; further queries stay unanswered. A file of queries would otherwise fill
the session's input."""

PRIMARY = b"\x1b[?62;22c"
"""DA1: a VT220 with colours."""
SECONDARY = b"\x1b[>1;277;0c"
"""DA2: a VT220. The number is a version of xterm: 277 is the first from which vim uses SGR for the mouse, the only form
with columns beyond 223."""
TERTIARY = b"\x1bP!|00000000\x1b\\"
"""DA3: no serial number."""
VERSION = b"\x1bP>|ssmtui(%s)\x1b\\" % __version__.encode()
"""XTVERSION."""
REFUSED_STATUS = b"\x1bP0$r\x1b\\"
"""DECRQSS of something that is not known. Some terminals repeat the question in this answer, and that text is the
node's."""

# What begins like these is replaced by ours, whatever the engine would say.
_OURS = (
    (re.compile(rb"\x1bP>\|"), VERSION),
    (re.compile(rb"\x1b\[>\d+;\d+;\d+c"), SECONDARY),
    (re.compile(rb"\x1bP0\$r"), REFUSED_STATUS),
)

_RGB = rb"rgb:[0-9a-f]{4}/[0-9a-f]{4}/[0-9a-f]{4}"
_END = rb"(?:\x1b\\|\x07)"
_SHAPES = (
    rb"\x1b\[0n",  # DSR 5: all is well
    rb"\x1b\[\??\d+;\d+(?:;1)?R",  # DSR 6, DECXCPR
    rb"\x1b\[\?997;[12]n",  # colour scheme
    rb"\x1b\[\??\d+;[0-4]\$y",  # DECRQM
    rb"\x1b\[[4689];\d+;\d+t",  # XTWINOPS 14, 16, 18, 19
    rb"\x1b\[48;\d+;\d+;\d+;\d+t",  # mode 2048
    rb"\x1b\[\?\d+u",  # kitty keyboard flags
    rb"\x1b\[>\d+;\d+m",  # XTQMODKEYS
    rb"(?:\x1b\]4;\d+;" + _RGB + _END + rb")+",  # palette
    rb"(?:\x1b\]1[0-2];" + _RGB + _END + rb")+",  # foreground, background, cursor
    rb"\x1bP1\$r[\d;:]*(?:m|r|s|t| q|\"q|\"p|\$\||\*\|)\x1b\\",  # DECRQSS
    rb"\x1bP1\+r(?:436F|524742)=[0-9A-F]+\x1b\\",  # XTGETTCAP: Co, RGB
)
_ALLOWED = re.compile(b"|".join((*_SHAPES, *map(re.escape, (PRIMARY, SECONDARY, TERTIARY, VERSION, REFUSED_STATUS)))))


def color_scheme(colors: Colors) -> bytes:
    """The report of mode 2031: dark or light (https://contour-terminal.org/vt-extensions/color-palette-update-notifications/)."""
    return b"\x1b[?997;%dn" % (1 if colors.dark else 2)


def answer(effects: Effects, reply: bytes) -> None:
    """Add an engine's ``reply`` to ``effects``, or ours in its place, if it may be given.

    A reply is added as a whole or not at all: the second half alone would be typed as text.
    """
    reply = next((ours for start, ours in _OURS if start.match(reply)), reply)
    if _ALLOWED.fullmatch(reply) and len(effects.replies) + len(reply) <= MAX_REPLIES:
        effects.replies += reply
