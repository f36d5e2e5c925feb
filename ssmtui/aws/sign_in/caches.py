"""The AWS CLI's files of tokens and temporary credentials, written as it writes them.

Each is a file ``<key>.json`` in a folder under ``~/.aws``. A reader sees the old content or the new one and never half
of it, nobody else may read it, and a link that somebody has put there is replaced, not followed.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ssmtui.errors import ConfigurationError
from ssmtui.private_file import make_private

LARGEST = 1 << 20
"""Bytes of a file that is read at most; theirs have a few thousand."""


def utc_text(moment: datetime) -> str:
    """``moment`` as these files have it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class JsonCache:
    """One folder of such files. All methods block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, key: str) -> Mapping[str, Any] | None:
        """What is kept under ``key``; None where nothing is that could be used."""
        with suppress(OSError, ValueError, RecursionError), (self.folder / f"{key}.json").open("rb") as file:
            found = json.loads(file.read(LARGEST))
            return found if isinstance(found, dict) else None
        return None

    def write(self, key: str, content: Mapping[str, Any]) -> None:
        """Keep ``content`` under ``key``. Raises :class:`ssmtui.errors.ConfigurationError` where it cannot be kept:
        the sign-in would be lost with this program."""
        file = self.folder / f"{key}.json"
        try:
            make_private(self.folder)
            number, made = tempfile.mkstemp(dir=self.folder, suffix=".tmp")  # mode 0600
            try:
                with os.fdopen(number, "w") as written:
                    json.dump(content, written, default=_text)
                    written.flush()
                    os.fsync(written.fileno())
                os.replace(made, file)
            except BaseException:
                with suppress(OSError):
                    os.unlink(made)
                raise
        except OSError as error:
            raise ConfigurationError(
                f"{self.folder}: {error.strerror or error}",
                title="The sign-in cannot be kept",
                remedy="The folder must be writable for you: AWS's tools and ssmtui find sign-ins there.",
            ) from error


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return utc_text(value)
    raise TypeError(type(value).__name__)
