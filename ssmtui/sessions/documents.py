"""Session documents, each read once for all who ask: forms, profiles, and sessions in passing."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from ssmtui.aws.gateway import Gateway
from ssmtui.errors import AccessDenied, DocumentError, SsmtuiError
from ssmtui.model import DocumentSummary, Scope, SessionDocument
from ssmtui.tasks import Tasks

log = logging.getLogger(__name__)

KEPT = 600.0
"""Seconds for which an answer is taken as the present one."""
MOST = 200
"""Documents that are kept of a scope; the oldest go first."""
NO_SUCH_DOCUMENT = "InvalidDocument"

Clock = Callable[[], float]
_Answer = SessionDocument | SsmtuiError
"""Errors are results, too: whether one is raised, kept or asked again depends on who asks."""


class DocumentLibrary:
    """The documents of one account and region. Loop-bound.

    Calls run as tasks of ``tasks``: all who ask meanwhile wait for the same one, and one that stops waiting takes
    nothing from the others.
    """

    def __init__(self, gateway: Gateway, tasks: Tasks, clock: Clock = time.monotonic) -> None:
        self._gateway = gateway
        self._tasks = tasks
        self._clock = clock
        self._list: tuple[float, Sequence[DocumentSummary]] | None = None
        self._asked: dict[str, tuple[float, asyncio.Task[_Answer]]] = {}

    @property
    def scope(self) -> Scope:
        """Whose documents they are."""
        return self._gateway.scope

    async def documents(self) -> Sequence[DocumentSummary]:
        """All session documents, own ones first. Raises :class:`ssmtui.errors.SsmtuiError`."""
        if self._list is None or self._is_old(self._list[0]):
            found = await self._gateway.documents()
            self._list = self._clock(), found
        return self._list[1]

    async def document(self, name: str) -> SessionDocument:
        """One document. Raises :class:`ssmtui.errors.SsmtuiError`, after asking anew: what was refused may be allowed
        by now."""
        answer = await self._answer(name)
        if isinstance(answer, SsmtuiError):
            raise answer
        return answer

    async def in_passing(self, name: str) -> SessionDocument | SsmtuiError:
        """One document, or why it cannot be read. A refusal is kept as long as a document is, so that a hundred
        sessions do not ask a hundred times; an error that may pass is not."""
        return await self._answer(name, refusal_will_do=True)

    def known(self, name: str) -> SessionDocument | None:
        """The document where it has been read not long ago."""
        answer = self._kept(name)
        return answer if isinstance(answer, SessionDocument) else None

    def forget(self) -> None:
        """Have everything read again."""
        self._list = None
        self._asked.clear()

    async def _answer(self, name: str, *, refusal_will_do: bool = False) -> _Answer:
        kept = self._kept(name)
        if isinstance(kept, SessionDocument) or (refusal_will_do and isinstance(kept, (AccessDenied, DocumentError))):
            return kept
        _, call = self._asked.get(name, (0.0, None))
        if call is None or call.done():
            if name not in self._asked and len(self._asked) >= MOST:
                del self._asked[next(iter(self._asked))]
            call = self._tasks.start(f"document {name}", self._read(name))
            self._asked[name] = self._clock(), call
        return await asyncio.shield(call)

    def _kept(self, name: str) -> _Answer | None:
        """What was answered not long ago."""
        asked_at, call = self._asked.get(name, (0.0, None))
        if call is None or not call.done() or call.cancelled() or self._is_old(asked_at):
            return None
        if call.exception() is not None:  # a defect, which those who waited for the call have seen
            return None
        return call.result()

    async def _read(self, name: str) -> _Answer:
        try:
            return await self._gateway.document(name)
        except SsmtuiError as error:
            log.debug("document %s: %s", name, error)
            return error

    def _is_old(self, asked_at: float) -> bool:
        return self._clock() - asked_at > KEPT


class DocumentLibraries:
    """The libraries of all scopes, each made when it is asked for first."""

    def __init__(self, gateway: Callable[[Scope | None], Gateway], tasks: Tasks, clock: Clock = time.monotonic) -> None:
        """``gateway`` gives that of a scope; for None that of the scope the program was started for."""
        self._gateway = gateway
        self._tasks = tasks
        self._clock = clock
        self._libraries: dict[Scope | None, DocumentLibrary] = {}

    def of(self, scope: Scope | None) -> DocumentLibrary:
        """The library of a scope; None is what the program was started for."""
        found = self._libraries.get(scope)
        if found is None:
            found = self._libraries[scope] = DocumentLibrary(self._gateway(scope), self._tasks, self._clock)
        return found
