"""Work in the background: what takes the place of what was under way, and what never began."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from typing import Any

from textual.dom import DOMNode
from textual.worker import Worker

from ssmtui.ui.compat.patching import swap

Start = Callable[..., None]


def run_latest(node: DOMNode, work: Callable[[], Coroutine[Any, Any, None]], *, name: str, group: str) -> Worker[None]:
    """Run ``work`` in the place of what ``node`` runs in ``group``."""
    return node.run_worker(work, name=name, group=group, exclusive=True)


def _closing(start: Start) -> Start:
    def start_and_close(worker: Worker[Any], *given: Any, **named: Any) -> None:
        start(worker, *given, **named)
        work, task = worker._work, worker._task
        if task is not None and inspect.iscoroutine(work):
            task.add_done_callback(lambda _: work.close())

    return start_and_close


# Textual 8.2.8 leaves a coroutine whose worker is cancelled before its first step to the garbage, of which Python warns
# at some later time: the screen has gone, or other work has taken its place at once.
swap(Worker, "_start", _closing)
