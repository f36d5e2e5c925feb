"""``ssmtui attach``: the screen, told what to bring back; and what the shell offers for it."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from ssmtui import wiring
from ssmtui.backend import Options
from ssmtui.cli import main, offers
from ssmtui.config import paths
from ssmtui.ledger.ledger import Ledger
from ssmtui.model import Scope, StartRequest


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """What the screen is opened with."""
    opened: list[Options] = []

    def run_app(options: Options) -> int:
        opened.append(options)
        return 0

    monkeypatch.setattr(wiring, "run_app", run_app)
    return opened


@pytest.mark.parametrize("names", [[], ["web"], ["web", "jane-0a1b"]])
def test_it_opens_the_screen_and_says_what_to_bring_back(names: list[str], opened: list[Options]) -> None:
    assert main.run(["--aws-profile", "prod", "attach", *names]) == 0
    assert [(one.attach, one.aws_profile) for one in opened] == [(tuple(names), "prod")]


def test_the_screen_without_the_verb_brings_nothing_back_by_itself(opened: list[Options]) -> None:
    assert main.run([]) == 0
    assert [one.attach for one in opened] == [None]


@pytest.mark.parametrize("option", ["--workspace=day", "--open=web"])
def test_two_things_to_begin_with_are_refused(
    option: str, opened: list[Options], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run([option, "attach"]) == 252
    assert "both say what to begin with" in capsys.readouterr().err
    assert opened == []


async def test_the_shell_offers_what_nobody_has(own_files: Path) -> None:
    places = paths.find()
    ledger = Ledger(places.ledger, places.journal)
    await ledger.open()
    for number, title in enumerate(("web", "db", "a $(bad) name")):
        entry = ledger.begin(StartRequest("i-1", scope=Scope("prod", "eu-west-1")), None, title)
        entry.answered(f"jane-{number}", "")
        assert await entry.begun()
        if title != "db":
            entry.detached(0, 10)
    await ledger.close()
    other = Ledger(places.ledger, places.journal)
    await other.open()
    running = other.begin(StartRequest("i-1", scope=Scope("prod", "eu-west-1")), None, "running")
    assert await running.begun()

    def offered(text: str) -> list[str]:
        context = click.Context(main.command)
        return [item.value for item in offers.left_alive(context, click.Argument(["names"]), text)]

    # One was detached, the other one's program is gone.
    assert sorted(offered("")) == ["db", "jane-0", "jane-1", "jane-2", "web"]
    assert offered("w") == ["web"]
    await other.close()


def test_without_a_ledger_nothing_is_offered(own_files: Path) -> None:
    assert offers.left_alive(click.Context(main.command), click.Argument(["names"]), "") == []
