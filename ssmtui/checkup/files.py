"""The files that ssmtui keeps: settings, saved connections, what is remembered, the ledger and the journal of sessions,
known nodes, keepers, the log. They are read as the next run would read them, and nothing is changed. All of it blocks
but :func:`keepers`.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from ssmtui import __version__
from ssmtui.checkup.results import CheckupArea, Result
from ssmtui.config import settings
from ssmtui.config.memory import Memory
from ssmtui.config.paths import Paths
from ssmtui.config.settings import LoadedSettings
from ssmtui.diagnosis.findings import Verdict
from ssmtui.diagnosis.sentences import sentence, span
from ssmtui.errors import ConfigurationError
from ssmtui.inventory import cache
from ssmtui.keeper.client import KeeperClient, KeeperFacts
from ssmtui.ledger.store import RecordFiles

LITTLE_ROOM = 64 << 20
"""Bytes that are free where something is kept, from which on that is told."""
SHOWN = 5
"""Problems of one kind that are shown."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
MOST_FILES = 2_000
"""Files whose modes are looked at."""
LOG_TAIL = 200_000
"""Bytes of the log that are looked through."""


def check_settings(file: Path, environment: Mapping[str, str], *, is_named: bool) -> list[Result]:
    """The settings file, and the variables that stand beside it."""
    try:
        loaded = settings.load(file, environment, must_exist=is_named)
    except ConfigurationError as error:
        what = sentence(error.detail or error.title).removesuffix(".")
        fix = error.remedy or "Repair the file, or start with another one (--config)."
        return [Result(CheckupArea.SETTINGS, str(file), Verdict.BAD, what, "Until then ssmtui does not start.", fix)]
    results = [_settings(file, loaded)]
    for warning in loaded.warnings:
        what = sentence(warning).removesuffix(".")
        results.append(Result(CheckupArea.SETTINGS, str(file), Verdict.WARN, what))
    return results


def check(places: Paths, log: Path) -> list[Result]:
    """All other files."""
    looks: tuple[tuple[str, Callable[[], Result]], ...] = (
        ("connections", lambda: _connections(places)),
        ("memory", lambda: _remembered("memory", places.memory)),
        ("workspaces", lambda: _remembered("workspaces", places.workspaces)),
        ("ledger", lambda: _ledger(places)),
        ("journal", lambda: _journal(places)),
        ("known nodes", lambda: _cache(places.inventory)),
        ("log", lambda: _log(log)),
        ("privacy", lambda: _modes(places)),
        ("room", lambda: _room(places)),
    )
    results = []
    for name, look in looks:
        try:
            results.append(look())
        except OSError as error:
            what = f"It cannot be read: {error.strerror or error}"
            fix = "Make it readable for yourself: everything there is yours alone."
            results.append(_result(name, Verdict.WARN, what, str(error.filename or ""), fix))
    return results


async def keepers(client: KeeperClient | None) -> Result:
    """The keepers that hold sessions for this person."""
    if client is None:
        return _result("keeper", Verdict.OK, "Not asked here", is_note=True)
    found = await client.keepers()
    if not found:
        return _result("keeper", Verdict.OK, "None runs", is_note=True)
    old = [keeper for keeper in found if keeper.version != __version__]
    what = " and ".join(map(_keeper, found))
    if old:
        fix = "`ssmtui keep --stop` leaves its sessions alive; the next one is of this version."
        return _result("keeper", Verdict.WARN, f"{what}: of another version", "", fix)
    return _result("keeper", Verdict.OK, what)


def _keeper(keeper: KeeperFacts) -> str:
    count = len(keeper.sessions)
    sessions = "one session" if count == 1 else f"{count} sessions"
    return f"Keeper {keeper.pid} ({keeper.version}) holds {sessions}"


def _settings(file: Path, loaded: LoadedSettings) -> Result:
    names = sorted(loaded.origins)
    if not names:
        what = (
            "It is empty, so that all settings have their defaults"
            if file.exists()
            else "There is none: all settings have their defaults"
        )
        return Result(CheckupArea.SETTINGS, str(file), Verdict.OK, what)
    what = f"{_count(len(names), 'setting')} {'is' if len(names) == 1 else 'are'} set"
    return Result(CheckupArea.SETTINGS, str(file), Verdict.OK, what, f"{', '.join(names)}.")


def _connections(places: Paths) -> Result:
    from ssmtui.profiles import loading
    from ssmtui.profiles.shelves import DiskShelf

    loaded = loading.load(DiskShelf(places.profiles, places.shared_profiles), {})
    if loaded is None or not loaded.files:
        return _result("connections", Verdict.OK, "None are saved", str(places.profiles), is_note=True)
    profiles = loaded.profiles
    what = f"{_count(len(profiles.profiles), 'saved connection')} in {_count(len(loaded.files), 'file')}"
    problems = [f"{problem.place}: {problem.text}" for problem in profiles.problems]
    return _judged("connections", what, problems, "Edit the file; `ssmtui profiles` lists what is wrong in it.")


def _remembered(name: str, file: Path) -> Result:
    memory = Memory(file)
    memory.read("")
    if memory.trouble:
        return _result(name, Verdict.WARN, "What was remembered cannot be read", memory.trouble, "It starts empty.")
    if not file.exists():
        return _result(name, Verdict.OK, "Nothing is remembered yet", str(file), is_note=True)
    return _result(name, Verdict.OK, "It can be read", f"{file}, {_size(file.stat().st_size)}.")


def _ledger(places: Paths) -> Result:
    store = RecordFiles(places.ledger, places.journal)
    shelf = store.shelf()
    owners = {record.owner for record in shelf.records}
    running = {owner for owner in owners if store.running(owner) is not None}
    left = sum(record.owner not in running for record in shelf.records)
    if not shelf.records and not shelf.problems:
        return _result("ledger", Verdict.OK, "No session is open", str(places.ledger), is_note=True)
    what = f"{_count(len(shelf.records), 'session')} in it"
    if left:
        what += f"; {_count(left, 'session')} without a program, which `ssmtui attach` brings back"
    return _judged("ledger", what, shelf.problems, f"Remove the files that cannot be read from {places.ledger}.")


def _journal(places: Paths) -> Result:
    found = RecordFiles(places.ledger, places.journal).journalled()
    if not found.entries and not found.problems:
        return _result("journal", Verdict.OK, "No session has ended yet", str(places.journal), is_note=True)
    what = f"{_count(len(found.entries), 'session')} that {'is' if len(found.entries) == 1 else 'are'} over"
    fix = "Lines that cannot be read are left out of `ssmtui sessions --local`; the others stay."
    return _judged("journal", what, found.problems, fix)


def _cache(directory: Path) -> Result:
    found = cache.health(directory)
    if not found.files:
        return _result("known nodes", Verdict.OK, "None are kept yet", str(directory), is_note=True)
    age = f", the latest of {span(max(0.0, time.time() - found.newest))} ago" if found.newest is not None else ""
    what = f"{_count(found.nodes, 'node')} in {_count(found.files, 'file')}, {_size(found.size)}{age}"
    return _judged("known nodes", what, found.problems, "They are read from AWS again, and the files replaced.")


def _log(file: Path) -> Result:
    if not file.exists():
        return _result("log", Verdict.OK, "Nothing has been logged", str(file), is_note=True)
    tail = log_tail(file)
    defects = sum(" CRITICAL " in line or "Traceback (most recent" in line for line in tail)
    what = f"{_size(file.stat().st_size)}"
    if defects:
        fix = "`ssmtui doctor --bundle FILE` puts the end of it, scrubbed, into a file for a bug report."
        where = f"{file}."
        return _result("log", Verdict.WARN, f"{what}, with {_count(defects, 'defect')} of ssmtui", where, fix)
    return _result("log", Verdict.OK, what, f"{file}.")


def log_tail(file: Path) -> list[str]:
    """The last lines of the log; none where it cannot be read."""
    with suppress(OSError), file.open("rb") as stream:
        stream.seek(max(0, os.fstat(stream.fileno()).st_size - LOG_TAIL))
        return stream.read(LOG_TAIL).decode("utf-8", "replace").splitlines()
    return []


def _modes(places: Paths) -> Result:
    """What others could read, or put there."""
    if os.name == "nt":
        return _result("privacy", Verdict.OK, "Not looked at on this system", is_note=True)
    open_ones: list[str] = []
    kept = [places.state, places.data, places.cache, places.ledger, places.inventory, places.recordings]
    for directory in kept:
        with suppress(FileNotFoundError):
            if directory.lstat().st_mode & _OTHERS:
                open_ones.append(str(directory))
            open_ones += [str(path) for path in _open_files(directory)]
    for file in (places.settings, places.profiles):
        with suppress(FileNotFoundError):
            if file.stat().st_mode & _OTHERS_WRITE:
                open_ones.append(str(file))
    if not open_ones:
        return _result("privacy", Verdict.OK, "All is for yourself alone")
    shown = ", ".join(open_ones[:SHOWN]) + (f" and {len(open_ones) - SHOWN} more" if len(open_ones) > SHOWN else "")
    count = _count(len(open_ones), "file or directory", "files and directories")
    what = f"Other people of this machine may look into {count}"
    return _result("privacy", Verdict.WARN, what, f"{shown}.", "chmod -R go= on them.")


def _open_files(directory: Path) -> Iterable[Path]:
    with os.scandir(directory) as entries:
        for number, entry in enumerate(entries):
            if number >= MOST_FILES:
                return
            with suppress(OSError):
                seen = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(seen.st_mode) and seen.st_mode & _OTHERS:
                    yield Path(entry.path)


def _room(places: Paths) -> Result:
    """Whether what is kept can be written."""
    full, locked = [], []
    for directory in dict.fromkeys((places.state, places.cache, places.data)):
        there = next((each for each in (directory, *directory.parents) if each.exists()), None)
        if there is None:
            continue
        if not os.access(there, os.W_OK | os.X_OK):
            locked.append(str(there))
        elif shutil.disk_usage(there).free < LITTLE_ROOM:
            full.append(str(there))
    if locked:
        fix = "Make it writable, or name another place by XDG_STATE_HOME, XDG_CACHE_HOME and XDG_DATA_HOME."
        what = f"Nothing can be written in {' and '.join(locked)}: what is remembered ends with the program"
        return _result("room", Verdict.WARN, what, "", fix)
    if full:
        what = f"Less than {_size(LITTLE_ROOM)} are free in {' and '.join(full)}"
        return _result("room", Verdict.WARN, what, "", "Free some space there.")
    return _result("room", Verdict.OK, "There is room, and it can be written")


def _judged(name: str, what: str, problems: Iterable[str], fix: str) -> Result:
    found = list(problems)
    if not found:
        return _result(name, Verdict.OK, what)
    more = f" And {len(found) - SHOWN} more." if len(found) > SHOWN else ""
    what = f"{what}; {_count(len(found), 'problem')}"
    return _result(name, Verdict.WARN, what, " ".join(map(sentence, found[:SHOWN])) + more, fix)


def _size(size: int) -> str:
    if size < 1 << 20:
        return f"{max(1, size >> 10)} kB" if size else "empty"
    return f"{size / (1 << 20):.0f} MB"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _result(
    name: str, verdict: Verdict, what: str, evidence: str = "", fix: str = "", *, is_note: bool = False
) -> Result:
    return Result(CheckupArea.FILES, name, verdict, what, evidence, fix, is_note=is_note)
