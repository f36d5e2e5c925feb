"""Feeds the real host process hostile output in several sessions at once, and counts what becomes of it.

    python -m tests.fuzz.campaign --megabytes 2200 --seed 1 --engine ghostty --keep FOLDER

Beside the sessions that are fuzzed stands one that is not: after every death of the host its screen must be back as it
was. What killed the host is kept in FOLDER, to be made small by ``tests.fuzz.minimise``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from ssmtui.model import TerminalSize
from ssmtui.sessions.engine_host import EngineHost, EnginePane
from ssmtui.sessions.engine_tail import SNAPSHOT_ANYWAY
from ssmtui.sessions.host_process import HostDied, HostProcess
from ssmtui.tasks import Tasks
from ssmtui.terminal import engines
from tests.fuzz.actions import Action, Feed, Look, Refill, Remember, Resize, Rest, Scroll, dump
from tests.fuzz.kinds import KINDS, life
from tests.support.bench import Nobody
from tests.support.wait import wait_until

LIFE = 1 << 20
"""Bytes that one terminal is fed before it is closed and another begins."""
SIZE = TerminalSize(80, 24)
SCROLLBACK = 1000
KILL_EVERY = 40 << 20
"""Bytes after which the host is killed from outside, so that living terminals are restored in the midst of it all."""
REPORT_EVERY = 60.0
QUIET_SCREEN = b"".join(b"\x1b[%d;1H\x1b[3%dmnobody touches line %d\x1b[m" % (n, n % 8, n) for n in range(1, 25))


@dataclass
class Death:
    """One end of the host."""

    suspect: int | None
    """Key of the session whose message it had not answered; None when it was killed from outside."""
    how: str
    back: float = 0.0
    """Seconds until every screen was back."""


@dataclass
class Tally:
    """What has happened so far."""

    fed: Counter[str] = field(default_factory=Counter)
    """Bytes by kind."""
    actions: Counter[str] = field(default_factory=Counter)
    sessions: int = 0
    deaths: list[Death] = field(default_factory=list)
    quarantined: int = 0
    killed: int = 0
    """Deaths from outside."""
    slow: int = 0
    changed_screens: int = 0
    """Deaths after which the quiet session's screen was another than before."""
    peak: int = 0
    """The host's memory in bytes, at most."""
    seconds: float = 0.0

    @property
    def total(self) -> int:
        """Bytes in all."""
        return self.fed.total()

    def lines(self) -> dict[str, object]:
        """For the log."""
        own = [death for death in self.deaths if death.suspect is not None]
        back = [round(death.back, 3) for death in self.deaths]
        return {
            "MB": round(self.total / 1e6, 1),
            "seconds": round(self.seconds),
            "sessions": self.sessions,
            "deaths": Counter(death.how for death in own),
            "killed from outside": self.killed,
            "quarantined": self.quarantined,
            "slow messages": self.slow,
            "changed screens": self.changed_screens,
            "slowest return": max(back, default=0.0),
            "returns over a second": sum(seconds > 1 for seconds in back),
            "peak MB": round(self.peak / 1e6),
            "MB by kind": {kind: round(size / 1e6, 1) for kind, size in sorted(self.fed.items())},
            "other actions": dict(self.actions),
        }


def peak_memory(pid: int) -> int:
    """The most memory that a process has had resident, in bytes; 0 when it is gone (Linux)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


class WatchedHost(EngineHost):
    """Tells of each death whom the host worked for."""

    def __init__(self, engine: str, log: Path) -> None:
        command = [sys.executable, "-s", "-P", "-m", "tests.fuzz.watched_host", str(log), engine]
        super().__init__(engine, command=command)
        self.buried: list[Death] = []

    def _bury(self, process: HostProcess) -> None:
        code = process._process.returncode or 0
        how = "hung" if process.hung else signal.Signals(-code).name if code < 0 else f"exit {code}"
        self.buried.append(Death(process.suspect, how))
        super()._bury(process)


async def do(host: EngineHost, pane: EnginePane, action: Action) -> None:
    """Do ``action`` as a session would. What becomes of it is the host's affair."""
    match action:
        case Feed(data):
            pane.feed(data)
        case Resize(cols, rows):
            pane.resize(TerminalSize(cols, rows))
        case Scroll(lines):
            pane.scroll(lines)
        case Rest():
            pane.rest()
        case Look():
            await pane.frame(0)
        case Remember():
            pane._chores.tick(SNAPSHOT_ANYWAY + 1)
            host.wake(pane)


class _Sink(Nobody):
    def __init__(self) -> None:
        self.notices = 0

    def notice(self, text: str) -> None:
        self.notices += 1


class Campaign:
    """Use :meth:`run`."""

    def __init__(
        self,
        engine: str,
        seed: int,
        keep: Path | None,
        *,
        sessions: int = 4,
        life_size: int = LIFE,
        kill_every: int = KILL_EVERY,
    ) -> None:
        self.tally = Tally()
        self._engine = engine
        self._seed = seed
        self._keep = keep
        self._sessions = sessions
        self._life_size = life_size
        self._kill_every = kill_every
        self._panes: dict[int, EnginePane] = {}
        self._journals: dict[int, list[Action]] = {}
        self._kinds: dict[int, str] = {}
        self._saved: set[tuple[int, str]] = set()
        self._last_key = 0
        self._next_kill = kill_every

    async def run(self, size: int) -> Tally:
        """Feed ``size`` bytes in all."""
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            self._log = Path(folder) / "slow"
            self._host = WatchedHost(self._engine, self._log)
            await self._host.start()
            self._quiet = self._host.open(0, SIZE, SCROLLBACK, _Sink())
            self._quiet.feed(QUIET_SCREEN)
            self._picture = (await self._quiet.frame(0)).rows
            tasks = Tasks("fuzz")
            try:
                workers = [tasks.start(f"session {n}", self._work(n, size)) for n in range(self._sessions)]
                reporter = tasks.start("report", self._report(began))
                await asyncio.gather(*workers)
                reporter.cancel()
            finally:
                await tasks.close()
                await self._host.close()
            self._read_log()
        self.tally.seconds = time.monotonic() - began
        return self.tally

    async def _report(self, began: float) -> None:
        while True:
            await asyncio.sleep(REPORT_EVERY)
            self.tally.seconds = time.monotonic() - began
            self._read_log()
            print(json.dumps(self.tally.lines()), flush=True)

    async def _work(self, number: int, size: int) -> None:
        """Terminals one after another, each of another kind."""
        chance = Random(f"{self._seed} {number}")
        while self.tally.total < size:
            self._last_key += 1
            self.tally.sessions += 1
            kind = list(KINDS)[(self.tally.sessions - 1) % len(KINDS)]
            await self._live(self._last_key, kind, chance, min(self._life_size, size - self.tally.total))

    async def _live(self, key: int, kind: str, chance: Random, size: int) -> None:
        sink = _Sink()
        pane = self._host.open(key, SIZE, SCROLLBACK, sink)
        self._panes[key], self._journals[key], self._kinds[key] = pane, [], kind
        for action in life(kind, chance, size):
            self._journals[key].append(action)
            if isinstance(action, Feed):
                self.tally.fed[kind] += len(action.data)
            else:
                self.tally.actions[type(action).__name__.lower()] += 1
            await self._do(pane, action)
            if sink.notices:
                self.tally.quarantined += 1
                self._save(key, "quarantined")
                break
        self._measure()
        pane.close()
        del self._panes[key], self._journals[key], self._kinds[key]

    async def _do(self, pane: EnginePane, action: Action) -> None:
        await do(self._host, pane, action)
        if self.tally.total > self._next_kill:
            self._kill()
        try:
            await self._host.ask({"do": "ping"}, pane.key)
        except HostDied:
            await self._outlive()

    def _kill(self) -> None:
        self._next_kill += self._kill_every
        if self._host.pid is not None:
            self.tally.killed += 1
            os.kill(self._host.pid, signal.SIGKILL)

    async def _outlive(self) -> None:
        """The host has died: note why, and wait until the screens are back."""
        began = time.monotonic()
        await wait_until("another host", lambda: self._host.pid is not None)
        new, self._host.buried = self._host.buried, []
        for death in new:  # before the journals go on
            if death.how == "SIGKILL":
                death.suspect = None
            elif death.suspect is not None:
                self._save(death.suspect, death.how)
        for journal in self._journals.values():
            journal.append(Refill())
        suspects = {death.suspect for death in new}
        others = [pane for key, pane in self._panes.items() if key not in suspects]
        frame, *_ = await asyncio.gather(self._quiet.frame(0), *(pane.frame(0) for pane in others))
        self.tally.changed_screens += frame.rows != self._picture
        for death in new:
            death.back = time.monotonic() - began
            self.tally.deaths.append(death)

    def _save(self, key: int, how: str) -> None:
        """Keep what the session of ``key`` has gone through."""
        if key in self._journals and (key, how) not in self._saved:
            self._saved.add((key, how))
            name = f"{self._engine}-{self._seed}-{key}-{self._kinds[key]}-{how}"
            print(f"{name}: {self.tally.total / 1e6:.1f} MB fed", flush=True)
            if self._keep is not None:
                (self._keep / f"{name}.txt").write_text(dump(self._journals[key]))

    def _measure(self) -> None:
        if self._host.pid is not None:
            self.tally.peak = max(self.tally.peak, peak_memory(self._host.pid))

    def _read_log(self) -> None:
        """Messages that took the host long."""
        if self._log.exists():
            lines = self._log.read_text().splitlines()
            self._log.write_text("")
            self.tally.slow += len(lines)
            for line in lines:
                slow = json.loads(line)
                print("slow", self._kinds.get(slow["key"], "?"), line, flush=True)
                self._save(slow["key"], f"slow-{slow['do']}")


def main() -> None:
    """One campaign; its figures are printed each minute, and at the end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=engines.NAMES, default=engines.GHOSTTY)
    parser.add_argument("--sessions", type=int, default=4)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    campaign = Campaign(options.engine, options.seed, options.keep, sessions=options.sessions)
    tally = asyncio.run(campaign.run(options.megabytes * 1_000_000))
    print(json.dumps(tally.lines(), indent=2))


if __name__ == "__main__":
    main()
