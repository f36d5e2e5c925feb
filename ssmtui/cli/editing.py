"""A file in the person's own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from ssmtui.config.files import edit_text
from ssmtui.errors import ConfigurationError, UsageError
from ssmtui.profiles.editing import NEW_FILE

TAKES_LINE = frozenset({"vi", "vim", "nvim", "view", "nano", "emacs", "emacsclient", "kak", "micro", "joe", "ne", "mg"})
"""Editors that take ``+LINE`` for the line to go to."""
BEGINNING = f"""\
{NEW_FILE}
# The saved connections. What may be written in them: `ssmtui profiles --help`, docs/profiles.md.
#
# [folders.prod]
# aws_profile = "prod"
# guard = true
#
# [profiles."db shell"]
# folder = "prod"
# query = "name:db ping:online"
"""


def edit(file: Path, line: int = 0) -> None:
    """Open ``file``, which is made where there is none, at ``line`` (0: wherever), and wait until the editor ends.

    Raises :class:`ssmtui.errors.ConfigurationError` where there is no editor, or it fails.
    """
    words = command_line(os.environ.get("VISUAL") or os.environ.get("EDITOR") or _usual(), file, line)
    if not file.exists():
        edit_text(file, lambda text: text or BEGINNING)
    try:
        code = subprocess.call(words)
    except OSError as error:
        raise ConfigurationError(
            f"{words[0]}: {error.strerror}", title="The editor cannot be started", remedy="Set VISUAL or EDITOR."
        ) from None
    if code:
        raise ConfigurationError(f"{words[0]} ended with {code}", title="The editor failed")


def command_line(editor: str, file: Path, line: int) -> list[str]:
    """What starts ``editor``, which is a command with its options, on ``file``."""
    try:
        words = shlex.split(editor)
    except ValueError:
        words = []
    if not words:
        raise UsageError(
            f"{editor!r} is not a command", title="The editor cannot be started", remedy="Set VISUAL or EDITOR."
        )
    at = [f"+{line}"] if line and os.path.basename(words[0]) in TAKES_LINE else []
    return [*words, *at, str(file)]


def _usual() -> str:
    return "notepad" if sys.platform == "win32" else "vi"
