"""What the program remembers by itself from one run to the next: choices, history, favourites. Not the settings.

One JSON file in the state directory, made of sections. Each part of the program reads and changes its own section and
trusts nothing it finds there: the file may be another release's, or have been edited.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ssmtui.config.files import lock_of, locked, read_state, replace_private
from ssmtui.errors import ConfigurationError

log = logging.getLogger(__name__)

VERSION = 1
MAX_BYTES = 4 << 20
"""Bytes of the whole file; a larger one was not written by this program."""
MAX_SECTION = 1 << 20
"""Characters of one section as JSON."""

PUT_ASIDE = ".bad"
"""What is added to the name of a file that cannot be understood."""

Change = Callable[[dict[str, Any]], dict[str, Any]]
"""From what a section holds to what it shall hold."""


class Memory:
    """The file as sections, which are JSON objects. Every call blocks, and any thread may make it.

    A change is made under a lock to what the file holds at that moment: two programs that run at once lose nothing of
    each other's. A file that cannot be understood is put aside under the name ``...bad`` when the next change is made.
    """

    def __init__(self, file: Path | None) -> None:
        """None: remembered until the program ends."""
        self.file = file
        self.trouble = ""
        """A sentence for people: why nothing of an earlier run is there. Empty while the file can be read."""
        self._failed = ""
        self._kept: dict[str, Any] = {}
        self._lock = threading.Lock()

    def read(self, section: str) -> Mapping[str, Any]:
        """What ``section`` holds now; empty where that is nothing, or cannot be read, which is logged."""
        return _section(self._load()[0], section)

    def update(self, section: str, change: Change) -> Mapping[str, Any]:
        """Make a change, and return what ``section`` holds then.

        Raises :class:`ssmtui.errors.ConfigurationError` when that cannot be written, and what ``change`` raises;
        nothing has changed then.
        """
        with self._lock:
            if self.file is None:
                changed = _checked(section, change(_section(self._kept, section)))
                self._kept = {**self._kept, section: changed}
                self._failed = ""
                return changed
            try:
                with locked(lock_of(self.file)):
                    return self._rewrite(self.file, section, change)
            except OSError as error:
                why = f"{self.file}: {error.strerror or error}"
                raise _not_written(f"Changes are not kept for the next run: {why}") from error

    def is_news(self, error: ConfigurationError) -> bool:
        """Whether a failed change is worth reporting: a full disk is reported once, not with every change that follows,
        until one is written again."""
        before, self._failed = self._failed, str(error)
        return before != self._failed

    def _rewrite(self, file: Path, section: str, change: Change) -> Mapping[str, Any]:
        sections, is_bad = self._load()
        before = _section(sections, section)
        changed = _checked(section, change(dict(before)))
        if changed == before and not is_bad:
            return changed
        import json

        content = json.dumps({"version": VERSION, **sections, section: changed}, ensure_ascii=False, indent=1)
        encoded = content.encode("utf-8", "surrogatepass")
        if len(encoded) > MAX_BYTES:
            raise _not_written("all of it together would be too large")
        if is_bad:
            file.replace(file.with_name(file.name + PUT_ASIDE))
        replace_private(file, encoded)
        self._failed = ""
        return changed

    def _load(self) -> tuple[dict[str, Any], bool]:
        """The sections, and whether there is a file that could not be understood."""
        if self.file is None:
            return self._kept, False
        try:
            return _sections(read_state(self.file, MAX_BYTES)), False
        except FileNotFoundError:
            return {}, False
        except (OSError, ValueError, RecursionError) as error:
            log.warning("%s is not used: %s", self.file, error)
            self.trouble = (
                f"What was remembered cannot be read: {self.file}: {error}. "
                f"It starts empty; with the next change the file is put aside as {self.file.name}{PUT_ASIDE}."
            )
            return {}, True


def _sections(content: bytes) -> dict[str, Any]:
    import json  # the first frame of the first run does without it

    found = json.loads(content.decode("utf-8", "surrogatepass"))
    if not isinstance(found, dict):
        raise ValueError("it is not a JSON object")
    version = found.pop("version", None)
    if version != VERSION:
        raise ValueError(f"its version is {version!r:.40}, and this release knows {VERSION}")
    return found


def _section(sections: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = sections.get(name)
    return dict(found) if isinstance(found, dict) else {}


def _checked(section: str, changed: dict[str, Any]) -> dict[str, Any]:
    """What a later read would give, so that both agree."""
    import json

    text = json.dumps(changed)
    if len(text) > MAX_SECTION:
        raise _not_written(f"the section {section} would be too large")
    found: dict[str, Any] = json.loads(text)
    return found


def _not_written(why: str) -> ConfigurationError:
    return ConfigurationError(
        why,
        title="It cannot be remembered",
        remedy="They hold until ssmtui ends. Free some space there, or make the state directory writable.",
    )
