"""Ports to forward, as a person writes them, and the documents that forward them. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, unquote

from ssmtui.documents.secrets import is_secret
from ssmtui.loopback import LOOPBACK, is_loopback

PORT_DOCUMENT = "AWS-StartPortForwardingSession"
"""Forwards to a port of the node itself."""
HOST_DOCUMENT = "AWS-StartPortForwardingSessionToRemoteHost"
"""Forwards to a port of a host that the node reaches."""

SOCKS_PORT = 1080
"""Where programs look for a SOCKS proxy."""

OWN = "own"
"""In the place of an address to listen on: a loopback address that no other target has (127.0.x.y)."""
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104  what a person asks for with ``*``; who listens there asks first
"""All IPv4 addresses of this machine."""

Given = tuple[tuple[str, tuple[str, ...]], ...]
"""Parameters of a document as StartSession takes them, each name once."""

_ITSELF = frozenset({"", "localhost", "127.0.0.1", "::1"})
_BIND = r"(?:(?P<bind>\*|own|localhost|\d+(?:\.\d+){3}|\[[0-9A-Fa-f:.]+(?:%\w+)?\]):)"
_DOCUMENT = r"(?:@(?P<document>[\w.:/-]{3,128})(?P<given>,.*)?)"
_FORWARD = re.compile(
    rf"(?:{_BIND}(?P<bound>\d{{0,5}}):|(?P<local>\d{{1,5}}):)?"
    r"(?P<destination>"
    r"(?:(?P<host>\[[0-9A-Fa-f:.]+\]|\d+(?:\.\d+){3}|(?=[\w.-]*[A-Za-z_])[\w.-]{1,253}):)?"
    r"(?P<port>\d{1,5})"
    rf")?{_DOCUMENT}?",
    re.ASCII | re.DOTALL,
)
_SOCKS = re.compile(rf"(?i:socks)(?::{_BIND}?(?P<local>\d{{0,5}}))?{_DOCUMENT}?", re.ASCII | re.DOTALL)
_FORMS = "must be [[BIND:]LOCAL:]PORT or [[BIND:]LOCAL:]HOST:PORT, such as 5432:db.internal:5432, or socks:LOCAL"


class Forward(NamedTuple):
    """One forward: where it leads to, and the address and port of this machine that lead there."""

    port: int
    """0: the document alone knows it, or ``socks`` is set."""
    host: str = ""
    """As the node knows it, an IPv6 address without brackets; empty: the node itself."""
    local: int | None = None
    """None: the destination's own port if that is free, else any free one; 0: any free one."""
    bind: str = LOOPBACK
    """The IP address that is listened on, or ``OWN``."""
    document_name: str = ""
    """A Port document in the place of AWS's."""
    given: Given = ()
    """All parameters of that document."""
    socks: bool = False
    """Whether each client chooses the destination, by SOCKS or HTTP CONNECT."""

    def __repr__(self) -> str:
        """Without the parameters' values, which may be secrets."""
        shown = self._asdict() | {"given": tuple(name for name, _ in self.given)}
        return f"Forward({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    @property
    def destination(self) -> str:
        """``port 80``, or ``db.internal:5432``; untrusted where a document has named it."""
        if self.socks:
            return "any host (SOCKS)"
        if not self.port:
            return f"{self.document_name}'s destination"
        return self._place if self.host else f"port {self.port}"

    @property
    def document(self) -> str:
        """Name of the document that forwards it."""
        return self.document_name or (HOST_DOCUMENT if self.host or self.socks else PORT_DOCUMENT)

    @property
    def is_exposed(self) -> bool:
        """Whether other machines may reach what is listened on."""
        return self.bind != OWN and not is_loopback(self.bind)

    @property
    def text(self) -> str:
        """What :func:`parse` reads as this."""
        document = self._document_text
        if self.socks:
            return f"socks:{self._bind_text}{'' if self.local is None else self.local}{document}"
        place = self._place if self.port or self.host else ""
        # A host of the name socks needs something before it: alone it would mean the protocol.
        if self.bind != LOOPBACK or (self.local is None and self.host.lower() == "socks"):
            return f"{self._bind_text or f'{LOOPBACK}:'}{'' if self.local is None else self.local}:{place}{document}"
        return f"{'' if self.local is None else f'{self.local}:'}{place}{document}"

    @property
    def without_secrets(self) -> Forward:
        """Without the parameters that may hold a secret, for what is kept or shown."""
        return self._replace(given=tuple(each for each in self.given if not is_secret(each[0])))

    def parameters(self, local_port: int) -> dict[str, tuple[str, ...]]:
        """What that document takes, ``local_port`` being the port that is listened on here."""
        if self.document_name:
            return dict(self.given)
        return {**dict(destination_parameters(self.port, self.host)), "localPortNumber": (str(local_port),)}

    @property
    def _place(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if host else str(self.port)

    @property
    def _bind_text(self) -> str:
        if self.bind == LOOPBACK:
            return ""
        return f"[{self.bind}]:" if ":" in self.bind else f"{self.bind}:"

    @property
    def _document_text(self) -> str:
        if not self.document_name:
            return ""
        if self.given == destination_parameters(self.port, self.host):
            return f"@{self.document_name}"
        given = ",".join(f"{quote(name)}={quote(value)}" for name, values in self.given for value in values)
        return f"@{self.document_name},{given}"


def destination_parameters(port: int, host: str) -> Given:
    """What names a destination in AWS's own Port documents and in most others; nothing for a port of 0."""
    to = (("host", (host,)),) if host else ()
    return (*to, ("portNumber", (str(port),))) if port else ()


def given_by(parameters: Mapping[str, tuple[str, ...]]) -> Given:
    """``parameters`` as :class:`Forward` keeps them; those without a value are left out, as StartSession wants it."""
    return tuple((name, values) for name, values in parameters.items() if any(values))


def parse(text: str) -> Forward:
    """Read ``[[BIND:]LOCAL:]PORT``, ``[[BIND:]LOCAL:]HOST:PORT`` or ``socks:[BIND:]LOCAL``; a host that is the node
    itself counts as none.

    LOCAL may be 0 for any free port, and be left out after BIND. BIND is an IP address (an IPv6 one in brackets),
    ``localhost``, ``*`` for all IPv4 addresses, or ``own``. ``@DOCUMENT`` at the end names a Port document: it gets
    the destination as ``host`` and ``portNumber``, or what follows it as ``,NAME=VALUE`` (percent-encoded), and then
    the destination only says where it leads, and may be missing.

    Raises ValueError with a text to put behind the key's name: ``must be ...``.
    """
    found = _SOCKS.fullmatch(text)
    if found is not None:
        return _filled(found, Forward(0, local=_local(found["local"]), socks=True))
    found = _FORWARD.fullmatch(text)
    if found is None or (found["destination"] is None and found["document"] is None):
        raise ValueError(_FORMS)
    port, host = int(found["port"] or 0), (found["host"] or "").strip("[]")
    if port > 65_535 or (not port and found["document"] is None):
        raise ValueError("must have ports from 1 to 65535")
    local = _local(found["bound"] if found["bind"] is not None else found["local"])
    # What a document is given stays as it is written: its pattern may want just that.
    is_itself = found["document"] is None and host.lower() in _ITSELF
    return _filled(found, Forward(port, "" if is_itself else host, local))


def _filled(found: re.Match[str], forward: Forward) -> Forward:
    """``forward`` with the address and the document that the text names."""
    if found["document"] is None:
        given: Given = ()
    elif found["given"] is None:
        given = destination_parameters(forward.port, forward.host)
    else:
        given = _given(found["given"])
    return forward._replace(bind=_bind(found["bind"]), document_name=found["document"] or "", given=given)


def _local(text: str | None) -> int | None:
    if not text:
        return None
    if int(text) > 65_535:
        raise ValueError("must have a local port from 0 to 65535")
    return int(text)


def _bind(text: str | None) -> str:
    if text is None or text == "localhost":
        return LOOPBACK
    if text == "*":
        return EVERY_ADDRESS
    try:
        return text if text == OWN else str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        raise ValueError(f"must have an IP address to listen on, localhost, * or own, not {text}") from None


def _given(text: str) -> Given:
    given: dict[str, tuple[str, ...]] = {}
    for pair in text.split(","):
        if pair:
            name, equals, value = pair.partition("=")
            if not name or not equals or not value:
                raise ValueError("must have parameters as ,NAME=VALUE behind the document, percent-encoded")
            given[unquote(name)] = (*given.get(unquote(name), ()), unquote(value))
    return tuple(given.items())
