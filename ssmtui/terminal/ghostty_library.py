"""libghostty-vt, loaded and checked: the library inside the installed pyghostty, called through ``ghostty_abi``.

pyghostty is found but not imported: its import parses C declarations for a third of a second, while the person waits
for the first screen. The declarations are compiled into ``ghostty_abi`` instead, so they could belong to another
version. The library describes its own types, and each is compared before the first call: with a struct of another
layout every call would corrupt memory.

Importing this module loads the library. An :class:`ImportError` means that this system has none or one with another
interface; ``engines`` then takes bittty.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ssmtui.terminal.ghostty_abi import ffi

_SUFFIXES = (".so", ".dylib")


class GhosttyError(RuntimeError):
    """A call of the library failed. The terminal that it was about is not to be trusted any more."""


def _library_path() -> Path:
    spec = find_spec("pyghostty")
    for folder in (spec and spec.submodule_search_locations) or ():
        for suffix in _SUFFIXES:
            path = Path(folder, "_lib", f"libghostty-vt{suffix}")
            if path.exists():
                return path
    raise ImportError("there is no libghostty-vt for this system")


def _load() -> Any:
    path = _library_path()
    try:
        return ffi.dlopen(str(path))
    except OSError as error:
        raise ImportError(f"libghostty-vt cannot be loaded: {error}") from error


def _same_layout(ours: Any, theirs: dict[str, Any]) -> bool:
    """Whether a declaration is the library's: size and offsets of a struct, names and values of an enum. A
    union is inside a struct, whose size and offsets would differ with it; opaque types are only pointed to."""
    if theirs["kind"] == "struct":
        offsets = {name: field["offset"] for name, field in theirs["fields"].items()}
        return ffi.sizeof(ours) == theirs["size"] and {name: field.offset for name, field in ours.fields} == offsets
    if theirs["kind"] == "enum":
        values = {theirs["prefix"] + name: value for name, value in theirs["values"].items()}
        return bool(ours.relements == values)
    return True


def _describe() -> dict[str, Any]:
    """The library's own description of its types. Raises :class:`ImportError` when a declaration differs from it."""
    types: dict[str, Any] = json.loads(ffi.string(lib.ghostty_type_json()))["types"]
    for name in ffi.list_types()[0]:
        if name in types and not _same_layout(ffi.typeof(name), types[name]):
            raise ImportError(f"libghostty-vt has another {name}")
    return types


lib = _load()
"""The library's functions and constants."""

TYPES = _describe()
"""Its types by name, as ``ghostty_type_json`` describes them."""


def check(result: int, what: str) -> None:
    """Raise :class:`GhosttyError` unless ``result`` is success; ``what`` names the call in its text."""
    if result != 0:
        raise GhosttyError(f"{what} failed with {result}")


def sized(ctype: str) -> Any:
    """A new struct whose ``size`` fields are set, nested ones too: the library recognizes its version by them."""
    pointer = ffi.new(f"{ctype} *")
    _set_sizes(pointer)
    return pointer


def _set_sizes(pointer: Any) -> None:
    ctype = ffi.typeof(pointer).item
    for name, field in ctype.fields:
        if name == "size":
            pointer.size = ffi.sizeof(ctype)
        elif field.type.kind == "struct":
            _set_sizes(ffi.addressof(pointer[0], name))


def new(kind: str) -> Any:
    """A new object of the library, for example ``new("key_encoder")``. It is freed with the last reference to it."""
    ctype = "Ghostty" + "".join(part.capitalize() for part in kind.split("_"))
    made = ffi.new(f"{ctype} *")
    check(getattr(lib, f"ghostty_{kind}_new")(ffi.NULL, made), f"{kind}_new")
    return ffi.gc(made[0], getattr(lib, f"ghostty_{kind}_free"))
