"""Tasks with a name, an owner and a kept reference: the only place that calls ``asyncio.create_task``.

The linter bans the bare call elsewhere. An owner holds one :class:`TaskGroup` and closes it when it goes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

Failure = Callable[[str, BaseException], None]
"""Told the task's name and what it died of."""


class TaskGroup:
    """The tasks of one owner. Unlike ``asyncio.TaskGroup`` it may live as long as its owner, and one failing task
    leaves the others alone: failures go to ``on_failure``, by default the loop's exception handler.
    """

    def __init__(self, owner: str, on_failure: Failure | None = None) -> None:
        self._owner = owner
        self._on_failure = on_failure
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run ``work`` as the task ``owner/name``."""
        task = asyncio.get_running_loop().create_task(work, name=f"{self._owner}/{name}")
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def __len__(self) -> int:
        return len(self._tasks)

    async def close(self) -> None:
        """Cancel what still runs and wait until all of it has ended. Failures on the way are reported as ever."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        if self._on_failure is not None:
            self._on_failure(task.get_name(), error)
        else:
            context = {"message": f"task {task.get_name()} failed", "exception": error, "task": task}
            task.get_loop().call_exception_handler(context)
