"""Sessions on the lab that go from a screen to a keeper and back: nothing of their output is lost, and their shells go
on."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from ssmtui.aws.gateways import BotoGateways, open_gateways
from ssmtui.aws.session import StaticCredentials
from ssmtui.backend import ScopeLines
from ssmtui.config.settings import Settings
from ssmtui.keeper import holding
from ssmtui.keeper.client import KeeperClient
from ssmtui.keeper.holding import Keeper
from ssmtui.keeper.server import KeeperServer
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.ledger.ledger import HeldElsewhere, Ledger
from ssmtui.ledger.record import Ending, LedgerRecord, Phase
from ssmtui.ledger.store import RecordFiles
from ssmtui.model import PingStatus, Scope, StartRequest, TerminalSize
from ssmtui.sessions.engine_host import EngineHost
from ssmtui.sessions.manager import SessionManager
from ssmtui.sessions.session import Session
from ssmtui.sessions.states import SessionState
from ssmtui.sessions.taking_over import TakeOver
from ssmtui.terminal.marks import EnterCopyMode, LeaveCopyMode, Motion, MoveCursor, Shape, Toggle
from tests.support.wait import wait_until, wait_until_answered

SIZE = TerminalSize(100, 30)
ALIKE = "as this test"
ACCOUNT = "123456789012"
LINES = 20_000
FLOOD = (
    f"i=0; while [ $i -lt {LINES} ]; do echo line-$i; i=$((i+1)); "
    "[ $((i%500)) = 0 ] && sleep 0.05; done; echo over-$mine\r"
).encode()
"""As fast as a shell prints, with pauses: it takes two seconds at least."""


class Program:
    """One run of ssmtui, as far as sessions go: a screen's or a keeper's."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ledger = Ledger(world.state / "ledger", world.state / "journal.jsonl")
        self.engines = EngineHost()
        self.manager: SessionManager
        self._is_closed = False

    async def open(self) -> Program:
        await self.ledger.open()
        await self.engines.start()
        self.ledger.home = self.world.gateways.default
        self.ledger.identity = f"arn:aws:iam::{ACCOUNT}:user/jane"
        self.manager = SessionManager(
            ScopeLines(self.world.gateways, Settings()),
            self.engines,
            scrollback_lines=100_000,
            recordings=self.world.state / "recordings",
            ledger=self.ledger,
        )
        return self

    async def shell(self) -> Session:
        nodes = [node async for page in self.world.gateways.gateway().nodes() for node in page.nodes]
        node = next(one for one in nodes if one.ping is PingStatus.ONLINE and one.platform_name == "Ubuntu")
        session = self.manager.session(self.manager.start(StartRequest(node.id, title="builds"), SIZE, node))
        await opened(session)
        return session

    async def attach(self, record: LedgerRecord) -> Session:
        """What a screen does with a session that is kept."""
        async with self.world.client().released(record.id) as screen:
            entry = await self.ledger.claim(record.id)
        request, takes_over = entry.record.request, TakeOver.of(entry.record)
        key = self.manager.take_over(request, takes_over, SIZE, record=entry, filled_from=screen)
        session = self.manager.session(key)
        await opened(session)
        return session

    async def detach(self) -> None:
        await self.manager.close(detach=True)
        shown = [numbered(await everything(self.manager.session(one.key))) for one in self.manager.snapshots()]
        self.last_shown = max((number for numbers in shown for number in numbers), default=0)

    async def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        await self.manager.close()
        await self.engines.close()
        await self.ledger.close()

    async def kill(self) -> None:
        """As the system does it: sockets and locks go, AWS is not called, and nothing is written."""
        self._is_closed = True
        store = self.ledger._store
        assert isinstance(store, RecordFiles)
        assert store._owner is not None
        os.close(store._owner._descriptor)  # type: ignore[arg-type]
        store._owner._descriptor = store._owner = None  # type: ignore[assignment]
        await self.manager._tasks.close()
        await self.engines.close()
        await self.ledger._tasks.close()
        self.ledger._writer.close()
        self.ledger._reader.close()


class World:
    """A lab, a state directory, a runtime directory."""

    def __init__(self, path: Path, gateways: BotoGateways, stack: AsyncExitStack) -> None:
        self.state = path / "state"
        self.runtime = path / "run"
        self.gateways = gateways
        self.stack = stack

    def client(self, *, likeness: str = ALIKE, hands_over: bool = True) -> KeeperClient:
        command = ["false"]
        return KeeperClient(lambda: self.runtime, self.state / "ledger", likeness, command, hands_over=hands_over)

    async def program(self) -> Program:
        program = await Program(self).open()
        self.stack.push_async_callback(program.close)
        return program

    async def keeper(self, *, begin: bool = True) -> KeeperRun:
        keeper = await KeeperRun(await self.program()).open(begin=begin)
        self.stack.push_async_callback(keeper.close)
        return keeper

    async def record(self) -> LedgerRecord:
        ledger = Ledger(self.state / "ledger", self.state / "journal.jsonl")
        (held,) = await ledger.holders()
        await ledger.close()
        return held.record


class KeeperRun:
    """A keeper in this process."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.keeper = Keeper(program.ledger)
        self.account = ACCOUNT
        runtime = program.world.runtime
        self.server = KeeperServer(self.keeper, runtime, program.world.state / "ledger", ALIKE, 0.0)

    async def open(self, *, begin: bool) -> KeeperRun:
        self.program.world.runtime.mkdir(mode=0o700, exist_ok=True)
        await self.server.open()
        if begin:
            self.keeper.begin(self.program.manager, self.account_in)
        return self

    async def kill(self) -> None:
        """As the system does it: its sockets and locks go, and nothing is written."""
        await self.server.close()
        await self.keeper.close()
        await self.program.kill()

    async def account_in(self, scope: Scope | None) -> str:
        return self.account

    def states(self) -> list[str]:
        return [session.state for session in self.keeper.sessions()]

    async def keeps(self, count: int = 1) -> None:
        await wait_until(
            f"the keeper has {count}", lambda: self.states() == [SessionState.OPEN.value] * count, report=self.states
        )

    @property
    def session(self) -> Session:
        (snapshot,) = self.program.manager.snapshots()
        return self.program.manager.session(snapshot.key)

    async def close(self) -> None:
        await self.server.close()
        await self.keeper.close()


async def opened(session: Session) -> None:
    await wait_until(
        "it is open", lambda: session.snapshot().state is SessionState.OPEN, report=lambda: session.snapshot()
    )


async def everything(session: Session) -> list[str]:
    """All lines of scrollback and screen."""
    for mark in (EnterCopyMode(), MoveCursor(Motion.TOP), Toggle(Shape.LINE), MoveCursor(Motion.BOTTOM)):
        session.terminal.mark(mark)
    text = await session.terminal.marks.selected_text()
    session.terminal.mark(LeaveCopyMode())
    return text.splitlines()


async def shows(session: Session, text: str) -> None:
    """Wait until ``text`` is on its screen."""
    shown = ""

    async def is_shown() -> bool:
        nonlocal shown
        shown = await session.terminal.text()
        return text in shown

    await wait_until_answered(f"{text!r} on the screen", is_shown, 60, lambda: shown)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    lab = Lab(LabOptions(nodes=12, start_delay=0.01, shell="sh", signed_only=True))
    address = await lab.start()
    static = StaticCredentials(lab.credentials.access_key_id, lab.credentials.secret_access_key)
    gateways = await open_gateways(None, address.environment["AWS_REGION"], address.endpoint_url, static)
    async with AsyncExitStack() as stack:
        yield World(tmp_path, gateways, stack)
    await gateways.close()
    await lab.close()


def numbered(lines: Sequence[str]) -> list[int]:
    return [int(found[1]) for line in lines if (found := re.fullmatch(r"line-(\d+)", line))]


async def marked(shell: Session) -> str:
    """The shell's process id, which it keeps in a variable."""
    shell.write(b"mine=$$; echo is-$mine\r")
    await shows(shell, "\nis-")
    (line,) = [line for line in await everything(shell) if line.startswith("is-")]
    return line.removeprefix("is-")


async def still_there(shell: Session, mine: str) -> None:
    """It is the same shell, and hears what is typed."""
    shell.write(b"echo still-$mine-$((40+2))\r")
    await shows(shell, f"still-{mine}-42\n")


async def handed_over(world: World, screen: Program) -> LedgerRecord:
    """The one session of ``screen``, which leaves."""
    await screen.detach()
    handed = await world.client().hand_over(screen.manager)
    await screen.close()
    record = await world.record()
    assert handed == {record.id}
    return record


async def test_a_flood_goes_on_while_its_session_goes_to_a_keeper_and_back(world: World) -> None:
    keeper, screen = await world.keeper(), await world.program()
    shell = await screen.shell()
    mine = await marked(shell)
    shell.write(FLOOD)
    await shows(shell, "\nline-5")
    record = await handed_over(world, screen)
    assert screen.last_shown < LINES - 1, "it was in the middle of it"
    await keeper.keeps()
    await shows(keeper.session, f"\nover-{mine}\n")

    other = await world.program()
    again = await other.attach(record)
    lines = await everything(again)
    assert numbered(lines) == list(range(LINES)), "every line once, in its order"
    assert lines.index(f"is-{mine}") < lines.index("line-0")
    assert again.title == "builds"
    assert again.snapshot().taken_over is None, "nothing of it is missing"
    await still_there(again, mine)
    await wait_until("the keeper has nothing", lambda: keeper.keeper.sessions() == [])
    assert (await world.record()).phase is Phase.OPEN


async def test_a_session_comes_back_in_the_middle_of_a_flood(world: World) -> None:
    keeper, screen = await world.keeper(), await world.program()
    shell = await screen.shell()
    mine = await marked(shell)
    shell.write(FLOOD)
    await shows(shell, "\nline-")
    record = await handed_over(world, screen)
    await keeper.keeps()
    other = await world.program()
    again = await other.attach(record)
    await shows(again, f"\nover-{mine}\n")
    assert numbered(await everything(again)) == list(range(LINES))


async def test_modes_and_title_of_the_remote_program_come_along(world: World) -> None:
    keeper, screen = await world.keeper(), await world.program()
    shell = await screen.shell()
    shell.write(b"printf '\\033]2;my build\\007\\033[?2004h\\033[?1049hall of it'\r")
    await wait_until("the modes are known", lambda: shell.modes.bracketed_paste and shell.modes.alternate_screen)
    record = await handed_over(world, screen)
    await keeper.keeps()
    other = await world.program()
    again = await other.attach(record)
    assert again.modes.bracketed_paste
    assert again.modes.alternate_screen
    assert again.snapshot().terminal_title == "my build"
    assert "all of it" in await again.terminal.text()


async def test_what_a_program_asks_is_answered_while_no_screen_is_there(world: World) -> None:
    keeper, screen = await world.keeper(), await world.program()
    shell = await screen.shell()
    # It asks for the cursor's place once the screen has gone, and reads the answer in the place of a person's keys.
    asks = (
        "stty -echo raw min 1; sleep 2; printf '\\033[6n'; dd bs=1 count=6 2>/dev/null | od -c; stty sane; echo an-swer"
    )
    shell.write(f"{asks}\r".encode())
    await shows(shell, "stty")
    record = await handed_over(world, screen)
    await keeper.keeps()
    await shows(keeper.session, "  an-swer")
    other = await world.program()
    again = await other.attach(record)
    assert "033   [" in "\n".join(await everything(again))


async def test_a_recording_is_gone_on_with(world: World) -> None:
    keeper, screen = await world.keeper(), await world.program()
    shell = await screen.shell()
    await shell.record()
    record = await handed_over(world, screen)
    await keeper.keeps()
    await wait_until("the keeper records", lambda: keeper.session.snapshot().is_recorded)
    other = await world.program()
    again = await other.attach(record)
    await wait_until("the screen records", lambda: again.snapshot().is_recorded)
    assert len(list((world.state / "recordings").iterdir())) == 3


async def test_a_kept_session_is_kept_alive_and_typed_into_by_nobody(world: World) -> None:
    keeper, screen = await world.keeper(), await world.program()
    await screen.shell()
    await handed_over(world, screen)
    await keeper.keeps()
    snapshot = keeper.session.snapshot()
    assert snapshot.kept_alive
    assert not keeper.session.request.options.on_connect
    assert keeper.session.size == SIZE


async def test_a_screen_that_dies_after_it_has_fetched_leaves_the_session_to_the_keeper(world: World) -> None:
    keeper, screen = await world.keeper(), await world.program()
    shell = await screen.shell()
    mine = await marked(shell)
    record = await handed_over(world, screen)
    await keeper.keeps()
    async with AsyncExitStack() as broken:
        broken.push(lambda kind, *_: kind is ZeroDivisionError)
        assert await broken.enter_async_context(world.client().released(record.id)) is not None
        assert keeper.keeper.sessions() == []
        raise ZeroDivisionError
    await keeper.keeps()
    other = await world.program()
    again = await other.attach(record)
    assert f"is-{mine}" in await everything(again), "with all that was printed"
    await still_there(again, mine)


async def test_a_session_that_was_claimed_before_the_screen_died_is_not_taken_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "GIVEN_BACK_WITHIN", 0.3)
    keeper, screen = await world.keeper(), await world.program()
    await screen.shell()
    record = await handed_over(world, screen)
    await keeper.keeps()
    other = await world.program()
    async with AsyncExitStack() as broken:
        broken.push(lambda kind, *_: kind is ZeroDivisionError)
        await broken.enter_async_context(world.client().released(record.id))
        entry = await other.ledger.claim(record.id)
        raise ZeroDivisionError
    await wait_until("the keeper wants it", lambda: record.id in keeper.keeper)
    await wait_until("the keeper has given up", lambda: record.id not in keeper.keeper)
    assert await entry.holds()


async def test_of_two_screens_one_gets_the_session_and_the_other_is_told_who_has_it(world: World) -> None:
    keeper, screen = await world.keeper(), await world.program()
    shell = await screen.shell()
    mine = await marked(shell)
    record = await handed_over(world, screen)
    await keeper.keeps()
    one, two = await world.program(), await world.program()
    answers = await asyncio.gather(one.attach(record), two.attach(record), return_exceptions=True)
    sessions = [each for each in answers if isinstance(each, Session)]
    refusals = [each for each in answers if isinstance(each, HeldElsewhere)]
    assert (len(sessions), len(refusals)) == (1, 1), answers
    await still_there(sessions[0], mine)


async def test_a_keeper_that_is_killed_leaves_its_sessions_to_the_ledger(world: World) -> None:
    keeper, screen = await world.keeper(), await world.program()
    shell = await screen.shell()
    mine = await marked(shell)
    record = await handed_over(world, screen)
    await keeper.keeps()
    await keeper.kill()
    other = await world.program()
    assert await world.client().held() == frozenset()
    assert [each.id for each in await other.ledger.survivors()] == [record.id]
    again = await other.attach(record)
    await still_there(again, mine)
    assert again.snapshot().taken_over is not None, "what was printed before is not here"


async def test_a_session_that_ends_is_kept_no_more_and_the_keeper_ends_with_the_last(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "LINGERS", 0.05)
    keeper, screen = await world.keeper(), await world.program()
    shell = await screen.shell()
    shell.write(b"sleep 1; exit\r")
    await shows(shell, "sleep 1")
    await handed_over(world, screen)
    await keeper.keeps()
    async with asyncio.timeout(30):
        await keeper.keeper.emptied()
    local = await keeper.program.ledger.local()
    assert [entry.how for entry in local.entries] == [Ending.NODE.value]


async def test_a_keeper_that_is_asked_to_leave_leaves_its_sessions_alive(world: World) -> None:
    keeper, screen = await world.keeper(), await world.program()
    shell = await screen.shell()
    mine = await marked(shell)
    record = await handed_over(world, screen)
    await keeper.keeps()
    stopping = asyncio.gather(world.client().stop())
    await keeper.keeper.emptied()
    await keeper.program.detach()
    await keeper.close()
    await keeper.program.close()
    ((stopped,),) = await stopping
    assert stopped.left == 1
    other = await world.program()
    assert [each.id for each in await other.ledger.survivors()] == [record.id]
    await still_there(await other.attach(record), mine)


async def test_what_was_left_alive_without_a_keeper_can_be_kept_later(world: World) -> None:
    screen = await world.program()
    shell = await screen.shell()
    mine = await marked(shell)
    await screen.detach()
    await screen.close()
    keeper = await world.keeper()
    assert await keeper.keeper.hold_survivors() == 1
    await keeper.keeps()
    other = await world.program()
    again = await other.attach(await world.record())
    await still_there(again, mine)
    assert again.snapshot().taken_over is not None


@pytest.mark.parametrize("account", ["210987654321", ""])
async def test_what_is_in_another_account_is_left_as_it_is(world: World, account: str) -> None:
    screen = await world.program()
    shell = await screen.shell()
    mine = await marked(shell)
    await screen.detach()
    await screen.close()
    before = await world.record()
    assert before.account == ACCOUNT
    keeper = await world.keeper()
    keeper.account = account
    assert await keeper.keeper.hold_survivors() == 1
    await wait_until("it is not kept", lambda: keeper.keeper.sessions() == [])
    after = await world.record()
    assert (after.phase, after.owner, after.high, after.output) == (Phase.DETACHED, "", before.high, before.output)
    other = await world.program()
    await still_there(await other.attach(after), mine)


async def test_a_session_that_is_fetched_before_the_keeper_has_it_comes_with_its_screen(world: World) -> None:
    keeper, screen = await world.keeper(begin=False), await world.program()
    shell = await screen.shell()
    mine = await marked(shell)
    record = await handed_over(world, screen)
    assert keeper.states() == ["handed over"]
    other = await world.program()
    again = await other.attach(record)
    assert f"is-{mine}" in await everything(again)
    await still_there(again, mine)
    assert keeper.states() == []


async def test_output_of_another_client_meanwhile_is_not_taken_for_the_whole(world: World) -> None:
    screen = await world.program()
    shell = await screen.shell()
    await marked(shell)
    await screen.detach()
    kept = (await screen.manager.portable_screens(5.0))[(await world.record()).id]
    await screen.close()
    between = await world.program()
    again = await between.attach(await world.record())
    again.write(b"echo between\r")
    await shows(again, "\nbetween")
    await between.detach()
    await between.close()
    keeper = await world.keeper()
    keeper.keeper.hold((await world.record()).id, kept)
    await keeper.keeps()
    assert keeper.session.snapshot().taken_over is not None
