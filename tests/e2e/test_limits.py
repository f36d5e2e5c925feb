"""The program under a limit on address space (``ulimit -v``)."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from ssmtui import address_space
from tests.support.lab_process import DEMO_NODES
from tests.support.pty_app import PtyApp, clean_environment


def limited(home: Path, kilobytes: int, *arguments: str) -> PtyApp:
    """``ssmtui --demo``, started by a shell that limits it."""
    command = f'ulimit -v {kilobytes} && exec "{sys.executable}" -m ssmtui --demo {" ".join(arguments)}'
    return PtyApp([], clean_environment(home), program=("sh", "-c", command))


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
@pytest.mark.parametrize("kilobytes", [600_000, address_space.LEAST >> 10])
def test_fault_21_the_program_starts_under_a_limit_on_address_space(home: Path, kilobytes: int) -> None:
    with limited(home, kilobytes) as app:
        app.wait_for_text(f"{DEMO_NODES} nodes")
        app.send("q")
        assert app.wait_for_exit(20) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_fault_21_connect_needs_no_more_than_the_screen(home: Path) -> None:
    with limited(home, address_space.LEAST >> 10, "connect", "api-1") as app:
        app.wait_for_text("api-1:~$")
        [peak] = re.findall(r"VmPeak:\s+(\d+)", Path(f"/proc/{app.pid}/status").read_text())
        assert int(peak) << 10 < address_space.LEAST * 3 // 4, "it would meet the limit with one more thread or two"
        app.send("\r~.")
        assert app.wait_for_exit(20) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_fault_21_verbs_that_call_aws_refuse_too_small_a_limit(home: Path) -> None:
    with limited(home, 150_000, "connect", "api-1") as app:
        assert app.wait_for_exit(20) == 253
        assert "limits a program to 146 MB of address space" in " ".join(app.text.split())
    with limited(home, 150_000, "info") as app:
        assert app.wait_for_exit(20) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_fault_21_too_small_a_limit_is_said_in_a_sentence(home: Path) -> None:
    with limited(home, 150_000) as app:
        assert app.wait_for_exit(20) == 253
        told = " ".join(app.text.split())
        assert "limits a program to 146 MB of address space" in told
        assert "ulimit -v 262144" in told
