"""Which parameters of a document may hold a secret, by their names: these values are neither kept nor shown in full."""

from __future__ import annotations

import re

_NAMES = re.compile(r"pass|pwd|secret|token|credential|private|api_?key|access_?key|\bpin\b", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """Whether what has that name, a parameter, may be a secret: it is neither kept nor shown in full."""
    return _NAMES.search(name) is not None
