"""Edits of TOML files that people write: every byte outside the edited value stays. tomlkit (0.15.2 was tried) cannot
do this: with a table it removes the comments above the next one, it writes LF into files of CRLF, and it puts new keys
behind comments that belong to what follows. It also drops the comments in an array that is assigned as a whole, though
not those in one that is changed element by element. Here the text is spliced at the offsets that
:mod:`ssmtui.config.toml_scan` finds, and ``tomllib`` has to read what was wanted from the result.

What belongs to what: a comment at the end of a line to its line; comment lines directly above a header to its table,
but those at the very top to the file; comment lines directly below the last key of a table to that table.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any, NamedTuple

from ssmtui import inert
from ssmtui.config.toml_brackets import Splice, spliced
from ssmtui.config.toml_scan import Item, Path, items, members
from ssmtui.config.toml_splices import Splicer
from ssmtui.config.toml_text import key_text
from ssmtui.config.toml_values import MISSING, drop_empty, get, plain, put, same
from ssmtui.errors import ConfigurationError

TITLE = "It cannot be edited"


class TomlChange(NamedTuple):
    """One value to be set or removed."""

    path: tuple[str | int, ...]
    """Keys from the top; tables that are missing are made. An element of an array is named by its number."""
    value: object | None
    """Text, number, date, list or mapping; None removes what is there, a whole table too."""


def edited(text: str, changes: Sequence[TomlChange]) -> str:
    """``text`` with ``changes`` made in their order.

    Raises :class:`ssmtui.errors.ConfigurationError` where ``text`` is not valid TOML or the change does not fit into
    it.
    """
    wanted = _parsed(text)
    splicer = Splicer(text)
    for change in changes:
        old = get(wanted, change.path)
        new = MISSING if change.value is None else plain(change.value)
        if same(old, new):
            continue
        try:
            put(wanted, change.path, new)
            splicer.change(change.path, old, new)
        except (ValueError, LookupError, RecursionError) as error:
            raise _refused(change.path, str(error)) from error
    result = splicer.text()
    _verify(result, wanted, [change.path for change in changes])
    return result


def renamed(text: str, path: Path, new_path: Path) -> str:
    """``text`` with the key or table at ``path`` under another name in the same table, wherever it is written.

    Raises :class:`ssmtui.errors.ConfigurationError` where there is none, or one of the new name.
    """
    if path[:-1] != new_path[:-1] or not isinstance(path[-1], str) or not isinstance(new_path[-1], str):
        raise ValueError("only the last key is renamed")
    wanted = _parsed(text)
    value = get(wanted, path)
    if value is MISSING:
        raise _refused(path, "it is not there")
    if path == new_path:
        return text
    if get(wanted, new_path) is not MISSING:
        raise _refused(new_path, "there is one of that name")
    put(wanted, path, MISSING)
    put(wanted, new_path, value)
    splices: list[Splice] = []
    try:
        for item in items(text):
            _rename(text, item, path, new_path[-1], splices)
    except (ValueError, RecursionError) as error:
        raise _refused(path, str(error)) from error
    result = spliced(text, splices)
    _verify(result, wanted, [])
    return result


def _rename(text: str, item: Item, path: Path, name: str, splices: list[Splice]) -> None:
    if item.path[: len(path)] == path:
        spelled = [at for at, part in enumerate(item.path) if isinstance(part, str) and at >= len(item.base)]
        if len(path) - 1 in spelled:
            key = item.keys[spelled.index(len(path) - 1)]
            splices.append(Splice(key.start, key.end, key_text(name, key.of(text))))
    elif item.path == path[: len(item.path)]:
        for member in members(text, item):
            _rename(text, member, path, name, splices)


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"it is not TOML: {error}", title=TITLE, remedy="Fix the file by hand first."
        ) from error
    except RecursionError as error:
        raise ConfigurationError("it is nested too deeply", title=TITLE) from error


def _verify(result: str, wanted: dict[str, Any], paths: Sequence[Path]) -> None:
    try:
        found = tomllib.loads(result)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _refused(paths[0] if paths else (), f"the result would not be valid TOML: {error}") from error
    for path in paths:
        drop_empty(found, path)
        drop_empty(wanted, path)
    if not same(found, wanted):
        raise _refused(paths[0] if paths else (), "another value would change with it")


def _refused(path: Path, why: str) -> ConfigurationError:
    name = inert.line(".".join(map(str, path)), 80)
    return ConfigurationError(f"{name}: {why}", title=TITLE, remedy="Change it by hand; nothing was written.")
