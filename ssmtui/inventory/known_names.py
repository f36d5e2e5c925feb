"""Names and ids of the nodes that earlier runs have listed, found in the cache without taking in all of it.

For completion in a shell, which a person waits for at each press of Tab: only blocks are decoded that have something
which begins as it was typed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ssmtui.inventory.cache_format import BadBlock, names

SUFFIX = ".nodes"
MAX_BYTES = 64 << 20
"""Of all files that are looked through, the newest first."""
_HEAD_LIMIT = 10_000


def known_names(
    directory: Path, begins: str, aws_profile: str | None = None, region: str | None = None
) -> Iterator[tuple[str, str]]:
    """Names with their ids, and ids with their names, that begin with ``begins``: of all scopes, or of those of an AWS
    profile or a region. Nothing is raised for a file that cannot be used."""
    # A text begins with its quotes, whatever it is the value of.
    mark = json.dumps(begins)[:-1].encode()
    left = MAX_BYTES
    for file in _files(directory):
        left -= file.stat().st_size
        if left < 0:
            return
        try:
            with file.open("rb") as stream:
                if not _is_of(stream.readline(_HEAD_LIMIT), aws_profile, region):
                    continue
                for line in stream:
                    if mark in line:
                        yield from _found(line, begins)
        except OSError:
            continue


def _files(directory: Path) -> list[Path]:
    try:
        found = [(file.stat().st_mtime, file) for file in directory.iterdir() if file.suffix == SUFFIX]
    except OSError:
        return []
    return [file for _, file in sorted(found, reverse=True)]


def _found(line: bytes, begins: str) -> Iterator[tuple[str, str]]:
    try:
        known = names(line)
    except BadBlock:
        # The checksum at the end, or a file that is none of ours.
        return
    for node_id, name in known:
        if name and name.startswith(begins):
            yield name, node_id
    for node_id, name in known:
        if node_id.startswith(begins):
            yield node_id, name


def _is_of(head: bytes, aws_profile: str | None, region: str | None) -> bool:
    try:
        scope = json.loads(head)["scope"]
        return aws_profile in (None, scope[0]) and region in (None, scope[1])
    except (ValueError, LookupError, TypeError, RecursionError):
        return False
