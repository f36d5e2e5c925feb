"""The demo's lab as a child process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ssmtui import demo
from ssmtui.errors import ConnectionFailed
from tests.support.processes import is_running

TALKS = """
import os
import sys
for name in ("ENDPOINT_URL", "REGION", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
    print(f"export AWS_{name}='it is {name}'", flush=True)
"""
WAITS = "sys.stdin.read()"


def command(script: str) -> tuple[str, ...]:
    return (sys.executable, "-c", script)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("export A=b\n", {"A": "b"}),
        ("export A='b c'", {"A": "b c"}),
        ("export A=b=c", {"A": "b=c"}),
        ("# serving", {}),
        ("export A", {}),
        ("A=b", {}),
        ("export A='b", {}),
    ],
)
def test_export_lines(line: str, expected: dict[str, str]) -> None:
    assert demo.parse_export(line) == expected


async def test_the_lab_ends_with_its_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "COMMAND", command(TALKS + WAITS))
    lab = demo.DemoLab()
    address = await lab.start()
    assert address.endpoint_url == "it is ENDPOINT_URL"
    assert "SECRET_ACCESS_KEY" not in repr(address)
    pid = lab.pid
    assert pid is not None
    await lab.close()
    assert not is_running(pid)


async def test_the_real_lab_has_an_aws_profile_for_each_account_in_a_file_that_goes_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    lab = demo.DemoLab()
    try:
        address = await lab.start()
        assert address.profiles["prod"].access_key_id == address.access_key_id
        assert address.profiles["research"].region == "us-west-2"
        assert len({profile.access_key_id for profile in address.profiles.values()}) == len(address.profiles) == 8
        assert address.profiles["dev"].secret_access_key not in repr(address)
        [directory] = os.listdir(tmp_path)
        assert os.listdir(tmp_path / directory) == ["config"]
    finally:
        await lab.close()
    assert os.listdir(tmp_path) == []


async def test_a_lab_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "COMMAND", command(TALKS + "import sys\nsys.stdin.read()"))
    monkeypatch.setattr(demo, "STOP_TIMEOUT", 0.1)
    lab = demo.DemoLab()
    await lab.start()
    pid = lab.pid
    assert pid is not None
    await lab.close()
    assert not is_running(pid)


@pytest.mark.parametrize(
    ("script", "patience", "reason"),
    [("", 20.0, "it ended before it had said"), ("import sys\nsys.stdin.read()", 0.2, "it said nothing for")],
)
async def test_a_lab_that_does_not_start_is_told(
    monkeypatch: pytest.MonkeyPatch, script: str, patience: float, reason: str
) -> None:
    monkeypatch.setattr(demo, "COMMAND", command(script))
    monkeypatch.setattr(demo, "START_TIMEOUT", patience)
    monkeypatch.setattr(demo, "STOP_TIMEOUT", 0.1)
    lab = demo.DemoLab()
    with pytest.raises(ConnectionFailed, match=reason):
        await lab.start()
    await lab.close()


async def test_what_the_lab_complains_of_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(demo, "COMMAND", command("import sys\nsys.stderr.write('no pty left')\n" + TALKS + WAITS))
    lab = demo.DemoLab()
    await lab.start()
    await lab.close()
    assert "lab: no pty left" in caplog.text
