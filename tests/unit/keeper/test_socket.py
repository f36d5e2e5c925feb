"""The socket of a keeper and its clients: who is served, what breaks the rules, and what a client does without one."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ssmtui.keeper import client as clients
from ssmtui.keeper import holding, place, server
from ssmtui.keeper.client import KeeperClient
from ssmtui.keeper.holding import Keeper
from ssmtui.keeper.server import KeeperServer
from ssmtui.keeper.wire import KeeperDecoder, KeeperMessage, encode, with_screen
from ssmtui.ledger.ledger import Ledger
from ssmtui.sessions.engine_tail import PortableScreen
from tests.support.wait import wait_until

ALIKE = "as this test"
SCREEN = PortableScreen(b"snapshot", b"parsed", b"unparsed", title="vim", output=7)


class Screens:
    """A screen's sessions."""

    def __init__(self, *records: str) -> None:
        self.screens = dict.fromkeys(records, SCREEN)

    @property
    def left_alive(self) -> list[str]:
        return list(self.screens)

    async def portable_screens(self, within: float) -> dict[str, PortableScreen]:
        return self.screens


class Place:
    """A keeper without services: what it is handed waits."""

    def __init__(self, path: Path) -> None:
        self.directory = place.checked(path / "run")
        self.ledger_path = path / "ledger"
        self.keeper = Keeper(Ledger(None, None))
        self.server = KeeperServer(self.keeper, self.directory, self.ledger_path, ALIKE, 5.0)

    def client(
        self,
        *,
        likeness: str = ALIKE,
        ledger: Path | None = None,
        command: tuple[str, ...] = ("false",),
        hands_over: bool = True,
    ) -> KeeperClient:
        where = ledger or self.ledger_path
        return KeeperClient(lambda: self.directory, where, likeness, command, hands_over=hands_over)


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Place]:
    found = Place(tmp_path)
    await found.server.open()
    yield found
    await found.server.close()
    await found.keeper.close()


async def greeted(there: Place) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_unix_connection(there.server.file)
    assert b"hello" in await reader.readline()
    return reader, writer


async def test_what_is_handed_over_is_there_for_every_screen_and_comes_back_whole(there: Place) -> None:
    assert await there.client().hand_over(Screens("a", "b")) == {"a", "b"}
    other = there.client(likeness="another program")
    assert await other.held() == {"a", "b"}
    async with other.released("a") as screen:
        assert screen == SCREEN
    async with other.released("a") as screen:
        assert screen is None
    assert await other.held() == {"b"}
    (facts,) = await other.keepers()
    assert (facts.since, [session.record for session in facts.sessions]) == (5.0, ["b"])


async def test_a_screen_without_the_setting_or_without_sessions_starts_nothing(there: Place, tmp_path: Path) -> None:
    assert await there.client(hands_over=False).hand_over(Screens("a")) == frozenset()
    made = tmp_path / "made"
    client = there.client(likeness="other", command=(sys.executable, "-c", f"open({str(made)!r}, 'w')"))
    assert await client.hand_over(Screens()) == frozenset()
    assert await client.held() == frozenset()
    assert not made.exists()


@pytest.mark.parametrize("difference", [{"likeness": "another account"}, {"ledger": Path("/another/ledger")}])
async def test_sessions_are_handed_to_none_but_a_keeper_that_is_alike(there: Place, difference: dict[str, str]) -> None:
    client = there.client(**difference)  # type: ignore[arg-type]
    assert await client.hand_over(Screens("a")) == frozenset()
    assert "exit code 1" in client.trouble, "one that is alike does not start"
    assert there.keeper.sessions() == []


async def test_a_keeper_that_does_not_come_up_is_given_up(there: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "HANDED_WITHIN", 0.3)
    client = there.client(likeness="other", command=(sys.executable, "-c", "import signal; signal.pause()"))
    try:
        assert await client.hand_over(Screens("a")) == frozenset()
        assert "too long" in client.trouble
    finally:
        assert client._started is not None
        client._started.kill()
        client._started.wait()


async def test_a_command_that_is_not_there_and_a_place_that_is_not_ours_are_told(there: Place) -> None:
    client = there.client(likeness="other", command=("/nowhere/ssmtui",))
    assert await client.hand_over(Screens("a")) == frozenset()
    assert "(Not a directory)" in client.trouble or "(No such file or directory)" in client.trouble
    there.directory.chmod(0o755)
    client = there.client()
    assert await client.hand_over(Screens("a")) == frozenset()
    assert "you alone" in client.trouble
    assert await client.held() == frozenset()


async def test_without_a_runtime_directory_nothing_is_kept_and_nothing_raises(tmp_path: Path) -> None:
    def none() -> Path:
        raise PermissionError(1, "there is none")

    client = KeeperClient(none, tmp_path, ALIKE, ("false",), hands_over=True)
    assert await client.held() == frozenset()
    async with client.released("a") as screen:
        assert screen is None
    assert await client.hand_over(Screens("a")) == frozenset()
    assert "there is none" in client.trouble


async def test_a_process_of_another_user_is_not_served(there: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.place, "is_mine", lambda connection: False)
    reader, writer = await asyncio.open_unix_connection(there.server.file)
    assert await reader.read() == b"", "not even a greeting"
    writer.close()


async def test_a_client_does_not_speak_to_another_users_keeper(there: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def is_mine(connection: object) -> bool:
        asked.append(connection)
        return len(asked) == 1  # the keeper believes it, the client does not

    monkeypatch.setattr(place, "is_mine", is_mine)
    await there.client().held()
    assert len(asked) == 2
    assert there.keeper.sessions() == []


@pytest.mark.parametrize(
    "said",
    [
        b"nonsense\n",
        b'{"size":0}\n',
        b'{"do":"else","size":0}\n',
        b'{"do":"hold","record":"a","size":3}\nabc',
        b'{"do":"hold","record":"a","parts":[9,9,9],"size":3}\nabc',
        b'{"do":"hold","record":"a","size":99999999999}\n',
    ],
)
async def test_a_screen_that_breaks_the_rules_is_not_served_further(there: Place, said: bytes) -> None:
    reader, writer = await greeted(there)
    writer.write(said)
    assert await reader.read() == b""
    writer.close()
    assert there.keeper.sessions() == []
    assert await there.client().hand_over(Screens("b")) == {"b"}, "others are"


async def test_a_screen_that_dies_in_the_middle_of_a_message_has_handed_nothing_over(there: Place) -> None:
    whole = encode(with_screen(SCREEN, do="hold", record="a"))
    for end in (1, 20, len(whole) - 1):
        _, writer = await greeted(there)
        writer.write(whole[:end])
        await writer.drain()
        writer.close()
    await wait_until("all have gone", lambda: there.keeper.visitors == 0)
    assert there.keeper.sessions() == []


async def test_a_screen_that_says_nothing_is_not_waited_for(there: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SILENT", 0.05)
    reader, writer = await greeted(there)
    assert await reader.read() == b""
    writer.close()


async def test_not_more_screens_are_served_than_there_can_be(there: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_VISITORS", 2)
    visits = [await greeted(there) for _ in range(2)]
    reader, writer = await asyncio.open_unix_connection(there.server.file)
    assert await reader.read() == b""
    for one in (*(each for _, each in visits), writer):
        one.close()


async def test_what_was_fetched_by_a_screen_that_dies_is_held_again(there: Place) -> None:
    await there.client().hand_over(Screens("a"))
    reader, writer = await greeted(there)
    writer.write(encode(KeeperMessage({"do": "release", "record": "a"})))
    decoder = KeeperDecoder()
    messages: list[KeeperMessage] = []
    while not messages:
        messages = decoder.feed(await reader.read(1 << 16))
    assert messages[0].what == "released"
    assert there.keeper.sessions() == []
    writer.close()
    await wait_until("it is held again", lambda: "a" in there.keeper)
    async with there.client().released("a") as screen:
        assert screen == SCREEN


async def test_what_is_held_already_is_not_taken_a_second_time(there: Place) -> None:
    assert await there.client().hand_over(Screens("a")) == {"a"}
    assert await there.client().hand_over(Screens("a")) == frozenset()


async def test_a_socket_that_goes_with_a_logout_is_back_after_the_next_login(
    there: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LOOK_EVERY", 0.01)
    await there.server.close()
    await there.server.open()
    assert await there.client().hand_over(Screens("a")) == {"a"}
    aside = there.directory.parent / "aside"
    aside.mkdir(mode=0o500)
    shutil.rmtree(there.directory)
    looks = 0
    listen = there.server._listen

    async def counted() -> None:
        nonlocal looks
        looks += 1
        await listen()

    monkeypatch.setattr(there.server, "_listen", counted)
    there.directory.symlink_to(aside)  # nothing can be made there
    await wait_until("it has looked in vain, and again", lambda: looks > 1)
    assert await there.client().held() == frozenset()
    there.directory.unlink()
    await wait_until("it listens again", there.server.file.exists)
    assert await there.client().held() == {"a"}


async def test_a_keeper_that_ends_takes_nothing_more(there: Place) -> None:
    await there.client().hand_over(Screens("a"))
    stopping = asyncio.gather(there.client().stop())
    await there.keeper.emptied()
    assert not there.keeper.hold("b", SCREEN)
    await there.server.close()
    ((facts,),) = await stopping
    assert facts.left == 1
    assert await there.client().stop() == []


async def test_a_keeper_that_nobody_hands_anything_ends(there: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = Keeper(Ledger(None, None))
    waits._patience = 0.05
    async with asyncio.timeout(10):
        await waits.emptied()


async def test_a_keeper_does_not_end_while_a_screen_is_connected(there: Place) -> None:
    there.keeper._patience = 0.05
    _, writer = await greeted(there)
    ending = asyncio.gather(there.keeper.emptied())
    await asyncio.wait({ending}, timeout=0.3)
    assert not ending.done()
    writer.close()
    async with asyncio.timeout(10):
        await ending


async def test_a_screen_that_asks_again_and_again_does_not_keep_a_keeper_from_ending(there: Place) -> None:
    there.keeper._patience = 0.3
    ending = asyncio.gather(there.keeper.emptied())
    async with asyncio.timeout(10):
        while not ending.done():
            await there.client().held()


def test_sessions_are_waited_for_no_longer_than_a_screen_takes_to_leave() -> None:
    assert holding.CLAIMED_WITHIN > clients.HANDED_WITHIN, "the screen holds them while it hands over"
