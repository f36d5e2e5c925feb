"""What each way of starting loads: a verb pays for nothing that it does not need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ssmtui.cli.main import VERBS

HEAVY = {
    "boto3", "botocore", "websockets", "textual", "rich", "pyghostty", "bittty", "asyncio", "platformdirs",
    "ssmtui.lab.lab", "ssmtui.ui.frame.app", "ssmtui.terminal.ghostty", "ssmtui.sessions.manager",
    "ssmtui.inventory.fleet", "ssmtui.inventory.query.parser",
    "ssmtui.config.toml_places", "textual.widgets._text_area",
}  # fmt: skip

LATE = HEAVY - {"textual", "rich", "asyncio", "platformdirs", "ssmtui.ui.frame.app"} | {
    "json", "tomllib", "pkgutil", "ctypes",
    "ssmtui.cli.columns", "ssmtui.demo", "ssmtui.terminal.wire", "ssmtui.terminal.signs", "ssmtui.config.snippets",
    "ssmtui.ui.frame.preloading", "ssmtui.ui.help.palette", "ssmtui.ui.panes.pane",
}  # fmt: skip
"""What the first frame does without: some of it is small, and adds up."""


def loaded_by(code: str, *, among: set[str] = HEAVY, home: Path | None = None) -> set[str]:
    """Those modules of ``among`` that are there in a fresh process after ``code``."""
    script = f"import sys\n{code}\nprint(*sorted(sys.modules))"
    # Otherwise the settings and the memory of whoever runs this test would be read.
    homes = {} if home is None else {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ, **homes}
    )
    return among & set(done.stdout.splitlines()[-1].split())


def test_version_loads_click_and_nothing_else() -> None:
    assert loaded_by("from ssmtui.cli.main import run\nrun(['--version'])") == set()


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_loads_nothing_before_it_runs(verb: str) -> None:
    assert loaded_by(f"from ssmtui.cli.{verb.replace('-', '_')} import command") <= {"asyncio"}


def test_the_help_page_loads_no_room_of_weight() -> None:
    assert loaded_by("from ssmtui.cli.main import run\nrun(['--help'])") <= {"asyncio"}


def test_a_listing_needs_no_screen_and_no_engine() -> None:
    arguments = ["--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:1", "nodes"]
    run = f"from ssmtui.cli.main import run\nrun({arguments})"
    loaded = loaded_by(f"import os\nos.environ |= {FAKE_CREDENTIALS}\n{run}")
    assert "boto3" in loaded
    assert loaded.isdisjoint({"textual", "rich", "pyghostty", "ssmtui.terminal.ghostty", "ssmtui.sessions.manager"})


def test_a_proxy_loads_what_one_connection_needs() -> None:
    arguments = ["--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:1", "proxy", "i-0a1b2c3d4e5f60718", "22"]
    heavy = HEAVY | {
        "ssmtui.inventory.query.query",
        "ssmtui.profiles.guards",
        "ssmtui.forwards.tunnel",
    }
    code = f"import os\nos.environ |= {FAKE_CREDENTIALS}\nfrom ssmtui.cli.main import run\nrun({arguments})"
    assert loaded_by(code, among=heavy) == {"boto3", "botocore", "websockets", "asyncio", "platformdirs"}


def test_connecting_needs_no_screen_and_no_engine() -> None:
    loaded = loaded_by("import ssmtui.cli.attached")
    assert loaded.isdisjoint({"textual", "rich", "boto3", "pyghostty", "ssmtui.terminal.ghostty"})


def test_forwarding_needs_no_screen_and_no_engine() -> None:
    loaded = loaded_by("import ssmtui.cli.tunnel_reports, ssmtui.forwards.tunnels")
    assert loaded.isdisjoint({"textual", "rich", "boto3", "pyghostty", "ssmtui.terminal.ghostty"})


def test_the_screen_is_there_before_aws_websockets_the_engine_and_the_filter_language() -> None:
    made = "from ssmtui.ui.services import Clock\nfrom ssmtui.ui.nodes.view import NodesView\nNodesView(Clock())"
    loaded = loaded_by(f"import ssmtui.wiring, ssmtui.ui.frame.app, ssmtui.ui.frame.main\n{made}")
    assert "textual" in loaded
    assert loaded <= {"textual", "rich", "asyncio", "platformdirs", "ssmtui.ui.frame.app"}


@pytest.mark.parametrize("options", ["", "demo=True"], ids=["aws", "demo"])
def test_the_first_frame_is_there_before_all_that_it_does_without(tmp_path: Path, options: str) -> None:
    assert loaded_by(FIRST_FRAME.format(options=options), among=LATE | {"textual"}, home=tmp_path) == {"textual"}


def test_the_lab_needs_nothing_of_the_client() -> None:
    assert loaded_by("import ssmtui.lab.lab").isdisjoint({"boto3", "textual", "pyghostty", "ssmtui.sessions.manager"})


FIRST_FRAME = """
import functools, os, ssmtui.cli.main, ssmtui.wiring
from ssmtui.backend import Options
from ssmtui.ui.frame.app import SsmtuiApp
from ssmtui.ui.frame.opening import ServicesOpening
def opened(opening):
    os.write(1, " ".join(sys.modules).encode())
    os._exit(0)
ServicesOpening.open = opened
SsmtuiApp.run_async = functools.partialmethod(SsmtuiApp.run_async, headless=True, size=(120, 40))
ssmtui.wiring.refuse_terminal = lambda: None
ssmtui.wiring.run_app(Options({options}))
"""
"""The whole program up to its first frame. Then it opens AWS and all else, in this test it ends."""

FAKE_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_MAX_ATTEMPTS": "1",
}  # fmt: skip
