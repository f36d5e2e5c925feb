"""Undoes an edit, also where others have edited the text since."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Sequence
from typing import Any, NamedTuple

from ssmtui.config.toml_edit import TomlChange, edited
from ssmtui.config.toml_values import same
from ssmtui.profiles.shelves import refused

TABLES = 2
"""Depth of what has a header of its own: ``profiles`` and each profile."""
CONTEXT = 3
"""Lines around a change by which its place is found again, at most."""


class _Hunk(NamedTuple):
    """Lines that an edit has replaced, and what stands around them."""

    above: Sequence[str]
    now: Sequence[str]
    """What the edit put there."""
    then: Sequence[str]
    """What was there before."""
    below: Sequence[str]


def undone(text: str, before: str, after: str) -> str:
    """``text`` without what led from ``before`` to ``after``.

    Where only that was edited the bytes of ``before`` come back. Where others have edited too, what was there comes
    back at its place, or else what was deleted at the end. Raises :class:`ssmtui.errors.ConfigurationError` where the
    same value was edited again.
    """
    if text == after:
        return before
    wanted = _merged(tomllib.loads(text), tomllib.loads(before), tomllib.loads(after), ())
    hunks = _hunks(before, after)
    for candidate in (_in_place(text, hunks), _at_the_end(text, hunks)):
        if candidate is not None and _means(candidate, wanted):
            return candidate
    return edited(text, _differences(tomllib.loads(text), wanted, ()))


def appended(text: str, block: str) -> str:
    """``text`` with ``block`` at its end, below an empty line."""
    end = "\r\n" if "\r\n" in text else "\n"
    gap = 0 if not text or text.endswith(end + end) else 1 if text.endswith(end) else 2
    return text + end * gap + block + end


def _means(text: str, wanted: Any) -> bool:
    """Whether ``text`` says just ``wanted``: lines may mean something else at the place where they were put."""
    try:
        return same(tomllib.loads(text), wanted)
    except tomllib.TOMLDecodeError:
        return False


def _in_place(text: str, hunks: Sequence[_Hunk]) -> str | None:
    lines: list[str] | None = text.splitlines(keepends=True)
    for hunk in hunks:
        lines = _put_back(lines, hunk) if lines is not None else None
    return None if lines is None else "".join(lines)


def _at_the_end(text: str, hunks: Sequence[_Hunk]) -> str | None:
    """With what was deleted appended; None where something was changed as well."""
    if any(hunk.now for hunk in hunks):
        return None
    return appended(text, "".join(line for hunk in hunks for line in hunk.then).strip("\r\n"))


def _hunks(before: str, after: str) -> list[_Hunk]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    matcher = difflib.SequenceMatcher(None, new, old, autojunk=False)
    return [
        _Hunk(new[max(0, a - CONTEXT) : a], new[a:b], old[c:d], new[b : b + CONTEXT])
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    ]


def _put_back(lines: list[str], hunk: _Hunk) -> list[str] | None:
    """None where its place is not there any more, or there twice."""
    now = list(hunk.now)
    for above, below in ((CONTEXT, CONTEXT), (CONTEXT, 0), (0, CONTEXT), (1, 1)):
        head = list(hunk.above[-above:]) if above else []
        sought = [*head, *now, *hunk.below[:below]]
        found = [at for at in range(len(lines) - len(sought) + 1) if lines[at : at + len(sought)] == sought]
        if sought and len(found) == 1:
            at = found[0] + len(head)
            return [*lines[:at], *hunk.then, *lines[at + len(now) :]]
    return None


def _merged(text: Any, before: Any, after: Any, path: tuple[str, ...]) -> Any:
    """``text`` with what differs between ``after`` and ``before`` as it is in ``before``."""
    if not all(isinstance(one, dict) for one in (text, before, after)):
        if same(text, after):
            return before
        raise refused(f"{'.'.join(path)} has been changed again since", "Nothing has been undone.")
    merged = dict(text)
    for key in {**before, **after}:
        if key in before and key in after and same(before[key], after[key]):
            continue
        if not path and isinstance(text.get(key), dict):
            # All profiles, or all folders: others may have made their first meanwhile.
            inner = _merged(text[key], before.get(key, {}), after.get(key, {}), (key,))
            merged[key] = inner
            if not inner and key not in before:
                del merged[key]
        elif key not in after:
            if key in text and not same(text[key], before[key]):
                raise refused(f"there is a new {'.'.join((*path, key))} since", "Nothing has been undone.")
            merged[key] = before[key]
        elif key not in before:
            if key in text and not same(text[key], after[key]):
                raise refused(f"{'.'.join((*path, key))} has been changed again since", "Nothing has been undone.")
            merged.pop(key, None)
        elif key not in text:
            raise refused(f"{'.'.join((*path, key))} has been taken away since", "Nothing has been undone.")
        else:
            merged[key] = _merged(text[key], before[key], after[key], (*path, key))
    return merged


def _differences(text: Any, wanted: Any, path: tuple[str, ...]) -> list[TomlChange]:
    changes: list[TomlChange] = []
    for key in {**text, **wanted}:
        here = (*path, key)
        if key not in wanted:
            changes.append(TomlChange(here, None))
        elif isinstance(wanted[key], dict) and (
            len(here) <= TABLES if key not in text else isinstance(text[key], dict)
        ):
            # A table for each profile, and not one line for all.
            inner = _differences(text.get(key, {}), wanted[key], here)
            changes += inner or ([TomlChange(here, {})] if key not in text else [])
        elif key not in text or not same(text[key], wanted[key]):
            changes.append(TomlChange(here, wanted[key]))
    return changes
