"""Tasks with a name, an owner and a kept reference: the only place that calls ``asyncio.create_task``.

The linter bans the bare call elsewhere: asyncio holds only a weak reference to a task, which may be collected while it
runs (see the documentation of ``asyncio.create_task``). An owner holds one :class:`Tasks` and closes it when it goes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

Failure = Callable[[str, BaseException], None]
"""Called with the task's name and the exception that ended it."""


class Tasks:
    """The tasks of one owner. Unlike ``asyncio.TaskGroup`` it may live as long as its owner, not as long as a block,
    and one failing task leaves the others alone: failures go to ``on_failure``, by default the loop's exception
    handler. It fits as well where the first of several tasks to end decides, for what ends a block there is the
    exception itself.
    """

    def __init__(self, owner: str, on_failure: Failure | None = None) -> None:
        self._owner = owner
        self._on_failure = on_failure
        self._tasks: dict[asyncio.Task[Any], bool] = {}
        """Each task that runs, and whether somebody awaits its result."""

    def start(self, name: str, work: Coroutine[Any, Any, Any], *, awaited: bool = False) -> asyncio.Task[Any]:
        """Run ``work`` as the task ``owner/name``.

        With ``awaited`` the caller looks at the result, so a failure is not reported here as well. If nobody ever
        looks, asyncio reports the exception when the task is collected.
        """
        task = asyncio.get_running_loop().create_task(work, name=f"{self._owner}/{name}")
        self._tasks[task] = awaited
        task.add_done_callback(self._done)
        return task

    def __len__(self) -> int:
        return len(self._tasks)

    async def close(self) -> None:
        """Cancel what still runs and wait until all of it has ended.

        A failure on the way is reported, also that of an awaited task: nothing awaits it any more. A second
        cancellation of the caller interrupts the wait, so whatever else has to be closed belongs in a ``finally``
        around this.
        """
        # An owner may be closed from one of its own tasks, which cannot wait for its own end.
        running = {
            task: awaited
            for task, awaited in self._tasks.items()
            # One that is done has been awaited, or will be: it is still here because its callback has yet to run.
            if task is not asyncio.current_task() and not (awaited and task.done())
        }
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for task, awaited in running.items():
            if awaited and not task.cancelled() and (error := task.exception()) is not None:
                self._report(task, error)

    def _done(self, task: asyncio.Task[Any]) -> None:
        awaited = self._tasks.pop(task)
        if awaited or task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._report(task, error)

    def _report(self, task: asyncio.Task[Any], error: BaseException) -> None:
        if self._on_failure is not None:
            self._on_failure(task.get_name(), error)
        else:
            context = {"message": f"task {task.get_name()} failed", "exception": error, "task": task}
            task.get_loop().call_exception_handler(context)
