"""Many sessions at once: idle, flooding, side by side, broadcast to, as tiles. The real program in a pty, and tmux in
the same run with as many windows, panes and floods. Nothing fails by the clock.

pytest tests/benchmarks/test_many.py -m benchmark -s

Processor time is that of the program and its engine host, or that of tmux's server and client; the peer and what runs
in tmux's panes is not counted. Seconds that a person waits depend on what else the machine does, so the processor's
seconds of the busiest process meanwhile stand beside them: under a flood it always has something to do.
"""

from __future__ import annotations

import itertools
import random
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.support.many_sessions import (
    LEADER,
    LETTERS,
    Area,
    Running,
    frames_of,
    open_sessions,
    program,
    read_for,
    show_list,
    tmux,
)

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is the peer"),
]

STEPS = (25, 25, 50)
"""Sessions that are opened one after the other: 25, 50 and 100 in the end."""
CALM_AFTER = 62.0
"""Seconds after which a session that nobody types into is pinged less often."""
LOOK, LOOKS = 8.0, 3
"""Seconds over which the cost of doing nothing is measured, and how often: the least counts. What else the machine does
makes each step dearer, never cheaper."""
FLOOD = 40_000
"""Frames of each flood: more than can be read in the time."""
SCREEN = (200, 60)
PARTS: Sequence[Area] = [(50 * column + 3, 15 * row + 4, 40, 8) for row in range(4) for column in range(4)]
"""Within each of 16 panes of it, whatever their borders and lines take."""
WATCHED_FOR = 5.0
KEYS = 100


def percent(loads: Sequence[float]) -> str:
    return " + ".join(f"{load:.2%}" for load in loads) + f" = {sum(loads):.2%} of a core"


def megabytes(sizes: Sequence[int]) -> str:
    return " + ".join(f"{size / 2**20:.0f}" for size in sizes) + " MB"


def waits(name: str, found: Sequence[float]) -> str:
    p50, p99 = median(found), quantiles(found, n=100)[98]
    return f"{name} p50 {p50 * 1e3:.1f}, p99 {p99 * 1e3:.1f}, at most {max(found) * 1e3:.1f} ms"


def idle_load(running: Running) -> list[float]:
    """The share of a core that each process takes while nothing happens."""
    return min((running.watched.load(LOOK, running.app) for _ in range(LOOKS)), key=sum)


def home_in(path: Path, name: str) -> Path:
    (path / name).mkdir()
    return path / name


def test_idle_sessions(tmp_path: Path) -> None:
    print()
    costs: dict[int, float] = {}
    with program(home_in(tmp_path, "ours"), ["idle"]) as ours:
        read_for(ours.app, CALM_AFTER)
        costs[0] = sum(idle_load(ours))
        print(f"  no session: {costs[0]:.2%} of a core, {megabytes(ours.watched.memory)}")
        for before, step in zip(itertools.accumulate(STEPS, initial=0), STEPS, strict=False):
            if before:
                show_list(ours.app)
            open_sessions(ours.app, step)
            read_for(ours.app, CALM_AFTER)
            loads = idle_load(ours)
            costs[before + step] = sum(loads)
            print(f"  {before + step} idle sessions: {percent(loads)}, {megabytes(ours.watched.memory)}")
    for few, many in itertools.pairwise(sorted(costs)[1:]):
        print(f"  {many} sessions cost {costs[many] / costs[few]:.2f} times as much as {few}")
    with tmux(home_in(tmp_path, "tmux"), ["idle"] * 50) as theirs:
        loads = idle_load(theirs)
        print(f"  tmux, 50 windows: {percent(loads)}, {megabytes(theirs.watched.memory)}")


def test_tiles_of_idle_sessions(tmp_path: Path) -> None:
    print()
    with program(home_in(tmp_path, "ours"), ["idle"]) as ours:
        open_sessions(ours.app, 50)
        read_for(ours.app, CALM_AFTER)
        before = sum(idle_load(ours))
        ours.app.send(LEADER + "O")
        ours.app.wait_for_text("50 sessions")
        read_for(ours.app, 5)
        loads = idle_load(ours)
        print(f"  the overview of 50 quiet sessions: {percent(loads)}; with a session in front {before:.2%}")


def keys_among(running: Running, others: int) -> tuple[list[float], list[float]]:
    """Waits for echoes while nothing is printed, and while all ``others`` print as fast as they can."""
    calm = [running.press(letter)[0] for letter in LETTERS[:KEYS]]
    print(f"    {waits('quiet:', calm)}")
    running.go()
    read_for(running.app, 0.5)
    floods = [running.press(letter) for letter in LETTERS[KEYS : 2 * KEYS]]
    seconds, processor = ([each[place] for each in floods] for place in (0, 1))
    print(f"    {waits(f'{others} floods:', seconds)}; {waits('of the processor', processor)}")
    print(f"    {percent(running.watched.load(3, running.app))}, {megabytes(running.watched.memory)}")
    return seconds, processor


@pytest.mark.parametrize("others", [24, 49])
def test_a_key_among_floods(others: int, tmp_path: Path) -> None:
    print(f"\n  a key and its echo, {others} other sessions flood")
    with program(home_in(tmp_path, "ours"), ["echo", "await"], FLOOD) as ours:
        open_sessions(ours.app, 1)
        ours.app.wait_for_text(" open")
        show_list(ours.app)
        ours.app.send("j")
        open_sessions(ours.app, others)
        read_for(ours.app, 5)
        ours.app.send(LEADER + "2")
        ours.app.wait_for_text("ctrl+] commands")
        read_for(ours.app, 2)
        seconds, processor = keys_among(ours, others)
    print("    tmux:")
    with tmux(home_in(tmp_path, "tmux"), ["echo"] + ["await"] * others) as theirs:
        their_seconds, their_processor = keys_among(theirs, others)
    print(
        f"    ours against tmux: median {median(seconds) / median(their_seconds):.2f} times as long, "
        f"{median(processor) / median(their_processor):.2f} times in processor time"
    )


def frame_rates(running: Running) -> tuple[float, float]:
    """Frames a second of the first pane, which has the focus, and of the slowest."""
    running.go()
    read_for(running.app, 2)
    before, began = running.watched.each, time.monotonic()
    printed = running.pictures(WATCHED_FOR)
    passed = time.monotonic() - began
    share = sum(running.watched.each) - sum(before)
    rates = [count / passed for count in frames_of(printed, PARTS, SCREEN)]
    print(
        f"    the one with the focus {rates[0]:.1f} frames/s, the others {min(rates[1:]):.1f} to {max(rates[1:]):.1f}; "
        f"{share / passed:.0%} of a core, {share / max(1, sum(rates) * passed) * 1e3:.1f} ms of it a frame of a pane"
    )
    return rates[0], min(rates)


def test_sixteen_floods_side_by_side(tmp_path: Path) -> None:
    print(f"\n  16 panes in sight that all flood, {SCREEN[0]}x{SCREEN[1]}")
    cols, rows = SCREEN
    with program(home_in(tmp_path, "ours"), ["await"], FLOOD, cols=cols, rows=rows) as ours:
        open_sessions(ours.app, 16, tiled=True)
        ours.app.wait_for_text("+15")
        read_for(ours.app, 5)
        focused, slowest = frame_rates(ours)
    print("    tmux:")
    with tmux(home_in(tmp_path, "tmux"), ["await"] * 16, tiled=True, cols=cols, rows=rows) as theirs:
        their_focused, their_slowest = frame_rates(theirs)
    print(f"    ours against tmux: {focused / their_focused:.2f} and {slowest / max(0.1, their_slowest):.2f} times")


def spread(running: Running, members: int) -> list[float]:
    """Seconds from a key to the last of so many sessions having it."""
    found = []
    for _ in range(KEYS):
        read_for(running.app, random.uniform(0.03, 0.09))
        began = time.monotonic()
        running.app.send("x")
        found.append(max(running.noted(members)) - began)
    print(f"    {waits('the last has it after', found)}")
    return found


def test_a_key_for_sixteen(tmp_path: Path) -> None:
    print("\n  a key that is broadcast to 16 sessions, from the keyboard to the node")
    with program(home_in(tmp_path, "one"), ["note"]) as one:
        open_sessions(one.app, 1)
        read_for(one.app, 5)
        alone = spread(one, 1)
    with program(home_in(tmp_path, "ours"), ["note"]) as ours:
        open_sessions(ours.app, 16, tiled=True)
        ours.app.wait_for_text("+15")
        read_for(ours.app, 5)
        ours.app.send(LEADER + "b")
        ours.app.wait_for_text("BROADCAST")
        found = spread(ours, 16)
    print("    tmux, synchronize-panes:")
    with tmux(home_in(tmp_path, "tmux"), ["note"] * 16, tiled=True) as theirs:
        their_own = spread(theirs, 16)
    print(
        f"    16 sessions: {median(found) / median(alone):.1f} times as long as one; "
        f"ours against tmux: {median(found) / median(their_own):.1f} times"
    )
