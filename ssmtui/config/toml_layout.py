"""The lines around what a TOML text says: comments and empty lines with what they belong to, indents, line endings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ssmtui.config.toml_scan import Item, Path, line_end, line_start
from ssmtui.config.toml_text import key_text, value_text


def newline_at(text: str, at: int, otherwise: str = "\n") -> str:
    """The line ending of the line that holds ``at``; of the one before where it has none; ``otherwise`` without any."""
    end = text.find("\n", at)
    if end < 0:
        end = text.rfind("\n", 0, at)
    if end < 0:
        return otherwise
    return "\r\n" if text[end - 1 : end] == "\r" else "\n"


def indent_of(text: str, at: int) -> str:
    """The white space at the start of the line whose first character after it is at ``at``."""
    before = text[line_start(text, at) : at]
    return "" if before.strip() else before


def comments_start(text: str, at: int, *, is_file_kept: bool = True) -> int:
    """Where the comment lines begin that are directly above the line of ``at``.

    Those at the very top are the file's, and are passed over with ``is_file_kept``.
    """
    own = start = line_start(text, at)
    while start and text[line_start(text, start - 1) : start].lstrip().startswith("#"):
        start = line_start(text, start - 1)
    return own if start == 0 and is_file_kept else start


def block_end(text: str, items: Sequence[Item], index: int) -> int:
    """Past the section whose header is ``items[index]``: its last entry, and comments directly below that."""
    following = index + 1
    while following < len(items) and not items[following].is_header:
        following += 1
    own = end = line_end(text, items[following - 1].end)
    while text[end : line_end(text, end)].lstrip().startswith("#"):
        end = line_end(text, end)
    is_of_next = following < len(items) and end == line_start(text, items[following].start)
    return own if is_of_next else end


def without_gap(text: str, start: int, end: int) -> tuple[int, int]:
    """``start`` and ``end`` of lines to be removed, with one of the two gaps of empty lines around them."""
    if start and not _is_empty(text, line_start(text, start - 1)):
        return start, end
    past = end
    while past < len(text) and _is_empty(text, past):
        past = line_end(text, past)
    if past < len(text) or not start:
        return start, past
    while start and _is_empty(text, line_start(text, start - 1)):
        start = line_start(text, start - 1)
    return start, end


def section_text(path: Path, values: Mapping[str, object], indent: str, newline: str) -> str:
    """A header and its entries; a path that ends in a number is of an array of tables."""
    name = ".".join(key_text(part) for part in path if isinstance(part, str))
    header = f"[[{name}]]" if isinstance(path[-1], int) else f"[{name}]"
    lines = [header, *(f"{key_text(key)} = {value_text(value, newline=newline)}" for key, value in values.items())]
    return "".join(f"{indent}{line}{newline}" for line in lines)


def apart(text: str, at: int, sections: Sequence[str], newline: str) -> str:
    """What to insert at ``at``: sections with an empty line between them and what is around them."""
    before, after = text[max(0, at - 4) : at].replace("\r", ""), text[at : at + 2].replace("\r", "")
    gap = ""
    if before:
        gap = newline * 2 if not before.endswith("\n") else newline if before[-2:] not in {"\n", "\n\n"} else ""
    return gap + newline.join(sections) + (newline if after and not after.startswith("\n") else "")


def _is_empty(text: str, start: int) -> bool:
    return not text[start : line_end(text, start)].strip()
