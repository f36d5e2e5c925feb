"""What the panel says of the line under the cursor: every value that holds, and where it comes from. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from ssmtui.profiles.profile import FilePlace, Folder, Profile
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import fit, tidy
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import wrap
from ssmtui.ui.profiles.form import keys
from ssmtui.ui.profiles.view.outline import Used
from ssmtui.ui.profiles.view.rendering import TreePiece

LABEL_WIDTH = 16
MOST_ORIGIN = 20
"""Cells of the column of origins at most."""
VALUE_LIMIT = 2_000
"""Characters of one value that are shown."""
VALUE_LINES = 6

Line = tuple[TreePiece, ...]


class About(NamedTuple):
    """What is known of a connection beside what its file says."""

    use: Used | None = None
    now: float = 0
    matching: str = ""
    """How many nodes it means now, in words; empty where that is not known."""


def lines(item: Folder | Profile, about: About, width: int) -> list[Line]:
    """The panel's lines, each of at most ``width`` cells."""
    is_folder = isinstance(item, Folder)
    found: list[Line] = []
    found += _paragraph(item.problem, Tone.WARN, width)
    found += _paragraph(
        item.values.description if not is_folder or "description" in item.own else "", Tone.PLAIN, width
    )
    if found:
        found.append(())
    if is_folder and not item.own:
        found += _paragraph("Gives nothing of its own to what is in it; e edits its defaults.", Tone.DIM, width)
    origins = {name: _origin(item, name) for name in item.origins}
    column = min(MOST_ORIGIN, max((cell_len(origin) + 2 for origin in origins.values() if origin), default=0))
    for names in keys.GROUPS.values():
        found += _group(item, names, about, width - column, origins)
    found += _unknown(item, width)
    found += _foot(item, about, width)
    return found


def _group(
    item: Folder | Profile, names: Sequence[str], about: About, width: int, origins: Mapping[str, str]
) -> Iterator[Line]:
    for name in names:
        text = keys.words(name, item.values) if name in origins and name != "description" else ""
        if text:
            yield from fact(keys.label(name), text, width, origin=origins[name])
        if text and name == "query" and about.matching:
            yield from fact("", about.matching, width, Tone.DIM)


def fact(label: str, text: str, width: int, tone: Tone = Tone.PLAIN, origin: str = "") -> Iterator[Line]:
    """A value beside its label, in as many lines as it takes of ``width`` cells; behind the first one its origin."""
    room = max(12, width - LABEL_WIDTH)
    parts = [part for line in text[:VALUE_LIMIT].splitlines() for part in _wrapped(line, room)][:VALUE_LINES]
    for number, part in enumerate(parts):
        head = TreePiece(fit(label if not number else "", LABEL_WIDTH), Tone.DIM)
        behind = (TreePiece("  " + fit(origin, MOST_ORIGIN - 2), Tone.FAINT),) if origin and not number else ()
        yield (head, TreePiece(fit(part, room), tone), *behind)


def _origin(item: Folder | Profile, name: str) -> str:
    """Where a value comes from; empty for what a folder says itself, which is what its panel is about."""
    origin = item.origins[name]
    return "" if isinstance(item, Folder) and origin.folder == item.name else keys.origin_words(origin)


def _unknown(item: Folder | Profile, width: int) -> Iterator[Line]:
    """Keys of the file that are unknown here: they are kept, and listed."""
    known = {name for names in keys.GROUPS.values() for name in names} | {"folder", "extends"}
    others = [tidy(name, 40) for name in item.own if name not in known]
    if others:
        yield from fact("not known", ", ".join(others), width, Tone.WARN)


def _foot(item: Folder | Profile, about: About, width: int) -> Iterator[Line]:
    yield ()
    extends = item.own.get("extends")
    if isinstance(extends, str):
        yield from fact("inherits from", extends, width)
    if about.use is not None and about.use.times:
        used = f"{words.count(about.use.times, 'time')}, last {words.ago(about.now - about.use.last)}"
        yield from fact("used", used, width, Tone.DIM)
    if item.place is not None:
        yield from fact("written in", _place(item.place), width, Tone.DIM)
    if item.read_only:
        remedy = ": c makes a copy of your own" if isinstance(item, Profile) else ", and not changed here"
        yield from fact("", f"shared{remedy}", width, Tone.DIM)


def _place(place: FilePlace) -> str:
    return f"{place.file.name}, line {place.line}" if place.line else place.file.name


def _paragraph(text: str, tone: Tone, width: int) -> list[Line]:
    return [(TreePiece(part, tone),) for part in _wrapped(text, width)] if text else []


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(tidy(text, VALUE_LIMIT), width, VALUE_LINES)
