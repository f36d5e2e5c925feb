"""The settings in words: for the help, for ``ssmtui info`` and for ``docs/settings.md``, which ``python -m`` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field
from typing import Any, NamedTuple

from ssmtui.config.settings import PREFIX, SETTINGS, Settings
from ssmtui.config.snippets import Snippet

MAX_SHOWN = 20
"""Entries of a table that are shown as its value."""


class SettingEntry(NamedTuple):
    """One setting."""

    name: str
    heading: str
    help: str
    words: str
    """What its value must be, in words."""
    default: str
    """As in the file."""
    variable: str
    """The environment variable that sets it; empty where none can."""


def entries() -> Iterator[SettingEntry]:
    """All settings, in the order of the reference: those of one heading follow each other."""
    for setting in SETTINGS.values():
        facts = setting.metadata
        variable = "" if isinstance(_default(setting), Mapping) else PREFIX + setting.name.upper()
        yield SettingEntry(
            setting.name, facts["heading"], facts["help"], facts["kind"].words, shown(_default(setting)), variable
        )


def shown(value: object) -> str:
    """A value as it would be written into the file; of a table the names with what they are set to."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, Snippet):
        return shown(value.written)
    if isinstance(value, Mapping):
        return f"{{ {', '.join(_pairs(value))} }}" if value else "{}"
    return json.dumps(str(value), ensure_ascii=False)


def _pairs(table: Mapping[str, object]) -> Iterator[str]:
    for number, (name, value) in enumerate(table.items()):
        if number == MAX_SHOWN:
            yield "…"
            return
        yield f"{name} = {shown(value)}"


def value_of(settings: Settings, name: str) -> str:
    """What a setting is now, as it would be written into the file."""
    return shown(getattr(settings, name))


def _default(setting: Field[Any]) -> object:
    if setting.default_factory is not MISSING:
        return setting.default_factory()
    return setting.default


_BEGINNING = """\
# Settings

`config.toml` lies where `ssmtui info` says, which also shows every value with its origin, as `:settings` does in the
program. `--config FILE` (or `SSMTUI_CONFIG`) reads another file. An environment variable beats the file. A value that
cannot be used is an error that names the line; a key that nobody knows is a warning. Changes count from the next
start on.

<!-- Made from the program: `python -m ssmtui.config.reference > docs/settings.md`. -->
"""

_EXAMPLES = """
## Keys and themes

Commands have the names that are typed after `:`; the help (`?`) lists them. A list of keys takes the place of the
command's own, an empty one takes them away. Two commands with one key in one place are refused with both names.

The keys of `down`, `up`, `half-down`, `half-up`, `page-down`, `page-up`, `top` and `bottom` move the cursor in the
lists of nodes, connections and tunnels and in the overview. In these tabs, the keys of their own commands
(`connection-...`, `tunnel-...`, `overview-...`) come before those that work in every list.

```toml
[keys]
refresh = ["f5", "ctrl+r"]
quit = "Q"

[leader_keys]
close = "k"
"next" = ["n", "ctrl+n"]

[themes.harbour]
dark = true
primary = "#4fb3a5"
accent = "#e8b86d"
background = "#101c22"
```

## Snippets

`:snippet` offers those of the connection that the session was opened from, those of the settings, and those of the
table `[snippets]` in the files of connections, which a team can share (`docs/profiles.md`). Of several with one name
the first counts.

A text is typed as it stands, `${NAME}` and `{{...}}` included; only `{ask:Question}` is asked for. A text of several
lines runs each but the last, unless the shell marks pastes, as bash and zsh do. `enter = true`, or a line break at the
end of the text, presses Enter. No secrets: the file is plain text.

```toml
[snippets]
"disk usage" = "df -h | sort -k5 -r | head"

[snippets."follow a unit"]
text = "journalctl -fu {ask:Unit}"
description = "the log of one unit, as it grows"
enter = true
```
"""


def markdown() -> str:
    """The whole of ``docs/settings.md``."""
    lines = [_BEGINNING]
    heading = ""
    for entry in entries():
        if entry.heading != heading:
            heading = entry.heading
            lines.append(f"\n## {heading}\n" if len(lines) > 1 else f"## {heading}\n")
        lines.append(f"**`{entry.name}`**: {entry.words}; default `{entry.default}`" + _told(entry.variable))
        lines.append(f"<br>{entry.help}\n")
    return "\n".join(lines) + _EXAMPLES


def _told(variable: str) -> str:
    return f"; variable `{variable}`." if variable else "."


if __name__ == "__main__":
    print(markdown(), end="")  # noqa: T201  # its whole purpose
