"""The limit of open files: raised, given back to children, and found in errors of libraries."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from ssmtui import desktop, open_files
from ssmtui.aws.translate import translate
from ssmtui.transport.websocket import _translated

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")
FULL = OSError(errno.EMFILE, "Too many open files")

SCRIPT = """if True:
    import resource, subprocess, sys
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, 60))
    from ssmtui import open_files
    command = [sys.executable, "-c", "import resource, sys; "
        "print(resource.getrlimit(resource.RLIMIT_NOFILE), sys.argv[1:])", "two words", "$HOME;"]
    assert open_files.as_before(command) == command
    open_files.raise_limit()
    print(resource.getrlimit(resource.RLIMIT_NOFILE), flush=True)
    subprocess.run(open_files.as_before(command), check=True)
"""


def test_fault_4_the_soft_limit_becomes_the_hard_one_and_children_get_back_what_there_was() -> None:
    told = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == ["(60, 60)", "(40, 60) ['two words', '$HOME;']"]


def test_fault_4_programs_of_the_desktop_have_the_limit_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "xdg-open"
    program.write_text('#!/bin/sh\n{ ulimit -Sn; echo "$@"; cat; } >"$OUT"\n')
    program.chmod(0o755)
    monkeypatch.setattr(open_files, "_before", [(40, 60)])
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "OUT": str(tmp_path / "out")}
    assert desktop.opens(["xdg-open", "https://a.example/?b=$(id)&c"], environment)
    assert (tmp_path / "out").read_text().splitlines() == ["40", "https://a.example/?b=$(id)&c"]
    assert desktop.takes(["xdg-open"], b"copied", environment)
    assert (tmp_path / "out").read_text().splitlines() == ["40", "", "copied"]


def test_fault_4_a_call_that_finds_no_descriptor_names_the_limit_and_not_the_network() -> None:
    from botocore.exceptions import EndpointConnectionError

    error = EndpointConnectionError(endpoint_url="https://ssm.eu-west-1.amazonaws.com", error=FULL)
    for told in (translate(error, "StartSession"), _translated(FULL, "ssmmessages.eu-west-1.amazonaws.com", None)):
        assert f"too many open files: the limit is {open_files.limit()}" in str(told)
        assert "ulimit -n" in str(told)
        assert "proxy" not in str(told)


def test_fault_4_a_dial_that_finds_no_descriptor_is_not_tried_again() -> None:
    assert not _translated(FULL, "ssmmessages.eu-west-1.amazonaws.com", None).is_passing


def test_an_error_of_another_kind_is_none_of_the_limit() -> None:
    assert open_files.exhausted(OSError(errno.ECONNREFUSED, "Connection refused")) == ""
