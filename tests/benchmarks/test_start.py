"""The first frame against ``aws --version`` in the same run, and how soon a node of the last run can be opened. Figures
are printed; the clock fails nothing.

pytest tests/benchmarks/test_start.py -m benchmark -s
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import pytest

from tests.support.lab_process import DEMO_NODES, serve_lab
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


IMPORTS = {
    "command line": "import ssmtui.cli.main",
    "first frame": "import ssmtui.wiring, ssmtui.ui.frame.app, ssmtui.ui.frame.main",
    "AWS": "import ssmtui.aws.gateways, ssmtui.aws.session, boto3, botocore.credentials",
}
"""What is imported by when: for every command, before the first frame, and for the first call."""


def test_what_awscrt_costs(tmp_path: Path) -> None:
    """The library that signs for profiles of ``aws login`` is there for everybody, who has such a profile or not."""
    aws = shutil.which("aws")
    if aws is None:
        pytest.skip("the AWS CLI is not on PATH")
    without = tmp_path / "without"
    (without / "awscrt").mkdir(parents=True)
    (without / "awscrt/__init__.py").write_text("raise ImportError('hidden for a benchmark')\n")
    environments = {"with": clean_environment(tmp_path), "without": clean_environment(tmp_path)}
    environments["without"]["PYTHONPATH"] = os.pathsep.join(
        [str(without), environments["without"].get("PYTHONPATH", "")]
    )
    for name, environment in environments.items():
        asked = subprocess.run(
            [sys.executable, "-c", "import botocore.compat; print(botocore.compat.HAS_CRT)"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert asked.stdout.strip() == str(name == "with")
    frames: dict[str, list[float]] = {}
    imports: dict[tuple[str, str], list[float]] = {}
    waited, used = [], []
    for _ in range(ROUNDS):
        waited.append(seconds_of([aws, "--version"]))
        used.append(processor_seconds([aws, "--version"], None))
        for name, environment in environments.items():
            frames.setdefault(name, []).append(seconds_to_first_frame([], environment))
            for what, code in IMPORTS.items():
                spent = processor_seconds([sys.executable, "-c", code], environment)
                imports.setdefault((what, name), []).append(spent)
    print(f"\nmedian of {ROUNDS}; aws --version: {median(waited):.3f} s, {median(used):.3f} s of the processor's")
    for name, seconds in frames.items():
        print(f"  first frame {name:8} awscrt {median(seconds):6.3f} s   {median(seconds) / median(waited):5.2f} of it")
    for (what, name), seconds in sorted(imports.items()):
        ratio = median(seconds) / median(used)
        print(
            f"  import for {what:14} {name:8} awscrt {median(seconds):6.3f} s of the processor's   {ratio:5.2f} of it"
        )


def processor_seconds(command: list[str], environment: dict[str, str] | None) -> float:
    """What a program uses of the processor: other programs hardly change that."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_utime + usage.ru_stime


def test_the_first_tab(tmp_path: Path) -> None:
    """From the start: the first frame, the nodes of the last run, and the tab of a node that enter was pressed on as
    soon as it was there. The lab is a process of its own and answers at once."""
    (tmp_path / "lab").mkdir()
    (tmp_path / "home" / ".aws").mkdir(parents=True)
    environment = clean_environment(tmp_path / "home")
    taken: dict[str, list[float]] = {"first frame": [], "remembered nodes": [], "tab of a node": []}
    with serve_lab(tmp_path / "lab") as (lab, _):
        (tmp_path / "home" / ".aws" / "config").write_text(
            f"[profile prod]\nregion = {lab['AWS_REGION']}\nendpoint_url = {lab['AWS_ENDPOINT_URL']}\n"
            f"aws_access_key_id = {lab['AWS_ACCESS_KEY_ID']}\naws_secret_access_key = {lab['AWS_SECRET_ACCESS_KEY']}\n"
        )
        arguments = ["--aws-profile", "prod"]
        with PtyApp(arguments, environment, cols=120, rows=40) as app:
            app.wait_for_text("just now")
            app.wait_for_text(f"{DEMO_NODES} nodes")
            app.send("q")
            app.wait_for_exit()
        for _ in range(ROUNDS):
            began = time.perf_counter()
            with PtyApp(arguments, environment, cols=120, rows=40) as app:
                app.wait_until("the first frame", lambda: app.text and FIRST_FRAME in app.output)
                taken["first frame"].append(time.perf_counter() - began)
                app.wait_for_text(f"{DEMO_NODES} nodes")
                taken["remembered nodes"].append(time.perf_counter() - began)
                app.send("\r")
                app.wait_for_text("2 ad-dc-1")
                taken["tab of a node"].append(time.perf_counter() - began)
    print(f"\na start with known nodes, median of {ROUNDS}")
    for name, seconds in taken.items():
        print(f"  {name:16} {median(seconds):6.3f} s")
