"""Makes what kills an engine small: first fewer actions, then fewer bytes in each.

python -m tests.fuzz.minimise FINDING.txt [ENGINE] > SMALLER.txt
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ssmtui.terminal import engines
from tests.fuzz.actions import Action, Feed, dump, parse
from tests.fuzz.trial import PATIENCE, SURVIVED, verdict

Part = TypeVar("Part")
Fails = Callable[[Sequence[Any]], bool]
Judge = Callable[[Sequence[Action], float], str]


def ddmin(parts: Iterable[Part], fails: Fails) -> list[Part]:
    """A part of ``parts`` that still fails, without stretches that can be left out: of half of it, of a quarter, and so
    on to single ones (after Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input")."""
    kept = list(parts)
    size = len(kept)
    while size > 1:
        size = (size + 1) // 2
        start = 0
        while start < len(kept):
            without = kept[:start] + kept[start + size :]
            if fails(without):
                kept = without
            else:
                start += size
    return kept


def minimised(actions: Sequence[Action], judge: Judge) -> tuple[list[Action], str]:
    """The smallest list found of which ``judge`` says what it says of ``actions``, and what that is."""
    wanted = judge(actions, PATIENCE)
    if wanted == SURVIVED:
        return list(actions), wanted
    small = list(_first(actions, lambda candidate: judge(candidate, PATIENCE) == wanted))
    for step in (_fewer_actions, _joined, _fewer_actions, _fewer_bytes, _fewer_actions):
        patience = _patience(small, judge)

        def fails(candidate: Sequence[Action], limit: float = patience) -> bool:
            return judge(candidate, limit) == wanted

        small = step(small, fails)
    return small, wanted


def _first(actions: Sequence[Action], fails: Fails) -> Sequence[Action]:
    """The shortest beginning of ``actions`` that is enough."""
    low, high = 0, len(actions)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fails(actions[:middle]) else (middle + 1, high)
    return actions[:high]


def _patience(actions: Sequence[Action], judge: Judge) -> float:
    """A limit for the trials of what hangs: some times what all but the last action takes, which does not."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    judge(actions[:-1], PATIENCE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 0.1 + 3 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def _fewer_actions(actions: Sequence[Action], fails: Fails) -> list[Action]:
    return ddmin(actions, fails)


def _joined(actions: Sequence[Action], fails: Fails) -> list[Action]:
    """Neighbouring feeds as one, where that makes no difference."""
    joined: list[Action] = []
    for action in actions:
        if joined and isinstance(action, Feed) and isinstance(joined[-1], Feed):
            joined[-1] = Feed(joined[-1].data + action.data)
        else:
            joined.append(action)
    return joined if fails(joined) else list(actions)


def _fewer_bytes(actions: Sequence[Action], fails: Fails) -> list[Action]:
    small = list(actions)
    for index, action in enumerate(small):
        if isinstance(action, Feed):
            before, after = small[:index], small[index + 1 :]
            data = ddmin(action.data, lambda data: fails([*before, Feed(bytes(data)), *after]))  # noqa: B023
            small[index] = Feed(bytes(data))
    return small


def main() -> None:
    """Minimise the file that is named."""
    engine = sys.argv[2] if len(sys.argv) > 2 else engines.GHOSTTY
    found = parse(Path(sys.argv[1]).read_text())
    actions, how = minimised(found, lambda candidate, patience: verdict(candidate, engine, patience))
    print(f"{how}: {len(actions)} actions", file=sys.stderr)
    sys.stdout.write(dump(actions))


if __name__ == "__main__":
    main()
