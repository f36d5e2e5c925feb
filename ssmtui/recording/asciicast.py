"""The lines of an asciicast v2 file (https://docs.asciinema.org/manual/asciicast/v2/). Pure."""

from __future__ import annotations

import codecs
import json

from ssmtui.model import TerminalSize

TERM = "xterm-256color"


def header(size: TerminalSize, started: float, title: str) -> str:
    """The first line. ``started`` is wall time in seconds since the epoch."""
    facts = {
        "version": 2,
        "width": size.cols,
        "height": size.rows,
        "timestamp": int(started),
        "title": title,
        "env": {"TERM": TERM},
    }
    return json.dumps(facts) + "\n"


class CastEvents:
    """The lines after the header: ``[seconds, kind, text]``.

    The format has text and the node prints bytes, cut anywhere: a character that is cut in two is kept for the next
    line.
    """

    def __init__(self) -> None:
        self._text = codecs.getincrementaldecoder("utf-8")("replace")

    def output(self, at: float, data: bytes) -> str:
        """What the node printed ``at`` seconds after the start; empty while there is no whole character."""
        return _line(at, "o", self._text.decode(data))

    def resized(self, at: float, size: TerminalSize) -> str:
        """The terminal has this size from now on."""
        return _line(at, "r", str(size))

    def end(self, at: float) -> str:
        """The replacement for a character that was never finished."""
        return _line(at, "o", self._text.decode(b"", final=True))


def _line(at: float, kind: str, data: str) -> str:
    return json.dumps([round(at, 6), kind, data], ensure_ascii=False) + "\n" if data else ""
