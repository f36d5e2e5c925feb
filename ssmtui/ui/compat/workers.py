"""Work that takes the place of what was under way."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from textual.dom import DOMNode
from textual.worker import Worker


def run_latest(node: DOMNode, work: Callable[[], Coroutine[Any, Any, None]], *, name: str, group: str) -> Worker[None]:
    """Run ``work`` in the place of what ``node`` runs in ``group``. It is called within the worker: Textual 8.2.8
    leaves a coroutine that it is given to the garbage where another takes its place at once, of which Python warns."""
    return node.run_worker(work, name=name, group=group, exclusive=True)
