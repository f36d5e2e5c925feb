"""What 1,000 profiles in three files cost to read, to read again and to edit, and how long the loop is held meanwhile.

pytest tests/benchmarks/test_profile_files.py -m benchmark -s
"""

from __future__ import annotations

import asyncio
import time
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ssmtui.config.memory import Memory
from ssmtui.interpreter import ready_interpreter
from ssmtui.profiles.inheritance import combined
from ssmtui.profiles.reading import parse
from ssmtui.profiles.store import ProfileStore
from tests.support.bench import cost

pytestmark = pytest.mark.benchmark

PROFILES, FILES = 1_000, 3


def texts() -> list[str]:
    """Three files; the first, the person's own, with the folders."""
    folders = "".join(f'[folders."team-{team}"]\naws_profile = "prod"\nguard = true\n\n' for team in range(10))
    found = []
    for first in range(FILES):
        profiles = "".join(_profile(number) for number in range(first, PROFILES, FILES))
        found.append("version = 1\n\n" + ("" if first else folders) + profiles)
    return found


def _profile(number: int) -> str:
    return (
        f'# number {number}\n[profiles."{("web", "db", "cache", "worker")[number % 4]} {number}"]\n'
        f'folder = "team-{number % 10}/service-{number % 50}"\ndescription = "what it is for"\n'
        f'query = "name:web-{number} ping:online tag:env=prod"\nseveral = "first-online"\nregion = "eu-west-1"\n'
        f'labels = ["tier-{number % 3}"]\ndocument = "AWS-StartInteractiveCommand"\n'
        'parameters = { command = "htop" }\n\n'
    )


async def held(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Milliseconds that ``work`` takes, and the longest that the loop had no turn meanwhile."""
    longest = 0.0
    last = started = time.perf_counter()
    task = asyncio.ensure_future(work())  # noqa: TID251  # nothing here owns tasks
    while not task.done():
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    await task
    return (last - started) * 1_000, longest * 1_000


async def test_reading_and_editing(tmp_path: Path) -> None:
    ready_interpreter()
    contents = [parse(Path(f"{number}.toml"), text) for number, text in enumerate(texts())]
    figures = {
        "tomllib alone": cost(lambda: [tomllib.loads(text) for text in texts()]),
        "read all three": cost(lambda: combined([parse(Path("x"), text) for text in texts()])),
        "put together what was read": cost(lambda: combined(contents)),
    }
    own, shared = tmp_path / "profiles.toml", tmp_path / "profiles.d"
    shared.mkdir()
    for file, text in zip([own, shared / "a.toml", shared / "b.toml"], texts(), strict=True):
        file.write_text(text)
    store = ProfileStore.on_disk(own, shared, Memory(None))
    pauses = {}
    figures["load, in a thread"], pauses["load"] = await held(store.load)
    assert len(store.profiles.profiles) == PROFILES
    assert not store.profiles.problems
    figures["look again, nothing changed"], pauses["look again"] = await held(store.load)
    figures["edit one"], pauses["edit"] = await held(lambda: store.put("web 0", {"color": "red"}))
    undo = await store.delete("db 9")
    figures["undo a deletion"], pauses["undo"] = await held(lambda: store.undo(undo))
    await store.close()
    print(f"\n{PROFILES:,} connections in {FILES} files")
    for name, milliseconds in figures.items():
        print(f"  {name:40} {milliseconds:7.1f} ms")
    print("longest that the loop had no turn")
    for name, milliseconds in pauses.items():
        print(f"  {name:40} {milliseconds:7.1f} ms")
