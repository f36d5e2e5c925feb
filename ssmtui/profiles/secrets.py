"""Finds what looks like a secret in a text: it must not get into a file that is shared and backed up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_KINDS = {
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    "an AWS secret key": re.compile(
        r"(?:aws_?)?secret_?(?:access_?)?key\s*[=:]\s*[\"']?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])", re.IGNORECASE
    ),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY-----"),
    "a GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60})"),
    "a Slack token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
}
_ANY = re.compile(r"AKIA|ASIA|secret|PRIVATE KEY|gh[pousr]_|github_pat|xox", re.IGNORECASE)
"""In each of them: most texts need no more than this."""


def found_in(value: object) -> str | None:
    """The kind of secret that a string in a value from TOML looks like; None where none does."""
    for text in filter(_ANY.search, _texts(value, 4)):
        for kind, looks in _KINDS.items():
            if looks.search(text):
                return kind
    return None


def _texts(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) >= 15:  # nothing shorter is any of them
            yield value
    elif depth and isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(one, depth - 1)
