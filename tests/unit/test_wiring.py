import os
import subprocess
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from ssmtui import wiring
from ssmtui.errors import AccessDenied, ConnectionFailed, CredentialsError


@pytest.mark.parametrize("error", [CredentialsError("expired"), AccessDenied("no"), ConnectionFailed("no route")])
async def test_the_program_opens_for_whoever_is_not_known(error):
    """What the listing is refused is told by it, and another AWS profile can be chosen."""

    class Gateway:
        async def identity(self) -> None:
            raise error

    assert await wiring._identity(cast("Any", Gateway())) is None


@pytest.mark.parametrize("recorded", [False, True])
async def test_a_demo_leaves_only_what_was_recorded(recorded, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with AsyncExitStack() as stack:
        directory = wiring._demo_recordings(stack)
        if recorded:
            (directory / "web.cast").write_text("{}")
    assert list(tmp_path.iterdir()) == ([directory] if recorded else [])


def test_fault_23_what_a_killed_demo_has_left_is_removed_if_it_is_empty(tmp_path: Path) -> None:
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    left, recorded = tmp_path / f"ssmtui-demo-{gone.pid}-abcd", tmp_path / f"ssmtui-demo-{gone.pid}-efgh"
    alive, other = tmp_path / f"ssmtui-demo-{os.getpid()}-abcd", tmp_path / "ssmtui-demo-somebody-else"
    for directory in (left, recorded, alive, other):
        directory.mkdir()
    (recorded / "x.cast").touch()
    wiring._tidy_demos(tmp_path)
    assert set(tmp_path.iterdir()) == {recorded, alive, other}
