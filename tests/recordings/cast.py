"""Recordings of programs: asciicast v2 files, compressed with xz, beside this file.

Output between two other events is one event. Bytes that are no UTF-8 are kept as lone surrogates (Python's
"surrogateescape"), so that what is read is what the program wrote, to the byte.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ssmtui.model import TerminalSize

FOLDER = Path(__file__).parent
_SUFFIX = ".cast.xz"


class Output(NamedTuple):
    """The program wrote."""

    data: bytes


class Resized(NamedTuple):
    """The terminal was given another size."""

    size: TerminalSize


class Mark(NamedTuple):
    """A place where the screen is compared."""

    label: str


Event = Output | Resized | Mark


@dataclass(frozen=True)
class Recording:
    """What one program wrote to a terminal of ``size``."""

    name: str
    size: TerminalSize
    events: tuple[Event, ...]

    def marks(self) -> list[str]:
        """The labels, in order."""
        return [event.label for event in self.events if isinstance(event, Mark)]

    def until(self, label: str) -> Recording:
        """The same up to a mark."""
        end = next(index for index, event in enumerate(self.events) if event == Mark(label))
        return Recording(self.name, self.size, self.events[: end + 1])


def names() -> list[str]:
    """All recordings that are kept."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in FOLDER.glob("*" + _SUFFIX))


def load(name: str) -> Recording:
    """The recording ``name``."""
    lines = lzma.decompress((FOLDER / (name + _SUFFIX)).read_bytes()).decode().splitlines()
    header = json.loads(lines[0])
    size = TerminalSize(header["width"], header["height"])
    return Recording(name, size, tuple(_event(*json.loads(line)) for line in lines[1:]))


def _event(time: float, code: str, value: str) -> Event:
    if code == "o":
        return Output(value.encode("utf-8", "surrogateescape"))
    if code == "r":
        cols, rows = map(int, value.split("x"))
        return Resized(TerminalSize(cols, rows))
    return Mark(value)


def save(recording: Recording) -> None:
    """Keep ``recording``. The clock says how many events came before: who plays it sees each for a second."""
    lines: list[object] = [{"version": 2, "width": recording.size.cols, "height": recording.size.rows}]
    lines += [[time, *_fields(event)] for time, event in enumerate(merged(recording.events))]
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    (FOLDER / (recording.name + _SUFFIX)).write_bytes(lzma.compress(text.encode(), preset=9))


def _fields(event: Event) -> tuple[str, str]:
    match event:
        case Output(data):
            return "o", data.decode("utf-8", "surrogateescape")
        case Resized(size):
            return "r", f"{size.cols}x{size.rows}"
        case Mark(label):
            return "m", label


def merged(events: Iterable[Event]) -> Iterator[Event]:
    """``events`` with neighbouring outputs made one."""
    data = b""
    for event in events:
        if isinstance(event, Output):
            data += event.data
            continue
        if data:
            yield Output(data)
        data = b""
        yield event
    if data:
        yield Output(data)
