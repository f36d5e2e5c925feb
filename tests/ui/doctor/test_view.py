"""The doctor's view: what it shows, its keys, and the report that is shown before it is written."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ssmtui.checkup.results import CheckupArea
from ssmtui.diagnosis import run
from ssmtui.errors import AccessDenied
from ssmtui.ui.doctor.report_dialog import ReportDialog
from ssmtui.ui.doctor.view import DoctorView
from ssmtui.ui.kit.prompt import Prompt
from tests.support.diagnosis import OpenNetwork
from tests.support.fakes import FakeGateway
from tests.support.wait import wait_until
from tests.ui.harness import Harness

DENIED = AccessDenied(
    "User: arn:aws:iam::123456789012:user/jane is not authorized to perform: ec2:DescribeRegions because no "
    "identity-based policy allows the ec2:DescribeRegions action",
    operation="DescribeRegions",
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[profile prod]\nregion = eu-west-1\n")
    monkeypatch.setattr(run, "Prober", OpenNetwork)
    return tmp_path


@pytest.fixture
async def harness() -> AsyncIterator[Harness]:
    gateway = FakeGateway()
    gateway.denied_actions["ec2:DescribeRegions"] = DENIED
    async with Harness(gateway).run() as harness:
        yield harness


def reports(home: Path) -> list[Path]:
    """Those that have been written."""
    return list(home.glob("ssmtui-report-*.txt"))


async def opened(harness: Harness) -> DoctorView:
    """The view, complete."""
    await harness.ready()
    await harness.press("exclamation_mark")
    await wait_until("the view is in front", lambda: isinstance(harness.app.main.panes.front, DoctorView))
    view = harness.app.main.panes.front
    assert isinstance(view, DoctorView)
    await wait_until("all areas are looked at", lambda: view.is_complete)
    await harness.settle()
    return view


async def go_to(harness: Harness, view: DoctorView, name: str) -> None:
    for _ in view.lines.rows:
        if view.selected is not None and view.selected.name == name:
            return
        await harness.press("j")
    raise AssertionError(name)


async def test_all_areas_are_shown(harness: Harness) -> None:
    view = await opened(harness)
    assert [row.area for row in view.lines.rows if row.result is None] == list(CheckupArea)
    assert "✓ No problem was found." in harness.text()


async def test_what_is_denied_gives_the_policy_to_paste(harness: Harness) -> None:
    view = await opened(harness)
    await harness.press("g")
    await go_to(harness, view, "ec2:DescribeRegions")
    text = harness.text()
    assert "It is denied, no identity-based policy allows it." in text
    assert '"Action": "ec2:DescribeRegions"' in text
    await harness.press("y")
    await wait_until("it is copied", lambda: bool(harness.clipboard.given))
    assert harness.clipboard.given[0].startswith('{\n  "Version": "2012-10-17"')


async def test_only_problems_and_all_again(harness: Harness) -> None:
    view = await opened(harness)
    await harness.press("e")
    assert [row.result.name for row in view.lines.rows if row.result and row.area is CheckupArea.PERMISSIONS] == [
        "ec2:DescribeRegions"
    ]
    assert all(row.result is None or row.result.verdict.value != "ok" for row in view.lines.rows)
    await harness.press("e")
    assert any(row.area is CheckupArea.PROGRAM for row in view.lines.rows)


async def test_the_cursor_stays_where_it_was_put_while_results_come(harness: Harness) -> None:
    view = await opened(harness)
    await harness.press("G")
    last = view.selected
    assert last is not None
    assert last.area is CheckupArea.PROGRAM
    view.show_rows()
    assert view.selected == last


async def test_it_looks_again_and_closes(harness: Harness) -> None:
    view = await opened(harness)
    await harness.press("r")
    await wait_until("all areas are looked at again", lambda: view.is_complete)
    await harness.press("q")
    await wait_until("the view is gone", lambda: not isinstance(harness.app.main.panes.front, DoctorView))


async def test_closing_it_while_it_looks_leaves_nothing_behind(harness: Harness) -> None:
    await harness.ready()
    await harness.press("exclamation_mark")
    await wait_until("the view is in front", lambda: isinstance(harness.app.main.panes.front, DoctorView))
    await harness.press("escape")
    await wait_until("the view is gone", lambda: not isinstance(harness.app.main.panes.front, DoctorView))
    await wait_until("the checkup has ended", lambda: all(worker.name != "checkup" for worker in harness.app.workers))
    harness.refuse_defects()


async def test_the_report_is_shown_and_then_written(harness: Harness, home: Path) -> None:
    await opened(harness)
    await harness.press("b")
    await wait_until("the report is shown", lambda: isinstance(harness.app.screen, ReportDialog))
    assert not reports(home)
    await harness.settle()
    assert "This is all that the report holds" in harness.text()
    await harness.press("w")
    await wait_until("where to is asked", lambda: isinstance(harness.app.screen, Prompt))
    assert not reports(home)
    await harness.press("enter")
    await harness.tells("The report is in")
    (file,) = reports(home)
    text = file.read_text()
    assert "123456789012" not in text
    assert str(home) not in text
    assert "[profile profile-1]" in text
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_report_that_is_left_is_not_written(harness: Harness, home: Path) -> None:
    await opened(harness)
    await harness.press("b")
    await wait_until("the report is shown", lambda: isinstance(harness.app.screen, ReportDialog))
    await harness.press("escape")
    await wait_until("it is gone", lambda: not isinstance(harness.app.screen, ReportDialog))
    await harness.settle()
    assert not isinstance(harness.app.screen, Prompt)
    assert not reports(home)


async def test_it_fits_a_small_screen(home: Path) -> None:
    async with Harness(FakeGateway()).run((80, 24)) as harness:
        view = await opened(harness)
        assert view.lines.size.height >= 8
        assert all(len(line) <= 80 for line in harness.text().splitlines())
