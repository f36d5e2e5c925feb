"""Sessions whose client dies, and ours that goes on with them (protocol.md section 12): at the official agent's session
worker, where it is on PATH, and at the lab's own agent, which must not be kinder than that."""

from __future__ import annotations

import asyncio
import random
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from ssmtui.errors import SessionGone
from ssmtui.lab.pty_shell import PtyShell
from ssmtui.model import StartRequest, TerminalSize
from ssmtui.protocol import AgentMessage, InputBounds, MessageType, PayloadType
from ssmtui.sessions.states import SessionState
from ssmtui.sessions.taking_over import TakeOver
from ssmtui.tasks import Tasks
from ssmtui.transport.stamp import new_stamp
from tests.support import official_client
from tests.support.agent_worker import PROMPT, why_not, worker_stack
from tests.support.lab_stack import LabStack, lab_stack
from tests.support.official_client import OfficialClient, official_environment
from tests.support.taking_over import BLOCK, PATIENCE, Mortal
from tests.support.wait import wait_until

OFFICIAL = [pytest.mark.interop, pytest.mark.skipif(bool(why_not()), reason=why_not())]

SIZE = TerminalSize(101, 33)
UNKNOWN = InputBounds()
SEED = 20261130


class Relay:
    """Two clients, one after the other."""

    def __init__(self, stack: LabStack) -> None:
        self.stack = stack

    async def first(self, document: str | None = None, **parameters: str) -> Mortal:
        """A client that has begun a session."""
        values = {name: (value,) for name, value in parameters.items()}
        return Mortal(self.stack, StartRequest(await self.stack.target(), document, values), SIZE)

    async def shell(self) -> Mortal:
        """A client at the prompt of a shell that knows ``v`` and has said its process id."""
        client = await self.first()
        await client.until_open()
        client.write(b"v=$((40+2)); echo pid=$$\r")
        await wait_until("the shell's process id", lambda: pid(client.output), PATIENCE, client.report)
        return client

    def second(self, first: Mortal, bounds: InputBounds, size: TerminalSize = SIZE) -> Mortal:
        """The client that goes on."""
        return Mortal(self.stack, first.session.request, size, TakeOver(first.session.session_id, bounds))


def pid(output: bytes) -> bytes | None:
    found = re.search(rb"pid=(\d+)\r", output)
    return found[1] if found else None


async def is_same_shell(client: Mortal, first: Mortal) -> None:
    """Type a question that only the shell of ``first`` can answer."""
    client.write(b"echo same-$$-$v\r")
    await client.until(b"same-%s-42" % (pid(first.output) or b"?"))


Played = Callable[..., AbstractAsyncContextManager[Relay]]


@pytest.fixture(params=["lab", pytest.param("worker", marks=OFFICIAL)])
def played(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Played:
    """Gives the two clients an agent, and what is to go wrong on the line."""

    @asynccontextmanager
    async def play(faults: str = "") -> AsyncIterator[Relay]:
        if request.param == "worker":
            async with worker_stack(monkeypatch, faults) as (stack, _):
                yield Relay(stack)
        else:
            async with lab_stack(nodes=30, faults=faults) as stack:
                yield Relay(stack)

    return play


@pytest.fixture
async def relay(played: Played) -> AsyncIterator[Relay]:
    async with played() as relay:
        yield relay


async def test_the_same_shell_goes_on(relay: Relay) -> None:
    first = await relay.shell()
    bounds = await first.die()
    second = relay.second(first, bounds)
    await is_same_shell(second, first)
    assert second.seen
    second.write(b"stty size\r")
    await second.until(b"33 101\r\n")


@pytest.mark.parametrize("strokes", [0, 300, 1500])
async def test_a_silent_prompt_whose_number_nobody_knows(relay: Relay, strokes: int) -> None:
    # dash says nothing when its terminal's size changes.
    first = await relay.shell()
    for number in range(strokes):
        first.write(b"x" if number % 2 == 0 else b"\x7f")
        if number % 50 == 49:
            await wait_until("the keys to arrive", lambda: first.session.channel.unacknowledged == (0, 0), PATIENCE)
    await wait_until("the keys to arrive", lambda: first.session.channel.unacknowledged == (0, 0), PATIENCE)
    await first.die()
    second = relay.second(first, UNKNOWN)
    await second.until_open()
    assert second.seen
    await is_same_shell(second, first)


async def test_a_program_that_only_listens(relay: Relay) -> None:
    first = await relay.shell()
    first.write(b"cat\r")
    await first.until(b"cat\r\n")
    await first.die()
    second = relay.second(first, UNKNOWN)
    second.write(b"still there\r")
    await second.until(b"still there\r\nstill there\r\n")
    second.write(b"\x04")
    await is_same_shell(second, first)


async def test_nothing_is_typed_by_it(relay: Relay) -> None:
    first = await relay.shell()
    first.write(b"cat -v >typed; cat typed\r")
    await first.until(b"cat typed\r\n")
    bounds = await first.die()
    second = relay.second(first, bounds)
    await second.until_open()
    second.write(b"END\r\x04")
    await second.until(b"END\r\nEND\r\n")
    await second.die()
    # Once more, by a client that knows nothing.
    third = relay.second(first, UNKNOWN)
    await third.until_open()
    third.write(b"wc -c <typed\r")
    await third.until(b"\n4\r\n")


async def test_what_waits_at_the_node_for_a_lost_key_is_not_run(relay: Relay) -> None:
    # The agent has all of a command but its first key. To fill the gap would run it.
    first = await relay.shell()
    low, number, _ = first.bounds
    assert low == number
    await first.die()
    for key in b"echo st$((40+2))le\r":
        number += 1
        mark = new_stamp()
        frame = AgentMessage(
            MessageType.INPUT, mark.id_bytes, mark.created, number, 0, PayloadType.OUTPUT, bytes([key])
        )
        relay.stack.lab._relays[first.session.session_id]._deliver(frame.encode())
    second = relay.second(first, InputBounds(low, low + BLOCK))
    await is_same_shell(second, first)
    second.write(b"echo done-$((6*7))\r")
    await second.until(b"done-42")
    assert b"st42le" not in second.output
    assert b"echo st" not in second.output


FLOOD = 60_000


async def flooding(client: Mortal) -> bytes:
    """Have a shell print much, and return all that it will print."""
    client.session.write(b"stty -onlcr -echo; seq 1 %d; echo ALL-$((6*7))\r" % FLOOD)
    await client.until(b"\n20\n")
    return b"".join(b"%d\n" % number for number in range(1, FLOOD + 1)) + b"ALL-42\n"


@pytest.mark.parametrize("seed", range(4))
async def test_in_the_middle_of_a_flood_no_byte_is_missing(relay: Relay, seed: int) -> None:
    first = await relay.shell()
    whole = await flooding(first)
    more = len(first.output) + random.Random(seed).randrange(1, 100_000)
    await wait_until("output to flow", lambda: len(first.output) > more, PATIENCE, first.report)
    bounds = await first.die()
    shown = first.output[first.output.index(b"1\n2\n3\n") :]
    is_its_begin = whole.startswith(shown)
    assert is_its_begin
    second = relay.second(first, bounds)
    await second.until(b"ALL-42\n", 60)
    before, end, _ = second.output.partition(b"ALL-42\n")
    got = before + end
    same = next(
        (size for size, (one, other) in enumerate(zip(reversed(got), reversed(whole), strict=False)) if one != other),
        min(len(got), len(whole)),
    )
    assert len(shown) + same >= len(whole), "what was not acknowledged comes again"
    # Without a round trip the agent may list a frame after its acknowledgement, and sends it to everybody again
    # (protocol.md section 11 row 1). What it had listed in time is missing behind it.
    assert same == len(got) or second.missing
    await is_same_shell(second, first)


@pytest.mark.parametrize("seed", range(3))
async def test_in_the_middle_of_a_paste_no_byte_is_typed_twice(relay: Relay, seed: int, tmp_path: Path) -> None:
    file = tmp_path / "pasted"
    data = bytes(random.Random(SEED).choices(range(1, 256), k=150_000))
    first = await relay.shell()
    first.write(b"stty raw -echo; echo READY; cat >%s\r" % bytes(file))
    await first.until(b"\nREADY")
    first.write(data)
    enough = first.bounds[0] + random.Random(seed).randrange(1, 100)
    await wait_until("some of it to arrive", lambda: first.bounds[0] > enough, PATIENCE, first.report)
    bounds = await first.die()
    second = relay.second(first, bounds)
    await second.until_open()
    second.write(b"<END>")
    await wait_until(
        "the end", lambda: file.is_file() and file.read_bytes().endswith(b"<END>"), PATIENCE, second.report
    )
    pasted = file.read_bytes().removesuffix(b"<END>")
    is_its_begin = data.startswith(pasted)
    assert is_its_begin, f"seed {SEED}: {len(pasted)} bytes"
    assert len(pasted) >= 1024


@pytest.mark.skipif(shutil.which("vim") is None, reason="not on PATH: vim")
async def test_in_the_middle_of_vim(relay: Relay) -> None:
    first = await relay.shell()
    first.write(b"vim -u NONE -n notes\r")
    await first.until(b"\x1b[32;1H~")
    first.write(b"ihello from the first")
    await first.until(b"first")
    bounds = await first.die()
    second = relay.second(first, bounds, TerminalSize(90, 30))
    await second.until(b"hello from the first")
    second.write(b" and the second\x1b:wq\r")
    await second.until(b"written")
    second.write(b"stty size; cat notes\r")
    await second.until(b"30 90\r\nhello from the first and the second\r\n")
    await is_same_shell(second, first)


@pytest.mark.parametrize("frames", [1, 2, 3, 5, 8, 13, 21, 34, 90])
async def test_at_any_frame(relay: Relay, frames: int, tmp_path: Path) -> None:
    file = tmp_path / "typed"
    # A key at a time, so that the client's frames and the node's, acknowledgements and echoes, come in turn.
    first = await relay.shell()
    first.write(b"stty -icanon; echo READY; cat >%s\r" % bytes(file))
    await first.until(b"\nREADY")
    received = first.session.channel.counters.received + frames
    keys = bytes(random.Random(SEED).choices(b"abcdefghijklmnopqrstuvwxyz", k=200))
    low = first.bounds[0]

    def has_heard() -> bool:
        return first.session.channel.counters.received >= received

    for key in keys:
        first.write(bytes([key]))
        await asyncio.sleep(0)
        if has_heard():
            break
    await wait_until("so many frames", has_heard, PATIENCE, first.report)
    arrived = first.bounds[0] - low
    bounds = await first.die()
    second = relay.second(first, bounds)
    second.write(b"<END>")
    # The shell makes the file after it has said that it is ready.
    await wait_until(
        "the end", lambda: file.is_file() and file.read_bytes().endswith(b"<END>"), PATIENCE, second.report
    )
    typed = file.read_bytes().removesuffix(b"<END>")
    assert keys.startswith(typed), f"seed {SEED}"
    assert len(typed) >= arrived - 1
    second.write(b"\x03")
    await second.until(b"^C")
    await is_same_shell(second, first)


async def test_again_and_again(relay: Relay) -> None:
    first = await relay.shell()
    bounds = await first.die()
    for _ in range(4):
        client = relay.second(first, bounds)
        await is_same_shell(client, first)
        bounds = await client.die()


@pytest.mark.parametrize("frames", [1, 2, 20, 100, 258, 263])
async def test_the_second_dies_while_it_takes_over(relay: Relay, frames: int) -> None:
    first = await relay.shell()
    first.write(b"cat -v >typed; cat typed\r")
    await first.until(b"cat typed\r\n")
    bounds = await first.die()
    second = relay.second(first, bounds)
    await second.until_true(
        "so many frames",
        lambda: second.session.channel.counters.received >= frames or second.session.state is SessionState.OPEN,
    )
    reached = second.session.channel.bounds
    await second.die()
    assert reached.high is not None
    third = relay.second(first, InputBounds(reached.low, reached.high + BLOCK))
    await third.until_open()
    third.write(b"END\r\x04")
    await third.until(b"END\r\nEND\r\n")
    await is_same_shell(third, first)


@pytest.mark.parametrize("faults", ["withhold-acks@agent=0.3", "lose=0.02", "cut-client=200000", "cut-agent=2s"])
async def test_over_a_bad_line(played: Played, faults: str) -> None:
    async with played(faults) as relay:
        first = await relay.shell()
        lines = 20_000
        first.write(
            b"stty -echo; seq %d | awk '{printf \"<%%d,%%d>\\n\", $1, $1*7%%9973}'; echo ALL-$((6*7))\r" % lines
        )
        await first.until(b"<4000,", 40)
        bounds = await first.die()
        second = relay.second(first, bounds)
        await second.until(b"ALL-42\r\n", 60)
        again = marked(second.output)
        assert again == sorted(set(again)), "in order, and each once"
        # A line that is cut in two at the edge of what only the first has seen may be whole in neither.
        lost = set(range(1, lines + 1)) - set(marked(first.output)) - set(again)
        # and what the first has acknowledged and not shown yet, as it waited for what was lost, is missing, too.
        assert len(lost) * len("<1,7>\r\n") <= second.missing * 1027 + 50
        await is_same_shell(second, first)


def marked(output: bytes) -> list[int]:
    """The numbers of the lines that are whole."""
    found = ((int(number), int(check)) for number, check in re.findall(rb"<(\d+),(\d+)>", output))
    return [number for number, check in found if number * 7 % 9973 == check]


async def test_a_session_that_has_ended_meanwhile(relay: Relay) -> None:
    first = await relay.shell()
    bounds = await first.die()
    await relay.stack.gateway.terminate_session(first.session.session_id)
    second = relay.second(first, bounds)
    await second.until_true("it to fail", lambda: not second.session.state.live)
    assert isinstance(second.session.error, SessionGone)
    assert second.session.confirmed_gone


async def test_what_a_command_without_a_terminal_prints_is_collected(played: Played) -> None:
    async with played("never-pause") as relay:
        command = "sh -c 'for i in 1 2 3 4 5 6; do echo out$i; echo err$i >&2; sleep 0.3; done; exit 3'"
        first = await relay.first("AWS-StartNonInteractiveCommand", command=command, separateOutputStream="true")
        await first.until(b"out2")
        await first.die()
        second = relay.second(first, UNKNOWN)
        await second.until_true("the exit code", lambda: second.session.exit_code is not None)
        assert second.session.exit_code == 3
        assert second.output.endswith(b"out6\n")
        assert second.stderr.endswith(b"err6\n")


@pytest.mark.interop
@pytest.mark.skipif(bool(why_not()), reason=why_not())
@pytest.mark.skipif(bool(official_client.why_not()), reason=official_client.why_not())
async def test_a_session_of_the_official_client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Releases of it until 2025 do not sign the upgrade.
    async with worker_stack(monkeypatch, signed_only=False) as (stack, _):
        await take_over_the_official_clients(Relay(stack), tmp_path)


async def take_over_the_official_clients(relay: Relay, tmp_path: Path) -> None:
    target = await relay.stack.target()
    environment = official_environment(relay.stack.lab, tmp_path)
    shell = await PtyShell.start(["aws", "ssm", "start-session", "--target", target], environment, tmp_path)
    official = OfficialClient(shell)
    readers = Tasks("official")
    readers.start("screen", official.read())
    await official.until(PROMPT)
    official.type("v=$((40+2)); echo pid=$$\r")
    await wait_until("the shell's process id", lambda: pid(official.screen), PATIENCE, lambda: official.screen)
    for key in "echo he''llo":
        official.type(key)
    await official.until("echo he''llo")
    shell.kill_now()
    await official.until_ended()
    await readers.close()
    await shell.kill()
    (session,) = (one for one in relay.stack.lab.book if one.active)
    # By its id alone: nothing on this machine knows of it.
    client = Mortal(relay.stack, StartRequest(target), SIZE, TakeOver(session.session_id))
    await client.until_open()
    assert client.seen
    client.write(b"\r")
    await client.until(b"hello\r\n")
    client.write(b"echo same-$$-$v; stty size\r")
    await client.until(b"same-%s-42\r\n33 101\r\n" % (pid(official.screen) or b"?"))


async def test_a_session_that_two_clients_want(relay: Relay) -> None:
    # They know nothing of each other. The first resumes once, for its socket was closed, and asks the agent then.
    first = await relay.shell()
    low, high, _ = first.bounds
    second = relay.second(first, InputBounds(low, high + BLOCK))
    await is_same_shell(second, first)
    await first.until_true("the first to stop", lambda: not first.session.state.live)
    assert first.session.state is SessionState.DETACHED
    assert first.session.end_reason == "Another client has taken it over."
    for number in range(20):
        second.write(b"echo $((%d*7))\r" % number)
        await second.until(b"%d\r\n" % (number * 7))
    assert second.session.state is SessionState.OPEN
    assert second.session.resumes <= 2
    assert first.session.session_id in [one.session_id for one in relay.stack.lab.book if one.active]
