"""The engines' host without what ``ghostty_mending`` does, so that what killed the library kills it still."""

from __future__ import annotations

from collections.abc import Iterator

from ssmtui.terminal import host
from ssmtui.terminal.ghostty_mending import Mender


def _as_they_are(self: Mender, data: bytes) -> Iterator[bytes]:
    yield data


if __name__ == "__main__":
    Mender.pieces = _as_they_are  # type: ignore[method-assign]
    host.main()
