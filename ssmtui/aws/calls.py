"""Where blocking calls run: a few named daemon threads.

``concurrent.futures`` joins its threads when the interpreter ends, so one call that hangs on a dead network would keep
the program from ending for as long as its timeouts last. These threads are left behind instead.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from ssmtui.errors import ConnectionFailed

T = TypeVar("T")

Job = tuple["Future[Any]", Callable[[], None]]

_STOP: None = None


class CallPool:
    """Runs functions in up to ``size`` threads, which are started when they are first needed."""

    def __init__(self, size: int = 8, name: str = "ssmtui-aws") -> None:
        self._size = size
        self._name = name
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._threads = 0
        self._closed = False
        self._lock = threading.Lock()

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Run ``work`` soon. Any thread may ask."""
        future: Future[T] = Future()
        self.enqueue(future, lambda: _do(future, work))
        return future

    def enqueue(self, future: Future[Any], job: Callable[[], None]) -> None:
        """Run ``job`` soon, which sets the result of ``future`` by itself, then or later, and raises nothing. Any
        thread may ask; raises :class:`ssmtui.errors.ConnectionFailed` once the pool is closed."""
        with self._lock:
            if self._closed:
                raise _closing()
            self._jobs.put((future, job))
            if self._idle.acquire(blocking=False) or self._threads >= self._size:
                return
            self._threads += 1
            number = self._threads
        threading.Thread(target=self._serve, name=f"{self._name}-{number}", daemon=True).start()

    async def run(self, work: Callable[[], T]) -> T:
        """Run ``work`` and wait for it. Cancelling stops the waiting only: a call that has begun goes on, and its
        result is dropped."""
        return await asyncio.wrap_future(self.submit(work))

    def close(self) -> None:
        """Cancel what waits and let the threads go when they come back from what they do."""
        with self._lock:
            self._closed = True
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is not None and not job[0].cancel():
                job[0].set_exception(_closing())  # it runs for the second time
        for _ in range(self._threads):
            self._jobs.put(_STOP)

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not _STOP:
            job[1]()
            # The references would keep a call's result alive until the next call.
            del job
            self._idle.release()


def _closing() -> ConnectionFailed:
    return ConnectionFailed("the program is closing", title="No more AWS calls are made")


def _do(future: Future[Any], work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as error:  # the caller that waits gets it; the thread must survive
        future.set_exception(error)
    else:
        future.set_result(result)
