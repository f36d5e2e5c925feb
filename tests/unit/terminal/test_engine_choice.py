from __future__ import annotations

import subprocess
import sys

import pytest

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines


def test_engines_are_created_by_name(engine_name: str) -> None:
    engine = engines.create(engine_name, TerminalSize(40, 6), 10)
    assert engine_name in type(engine).__name__.lower()


def test_no_engine_has_another_name() -> None:
    with pytest.raises(ValueError, match="nonesuch"):
        engines.create("nonesuch", TerminalSize(40, 6), 10)


def test_a_system_without_the_library_gets_the_plain_engine() -> None:
    code = (
        "import importlib.util as util\n"
        "find = util.find_spec\n"
        "util.find_spec = lambda name, package=None: None if name == 'pyghostty' else find(name, package)\n"
        "from ssmtui.model import TerminalSize\n"
        "from ssmtui.terminal import engines\n"
        "print(engines.default_name(), type(engines.create(None, TerminalSize(40, 6), 10)).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["bittty", "BitttyEngine"]
