"""What a Port document named on the command line, or by a profile, forwards."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from ssmtui.cli.long_wait import LongWait
from ssmtui.cli.say import say
from ssmtui.documents import port_documents
from ssmtui.documents.port_forwards import Forward, destination_parameters, given_by
from ssmtui.errors import ServiceError

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateway
    from ssmtui.model import SessionDocument, StartRequest


class DocumentReader:
    """Reads the documents of one account and region, each once."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._read: dict[str, SessionDocument | None] = {}

    async def of(self, name: str) -> SessionDocument | None:
        """What is known of a document; None where that is nothing: the service then has the last word."""
        if name not in self._read:
            document = None
            with suppress(ServiceError), LongWait(lambda: "AWS to describe the document"):
                document = await self._gateway.document(name)
            self._read[name] = port_documents.known(name, document)
        return self._read[name]

    async def is_port(self, name: str | None) -> bool:
        """Whether a document is known to carry connections, and to have no terminal."""
        return bool(name) and port_documents.is_port(await self.of(str(name)))

    async def carries_one(self, request: StartRequest) -> bool:
        """Whether a session of ``request`` is known to carry one connection and to end with it, as
        AWS-StartSSHSession's does. Raises :class:`ssmtui.errors.DocumentError` where the document takes no such
        parameters."""
        if not request.document_name:
            return False
        document = await self.of(request.document_name)
        return (
            document is not None
            and document.complete
            and port_documents.is_port(document)
            and port_documents.use_of(document, request.parameters).one_connection
        )

    async def settled(self, forward: Forward) -> Forward:
        """``forward`` with what its document says, where it names one. Raises :class:`ssmtui.errors.DocumentError`
        where the document does not take what it is given."""
        if not forward.document_name:
            return forward
        return port_documents.checked(forward, await self.of(forward.document_name))


def forward_of(
    name: str, document: SessionDocument | None, parameters: Mapping[str, tuple[str, ...]], bind: str
) -> Forward:
    """What the document, as :class:`DocumentReader` has it, forwards with ``parameters``, listened for on ``bind``.
    Says what is done otherwise than it asks. Raises :class:`ssmtui.errors.DocumentError`."""
    if document is None:
        # The node says where it leads, once the session is there.
        return Forward(0, bind=bind, document_name=name, given=given_by(parameters))
    use = port_documents.use_of(document, parameters)
    for note in use.notes:
        say(note)
    return use.forward._replace(bind=bind)


def through(forward: Forward, name: str, parameters: Mapping[str, tuple[str, ...]]) -> Forward:
    """``forward`` with the document ``name`` in the place of AWS's, which gets the destination and ``parameters``."""
    given = {**dict(destination_parameters(forward.port, forward.host)), **parameters}
    return forward._replace(document_name=name, given=given_by(given))
