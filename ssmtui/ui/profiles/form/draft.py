"""What a form of a saved connection, or of a folder's defaults, holds before it is saved. Pure: no widgets.

Each field is a text. A field that is unchanged in the form is not written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ssmtui.profiles import keys as table
from ssmtui.profiles.keys import KeyKind
from ssmtui.profiles.profile import Folder, Profile, Profiles
from ssmtui.ui.profiles.form import keys

YES, NO = "yes", "no"

_ESCAPES: dict[str, str | int | None] = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\x1b": "\\e"}
_ESCAPED = {str(escaped)[1]: character for character, escaped in _ESCAPES.items()}


def text_of(key: str, value: object) -> str:
    """A value as TOML has it, as the text of a field."""
    match table.KEYS[key].kind:
        case KeyKind.SWITCH if isinstance(value, bool):
            return YES if value else NO
        case KeyKind.TEXTS if isinstance(value, list | tuple):
            return ", ".join(map(str, value))
        case KeyKind.LINES:
            return str(value).translate(str.maketrans(_ESCAPES))
    return str(value)


def value_of(key: str, text: str) -> object | None:
    """The inverse of :func:`text_of`; None for an empty field. What cannot be such a value stays a text, for the key's
    own check to refuse."""
    if not text.strip():
        return None
    match table.KEYS[key].kind:
        case KeyKind.SWITCH if text in (YES, NO):
            return text == YES
        case KeyKind.NUMBER if re.fullmatch(r"\d{1,9}", plain := text.strip().replace("_", "").replace(",", "")):
            return int(plain)
        case KeyKind.TEXTS:
            return [part for part in (part.strip() for part in text.split(",")) if part]
        case KeyKind.LINES:
            return re.sub(r"\\([\\nrte])", lambda found: _ESCAPED[found[1]], text)
    return text.strip()


def problem(key: str, text: str) -> str:
    """What is wrong with a field's text; empty when nothing is, and for an empty field."""
    value = value_of(key, text)
    return "" if value is None else table.problem(key, value)


@dataclass(slots=True)
class Draft:
    """The fields of one form."""

    is_folder: bool
    own: Mapping[str, object]
    """What is written now."""
    texts: dict[str, str] = field(default_factory=dict)
    """The fields that are other than what is written."""

    @property
    def names(self) -> Mapping[str, table.ProfileKey]:
        """The keys that such a form has."""
        return table.FOLDER_KEYS if self.is_folder else table.PROFILE_KEYS

    def written(self, key: str) -> str:
        """A field as it is written now."""
        return text_of(key, self.own[key]) if key in self.own else ""

    def text(self, key: str) -> str:
        """A field as it stands."""
        return self.texts.get(key, self.written(key))

    def enter(self, key: str, text: str) -> None:
        """Set the text of a field."""
        if text == self.written(key):
            self.texts.pop(key, None)
        else:
            self.texts[key] = text

    @property
    def changes(self) -> dict[str, object | None]:
        """The keys to write: only those that were changed."""
        found = {key: value_of(key, text) for key, text in self.texts.items()}
        return {key: value for key, value in found.items() if value is not None or key in self.own}

    def problems(self, profiles: Profiles) -> dict[str, str]:
        """What is wrong, by key."""
        found = {key: wrong for key, text in self.texts.items() if (wrong := problem(key, text))}
        if self.is_folder:
            return found
        target, query = self.text("target").strip(), self.text("query").strip()
        if target and query:
            found.setdefault("query", "and target exclude each other: one of the two says which nodes are meant")
        elif not target and not query:
            found.setdefault("query", "or target is needed: which nodes are meant")
        return found


def name_problem(text: str, own: str, taken: Iterable[str]) -> str:
    """What is wrong with the name of a connection that is called ``own`` now."""
    from ssmtui.profiles import checks

    name = text.strip()
    if name != own and name in taken:
        return "is taken"
    try:
        checks.name(name)
    except ValueError as error:
        return str(error)
    return ""


def giving(folder: str, profiles: Profiles) -> Folder | None:
    """The folder whose values something in ``folder`` inherits: that one, or the next above it that there is."""
    while folder:
        if folder in profiles.folders:
            return profiles.folders[folder]
        folder = folder.rpartition("/")[0]
    return None


def inherited(key: str, above: Folder | None) -> tuple[str, str]:
    """What holds for a key where a connection itself says nothing, in words, and where that comes from: the path of a
    folder, or ``default``."""
    if above is not None and table.KEYS[key].inheritable and key in above.origins:
        return keys.words(key, above.values), above.origins[key].folder or above.name
    default = table.KEYS[key].default.replace("`", "")
    return {"true": YES, "false": NO}.get(default, default), "default"


def source(item: Folder | Profile | None) -> Mapping[str, object]:
    """What is written of it, less what has no field of its own."""
    return {} if item is None else {key: value for key, value in item.own.items() if key in table.KEYS}
