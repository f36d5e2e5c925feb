"""The last known nodes of each scope on the disk, so that the next run has something to show at once.

A file a scope: a head that says what it is, the nodes in blocks, and a checksum over all. A file that is half written,
cut, edited, of another release or too large is not used, which is logged, and is replaced by the next one. Two programs
may run at once: a file is only ever replaced as a whole.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ssmtui.config.files import TooLarge, read_state, replace_private
from ssmtui.inventory.cache_format import BLOCK, BadBlock, decode, encode
from ssmtui.inventory.merging import in_order
from ssmtui.inventory.node_rows import tie_of
from ssmtui.model import Node, Scope

log = logging.getLogger(__name__)

VERSION = 2
MAX_BYTES = 128 << 20
"""Bytes of one file: half a million nodes."""
MAX_TOTAL = 512 << 20
"""Bytes of all files; those not written for longest go first."""
MAX_AGE = 90 * 86_400.0
"""Seconds after which a file that was not written again is removed."""
DRAFT_AGE = 3_600.0
"""Seconds after which a draft must be that of a killed program."""

SUFFIX = ".nodes"
_HEAD_LIMIT = 10_000
_BREATH = 0.001
"""Seconds of pause between two blocks that are encoded, so that the screen's thread goes on."""


@dataclass(frozen=True, slots=True)
class CachedNodes:
    """What is known of a scope from an earlier time."""

    refreshed_at: float
    """Wall time of the listing, in seconds since the epoch."""
    account: str
    """Whose nodes these are; empty where that was not known."""
    alias: str
    content: bytes
    """The file."""
    start: int
    """Where in it the first block begins."""
    end: int
    """Where the last one ends."""

    def nodes(self) -> Iterator[list[Node]]:
        """The nodes a block at a time, a few milliseconds each; an invalid block is left out, which is logged."""
        start = self.start
        while start < self.end:
            after = self.content.find(b"\n", start) + 1
            try:
                yield decode(self.content[start:after])
            except BadBlock as error:
                log.warning("some nodes are not taken from the cache: %s", error)
            start = after


class CacheHealth(NamedTuple):
    """How the files are, for people."""

    files: int = 0
    nodes: int = 0
    size: int = 0
    """Bytes of all of them."""
    newest: float | None = None
    """Wall time of the latest listing, in seconds since the epoch."""
    problems: tuple[str, ...] = ()
    """Files that are not used, or not in whole, a sentence each."""


def health(directory: Path) -> CacheHealth:
    """Read all files as the next run would. Blocks, for seconds where there are hundreds of thousands of nodes; raises
    OSError where the directory cannot be read."""
    found = CacheHealth()
    try:
        files = sorted(path for path in directory.iterdir() if path.suffix == SUFFIX)
    except FileNotFoundError:
        return found
    for file in files:
        problems, nodes = list(found.problems), found.nodes
        try:
            status = file.stat()
            content = read_state(file, MAX_BYTES)
            start, end = _bounds(content)
            blocks = content[start:end].splitlines()
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            problems.append(f"{file.name} is not used: {getattr(error, 'strerror', None) or error}.")
            found = found._replace(files=found.files + 1, problems=tuple(problems))
            continue
        broken = 0
        for block in blocks:
            try:
                nodes += len(decode(block))
            except BadBlock:
                broken += 1
        if broken:
            problems.append(f"{file.name}: {broken} of {len(blocks)} blocks of nodes cannot be read.")
        newest = max(found.newest or 0.0, status.st_mtime)
        found = CacheHealth(found.files + 1, nodes, found.size + status.st_size, newest, tuple(problems))
    return found


class NodeCache:
    """The directory of the files. All calls block, and any thread may make them; none of them raises."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def load(self, scope: Scope, account: str = "") -> CachedNodes | None:
        """What is kept of ``scope``, or None. ``account`` names the file of a scope without an AWS profile."""
        file = self._file(scope, account)
        try:
            content = read_state(file, MAX_BYTES)
            refreshed_at = file.stat().st_mtime
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("the cache file %s is not used: %s", file, error)
            return None
        try:
            return _parsed(content, scope, min(refreshed_at, time.time()))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            log.warning("the cache file %s is not used: %s", file, error)
            return None

    def save(self, scope: Scope, account: str, alias: str, nodes: Sequence[Node], refreshed_at: float) -> bool:
        """Keep ``nodes``, which were listed at ``refreshed_at``; whether that was possible."""
        head = {"ssmtui": "nodes", "version": VERSION, "scope": _named(scope), "account": account, "alias": alias}
        file = self._file(scope, account)
        try:
            # Piece by piece, for all of them are tens of megabytes.
            replace_private(file, _pieces(json.dumps(head).encode() + b"\n", _by_name(nodes)))
            os.utime(file, (refreshed_at, refreshed_at))
            self._prune(file)
        except OSError as error:
            log.warning("the nodes of %s are not kept: %s", scope, error)
            return False
        return True

    def touch(self, scope: Scope, account: str, refreshed_at: float) -> None:
        """Note that a listing at ``refreshed_at`` found what is kept of ``scope``."""
        with suppress(OSError):
            os.utime(self._file(scope, account), (refreshed_at, refreshed_at))

    def _file(self, scope: Scope, account: str) -> Path:
        # Named by a digest, for an AWS profile may be called anything.
        named = json.dumps([*_named(scope), "" if scope.aws_profile is not None else account])
        return self.directory / (hashlib.sha256(named.encode()).hexdigest()[:32] + SUFFIX)

    def _prune(self, newest: Path) -> None:
        """Remove what is old, and the oldest of what is too much."""
        now, total = time.time(), 0
        found = [(path.stat(), path) for path in self.directory.iterdir() if path.is_file()]
        for status, path in sorted(found, key=lambda one: one[0].st_mtime, reverse=True):
            age = now - status.st_mtime
            if path.suffix == SUFFIX:
                total += status.st_size
                is_needless = path != newest and (total > MAX_TOTAL or age > MAX_AGE)
            else:
                is_needless = path.suffix == ".new" and age > DRAFT_AGE
            if is_needless:
                with suppress(OSError):
                    path.unlink()


def _pieces(head: bytes, nodes: Sequence[Node]) -> Iterator[bytes]:
    """What a file is made of; raises :class:`ssmtui.config.files.TooLarge` for one that would not be read."""
    yield head
    size, checksum = len(head), zlib.crc32(head)
    for start in range(0, len(nodes), BLOCK):
        block = encode(nodes[start : start + BLOCK])
        size += len(block)
        if size > MAX_BYTES - _HEAD_LIMIT:
            raise TooLarge(f"more than {MAX_BYTES:,} bytes")
        checksum = zlib.crc32(block, checksum)
        yield block
        time.sleep(_BREATH)
    yield b"%08x\n" % checksum


def _by_name(nodes: Sequence[Node]) -> Sequence[Node]:
    """In the order in which they are shown at first: what is read first is on the screen, and stays there."""
    steps = in_order(nodes, tie_of)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            found: list[Node] = done.value
            return found


def _named(scope: Scope) -> list[Any]:
    return [scope.aws_profile, scope.region, scope.endpoint_url, scope.organization]


def _parsed(content: bytes, scope: Scope, refreshed_at: float) -> CachedNodes:
    """Raises ValueError, TypeError, KeyError or RecursionError for anything but a whole file of ours."""
    start, end = _bounds(content)
    head = json.loads(content[: min(start, _HEAD_LIMIT)])
    if head["scope"] != _named(scope):
        raise ValueError("it is another scope's")
    account, alias = head["account"], head["alias"]
    if not isinstance(account, str) or not isinstance(alias, str):
        raise TypeError("its account is not a string")
    return CachedNodes(refreshed_at, account, alias, content, start, end)


def _bounds(content: bytes) -> tuple[int, int]:
    """Where the first block begins and the last one ends, of a whole file of this release; raises as ``_parsed``."""
    end = content.rfind(b"\n", 0, -1) + 1
    if content[end:] != b"%08x\n" % zlib.crc32(memoryview(content)[:end]):
        raise ValueError("it is not whole")
    start = content.find(b"\n", 0, end) + 1
    head = json.loads(content[: min(start, _HEAD_LIMIT)])
    if (head["ssmtui"], head["version"]) != ("nodes", VERSION):
        raise ValueError("it is another release's")
    return start, end
