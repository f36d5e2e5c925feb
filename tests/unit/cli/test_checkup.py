"""``ssmtui doctor`` without a target: what is printed, the exit code, and the report that is written after a yes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
import pytest

from ssmtui.checkup import program
from ssmtui.checkup.results import CheckupArea, Result
from ssmtui.cli import checkup, main, questions
from ssmtui.diagnosis.findings import Verdict
from ssmtui.diagnosis.probe import Probe


@pytest.fixture(autouse=True)
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person without any configuration, and a network in which everything is reached."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    async def reached(self: object, url: str) -> Probe:
        return Probe(url.partition("://")[2], 443, clock_ahead=0.0)

    monkeypatch.setattr("ssmtui.diagnosis.probe.Prober.__call__", reached)
    return tmp_path


def test_it_works_with_nothing_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["doctor"]) == 254
    out = capsys.readouterr().out
    titles = [line for line in out.splitlines() if line in {area.value for area in CheckupArea}]
    assert titles == [area.value for area in CheckupArea], "in causal order"
    assert out.splitlines()[-2].startswith("✗ AWS configuration, files: there is no AWS configuration on this machine")
    assert "ssmtui --demo" in out.splitlines()[-1]
    assert "\x1b" not in out, "colours are for terminals"


def test_it_works_with_broken_settings(nothing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = nothing / "config" / "ssmtui" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text("theme = \n")
    assert main.run(["doctor"]) == 254
    assert "✗ Settings" in capsys.readouterr().out.splitlines()[-2]


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["doctor", "--json"]) == 254
    out = capsys.readouterr().out
    told = json.loads(out)
    assert told["verdict"] == "bad"
    assert told["cause"] == "configuration"
    assert {one["check"] for one in told["checks"]} == {area.name.lower() for area in CheckupArea}
    assert set(told["checks"][0]) == {"check", "title", "name", "verdict", "what", "evidence", "fix", "policy", "note"}
    assert out.isascii()


def test_lines_of_a_result() -> None:
    statement = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}
    denied = Result(
        CheckupArea.PERMISSIONS, "x:Y", Verdict.WARN, "It is denied", "AWS said so.", "Ask " * 20, statement
    )
    lines = [click.unstyle(line) for line in checkup.result_lines(denied, 60, shows_all=False)]
    assert lines[0] == "! x:Y: It is denied"
    assert lines[1] == "    AWS said so."
    assert lines[2].startswith("    → Ask")
    assert json.loads("".join(lines[lines.index("    {") :])) == statement
    assert lines[-1] == "    }"
    well = Result(CheckupArea.PROGRAM, "ssmtui", Verdict.OK, "1.0", "where it is")
    assert len(checkup.result_lines(well, 60, shows_all=False)) == 1
    assert len(checkup.result_lines(well, 60, shows_all=True)) == 2


def test_a_report_is_only_shown(nothing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(nothing.rglob("*"))
    assert main.run(["doctor", "--bundle", "-"]) == 254
    assert capsys.readouterr().out.startswith("A report of ssmtui ")
    assert sorted(nothing.rglob("*")) == before


def test_a_report_is_written_after_a_yes(
    nothing: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = nothing / "report.txt"
    seen: list[str] = []

    def typed(text: str, default: str) -> str:
        assert not file.exists()
        seen.append(capsys.readouterr().out)  # shown before it is asked for
        return answers.pop(0)

    monkeypatch.setattr(questions, "can_ask", lambda: True)
    monkeypatch.setattr(questions, "_prompt", typed)
    answers = ["no", "", "y"]
    assert main.run(["doctor", "--bundle", str(file)]) == 252
    assert not file.exists()
    answers = ["yes"]
    assert main.run(["doctor", "--bundle", str(file)]) == 254
    assert file.read_text() == seen[-1]
    assert seen[0].startswith("A report of ssmtui ")


def test_a_report_for_scripts(nothing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = nothing / "report.txt"
    assert main.run(["doctor", "--bundle", str(file)]) == 252, "nobody can answer here"
    assert not file.exists()
    assert main.run(["doctor", "--bundle", str(file), "--yes"]) == 254
    assert file.read_text() == capsys.readouterr().out
    assert main.run(["doctor", "--bundle", str(file), "--yes"]) == 252, "it exists"
    assert main.run(["doctor", "web-1", "--bundle", "x", "--yes"]) == 252
    assert main.run(["doctor", "--json", "--bundle", "-"]) == 252


def test_a_defect_is_no_crash(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(program, "check", lambda: 1 / 0)
    assert main.run(["doctor"]) == 254
    assert "The check itself broke (ZeroDivisionError)" in capsys.readouterr().out
