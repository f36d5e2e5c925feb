"""Several runs over one ledger, in any order of what may happen to them: each session has one owner, none is lost, and
each that is over is in the journal once."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ssmtui.ledger.entry import Entry
from ssmtui.ledger.journal import SessionJournal
from ssmtui.ledger.ledger import HeldElsewhere, Ledger, NoSuchRecord
from ssmtui.ledger.record import BLOCK, Ending, Phase
from ssmtui.ledger.store import RecordFiles
from ssmtui.model import StartRequest
from tests.support.wait import wait_until

MOST_RUNS = 3
MOSTLY = st.sampled_from([True, True, True, False])


class _Session:
    """What must be true of one session."""

    def __init__(self, number: int, holder: Ledger | None) -> None:
        self.session_id = f"jane-{number}"
        self.holder = holder
        self.entry: Entry | None = None
        self.phase = Phase.OPEN
        self.high = BLOCK
        self.over = ""


class Runs(RuleBasedStateMachine):
    """Runs that start, are killed, and quit, and the sessions that they have."""

    @initialize()
    def begin_the_world(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="ssmtui-test-ledger-"))
        self.loop = asyncio.new_event_loop()
        self.runs: list[Ledger] = []
        self.sessions: dict[str, _Session] = {}
        self.lost: list[str] = []
        self.expected_lost: list[str] = []
        for _ in range(2):
            self.start_a_run()
            self.start_one_in(self.runs[-1])
            self.start_one_in(self.runs[-1])

    def teardown(self) -> None:
        if hasattr(self, "path"):
            for ledger in tuple(self.runs):
                self.loop.run_until_complete(ledger.close())
            self.loop.close()
            shutil.rmtree(self.path)

    def wait(self, *entries: Entry | None) -> None:
        self.loop.run_until_complete(
            wait_until("all is written", lambda: all(entry.is_settled for entry in entries if entry is not None))
        )

    def pick(self, data: st.DataObject, *, alive: bool = True, held: bool | None = None) -> tuple[str, _Session] | None:
        fitting = [
            (record_id, each)
            for record_id, each in self.sessions.items()
            if bool(each.over) is not alive and (held is None or (each.holder is not None) is held)
        ]
        return data.draw(st.sampled_from(fitting)) if fitting else None

    @precondition(lambda self: len(self.runs) < MOST_RUNS)
    @rule()
    def start_a_run(self) -> None:
        ledger = Ledger(self.path / "ledger", self.path / "journal.jsonl")
        self.loop.run_until_complete(ledger.open())
        self.loop.run_until_complete(self._watched(ledger))
        self.runs.append(ledger)

    async def _watched(self, ledger: Ledger) -> None:
        ledger.watch(self.lost.append)

    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def start_a_session(self, data: st.DataObject) -> None:
        self.start_one_in(data.draw(st.sampled_from(self.runs)))

    def start_one_in(self, ledger: Ledger) -> None:
        session = _Session(len(self.sessions), ledger)

        async def start() -> Entry:
            entry = ledger.begin(StartRequest("i-1"))
            assert await entry.begun()
            entry.answered(session.session_id)
            return entry

        session.entry = self.loop.run_until_complete(start())
        self.wait(session.entry)
        self.sessions[session.entry.id] = session

    @rule(data=st.data(), more=st.integers(1, 300))
    def reserve(self, data: st.DataObject, more: int) -> None:
        if (picked := self.pick(data, held=True)) is None:
            return
        entry = picked[1].entry
        assert entry is not None
        picked[1].high += more

        async def reserve() -> bool:
            return await entry.reserve(0, picked[1].high)

        assert self.loop.run_until_complete(reserve())

    @rule(data=st.data())
    def leave_alive(self, data: st.DataObject) -> None:
        if (picked := self.pick(data, held=True)) is None:
            return
        session = picked[1]
        assert session.entry is not None
        self.loop.run_until_complete(_called(lambda: session.entry.detached(0, 0)))  # type: ignore[union-attr]
        self.wait(session.entry)
        session.entry, session.holder, session.phase = None, None, Phase.DETACHED

    @rule(data=st.data(), how=st.sampled_from([Ending.PERSON, Ending.NODE]))
    def end(self, data: st.DataObject, how: Ending) -> None:
        if (picked := self.pick(data, held=True)) is None:
            return
        session = picked[1]
        self.loop.run_until_complete(_called(lambda: session.entry.ended(how)))  # type: ignore[union-attr]
        self.wait(session.entry)
        session.entry, session.holder, session.over = None, None, how.value

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), insist=st.booleans())
    def claim(self, data: st.DataObject, insist: bool) -> None:
        ledger = data.draw(st.sampled_from(self.runs))
        if (picked := self.pick(data, alive=data.draw(MOSTLY))) is None:
            return
        record_id, session = picked
        try:
            entry = self.loop.run_until_complete(ledger.claim(record_id, insist=insist))
        except HeldElsewhere:
            assert session.holder not in (None, ledger)
            assert not insist
            return
        except NoSuchRecord:
            assert session.over
            return
        assert not session.over
        assert insist or session.holder in (None, ledger)
        if session.holder is not None and session.holder is not ledger:
            self.expected_lost.append(record_id)
            # What it writes next must not take the record back.
            before = session.entry
            assert before is not None
            self.loop.run_until_complete(_called(lambda: before.retitled("mine")))
            self.wait(before)
            assert before.is_over
        assert entry.record.high == session.high
        session.entry, session.holder, session.phase = entry, ledger, Phase.OPEN

    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        ledger = data.draw(st.sampled_from(self.runs))
        if (picked := self.pick(data, alive=data.draw(MOSTLY))) is None:
            return
        record_id, session = picked
        settled = self.loop.run_until_complete(ledger.settle(record_id))
        assert settled == (not session.over and session.holder is None)
        if settled:
            left = session.phase is Phase.DETACHED
            session.over = (Ending.DETACHED if left else Ending.UNKNOWN).value

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), killed=st.booleans())
    def end_a_run(self, data: st.DataObject, killed: bool) -> None:
        ledger = data.draw(st.sampled_from(self.runs))
        self.runs.remove(ledger)
        if killed:
            store = ledger._store
            assert isinstance(store, RecordFiles)
            assert store._owner is not None
            os.close(store._owner._descriptor)  # type: ignore[arg-type]
            store._owner._descriptor = None
            self.loop.run_until_complete(ledger._tasks.close())
        else:
            self.loop.run_until_complete(ledger.close())
        for session in self.sessions.values():
            if session.holder is ledger:
                session.entry = session.holder = None

    @precondition(lambda self: self.runs)
    @invariant()
    def every_session_is_accounted_for(self) -> None:
        if not hasattr(self, "loop"):
            return
        ledger = self.runs[0]
        held = {each.record.id: each for each in self.loop.run_until_complete(ledger.holders())}
        live = {record_id: each for record_id, each in self.sessions.items() if not each.over}
        assert held.keys() == live.keys()
        for record_id, session in live.items():
            owner = held[record_id].owner
            assert (owner.id if owner else None) == (session.holder._store.owner_id if session.holder else None)
            assert held[record_id].record.high == session.high
        alone = {record_id for record_id, each in live.items() if each.holder is None}
        assert {record.id for record in self.loop.run_until_complete(ledger.survivors())} == alone
        over = {each.id: each.how for each in SessionJournal(self.path / "journal.jsonl").read().entries}
        assert over == {record_id: each.over for record_id, each in self.sessions.items() if each.over}
        assert sorted(self.lost) == sorted(self.expected_lost)


async def _called(act: object) -> None:
    act()  # type: ignore[operator]


TestRuns = Runs.TestCase
TestRuns.settings = settings(max_examples=60, stateful_step_count=30)
