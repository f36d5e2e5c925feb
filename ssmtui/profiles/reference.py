"""The keys in words, for docs/profiles.md: ``python -m ssmtui.profiles.reference FILE`` writes them into it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from ssmtui.profiles.keys import KEYS, ProfileKey

BEGIN = "<!-- keys: made by `python -m ssmtui.profiles.reference docs/profiles.md` -->"
END = "<!-- /keys -->"


def keys() -> str:
    """A table of all keys in Markdown."""
    head = ["| Key | Value | What it does |", "| --- | --- | --- |"]
    return "\n".join([*head, *(_row(key) for key in KEYS.values())])


def updated(page: str) -> str:
    """``page`` with the table between its two marks made anew."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{keys()}\n\n{END}{after}"


def _row(key: ProfileKey) -> str:
    example = f"`{key.example}`".replace("|", "\\|")
    kind = f"one of {', '.join(f'`{choice}`' for choice in key.choices)}" if key.choices else key.kind.value
    value = f"{kind}: {example}"
    return f"| `{key.name}` | {value} | {' '.join([key.help, *_remarks(key)])} |"


def _remarks(key: ProfileKey) -> Iterator[str]:
    if key.default:
        yield f"Default: {key.default}."
    if not key.in_profiles:
        yield "In folders only."
    elif not key.in_folders:
        yield "In profiles only."
    if key.templated:
        yield "May hold `${VARIABLE}` and `{ask:Question}`."


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(updated(page.read_text(encoding="utf-8")), encoding="utf-8")
