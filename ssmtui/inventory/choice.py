"""The accounts that were chosen the last time, so that the next run begins with them, and those that were added to the
AWS configuration's, so that they are offered again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ssmtui.config.memory import Memory
from ssmtui.inventory.remembered import Remembered
from ssmtui.model import Scope

SECTION = "chosen scopes"
MAX_STARTS = 30
"""Ways of starting the program whose choice is remembered."""
MAX_SCOPES = 500

KNOWN = "added accounts"
"""The section of the regions that were added."""
MAX_FILES = 10
"""AWS configurations whose added regions are remembered."""

FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SSM")
"""The variables that decide which AWS configuration is in use, and whether it is AWS that is called."""
VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", *FILES)
"""The variables that decide, beside the command line, which scope the program starts with."""


def start_of(options: Sequence[str | None], environment: Mapping[str, str]) -> str:
    """A name for a way of starting the program: the choice of scopes is remembered for each."""
    told = [*options, *map(environment.get, VARIABLES)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def files_of(endpoint_url: str | None, environment: Mapping[str, str]) -> str:
    """A name for the AWS configuration in use: what was added to it is there however the program is started."""
    told = [endpoint_url, *map(environment.get, FILES)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


class Choice(Remembered):
    """Remembers the choice of one way of starting. Loop-bound; the file is read and written in a thread."""

    def __init__(self, memory: Memory, start: str) -> None:
        self.scopes: Sequence[Scope] = ()
        """Chosen the last time; empty when none were, or that is unknown."""
        self._start = start
        super().__init__(memory, SECTION, self._take)

    def note(self, scopes: Sequence[Scope]) -> None:
        """These are chosen now."""
        self.scopes = tuple(scopes)
        self.change(partial(_with, self._start, self.scopes))

    def _take(self, held: Mapping[str, Any]) -> None:
        self.scopes = _scopes(held.get(self._start))


class KnownAccounts(Remembered):
    """Remembers the accounts that somebody has added to those of one AWS configuration. Loop-bound, as
    :class:`Choice`."""

    def __init__(self, memory: Memory, files: str) -> None:
        self.scopes: Sequence[Scope] = ()
        self._files = files
        super().__init__(memory, KNOWN, self._take)

    def note(self, scopes: Sequence[Scope]) -> None:
        """These are there now; others were taken away."""
        if tuple(scopes) != tuple(self.scopes):
            self.scopes = tuple(scopes)
            self.change(partial(_with, self._files, self.scopes, most=MAX_FILES))

    def _take(self, held: Mapping[str, Any]) -> None:
        self.scopes = tuple(_scopes(held.get(self._files)))


def _with(start: str, scopes: Sequence[Scope], held: dict[str, Any], most: int | None = None) -> dict[str, Any]:
    entries = [[scope.aws_profile, scope.region, scope.endpoint_url, scope.organization] for scope in scopes]
    # The newest last: the others are forgotten from the front.
    others = [(name, value) for name, value in held.items() if name != start][1 - (most or MAX_STARTS) :]
    return {**dict(others), start: entries[:MAX_SCOPES]}


def _scopes(held: object) -> list[Scope]:
    found: list[Scope] = []
    for entry in held[:MAX_SCOPES] if isinstance(held, list) else ():
        match entry:
            case [str() | None as aws_profile, str(region), str() | None as endpoint_url, bool(organization)] if region:
                found.append(Scope(aws_profile, region, endpoint_url, organization))
    return list(dict.fromkeys(found))
