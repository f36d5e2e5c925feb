"""The JSON schema of profiles.toml, for editors: ``python -m ssmtui.profiles.schema`` prints it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ssmtui.profiles import migrations
from ssmtui.profiles.checks import MAX_DEPTH
from ssmtui.profiles.keys import FOLDER_KEYS, PROFILE_KEYS, KeyKind, ProfileKey
from ssmtui.profiles.profile import MAX_NAME
from ssmtui.profiles.reading import FOLDERS, PROFILES, SNIPPETS

Schema = dict[str, Any]

_PART = rf"[^/\u0000-\u001f\u007f]{{1,{MAX_NAME}}}"
_TEXTS: Schema = {"type": "array", "items": {"type": "string"}}
_KINDS: Mapping[KeyKind, Schema] = {
    KeyKind.TEXT: {"type": "string"},
    KeyKind.LINES: {"type": "string"},
    KeyKind.SWITCH: {"type": "boolean"},
    KeyKind.CHOICE: {"type": "string"},
    KeyKind.NUMBER: {"type": "integer"},
    KeyKind.TEXTS: _TEXTS,
    KeyKind.QUERY: {"type": "string"},
    KeyKind.PARAMETERS: {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, _TEXTS]}},
    KeyKind.SIZE: {"type": "string", "pattern": r"^\d{1,4}\s*[xX×]\s*\d{1,4}$"},
    KeyKind.PATTERN: {"type": "string"},
    KeyKind.SNIPPETS: {
        "type": "object",
        "additionalProperties": {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {
                        "text": {"type": "string"},
                        "description": {"type": "string"},
                        "enter": {"type": "boolean"},
                    },
                    "required": ["text"],
                    "additionalProperties": False,
                },
            ]
        },
    },
}


def schema() -> Schema:
    """The schema, of draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ssmtui profiles.toml",
        "description": "Saved connections of ssmtui, and the folders that they inherit from.",
        "type": "object",
        "properties": {
            migrations.VERSION_KEY: {
                "type": "integer",
                "description": "Version of this format.",
                "default": migrations.VERSION,
            },
            FOLDERS: _tables("folder", f"^{_PART}(/{_PART}){{0,{MAX_DEPTH - 1}}}$"),
            PROFILES: _tables("profile", f"^{_PART}$"),
            SNIPPETS: {**_KINDS[KeyKind.SNIPPETS], "description": "Saved commands for all sessions."},
        },
        "additionalProperties": False,
        "$defs": {
            "profile": {
                **_table(PROFILE_KEYS),
                "oneOf": [{"required": ["target"]}, {"required": ["query"]}],
            },
            "folder": _table(FOLDER_KEYS),
        },
    }


def text() -> str:
    """The same as it stands in docs/profiles.schema.json."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


def _tables(kind: str, names: str) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"pattern": names},
        "additionalProperties": {"$ref": f"#/$defs/{kind}"},
    }


def _table(keys: Mapping[str, ProfileKey]) -> Schema:
    return {
        "type": "object",
        "properties": {name: _key(key) for name, key in keys.items()},
        "additionalProperties": False,
    }


def _key(key: ProfileKey) -> Schema:
    found = {**_KINDS[key.kind], "description": key.help}
    if key.choices:
        found["enum"] = list(key.choices)
    if key.bounds is not None:
        found["minimum"], found["maximum"] = key.bounds
    return found


if __name__ == "__main__":
    print(text(), end="")  # noqa: T201  # its whole purpose
