"""Values and keys as TOML spells them, one line each unless they are long."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping

from ssmtui import inert
from ssmtui.errors import ConfigurationError

WIDTH = 100
"""Columns of a list above which its elements get a line each."""
INDENT = "    "

_BARE = re.compile(r"[A-Za-z0-9_-]+")
# All characters that must be escaped in a string.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_SHORT = {"\b": r"\b", "\t": r"\t", "\n": r"\n", "\f": r"\f", "\r": r"\r", '"': r"\"", "\\": r"\\"}
_ESCAPED = re.compile(r'[\x00-\x1f\x7f"\\]')
_ESCAPED_IN_LINES = re.compile(r'[\x00-\x08\x0b-\x1f\x7f\\]|"(?="")|"\Z')


def key_text(name: str, like: str = "") -> str:
    """``name`` as a key: bare where it can be and ``like``, a key that is written, is not quoted."""
    if like[:1] not in {'"', "'"} and _BARE.fullmatch(name):
        return name
    return string_text(name, like[:1] or '"')


def value_text(value: object, like: str = "", newline: str = "\n") -> str:
    """``value`` as TOML, its quotes as in ``like``, which is what stood there.

    Raises :class:`ssmtui.errors.ConfigurationError` for a value that TOML cannot express.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return string_text(value, like, newline)
        case int():
            return str(value)
        case float():
            return repr(value)
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case Mapping():
            pairs = ", ".join(
                f"{key_text(str(key))} = {value_text(item, newline=newline)}" for key, item in value.items()
            )
            return f"{{ {pairs} }}" if pairs else "{}"
        case list() | tuple():
            return _list_text([value_text(item, newline=newline) for item in value], newline)
    raise ConfigurationError(f"TOML cannot express {type(value).__name__}", title="It cannot be written")


def string_text(text: str, like: str = "", newline: str = "\n") -> str:
    r"""``text`` in quotes: those of ``like``, else ``'`` where that saves doubling each ``\``, else ``"``."""
    if re.search("[\ud800-\udfff]", text):
        raise ConfigurationError(
            f"{inert.line(text, 80)} has characters that UTF-8 cannot represent", title="It cannot be written"
        )
    if like[:3] in {'"""', "'''"} and "\n" in text:
        return _lines_text(text, like[:3], newline)
    is_plain = "'" not in text and not _CONTROL.search(text)
    if is_plain and (like.startswith("'") or (not like and "\\" in text)):
        return f"'{text}'"
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _lines_text(text: str, quotes: str, newline: str) -> str:
    # TOML drops a line break directly after the opening quotes.
    if quotes == "'''" and "'''" not in text and not text.endswith("'") and not _CONTROL.search(text.replace("\n", "")):
        return quotes + newline + text.replace("\n", newline) + quotes
    return '"""' + newline + _ESCAPED_IN_LINES.sub(_escape, text).replace("\n", newline) + '"""'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return _SHORT.get(character) or f"\\u{ord(character):04x}"


def _list_text(elements: list[str], newline: str) -> str:
    line = f"[{', '.join(elements)}]"
    if len(line) <= WIDTH or len(elements) < 2:
        return line
    return "[" + "".join(f"{newline}{INDENT}{element}," for element in elements) + newline + "]"
