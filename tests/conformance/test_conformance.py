"""Our engines against an independent emulator, xterm.js: text, attributes and cursor at each mark of each recording.

What xterm.js shows is written down in ``golden.json.xz``, so that the comparison runs everywhere. Where node and the
package are (``npm ci`` in ``xterm/``), a test sees that it still shows that; ``python -m tests.conformance.emulators``
writes it down anew, after a change of the recordings or of the package.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from ssmtui.terminal import engines
from tests.conformance import emulators
from tests.conformance.pictures import differences, shown
from tests.conformance.sequences import sequences

_README = Path(__file__).parents[2] / "README.md"
_VERDICTS = {"xterm", "reference", "policy", "library"}


@cache
def disagreements() -> dict[str, dict[str, str]]:
    """Why an engine and xterm.js may differ, by engine and case."""
    with (Path(__file__).parent / "disagreements.toml").open("rb") as file:
        entries = tomllib.load(file)["disagreement"]
    assert {entry["verdict"] for entry in entries} <= _VERDICTS
    listed: dict[str, dict[str, str]] = {name: {} for name in engines.NAMES}
    for entry in entries:
        for name in engines.NAMES:
            for case in entry.get(name, ()):
                assert case not in listed[name], f"{case} is listed twice"
                listed[name][case] = entry["reason"]
    return listed


def section(case: str) -> str:
    """What a case counts for in the README."""
    if case in sequences():
        return "Sequences"
    return "vttest's screens" if case.startswith("vttest") else "Programs' screens"


def scores() -> list[str]:
    """The rows of the README's table: how many cases agree, by section and engine."""
    rows = []
    for name in ("Sequences", "vttest's screens", "Programs' screens"):
        cases = [case for case in emulators.golden() if section(case) == name]
        agreed = [sum(case not in disagreements()[engine] for case in cases) for engine in engines.NAMES]
        rows.append(f"| {name} | " + " | ".join(f"{count} of {len(cases)}" for count in agreed) + " |")
    return rows


@pytest.mark.parametrize("engine", engines.NAMES)
@pytest.mark.parametrize("name", emulators.recordings())
def test_an_engine_shows_what_the_reference_shows(engine: str, name: str) -> None:
    for case, ours in emulators.ours(engine, emulators.recordings()[name]):
        theirs = emulators.golden()[case]
        found, why = differences(ours, theirs), disagreements()[engine].get(case)
        assert bool(found) == bool(why), (
            f"{case}: {' and '.join(found) or 'nothing'} differs; listed: {why or 'no'}\n"
            f"ours: {shown(ours)}\ntheirs: {shown(theirs)}"
        )


@pytest.mark.parametrize("engine", engines.NAMES)
def test_what_is_listed_is_a_case(engine: str) -> None:
    assert disagreements()[engine].keys() <= emulators.golden().keys()


def test_the_readme_tells_the_score() -> None:
    print("\n".join(scores()))
    told = re.findall(r"^\| (?:Sequences|vttest's screens|Programs' screens) \|.*$", _README.read_text(), re.M)
    assert told == scores()


@pytest.mark.skipif(not emulators.reference_is_here(), reason="needs node, and npm ci in tests/conformance/xterm")
def test_the_reference_still_shows_that() -> None:
    played = emulators.played()
    assert played.keys() == emulators.golden().keys()
    assert [case for case in played if played[case] != emulators.golden()[case]] == []
