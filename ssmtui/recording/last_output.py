"""What a session printed last, by its recordings: read back where a session is taken over and its screen is lost.

The files lie in a folder that anybody may have written to. So nothing in them is believed before it was checked, no
more of them is read than is wanted, and what they hold is output like a node's: for an engine, never for a terminal.
Everything here blocks; call it in a thread.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ssmtui.model import TerminalSize
from ssmtui.recording.recorder import SUFFIX, name_part

MOST_READ = 256 << 10
"""Bytes at the end of a file that are read: a thousand lines or more. The output of the session waits until an engine
has them."""
MOST_SEARCHED = 2 << 20
"""Bytes before these in which is looked for the size of the terminal and for a full-screen program."""
MOST_HEADER = 64 << 10
MOST_FILES = 3
"""Files of one session that are read: each time that it was taken over another one was begun."""

_SIZE = re.compile(r"(\d{1,4})x(\d{1,4})")
_SIZE_BEGINS, _SIZE_EVENT = b'"r", "', re.compile(rb'"r", "(\d{1,4}x\d{1,4})"\]')
_ENTERED, _LEFT = (tuple(b"[?%d%b" % (mode, end) for mode in (1049, 1047, 47)) for end in (b"h", b"l"))
"""The alternate screen is entered or left. JSON has the escape before it in another form."""


class LastOutput(NamedTuple):
    """The end of one recording."""

    path: Path
    size: TerminalSize
    """That of the terminal at its end."""
    output: bytes
    """What was printed, from the beginning of a line on."""
    in_full_screen: bool
    """Whether a full-screen program had the terminal where :attr:`output` begins."""


def last_outputs(directory: Path, session_id: str, most: int = MOST_READ) -> list[LastOutput]:
    """The ends of the recordings of a session, the newest first, of each at most ``most`` bytes of its file; none where
    there is none that can be read. Raises nothing."""
    found = []
    for path in _files_of(directory, session_id):
        with suppress(OSError, ValueError, RecursionError):
            read = _read(path, session_id, most)
            if read is not None and read.output:
                found.append(read)
        if len(found) == MOST_FILES:
            break
    return found


def _files_of(directory: Path, session_id: str) -> list[Path]:
    """Those whose names have the session's id, the newest first."""
    part = name_part(session_id)
    found: list[tuple[float, Path]] = []
    if not part:
        return []
    with suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            if part in entry.name and entry.name.endswith(SUFFIX):
                with suppress(OSError):
                    found.append((entry.stat(follow_symlinks=False).st_mtime, Path(entry.path)))
    return [path for _, path in sorted(found, reverse=True)]


def _read(path: Path, session_id: str, most: int) -> LastOutput | None:
    """Raises ``OSError`` and ``ValueError`` for what is no recording."""
    # A pipe would block for ever, and a link may lead anywhere.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return None
        first = file.readline(MOST_HEADER)
        size = _size_in_header(json.loads(first), session_id)
        if size is None:
            return None
        end = file.seek(0, os.SEEK_END)
        start = max(len(first), end - most)
        before = _read_before(file, len(first), start)
        file.seek(start)
        data = file.read(end - start)
    is_whole = start == len(first)
    if not is_whole:
        data = data.partition(b"\n")[2]  # the line that was cut
        if (event := _SIZE_EVENT.match(before, max(0, before.rfind(_SIZE_BEGINS)))) is not None:
            size = _size(event[1].decode()) or size
    output: list[str] = []
    for kind, text in _events(data):
        if kind == "o":
            output.append(text)
        elif kind == "r":
            size = _size(text) or size
    printed = "".join(output).encode("utf-8", "replace")
    if not is_whole:
        printed = printed.partition(b"\n")[2]
    # Backwards, which finds the last of them at once: an expression over all of it takes many times as long.
    entered, left = (max(map(before.rfind, switches)) for switches in (_ENTERED, _LEFT))
    return LastOutput(path, size, printed, entered > left)


def _read_before(file: BinaryIO, low: int, high: int) -> bytes:
    start = max(low, high - MOST_SEARCHED)
    file.seek(start)
    return file.read(high - start)


def _size_in_header(header: object, session_id: str) -> TerminalSize | None:
    """The size in the first line of a file that is a recording of this session; else None."""
    if not isinstance(header, dict) or header.get("version") != 2:
        return None
    title = header.get("title")
    # The name of the file has an id without what no file name may have, and cut off: another id may look the same.
    if not isinstance(title, str) or not title.endswith(f" {session_id}"):
        return None
    return _size(f"{header.get('width')}x{header.get('height')}")


def _size(text: str) -> TerminalSize | None:
    match = _SIZE.fullmatch(text)
    return TerminalSize(int(match[1]), int(match[2])) if match else None


def _events(data: bytes) -> Iterator[tuple[str, str]]:
    """Kind and text of each line that is one; one that is torn or something else is left out."""
    for line in data.split(b"\n"):
        with suppress(ValueError, RecursionError):
            event = json.loads(line)
            if isinstance(event, list) and len(event) == 3 and isinstance(event[1], str) and isinstance(event[2], str):
                yield event[1], event[2]
