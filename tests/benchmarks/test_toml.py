"""What edits of a TOML file of 1,000 tables cost, and what a shell waits for at Tab with 100,000 known nodes.

pytest tests/benchmarks/test_toml.py -m benchmark -s
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from ssmtui.cli.offers import COMPLETION
from ssmtui.config.toml_edit import TomlChange, edited, renamed
from ssmtui.config.toml_places import Places
from ssmtui.inventory.cache import NodeCache
from ssmtui.model import Node, Scope

pytestmark = pytest.mark.benchmark

TEXT = "".join(
    f'# about {number}\n[profiles."p {number}"]\ntarget = "i-{number}"\nlabels = ["a", "b"]\n\n'
    for number in range(1_000)
)
KEYS = ("target", "region", "reason", "document", "color")


def told(what: str, work: Callable[[], object]) -> None:
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    print(f"{what:<40}{best * 1_000:8.1f} ms")


def test_edits() -> None:
    new = [TomlChange(("profiles", f"new {number}", key), "x") for number in range(500) for key in KEYS]
    print()
    told("tomllib reads it", lambda: tomllib.loads(TEXT))
    told("lines of everything", lambda: Places(TEXT).line_of(("profiles",)))
    told("one value", lambda: edited(TEXT, [TomlChange(("profiles", "p 500", "target"), "x")]))
    told(
        "five values of one table", lambda: edited(TEXT, [TomlChange(("profiles", "p 500", key), "x") for key in KEYS])
    )
    told("500 new tables", lambda: edited(TEXT, new))
    told(
        "50 tables removed",
        lambda: edited(TEXT, [TomlChange(("profiles", f"p {number}"), None) for number in range(50)]),
    )
    told("a table renamed", lambda: renamed(TEXT, ("profiles", "p 500"), ("profiles", "z")))


def test_tab(tmp_path: Path) -> None:
    config, cache = tmp_path / "config" / "ssmtui", tmp_path / "cache" / "ssmtui"
    config.mkdir(parents=True)
    (config / "profiles.toml").write_text(TEXT)
    nodes = [Node(f"i-{number:017x}", f"web-{number}", tags={"env": "prod"}) for number in range(100_000)]
    NodeCache(cache / "inventory").save(Scope("prod", "eu-west-1"), "1", "", nodes, time.time())
    print()
    for begins in ("", "web-777", "nothing"):
        environment = {
            **os.environ,
            "XDG_CONFIG_HOME": str(config.parent),
            "XDG_CACHE_HOME": str(cache.parent),
            "COMP_WORDS": f"ssmtui connect {begins}",
            "COMP_CWORD": "2",
            COMPLETION: "bash_complete",
        }
        ask = partial(
            subprocess.run, [sys.executable, "-m", "ssmtui"], env=environment, capture_output=True, check=True
        )
        told(f"ssmtui connect {begins}", ask)
