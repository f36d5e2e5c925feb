"""Where a Port document leads, by what it says and what it is given (protocol.md sections 6.4 and 6.5). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from ssmtui import inert
from ssmtui.documents import checks
from ssmtui.documents.facts import PORT
from ssmtui.documents.port_forwards import HOST_DOCUMENT, PORT_DOCUMENT, Forward, Given, given_by, parse
from ssmtui.errors import DocumentError
from ssmtui.model import DocumentParameter, SessionDocument

SSH_DOCUMENT = "AWS-StartSSHSession"
"""One connection to a port of the node, without a listener of the client's."""
LOCAL_PORT_FORWARDING = "LocalPortForwarding"
"""The ``type`` of those that carry many connections, one after the other or side by side."""
LOCAL_PORT = "localPortNumber"
MAX_PORT = 65_535

Parameters = Mapping[str, tuple[str, ...]]

_PLACEHOLDER = re.compile(r"\{\{\s*([\w.:/-]+)\s*\}\}", re.ASCII)
_ON_THE_NODE = "{{"
"""Begins what only the node fills in: a reference to the parameter store."""


class PortUse(NamedTuple):
    """How a Port document is used as a tunnel."""

    forward: Forward
    one_connection: bool = False
    """Whether each of its sessions carries one connection and ends with it."""
    notes: tuple[str, ...] = ()
    """What differs from what the document says, each a sentence."""


def known(name: str, document: SessionDocument | None) -> SessionDocument | None:
    """``document`` as it was read; where it was not, or only its parameters, what AWS's documents of that name say."""
    if document is not None and document.complete:
        return document
    return _AWS_S.get(name, document)


def is_port(document: SessionDocument | None) -> bool:
    """Whether ``document`` is known to start Port sessions."""
    return document is not None and document.session_type == PORT


def use_of(document: SessionDocument, parameters: Parameters) -> PortUse:
    """The tunnel that ``document`` makes with these ``parameters``.

    Of a document of which only the parameters could be read, port and host stay unknown until the node says them.
    Raises :class:`ssmtui.errors.DocumentError`: why there is no such tunnel.
    """
    if document.session_type != PORT and document.complete:
        kind = inert.line(document.session_type, 60) or "none"
        raise _refused(document, f"its session type is {kind}, which carries no connections", "Choose a Port document.")
    if wrong := checks.refusals(document, parameters):
        told = "; ".join(f"{inert.line(name, 60)}: {inert.line(why, 200)}" for name, why in wrong.items())
        raise _refused(document, told, "Give it other parameters.", "The parameters do not fit the document")
    if not document.complete:
        local = _local_port(document, parameters, None)
        return PortUse(Forward(0, local=local, document_name=document.name, given=_given(document, parameters)))
    found = _Filled(document, parameters)
    port, host = _port(document, found), found.text("host")
    if port == 0 or host is None:
        port, host = 0, ""
    local = _local_port(document, parameters, found.text(LOCAL_PORT))
    forward = Forward(port, host, local)
    if not _is_plain(forward, document, parameters):
        forward = forward._replace(document_name=document.name, given=_given(document, parameters))
        if not _can_be_written(forward):
            forward = forward._replace(port=0, host="")  # no resolver knows such a name: the node says so
    return PortUse(forward, found.text("type") != LOCAL_PORT_FORWARDING, _notes(found))


def checked(forward: Forward, document: SessionDocument | None) -> Forward:
    """``forward``, which names a document, with what ``document`` says of where it leads, and of the local port where
    none is asked for. ``document`` is None where it could not be read.

    Raises :class:`ssmtui.errors.DocumentError` where the document takes no such parameters, or is no Port document.
    """
    document = known(forward.document_name, document)
    if document is None or forward.socks:
        return forward
    found = use_of(document, dict(forward.given)).forward
    local = found.local if forward.local is None else forward.local
    own = forward._replace(local=local)
    return own._replace(port=found.port, host=found.host) if found.port else own


class _Filled:
    """The properties of a document with its parameters filled in."""

    def __init__(self, document: SessionDocument, parameters: Parameters) -> None:
        self._properties = dict(document.port_properties)
        defaults = {one.name: one.default for one in document.parameters if one.default is not None}
        self._values = {**defaults, **parameters}

    def text(self, name: str) -> str | None:
        """The property ``name``; empty where there is none, None where only the node can work it out."""
        unknown = False

        def fill(found: re.Match[str]) -> str:
            nonlocal unknown
            values = self._values.get(found[1])
            if values is None or len(values) != 1:
                unknown = True  # stays as text, or becomes a list
                return found[0]
            return values[0]

        filled = _PLACEHOLDER.sub(fill, self._properties.get(name, ""))
        return None if unknown or _ON_THE_NODE in filled else filled.strip()


def _given(document: SessionDocument, parameters: Parameters) -> Given:
    return given_by(checks.to_send(document, parameters))


def _is_plain(forward: Forward, document: SessionDocument, parameters: Parameters) -> bool:
    """Whether ``forward``, which names no document, means this one of AWS's, and gives it what it is given here."""
    says = forward.parameters(0)
    return (
        forward.document == document.name
        and _can_be_written(forward)
        and all(says.get(name) == values for name, values in parameters.items() if name != LOCAL_PORT)
    )


def _can_be_written(forward: Forward) -> bool:
    try:
        return parse(forward.text) == forward
    except ValueError:
        return False


def _port(document: SessionDocument, found: _Filled) -> int:
    """The destination's port; 0 where only the node can work it out."""
    text = found.text("portNumber")
    if text is None:
        return 0
    if not (number := _number(text)):
        shown = inert.line(text, 40)
        told = f"{shown} is no port from 1 to {MAX_PORT}" if shown else "it names no port"
        raise _refused(document, told, "Give its port as a parameter, or have the document corrected.")
    return number


def _local_port(document: SessionDocument, parameters: Parameters, text: str | None) -> int | None:
    """The local port that is asked for; 0 where any free one was asked for, and not only assumed."""
    given = "".join(parameters.get(LOCAL_PORT, ()))
    text = given if text is None else text
    number = _number(text)
    if text in ("", "0"):
        return 0 if given == "0" else None
    if not number:
        told = f"its local port {inert.line(text, 40)} is no port from 0 to {MAX_PORT}"
        raise _refused(document, told, "Give another one as a parameter, or have the document corrected.")
    return number


def _number(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 5 else 0
    return number if number <= MAX_PORT else 0


def _notes(found: _Filled) -> tuple[str, ...]:
    notes = []
    socket = found.text("localUnixSocket")
    if found.text("localConnectionType") == "unix" or socket:
        at = f" {inert.line(socket, 60)}" if socket else ""
        notes.append(f"The document wants the Unix socket{at}: a port of this machine is used in its place.")
    return tuple(notes)


def _refused(
    document: SessionDocument, told: str, remedy: str, title: str = "This document makes no tunnel"
) -> DocumentError:
    return DocumentError(f"{inert.line(document.name, 128)}: {told}", title=title, remedy=remedy)


def _aws_s(name: str, *parameters: DocumentParameter, **more: str) -> SessionDocument:
    properties = tuple((one.name, f"{{{{ {one.name} }}}}") for one in parameters)
    return SessionDocument(name, "", PORT, parameters, port_properties=(*properties, *more.items()))


_LOCAL = DocumentParameter(LOCAL_PORT, default=("0",))
_HTTP, _SSH = (DocumentParameter("portNumber", default=(port,)) for port in ("80", "22"))
_AWS_S: Mapping[str, SessionDocument] = {
    document.name: document
    for document in (
        _aws_s(PORT_DOCUMENT, _HTTP, _LOCAL, type=LOCAL_PORT_FORWARDING),
        _aws_s(HOST_DOCUMENT, DocumentParameter("host"), _HTTP, _LOCAL, type=LOCAL_PORT_FORWARDING),
        _aws_s(SSH_DOCUMENT, _SSH),
    )
}
"""AWS's documents whose content is known (section 6.5), for those who may start them and not read them."""
