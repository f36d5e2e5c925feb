"""The first frame against ``aws --version`` in the same run. Figures are printed; the clock fails nothing.

pytest tests/benchmarks/test_start.py -m benchmark -s
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from statistics import median

import pytest

from tests.support.pty_app import PtyApp, clean_environment

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(180)]

ROUNDS = 9
FIRST_FRAME = b"Nodes"
"""The name of the first tab, painted with the first frame."""


def seconds_to_first_frame(arguments: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    with PtyApp(arguments, environment, cols=120, rows=40) as app:
        app.wait_until("the first frame", lambda: app.text and FIRST_FRAME in app.output)
        return time.perf_counter() - began


def seconds_of(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - began


def test_the_first_frame(tmp_path: Path) -> None:
    aws = shutil.which("aws")
    if aws is None:
        pytest.skip("the AWS CLI is not on PATH")
    environment = clean_environment(tmp_path)
    taken: dict[str, list[float]] = {"aws --version": [], "ssmtui --demo": [], "ssmtui": []}
    for _ in range(ROUNDS):
        taken["aws --version"].append(seconds_of([aws, "--version"]))
        taken["ssmtui --demo"].append(seconds_to_first_frame(["--demo"], environment))
        taken["ssmtui"].append(seconds_to_first_frame([], environment))
    peer = median(taken["aws --version"])
    print(f"\nfirst frame, median of {ROUNDS}")
    for name, seconds in taken.items():
        print(f"  {name:14} {median(seconds):6.3f} s   {median(seconds) / peer:5.2f} of aws --version")
