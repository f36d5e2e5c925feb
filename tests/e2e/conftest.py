"""The lab that the programs under test talk to, and homes of their own for them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.lab_process import serve_lab
from tests.support.pty_app import PtyApp, clean_environment

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="session")
def lab_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The lab of all tests that leave it as it is."""
    with serve_lab(tmp_path_factory.mktemp("lab"), "--nodes", "20") as (exports, _):
        yield exports


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
