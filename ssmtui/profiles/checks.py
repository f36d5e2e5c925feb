"""Checks of the values that a profile may hold. Each gives back the value as the program has it.

What they raise is a ValueError whose text goes on after the key's name: ``must be true or false``. Where a value may
have places (:mod:`ssmtui.config.template`), those that are ``templated`` let what cannot be known yet pass.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType

from ssmtui import inert, message_endpoints
from ssmtui.config import template
from ssmtui.config.kinds import WrongEntry, WrongValue
from ssmtui.config.snippets import Snippet
from ssmtui.config.snippets import checked as checked_snippet
from ssmtui.documents import port_forwards
from ssmtui.inventory.query.errors import QueryError
from ssmtui.inventory.query.query import parse
from ssmtui.inventory.query.tokens import MAX_TEXT
from ssmtui.model import MAX_COLS, MAX_ROWS, MIN_COLS, MIN_ROWS, TerminalSize
from ssmtui.profiles.profile import MAX_NAME

Check = Callable[[object], object]
"""From TOML's value to the program's, or ValueError."""

MAX_DEPTH = 8
"""Folders within each other."""
MAX_VALUE = 65_535
"""Characters of a parameter's value, the service's own bound."""
MAX_PATTERN = 500
MAX_PARAMETERS = 200
MAX_ITEMS = 1_000
MAX_SNIPPETS = 200

_READ_AT = datetime(2026, 1, 1, tzinfo=UTC)
"""Any moment: whether a filter can be read does not depend on it."""


class _AnySaved(dict[str, str]):
    """Saved filters are known when the profile is opened; until then each name stands for one."""

    def get(self, name: str, default: object = None) -> str:
        return ""


def name(value: object) -> str:
    """The name of a profile, or one of a folder's path."""
    if not isinstance(value, str):
        raise WrongValue("must be a string")
    if not value or value != value.strip():
        raise ValueError("must not be empty or start or end with a space")
    if len(value) > MAX_NAME:
        raise ValueError(f"may have {MAX_NAME} characters at most")
    if "/" in value:
        raise ValueError("must not contain a slash, which separates folders")
    if "\n" in value or inert.in_place(value) != value:
        raise ValueError("must not contain control characters")
    return value


def folder(value: object) -> str:
    """A folder's path, empty for the top."""
    if not isinstance(value, str):
        raise WrongValue("must be a string such as prod/db")
    parts = value.split("/") if value else []
    if len(parts) > MAX_DEPTH:
        raise ValueError(f"may be {MAX_DEPTH} folders deep at most")
    for part in parts:
        try:
            name(part)
        except ValueError as error:
            raise type(error)(f"is a path such as prod/db; each name in it {error}") from None
    return value


def text(longest: int, *, lines: bool = False, templated: bool = False) -> Callable[[object], str]:
    """A string of at most ``longest`` characters, on one line unless ``lines``."""

    def check(value: object) -> str:
        if not isinstance(value, str):
            raise WrongValue("must be a string")
        if len(value) > longest:
            raise ValueError(f"may have {longest:,} characters at most")
        if not lines and any(character in value for character in "\r\n"):
            raise WrongValue("must be on one line")
        if templated and (wrong := template.problem(value)):
            raise ValueError(wrong)
        return value

    return check


def matching(expression: str, otherwise: str, longest: int, *, templated: bool) -> Callable[[object], str]:
    """A string that is empty or that ``expression`` matches as a whole."""
    matcher, limited = re.compile(expression), text(longest, templated=templated)

    def check(value: object) -> str:
        checked = limited(value)
        if checked and not (templated and template.has_places(checked)) and not matcher.fullmatch(checked):
            raise WrongValue(f"must be {otherwise}")
        return checked

    return check


_short = text(300)


def message_endpoint(value: object) -> str:
    """The host of an interface endpoint, or an empty string."""
    try:
        return message_endpoints.read(_short(value))
    except ValueError:
        raise WrongValue(f"must be {message_endpoints.WORDS}") from None


def query(*, templated: bool) -> Callable[[object], str]:
    """A filter that can be read."""
    limited = text(MAX_TEXT, templated=templated)

    def check(value: object) -> str:
        checked = limited(value)
        if templated and template.has_places(checked):
            return checked
        if wrong := _query_problem(checked):
            raise ValueError(wrong)
        return checked

    return check


@lru_cache(maxsize=4096)
def _query_problem(text: str) -> str:
    """Cached, since the whole file is read again when one line of it has changed."""
    try:
        parse(text, now=_READ_AT, saved=_AnySaved())
    except QueryError as error:
        return f"cannot be read as a filter at character {error.position + 1}: {inert.line(error.detail)}"
    return ""


def texts(each: Callable[[object], str], most: int) -> Callable[[object], tuple[str, ...]]:
    """A list of at most ``most`` strings."""

    def check(value: object) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            raise WrongValue("must be a list of strings")
        if len(value) > most:
            raise ValueError(f"may have {most} entries at most")
        checked = []
        for number, item in enumerate(value, start=1):
            try:
                checked.append(each(item))
            except ValueError as error:
                raise type(error)(f"entry {number} {error}") from None
        return tuple(checked)

    return check


def parameters(*, templated: bool) -> Callable[[object], Mapping[str, tuple[str, ...]]]:
    """A document's parameters: a string each, or a list of strings."""
    each = text(MAX_VALUE, lines=True, templated=templated)
    several = texts(each, MAX_ITEMS)

    def check(value: object) -> Mapping[str, tuple[str, ...]]:
        if not isinstance(value, Mapping):
            raise WrongValue('must be a table such as { command = "htop" }')
        if len(value) > MAX_PARAMETERS:
            raise ValueError(f"may have {MAX_PARAMETERS} entries at most")
        return MappingProxyType({parameter: one(parameter, given) for parameter, given in value.items()})

    def one(parameter: str, given: object) -> tuple[str, ...]:
        try:
            if isinstance(given, list | tuple):
                return several(given)
            if isinstance(given, str):
                return (each(given),)
            raise WrongValue("must be a string or a list of strings")
        except ValueError as error:
            raise type(error)(f"has {inert.line(parameter, MAX_NAME)}, which {error}") from None

    return check


def snippets(value: object) -> Mapping[str, Snippet]:
    """Saved commands by name. For an invalid one it raises :class:`ssmtui.config.kinds.WrongEntry`, whose path leads to
    what is wrong with it."""
    if not isinstance(value, Mapping):
        raise WrongValue('must be a table such as { disk = "df -h" }')
    if len(value) > MAX_SNIPPETS:
        raise ValueError(f"may have {MAX_SNIPPETS} entries at most")
    found = {}
    for name, given in value.items():
        try:
            found[name] = checked_snippet(name, given)
        except WrongEntry as error:
            raise WrongEntry((name, *error.path), f"cannot be used: {error}") from None
    return MappingProxyType(found)


def expression(value: object) -> str:
    """A regular expression that Python can compile."""
    checked = text(MAX_PATTERN)(value)
    try:
        re.compile(checked)
    except (re.error, OverflowError, RecursionError) as error:
        at = f" at character {error.pos + 1}" if isinstance(error, re.error) and error.pos is not None else ""
        reason = error.msg if isinstance(error, re.error) else str(error)
        raise ValueError(f"is not a regular expression that Python can compile{at}: {inert.line(reason)}") from None
    return checked


def size(value: object) -> TerminalSize:
    """``132x43``: columns and rows."""
    found = re.fullmatch(r"(\d{1,4})\s*[x×]\s*(\d{1,4})", value, re.IGNORECASE) if isinstance(value, str) else None
    if found is None:
        raise WrongValue('must be columns and rows, such as "132x43"')
    cols, rows = int(found[1]), int(found[2])
    if not (MIN_COLS <= cols <= MAX_COLS and MIN_ROWS <= rows <= MAX_ROWS):
        raise WrongValue(f"must be between {MIN_COLS}x{MIN_ROWS} and {MAX_COLS}x{MAX_ROWS}")
    return TerminalSize(cols, rows)


def icon(value: object) -> str:
    """One or two cells; empty for none."""
    if isinstance(value, str) and len(value) <= 8 and inert.line(value) == value and _cells(value) <= 2:
        return value
    raise WrongValue("must be one or two characters, at most two cells wide")


def _cells(value: str) -> int:
    wide = {"W": 2, "F": 2}
    spacing = (character for character in value if unicodedata.category(character) not in ("Mn", "Me", "Cf"))
    return sum(wide.get(unicodedata.east_asian_width(character), 1) for character in spacing)


def forward(*, templated: bool) -> Callable[[object], str]:
    """What :func:`ssmtui.documents.port_forwards.parse` reads."""
    limited = text(500, templated=templated)

    def check(value: object) -> str:
        checked = limited(value)
        if templated and template.has_places(checked):
            return checked
        try:
            port_forwards.parse(checked)
        except ValueError as error:
            raise WrongValue(str(error)) from None
        return checked

    return check
