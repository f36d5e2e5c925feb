"""The lab that the programs under test talk to, and homes of their own for them."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ssmtui.demo import parse_export
from tests.support.pty_app import PtyApp, clean_environment

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="session")
def lab_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What `ssmtui lab` says to export, while it serves."""
    home = tmp_path_factory.mktemp("lab")
    with subprocess.Popen(
        [sys.executable, "-m", "ssmtui", "lab", "--nodes", "20"],
        env=clean_environment(home),
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as lab:
        assert lab.stdout is not None
        exports: dict[str, str] = {}
        while "AWS_SECRET_ACCESS_KEY" not in exports:
            line = lab.stdout.readline()
            assert line, "the lab ended before it had said where it is"
            exports |= parse_export(line)
        yield exports
        lab.send_signal(signal.SIGINT)
        assert lab.wait(10) == 0
        assert lab.stdout.read() == ""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home directory with nothing in it."""
    path = tmp_path / "home"
    path.mkdir()
    return path


@pytest.fixture
def environment(home: Path, lab_environment: dict[str, str]) -> dict[str, str]:
    """The environment of a person who works with the lab."""
    return clean_environment(home, **lab_environment)


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(environment: dict[str, str], home: Path) -> Run:
    """Runs ``ssmtui`` with arguments and pipes to its end."""

    def ssmtui(*arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ssmtui", *arguments],
            input=stdin,
            env={**environment, **more},
            cwd=home,
            capture_output=True,
            text=True,
            timeout=40,
            check=False,
        )

    return ssmtui


OpenPty = Callable[..., PtyApp]


@pytest.fixture
def in_pty(environment: dict[str, str]) -> OpenPty:
    """A ``PtyApp`` of ``ssmtui`` with arguments, to be used in a ``with``."""

    def open_pty(*arguments: str, cols: int = 100, rows: int = 30, **more: str) -> PtyApp:
        return PtyApp(arguments, {**environment, **more}, cols=cols, rows=rows)

    return open_pty
