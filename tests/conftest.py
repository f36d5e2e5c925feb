"""How many workers run the suite, and the same signals, seed and garbage collection for all that it runs."""

from __future__ import annotations

import compileall
import gc
import os
import random
import re
import signal
import sys
import threading
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import ssmtui

TESTS = Path(__file__).parent
SEED = "1"
"""What every random draw starts from, unless ``--hypothesis-seed`` gives another number, or ``random``."""

# No limit depends on how busy the machine is, and no run on what an earlier one has found and kept.
settings.register_profile("suite", database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


@pytest.hookimpl(tryfirst=True)  # Hypothesis reads the option in this hook
def pytest_configure(config: pytest.Config) -> None:
    """Have the same seed in all workers and all runs."""
    given = getattr(config, "workerinput", {}).get("seed") or config.option.hypothesis_seed or SEED
    config.option.hypothesis_seed = str(random.randrange(1 << 32)) if given == "random" else given
    if not hasattr(config, "workerinput"):
        # Each of the hundreds of programs that the tests start would compile the sources of a fresh tree again where
        # Python may not write bytecode.
        compileall.compile_dir(Path(ssmtui.__path__[0]), quiet=1)
        if getattr(config.option, "numprocesses", None):
            _compile_tests(config)


def _compile_tests(config: pytest.Config) -> None:
    """Compile the tests once, on all processors, before the workers start.

    In a fresh tree, and in every run where Python may not write bytecode, each worker would rewrite the assertions of
    all of them by itself, which takes twice as long as to collect them afterwards; and those of Hypothesis, because it
    is a plugin.
    """
    compileall.compile_dir(TESTS, rx=re.compile(r"[/\\](test_[^/\\]*|conftest)\.py$"), quiet=1)
    if "fork" not in get_all_start_methods():
        return
    context = get_context("fork")
    loaded = {Path(module.__file__) for module in [*sys.modules.values()] if _was_rewritten(module) and module.__file__}
    files = sorted({*TESTS.rglob("test_*.py"), *loaded}, key=lambda path: path.stat().st_size)
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    shares = [
        context.Process(target=_rewrite, args=(files[number::processors], config)) for number in range(processors)
    ]
    for share in shares:
        share.start()
    for share in shares:
        share.join()


def _was_rewritten(module: ModuleType) -> bool:
    return type(getattr(module, "__loader__", None)).__name__ == "AssertionRewritingHook"


def _rewrite(files: list[Path], config: pytest.Config) -> None:
    """Write what pytest makes of these files, unless it is there.

    pytest has no public way to do so without running them: if its own has changed, each worker does as before.
    """
    try:
        from _pytest.assertion import rewrite

        for path in files:
            pyc = rewrite.get_cache_dir(path) / (path.stem + rewrite.PYC_TAIL)
            if rewrite._read_pyc(path, pyc) is None and rewrite.try_makedirs(pyc.parent):
                known_as, code = rewrite._rewrite_test(path, config)
                rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, known_as, pyc)
    except Exception as error:
        print(f"The tests are compiled by each worker: {type(error).__name__}: {error}")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a worker of pytest-xdist the seed."""
    node.workerinput["seed"] = node.config.option.hypothesis_seed


def _seed(config: pytest.Config) -> str:
    return f"seed: {config.option.hypothesis_seed} (--hypothesis-seed=N or =random changes it)"


def pytest_report_header(config: pytest.Config) -> str:
    """The seed, before the tests."""
    return _seed(config)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The seed once more beside failures: -q shows no header."""
    if terminalreporter.stats.get("failed") or terminalreporter.stats.get("error"):
        terminalreporter.write_line(_seed(config))


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> str:
    """What a test that draws by itself starts from."""
    return str(pytestconfig.option.hypothesis_seed)


def pytest_xdist_auto_num_workers() -> int:
    """Workers of ``-n auto``: twice as many as there are processors, for many tests wait for a real program."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return 2 * processors


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Let workers that are done take tests from others: all tests of the real program stand together, and the worker
    that got them had minutes to go when the rest was done."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log) if config.getvalue("dist") == "load" else None


def _reset_signals() -> None:
    """Under nohup, cron or a script's ``&`` some signals are ignored, and every program that a test starts would ignore
    them too: exec turns a handler into the default, and keeps SIG_IGN. The suite itself goes on ignoring them."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("HUP", "INT", "QUIT", "TSTP", "TTIN", "TTOU", "TERM", "CHLD", "ALRM"):
        number = getattr(signal, f"SIG{name}", None)
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda number, frame: None)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, ())


_reset_signals()

# The thousands of functions and classes of the tests live to the end: each full collection that walks through them
# costs more than what it frees. A third of the time of a test of the screen went into that.
gc.set_threshold(50_000, 20, 20)


def pytest_collection_finish() -> None:
    """Leave what was collected out of all garbage collections from here on."""
    gc.collect()
    gc.freeze()
