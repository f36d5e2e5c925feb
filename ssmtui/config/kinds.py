"""Kinds of values that a file or a variable may hold: how each is checked, and what it is called. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class ValueKind(NamedTuple):
    """A kind of value."""

    words: str
    """What it must be, as it stands in ``... must be ...``: ``true or false``."""
    accept: Callable[[object], Any]
    """From TOML's value to the one that is used; raises ValueError, or :class:`WrongEntry` for an entry of a table."""
    parse: Callable[[str], object] = str
    """From a variable's text to TOML's value; raises ValueError."""

    def check(self, value: object) -> Any:
        """From TOML's value to the one that is used; raises :class:`WrongValue`, or what :attr:`accept` says of an
        entry."""
        try:
            return self.accept(value)
        except WrongEntry:
            raise
        except ValueError:
            raise WrongValue(f"must be {self.words}") from None


class WrongValue(ValueError):
    """Its text goes on after the key's name and says what the value must be: the message shows the value beside it."""


class WrongEntry(ValueError):
    """An entry of a table is invalid. ``path`` leads to it from the table; ``str()`` is a sentence."""

    def __init__(self, path: tuple[str, ...], sentence: str) -> None:
        super().__init__(sentence)
        self.path = path


def text() -> ValueKind:
    """Any string."""
    return ValueKind("a string", _text)


def matching(words: str, pattern: str) -> ValueKind:
    """A string that matches ``pattern`` as a whole."""

    def check(value: object) -> str:
        if re.fullmatch(pattern, _text(value)):
            return _text(value)
        raise ValueError

    return ValueKind(words, check)


def one_of(*choices: str) -> ValueKind:
    """One of a few strings."""

    def check(value: object) -> str:
        if isinstance(value, str) and value in choices:
            return value
        raise ValueError

    return ValueKind(f"one of {', '.join(choices)}", check)


def whole(low: int, high: int) -> ValueKind:
    """A whole number in bounds."""

    def check(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise ValueError

    return ValueKind(f"a whole number from {low:,} to {high:,}", check, int)


def number(low: int, high: int) -> ValueKind:
    """A number in bounds."""

    def check(value: object) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        raise ValueError

    return ValueKind(f"a number from {low:,} to {high:,}", check, float)


def switch() -> ValueKind:
    """On or off."""

    def check(value: object) -> bool:
        if isinstance(value, bool):
            return value
        raise ValueError

    return ValueKind("true or false", check, _parse_switch)


def texts() -> ValueKind:
    """Any number of strings that are not empty; between commas in a variable."""

    def check(value: object) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
            return tuple(value)
        raise ValueError

    return ValueKind("a list of strings", check, _parse_texts)


def table(words: str, entry: Callable[[str, object], Any]) -> ValueKind:
    """Names with a value each, which ``entry`` checks: it raises :class:`WrongEntry`, with the path from the value. A
    table cannot be set by a variable."""

    def check(value: object) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise ValueError
        checked = {}
        for name, each in value.items():
            try:
                checked[name] = entry(name, each)
            except WrongEntry as error:
                raise WrongEntry((name, *error.path), str(error)) from None
        return checked

    return ValueKind(words, check, _no_variable)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError


def _parse_switch(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in words:
        raise ValueError
    return words[text.lower()]


def _parse_texts(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _no_variable(text: str) -> object:
    raise ValueError
