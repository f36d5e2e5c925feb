"""The engines' host without what ``ghostty_repair`` does, so that what killed the library kills it still."""

from __future__ import annotations

from collections.abc import Iterator

from ssmtui.terminal import host
from ssmtui.terminal.ghostty_repair import StreamRepair


def _as_they_are(self: StreamRepair, data: bytes) -> Iterator[bytes]:
    yield data


if __name__ == "__main__":
    StreamRepair.pieces = _as_they_are  # type: ignore[method-assign]  # the host has no switch for it
    host.main()
