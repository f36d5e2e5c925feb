"""What a list of actions does to an engine, tried in a process of its own: a fork, so that thousands are quick."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from functools import cache

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines
from tests.fuzz.actions import Action, apply

SURVIVED = "survived"
HUNG = "hung"
RAISED = "raised"
SLOW = "slow"

SLOW_SECONDS = 0.1
"""Processor time of one action from which on it is slow."""
PATIENCE = 0.6
"""Seconds of processor time after which a trial counts as hung; a megabyte of the worst takes a third of it."""
SIZE = TerminalSize(80, 24)
SCROLLBACK = 1000


def verdict(actions: Sequence[Action], engine: str = engines.GHOSTTY, patience: float = PATIENCE) -> str:
    """``SURVIVED``, ``SLOW``, ``RAISED``, ``HUNG`` or the name of the signal that it died of."""
    _load(engine)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _run(actions, engine, patience, writer)
    os.close(writer)
    try:
        told = os.read(reader, 64).decode()
    finally:
        os.close(reader)
    status = os.waitpid(pid, 0)[1]
    if not os.WIFSIGNALED(status):
        return told
    died_of = signal.Signals(os.WTERMSIG(status))
    return HUNG if died_of == signal.SIGPROF else died_of.name


@cache
def _load(engine: str) -> None:
    """Load what a fork would otherwise load each time."""
    engines.create(engine, SIZE, SCROLLBACK).close()


def _run(actions: Sequence[Action], engine: str, patience: float, writer: int) -> None:
    told = RAISED
    try:
        signal.setitimer(signal.ITIMER_PROF, patience)  # ends it wherever it hangs
        terminal = engines.create(engine, SIZE, SCROLLBACK)
        told = SURVIVED
        for action in actions:
            began = time.thread_time()
            apply(terminal, action)
            if time.thread_time() - began > SLOW_SECONDS:
                told = SLOW
    except Exception:
        told = RAISED
    finally:
        os.write(writer, told.encode())
        os._exit(0)
