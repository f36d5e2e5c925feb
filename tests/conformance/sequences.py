"""The sequence cases of ``sequences.toml`` as recordings of one mark each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ssmtui.model import TerminalSize
from tests.recordings.cast import Event, Mark, Output, Recording, Resized

SIZE = TerminalSize(20, 6)
_ESCAPES = {"e": b"\x1b", "r": b"\r", "n": b"\n", "t": b"\t", "b": b"\b", "\\": b"\\"}
_TOKEN = re.compile(
    r"\\x(?P<byte>[0-9a-f]{2})|\\(?P<escape>[erntb\\])|\{(?P<cols>\d+)x(?P<rows>\d+)\}|(?P<cut>\|)|(?P<text>[^\\])"
)


@cache
def sequences() -> dict[str, Recording]:
    """All cases by name, "section/name"."""
    with (Path(__file__).parent / "sequences.toml").open("rb") as file:
        sections = tomllib.load(file)
    return {
        f"{section}/{name}": Recording(f"{section}/{name}", SIZE, (*_events(text), Mark("end")))
        for section, cases in sections.items()
        for name, text in cases.items()
    }


def _events(text: str) -> Iterator[Event]:
    data, place = b"", 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        assert token is not None, f"not a case: {text[place:]!r}"
        place = token.end()
        size, cut = token["cols"], token["cut"]
        if (size or cut) and data:
            yield Output(data)
            data = b""
        if size:
            yield Resized(TerminalSize(int(size), int(token["rows"])))
        elif token["byte"]:
            data += bytes.fromhex(token["byte"])
        elif token["escape"]:
            data += _ESCAPES[token["escape"]]
        elif token["text"]:
            data += token["text"].encode()
    if data:
        yield Output(data)
