"""``ssmtui doctor``: what is printed, in which order, and the exit code."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from ssmtui import backend
from ssmtui.cli import doctor, main
from ssmtui.diagnosis import run
from ssmtui.diagnosis.findings import Check, Conclusion, Finding, Verdict
from ssmtui.model import Instance, PingStatus
from tests.support.diagnosis import NODE, OpenNetwork, Scene
from tests.support.fakes import FakeGateways

STOPPED = Instance(NODE.id, "stopped", "User initiated", instance_profile="arn")


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """What `ssmtui doctor` looks at."""
    scene = Scene()

    @asynccontextmanager
    async def open_backend(options: object, settings: object) -> AsyncIterator[Any]:
        yield SimpleNamespace(gateways=FakeGateways(scene))

    monkeypatch.setattr(backend, "open_backend", open_backend)
    monkeypatch.setattr(run, "Prober", OpenNetwork)
    return scene


def test_findings_are_printed_in_causal_order_and_the_cause_last(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    offline = NODE._replace(ping=PingStatus.CONNECTION_LOST)
    scene.told |= {"instance": STOPPED, "node": offline, "connection_status": False}
    assert main.run(["doctor", NODE.id]) == 254
    out = capsys.readouterr().out
    titles = [check.value for check in Check if check not in (Check.REFUSAL, Check.TAGS)]
    heads = [line for line in out.splitlines() if line[:1] in "✓✗!?" and line[2:20].strip() in titles]
    assert [line[2:20].strip() for line in heads] == titles
    assert f"✗ {'State':<18}  The instance is stopped\n" in out
    assert out.splitlines()[-2] == "✗ The instance is stopped."
    assert out.splitlines()[-1].startswith("  Start it: aws ec2 start-instances")
    assert "\x1b" not in out, "colours are for terminals"


def test_json(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.told |= {"instance": Instance(NODE.id, "stopped", "\x1b]0;x\x07", instance_profile="arn")}
    assert main.run(["doctor", "--json", "--document-name", "Acme", NODE.name]) == 254
    out = capsys.readouterr().out
    told = json.loads(out)
    assert told["cause"] == "instance"
    assert told["summary"] == "The instance is stopped"
    assert [one["check"] for one in told["checks"]][:5] == ["endpoint", "clock", "credentials", "channel", "target"]
    assert set(told["checks"][0]) == {"check", "title", "verdict", "what", "evidence", "fix"}
    assert out.isascii()
    assert "\x1b" not in out


def test_long_lines_are_broken_for_terminals_and_made_inert() -> None:
    finding = Finding(Check.PING, Verdict.BAD, "The agent is offline", "\x1b[31m" + "evidence " * 20, "mend " * 30)
    lines = [doctor.click.unstyle(line) for line in doctor.finding_lines(finding, 80)]
    assert lines[0] == f"✗ {'Ping':<18}  The agent is offline"
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in "".join(lines)
    assert sum("→" in line for line in lines) == 1
    assert all(line.startswith(" " * 22) for line in lines[1:])
    last = doctor.concluding_lines(Conclusion(Verdict.BAD, "word " * 30, "mend"), 60)
    assert doctor.click.unstyle(last[0]).startswith("✗ word")
    assert all(len(doctor.click.unstyle(line)) <= 60 for line in last)


def test_what_is_well_needs_no_fix() -> None:
    lines = doctor.finding_lines(Finding(Check.PING, Verdict.OK, "Online", "", "leave it"), 0)
    assert len(lines) == 1
