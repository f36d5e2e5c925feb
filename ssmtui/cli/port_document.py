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
    from ssmtui.model import SessionDocument


async def read_document(gateway: Gateway, name: str) -> SessionDocument | None:
    """What is known of a document; None where that is nothing: the service then has the last word."""
    document = None
    with suppress(ServiceError), LongWait(lambda: "AWS to describe the document"):
        document = await gateway.document(name)
    return port_documents.known(name, document)


def forward_of(
    name: str, document: SessionDocument | None, parameters: Mapping[str, tuple[str, ...]], bind: str
) -> Forward:
    """What the document, as :func:`read_document` gives it, forwards with ``parameters``, listened for on ``bind``.
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


async def settled(gateway: Gateway, forward: Forward) -> Forward:
    """``forward`` with what its document says, where it names one. Raises :class:`ssmtui.errors.DocumentError` where
    the document does not take what it is given."""
    if not forward.document_name:
        return forward
    return port_documents.checked(forward, await read_document(gateway, forward.document_name))
