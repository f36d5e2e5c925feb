"""Two programs and one ledger: real processes, which are asked, stopped and killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGCONT, SIGSTOP

import pytest

from ssmtui.ledger.ledger import HeldElsewhere, Ledger
from ssmtui.ledger.record import Phase
from tests.support.wait import wait_until

HOLDER = """
import asyncio, sys
from pathlib import Path
from ssmtui.ledger.ledger import Ledger
from ssmtui.model import StartRequest

async def main():
    place = Path(sys.argv[1])
    ledger = Ledger(place / "ledger", place / "journal.jsonl")
    ledger.watch(lambda record_id: print("lost", record_id, flush=True))
    entry = ledger.begin(StartRequest("i-1"), title="theirs")
    await entry.begun()
    entry.answered("jane-1")
    until = 0
    while True:
        until += 256
        good = await entry.reserve(until - 256, until)
        print("reserved", entry.id, until, good, flush=True)
        await asyncio.sleep(0.005)

asyncio.run(main())
"""


@contextmanager
def holder(place: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another program, which reserves numbers of a session without end; the program and its record."""
    command = [sys.executable, "-c", HOLDER, str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().split()[1]
        finally:
            process.kill()


async def opened(place: Path) -> Ledger:
    ledger = Ledger(place / "ledger", place / "journal.jsonl")
    await ledger.open()
    return ledger


@pytest.mark.parametrize("round_", range(5))
async def test_a_program_that_is_killed_while_it_writes_leaves_a_whole_record(tmp_path: Path, round_: int) -> None:
    ledger = await opened(tmp_path)
    with holder(tmp_path) as (process, record_id):
        assert process.stdout is not None
        with pytest.raises(HeldElsewhere) as caught:
            await ledger.claim(record_id)
        assert caught.value.owner.pid == process.pid
        for _ in range(round_):
            process.stdout.readline()
        process.kill()
        told = process.stdout.read().split("\n")
        process.wait()
        (record,) = await ledger.survivors()
        assert ledger.trouble == ""
        assert (record.id, record.session_id, record.phase) == (record_id, "jane-1", Phase.OPEN)
        reserved = [int(line.split()[2]) for line in told if line.endswith("True")]
        assert record.high is not None
        assert record.high >= max(reserved, default=256), "what it was told to be on the disk is"
        entry = await ledger.claim(record_id)
        assert entry.record.title == "theirs"
    await ledger.close()


async def test_one_that_is_stopped_has_its_session_and_loses_it_to_who_insists(tmp_path: Path) -> None:
    ledger = await opened(tmp_path)
    with holder(tmp_path) as (process, record_id):
        assert process.stdout is not None
        process.send_signal(SIGSTOP)
        assert await ledger.survivors() == []
        entry = await ledger.claim(record_id, insist=True)
        assert entry.record.owner == ledger._store.owner_id
        process.send_signal(SIGCONT)
        lines = iter(process.stdout.readline, "")
        assert f"lost {record_id}\n" in lines, "it learns of it when it goes on"
        assert await entry.reserve(0, 10_000)
        assert await entry.holds()
        entry.detached(5, 6)
        await wait_until("it is left", lambda: entry.is_settled)
        assert [record.low for record in await ledger.survivors()] == [entry.record.low]
    await ledger.close()
