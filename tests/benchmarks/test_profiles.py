"""The view of a thousand saved connections: from its key, and from each letter of a search, to what is drawn; beside
Textual's own tree with the same lines.

pytest tests/benchmarks/test_profiles.py -m benchmark -s
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.keys import key_to_character
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from ssmtui.profiles.profile import Profiles
from ssmtui.ui.profiles.view.view import ProfilesView
from tests.support.fakes import FakeGateway, fleet
from tests.ui.harness import Harness

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]

PROFILES = 1_000
FOLDERS = 50


def text() -> str:
    """A thousand connections in fifty folders, as a file."""
    names = [f"team-{number % 10}/service-{number // 10}" for number in range(FOLDERS)]
    parts = [f'[folders."{name}"]\nregion = "eu-west-1"' for name in names]
    for number in range(PROFILES):
        role = ("web", "db", "cache", "worker")[number % 4]
        parts.append(
            f'[profiles."{role} {number}"]\nfolder = "{names[number % FOLDERS]}"\n'
            f'query = "name:{role}-{number} ping:online"\nlabels = ["tier-{number % 3}"]\n'
            f'description = "made up {number}"'
        )
    return "\n\n".join(parts)


def report(what: str, seconds: Sequence[float]) -> None:
    ordered = sorted(1000 * each for each in seconds)
    print(f"  {what:<48} median {ordered[len(ordered) // 2]:6.1f} ms   worst {ordered[-1]:6.1f} ms   n {len(ordered)}")


async def press(harness: Harness, key: str) -> float:
    """Seconds of this process's own time from the key to all it has drawn, the harness's turns among them."""
    began = time.process_time()
    harness.app.post_message(events.Key(key, key_to_character(key)))
    await harness.settle()
    return time.process_time() - began


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_a_thousand_profiles(size: tuple[int, int]) -> None:
    async with Harness(FakeGateway(fleet(50)), profiles=text()).run(size) as harness:
        await harness.ready()
        print(f"\n{PROFILES:,} profiles at {size}:")
        report("nothing (a key that means nothing)", [await press(harness, "escape") for _ in range(20)])
        opened = []
        for number in range(11):
            opened.append(await press(harness, "p"))
            screen = harness.app.panes.front
            assert isinstance(screen, ProfilesView)
            if number < 10:
                await press(harness, "escape")
        report("p, the first time (its style sheet is read)", opened[:1])
        report("p", opened[1:])
        await press(harness, "slash")
        letters = [await press(harness, letter) for _ in range(4) for letter in ("w", "e", "b", *["backspace"] * 3)]
        report("a letter of a search, or one less", letters)
        for letter in "t3s4w":
            letters.append(await press(harness, letter))
        report("pieces of words (t3s4w)", letters[-5:])
        assert 0 < len(screen.lines.rows) < 100
        await press(harness, "enter")
        report("j", [await press(harness, "j") for _ in range(5)])
        await press(harness, "escape")
        report("all folders opened, one by one", [await press(harness, key) for key in "lj" * 30])
        await _peer(harness.app.services.profiles.profiles, size)  # type: ignore[union-attr]


class Peer(App[None]):
    """Textual's tree."""

    def compose(self) -> ComposeResult:
        yield Tree("profiles")


def fill(tree: Tree[None], profiles: Profiles, wanted: str) -> None:
    """The lines that match, in their folders."""
    tree.clear()
    places: dict[str, TreeNode[None]] = {"": tree.root}
    for name, profile in sorted(profiles.profiles.items()):
        if wanted not in name:
            continue
        path = ""
        for part in profile.folder.split("/"):
            above, path = path, f"{path}/{part}".lstrip("/")
            if path not in places:
                places[path] = places[above].add(part, expand=True)
        places[path].add_leaf(name)
    tree.root.expand_all()


async def _peer(profiles: Profiles, size: tuple[int, int]) -> None:
    async with Peer().run_test(size=size) as pilot:
        tree = pilot.app.query_one(Tree)
        await pilot.pause()
        taken = []
        for wanted in ("", "w", "we", "web", "we", "w", ""):
            began = time.process_time()
            fill(tree, profiles, wanted)
            await pilot.pause()
            taken.append(time.process_time() - began)
        report("peer: Textual's Tree, filled with what matches", taken)
