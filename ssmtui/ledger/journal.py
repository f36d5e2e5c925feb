"""The journal of sessions: a line of JSON for each that is over, for people who have to account for them.

It is written by every ssmtui of its owner and may be read while they write. It is bounded: a full file is put aside as
``NAME.1``, and the oldest of those goes. Everything here blocks.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ssmtui.config.files import lock_of, locked, read_state
from ssmtui.ledger.record import Ending, LedgerRecord, Phase
from ssmtui.private_file import make_private, open_private

log = logging.getLogger(__name__)

MAX_FILE = 4 << 20
"""Bytes of one file: some 6,000 sessions."""
KEPT = 4
"""Files that are put aside."""
MAX_LINE = 32 << 10
"""Bytes of one line; nothing longer was written by this program."""
MAX_TEXT = 1_000
"""Characters of one text of a line."""
SHORT_TEXT = 100
"""The same where the line would be too long."""
PATIENCE = 2.0
"""Seconds that another program may hold the journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One session, as an auditor asks: who, where, when, why, how long, and how it ended. Times are in seconds since
    the epoch. What it says comes from AWS, from nodes and from a file: untrusted."""

    id: str
    """Of its record, the same in the ledger and here."""
    session_id: str = ""
    """Empty where StartSession has not answered."""
    who: str = ""
    """ARN of the person whose session it was; empty where that is not known."""
    begun_by: str = ""
    """ARN of who began it, where that was another client and it was taken over here; empty elsewhere."""
    account: str = ""
    aws_profile: str = ""
    """Empty for the credentials of environment or machine."""
    region: str = ""
    node: str = ""
    """The target: the node's id."""
    node_name: str = ""
    title: str = ""
    document: str = ""
    """Empty for the account's default shell, and for a shell in a container."""
    access: str = "shell"
    """``shell``, ``document``, ``port`` or ``container``."""
    reason: str = ""
    started: float = 0.0
    ended: float | None = None
    """None while it lives, and where nobody saw it end."""
    duration: float | None = None
    """Seconds, by a clock that does not jump where one program saw all of it; None where nobody saw it end."""
    how: str = ""
    """How it ended, in the words of :class:`ssmtui.ledger.record.Ending`; of one that lives, how far it is."""
    exit_code: int | None = None
    detail: str = ""
    """What the node or the service said of it."""

    @property
    def live(self) -> bool:
        """Whether it is over only as far as nobody knows better: it comes from the ledger and not from the journal."""
        return self.how in _LIVE

    def as_json(self) -> dict[str, object]:
        """As its line in the journal has it: times in ISO 8601, UTC, and nothing that is empty."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        for name in ("started", "ended"):
            found[name] = _iso(found[name])
        if self.duration is not None:
            found["duration"] = round(self.duration, 3)
        return {name: value for name, value in found.items() if value not in ("", None)}


LEFT_BEHIND = "left behind"
"""Of a session whose program is gone without having ended it."""
_LIVE = frozenset({*(phase.value for phase in Phase), LEFT_BEHIND})
_ENDINGS = frozenset(ending.value for ending in Ending)


class LocalSessions(NamedTuple):
    """What this machine knows of sessions that were started on it."""

    entries: tuple[JournalEntry, ...]
    """The latest first."""
    problems: tuple[str, ...] = ()
    """What could not be read, a sentence each."""


def entry_of(
    record: LedgerRecord,
    how: str,
    *,
    ended: float | None = None,
    duration: float | None = None,
    exit_code: int | None = None,
    detail: str = "",
) -> JournalEntry:
    """What the journal says of the session of ``record``."""
    request, scope = record.request, record.request.scope
    if record.port:
        access = "port"
    elif request.container is not None:
        access = "container"
    else:
        access = "shell" if request.is_default_shell else "document"
    return JournalEntry(
        id=record.id,
        session_id=record.session_id,
        who=record.identity,
        begun_by=record.begun_by,
        account=record.account,
        aws_profile=(scope.aws_profile or "") if scope else "",
        region=scope.region if scope else "",
        node=request.target,
        node_name=record.node_name,
        title=record.title,
        document=request.document_name or "",
        access=access,
        reason=request.reason or "",
        started=record.started,
        ended=ended,
        duration=duration,
        how=how,
        exit_code=exit_code,
        detail=detail,
    )


class SessionJournal:
    """The journal's files. Any thread may call this."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def append(self, entry: JournalEntry) -> None:
        """Write one line, all of it or nothing, and have it on the disk. Raises OSError."""
        line = _line(entry)
        make_private(self._file.parent)
        with locked(lock_of(self._file), PATIENCE):
            self._rotate(len(line))
            descriptor = open_private(self._file)
            try:
                size = os.fstat(descriptor).st_size
                if size and not _ends_a_line(self._file, size):  # it was cut off when its program was killed
                    line = b"\n" + line
                try:
                    _write(descriptor, line)
                except OSError:
                    # On a full disk a piece of a line would be what the next one is appended to.
                    with suppress(OSError):
                        os.truncate(self._file, size)
                    raise
            finally:
                os.close(descriptor)

    def read(self) -> LocalSessions:
        """What is in the files, the latest first, each session once. Never raises."""
        found: dict[str, JournalEntry] = {}
        problems: list[str] = []
        for file in reversed(self._files()):
            damaged = 0
            try:
                for line in _lines(read_state(file, 2 * MAX_FILE)):
                    entry = _decoded(line)
                    if entry is None:
                        damaged += 1
                    else:
                        # A program that was killed between the two files may have journalled a session twice.
                        found.pop(entry.id, None)
                        found[entry.id] = entry
            except FileNotFoundError:
                continue
            except OSError as error:
                problems.append(f"{file} cannot be read: {error.strerror or error}.")
            if damaged:
                lines = "1 line" if damaged == 1 else f"{damaged:,} lines"
                problems.append(f"{file}: {lines} cannot be read and {'is' if damaged == 1 else 'are'} left out.")
        return LocalSessions(tuple(reversed(found.values())), tuple(problems))

    def _files(self) -> list[Path]:
        """The file that is written to, then those that are put aside, the latest first."""
        return [self._file, *(self._file.with_name(f"{self._file.name}.{number}") for number in range(1, KEPT + 1))]

    def _rotate(self, more: int) -> None:
        try:
            size = self._file.lstat().st_size
        except FileNotFoundError:
            return
        if size + more <= MAX_FILE:
            return
        files = self._files()
        for older, newer in zip(reversed(files[1:]), reversed(files[:-1]), strict=True):
            with suppress(FileNotFoundError):
                newer.replace(older)


def _line(entry: JournalEntry) -> bytes:
    line = _cut(entry, MAX_TEXT)
    return line if len(line) <= MAX_LINE else _cut(entry, SHORT_TEXT)


def _cut(entry: JournalEntry, most: int) -> bytes:
    facts = entry.as_json()
    for name, value in facts.items():
        if isinstance(value, str) and len(value) > most:
            facts[name] = value[: most - 1] + "…"
    return json.dumps(facts).encode() + b"\n"


def _write(descriptor: int, line: bytes) -> None:
    left = memoryview(line)
    while left:
        left = left[os.write(descriptor, left) :]
    os.fsync(descriptor)


def _ends_a_line(file: Path, size: int) -> bool:
    with file.open("rb") as stream:
        stream.seek(size - 1)
        return stream.read(1) == b"\n"


def _lines(content: bytes) -> Iterator[bytes]:
    return (line for line in content.split(b"\n") if line.strip())


def _decoded(line: bytes) -> JournalEntry | None:
    """The entry of a line that anybody may have written; None for what is none."""
    if len(line) > MAX_LINE:
        return None
    try:
        facts = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(facts, dict) or facts.get("how") not in _ENDINGS:
        return None
    started = _time(facts.get("started"))
    if not isinstance(facts.get("id"), str) or started is None:
        return None
    texts = {
        each.name: value[:MAX_TEXT]
        for each in fields(JournalEntry)
        if each.type == "str" and isinstance(value := facts.get(each.name), str)
    }
    duration, code = _number(facts.get("duration"), 1e11), _number(facts.get("exit_code"), 1 << 33)
    return JournalEntry(
        **texts,
        started=started,
        ended=_time(facts.get("ended")),
        duration=duration if duration is not None and duration >= 0 else None,
        exit_code=int(code) if code is not None else None,
    )


def _number(value: object, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= most:
        return None
    return float(value)


def _iso(at: float | None) -> str | None:
    if at is None:
        return None
    try:
        return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    except (OverflowError, OSError, ValueError):
        return datetime.fromtimestamp(0, UTC).isoformat(timespec="milliseconds")


def _time(text: object) -> float | None:
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.timestamp() if at.tzinfo is not None else None
