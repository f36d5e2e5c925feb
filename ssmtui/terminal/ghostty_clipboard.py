"""What a program writes to the clipboard, as libghostty hands it over."""

from __future__ import annotations

from typing import Any

from ssmtui.terminal.engine import MAX_CLIPBOARD
from ssmtui.terminal.ghostty_abi import ffi

_PLAIN = b"text/plain"


def written_text(write: Any) -> bytes | None:
    """The plain text of a ``GhosttyClipboardWrite``; None when there is none, or too much. The write is not replied to:
    whether the person lets it through is not for the program to know."""
    for index in range(write.contents_len):
        content = write.contents[index]
        if 0 < content.data.len <= MAX_CLIPBOARD and _bytes(content.mime) == _PLAIN:
            return _bytes(content.data)
    return None


def _bytes(string: Any) -> bytes:
    return bytes(ffi.buffer(string.ptr, string.len))
