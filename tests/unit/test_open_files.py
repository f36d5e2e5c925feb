"""The limit of open files: raised, given back to children, and found in errors of libraries."""

from __future__ import annotations

import errno
import subprocess
import sys

import pytest

from ssmtui import open_files
from ssmtui.aws.translate import translate
from ssmtui.transport.websocket import _translated

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")
FULL = OSError(errno.EMFILE, "Too many open files")

SCRIPT = """if True:
    import resource, subprocess, sys
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, 60))
    from ssmtui import open_files
    open_files.raise_limit()
    print(resource.getrlimit(resource.RLIMIT_NOFILE))
    if sys.platform == "linux":
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        open_files.restore(child.pid)
        print(resource.prlimit(child.pid, resource.RLIMIT_NOFILE))
        child.communicate(b"\\n")
    else:
        print((40, 60))
"""


def test_fault_4_the_soft_limit_becomes_the_hard_one_and_children_get_back_what_there_was() -> None:
    told = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == ["(60, 60)", "(40, 60)"]


def test_fault_4_a_call_that_finds_no_descriptor_names_the_limit_and_not_the_network() -> None:
    from botocore.exceptions import EndpointConnectionError

    error = EndpointConnectionError(endpoint_url="https://ssm.eu-west-1.amazonaws.com", error=FULL)
    for told in (translate(error, "StartSession"), _translated(FULL, "ssmmessages.eu-west-1.amazonaws.com")):
        assert f"too many open files: the limit is {open_files.limit()}" in str(told)
        assert "ulimit -n" in str(told)
        assert "proxy" not in str(told)


def test_an_error_of_another_kind_is_none_of_the_limit() -> None:
    assert open_files.exhausted(OSError(errno.ECONNREFUSED, "Connection refused")) == ""
