"""A campaign against the real host: a megabyte here, ``SSMTUI_FUZZ_MB`` of them where that is set."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from random import Random

import pytest

from ssmtui.sessions.engine_host import EngineHost
from ssmtui.terminal import engines, host
from tests.fuzz.actions import Action, Feed, Look, Refill, Remember, Resize, Rest, Scroll, dump, parse
from tests.fuzz.campaign import SCROLLBACK, SIZE, Campaign, do
from tests.fuzz.kinds import KINDS, life
from tests.fuzz.minimise import ddmin, minimised
from tests.fuzz.trial import SURVIVED, verdict
from tests.support.bench import Nobody
from tests.support.wait import wait_until

MEGABYTES = int(os.environ.get("SSMTUI_FUZZ_MB", "1"))
SEED = int(os.environ.get("SSMTUI_FUZZ_SEED", "1"))


@pytest.mark.timeout(60 + 5 * MEGABYTES)
@pytest.mark.parametrize("engine", engines.NAMES)
async def test_hostile_output_costs_no_session_but_its_own(engine: str) -> None:
    if engine == engines.GHOSTTY and engines.default_name() != engine:
        pytest.skip("libghostty-vt has no build here")
    size = MEGABYTES * (1_000_000 if engine == engines.GHOSTTY else 60_000)
    campaign = Campaign(engine, SEED, None, life_size=size // 20, kill_every=size // 3)
    tally = await campaign.run(size)
    print(json.dumps(tally.lines(), indent=2))
    assert tally.changed_screens == 0
    assert tally.killed > 0, "living terminals were restored"
    assert tally.peak < host.MEMORY_LIMIT
    # How many lives there are is a matter of how they overlap: the last kinds of bittty's few may not get their turn.
    assert len(tally.fed) >= len(KINDS) - 3 * (engine == engines.BITTTY)


@pytest.mark.parametrize("kind", KINDS)
def test_a_life_is_the_same_for_the_same_seed(kind: str) -> None:
    one, other = (list(life(kind, Random(7), 20_000)) for _ in range(2))
    assert one == other
    assert sum(len(action.data) for action in one if isinstance(action, Feed)) >= 2_000


def test_actions_are_kept_as_they_are() -> None:
    actions: list[Action] = [Feed(bytes(range(256))), Resize(30, 8), Scroll(-3), Look(), Rest(), Remember(), Refill()]
    assert parse(dump(actions)) == actions


def test_what_fails_is_made_small() -> None:
    assert ddmin(range(1000), lambda parts: {13, 700} <= set(parts)) == [13, 700]


def test_what_kills_an_engine_is_found_again_and_made_small() -> None:
    noise: list[Action] = [Feed(b"x" * 50), Look()] * 20
    deadly = [*noise, Resize(30, 8), *noise, Feed(b"harmless \x1b[deadly] harmless"), *noise]

    def fails(actions: Sequence[Action]) -> bool:
        return Resize(30, 8) in actions and b"deadly" in b"".join(a.data for a in actions if isinstance(a, Feed))

    def judge(actions: Sequence[Action], patience: float) -> str:
        return "dead" if fails(actions) else SURVIVED

    assert minimised(deadly, judge) == ([Resize(30, 8), Feed(b"deadly")], "dead")


@pytest.mark.skipif(engines.default_name() != engines.GHOSTTY, reason="libghostty-vt has no build here")
async def test_a_snapshot_is_taken_when_a_campaign_asks_for_one() -> None:
    host = EngineHost(engines.GHOSTTY)
    await host.start()
    try:
        pane = host.open(1, SIZE, SCROLLBACK, Nobody())
        await do(host, pane, Feed(b"text"))
        await wait_until("it is parsed", lambda: not pane.pending)
        await do(host, pane, Remember())
        await wait_until("a snapshot stands for the output", lambda: pane._tail.snapshot and not pane._tail.size)
    finally:
        await host.close()


@pytest.mark.parametrize("engine", engines.NAMES)
def test_a_trial_survives_what_is_harmless(engine: str) -> None:
    assert verdict([Feed(b"text"), Resize(30, 8), Look(), Remember(), Refill(), Rest(), Scroll(-1)], engine) == SURVIVED
