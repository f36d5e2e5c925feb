"""The session documents of an account and region as forms ask for them: each is read once, until it is to be again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ssmtui.model import DocumentSummary, Scope, SessionDocument

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateway, Gateways

KEPT = 600.0
"""Seconds for which what was read is taken as what holds."""
MOST = 200
"""Documents that are kept; the oldest go first."""

Clock = Callable[[], float]


class DocumentLibrary:
    """What one gateway gives. Loop-bound. Errors are raised each time: what was refused may be allowed later."""

    def __init__(self, gateway: Gateway, clock: Clock = time.monotonic) -> None:
        self._gateway = gateway
        self._clock = clock
        self._list: tuple[float, Sequence[DocumentSummary]] | None = None
        self._documents: dict[str, tuple[float, SessionDocument]] = {}

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
        """One document. Raises :class:`ssmtui.errors.SsmtuiError`."""
        if (document := self.known(name)) is None:
            document = await self._gateway.document(name)
            if name not in self._documents and len(self._documents) >= MOST:
                del self._documents[next(iter(self._documents))]
            self._documents[name] = self._clock(), document
        return document

    def known(self, name: str) -> SessionDocument | None:
        """The document where it has been read not long ago."""
        read_at, document = self._documents.get(name, (0.0, None))
        return None if document is None or self._is_old(read_at) else document

    def forget(self) -> None:
        """Have everything read again."""
        self._list = None
        self._documents.clear()

    def _is_old(self, read_at: float) -> bool:
        return self._clock() - read_at > KEPT


class DocumentLibraries:
    """The libraries of all scopes, each made when it is asked for first."""

    def __init__(self, gateways: Gateways) -> None:
        self._gateways = gateways
        self._libraries: dict[Scope | None, DocumentLibrary] = {}

    def of(self, scope: Scope | None) -> DocumentLibrary:
        """The library of a scope; None is what the program was started for."""
        found = self._libraries.get(scope)
        if found is None:
            found = self._libraries[scope] = DocumentLibrary(self._gateways.gateway(scope))
        return found
