"""Session documents as sessions ask for them in passing: each once for all of them, and never an error."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from ssmtui.aws.gateway import Gateway
from ssmtui.errors import AccessDenied, DocumentError, SsmtuiError
from ssmtui.model import SessionDocument
from ssmtui.tasks import Tasks

log = logging.getLogger(__name__)

KEPT = 600.0
"""Seconds for which an answer is taken as the present one."""
NO_SUCH_DOCUMENT = "InvalidDocument"


class DocumentCache:
    """Documents by name. Calls run as tasks of ``tasks``, so that one who stops waiting takes nothing from others."""

    def __init__(self, gateway: Gateway, tasks: Tasks, clock: Callable[[], float] = time.monotonic) -> None:
        self._gateway = gateway
        self._tasks = tasks
        self._clock = clock
        self._asked: dict[str, tuple[float, asyncio.Task[SessionDocument | None]]] = {}

    async def get(self, name: str) -> SessionDocument | None:
        """The document; an empty one when the service knows none of this name, None when it cannot be read."""
        asked_at, call = self._asked.get(name, (0.0, None))
        if call is None or call.cancelled() or self._clock() - asked_at > KEPT:
            call = self._tasks.start(f"document {name}", self._read(name))
            self._asked[name] = self._clock(), call
        return await asyncio.shield(call)

    async def _read(self, name: str) -> SessionDocument | None:
        try:
            return await self._gateway.document(name)
        except SsmtuiError as error:
            log.debug("document %s: %s", name, error)
            if isinstance(error, DocumentError) and error.code == NO_SUCH_DOCUMENT:
                return SessionDocument(name)
            if not isinstance(error, (AccessDenied, DocumentError)):
                # What may pass is asked again by the next session.
                self._asked.pop(name, None)
            return None
