"""What is entered in the form of a tunnel, and what is wrong with it. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import NamedTuple

from ssmtui.documents import port_forwards
from ssmtui.documents.port_forwards import EVERY_ADDRESS, OWN, Forward, destination_parameters
from ssmtui.forwards.tunnel import TunnelOptions
from ssmtui.loopback import LOOPBACK
from ssmtui.ui.tunnels.addresses import service_of

AUTOMATIC = "automatic"
MOST_SESSIONS = 8
SESSIONS = (AUTOMATIC, *map(str, range(1, MOST_SESSIONS + 1)))
"""How many sessions may be asked for."""
LETS_END = "no: an idle session ends, and the next connection starts one"
KEEPS = "yes: the session does not become idle"
KEEP_ALIVE = (LETS_END, KEEPS)

_HOST_ALONE = re.compile(r"(?=[\w.-]*[A-Za-z])[\w.-]{1,253}", re.ASCII)
_NUMBERS = re.compile(r"(?:.*:)?\d+", re.ASCII | re.DOTALL)
"""What ends in a port, which may be out of range."""


class TunnelDraft(NamedTuple):
    """A tunnel as the form says it, to whatever node."""

    forward: Forward
    options: TunnelOptions = TunnelOptions()
    reason: str = ""


class TunnelEntries(NamedTuple):
    """The texts of the form's fields."""

    destination: str = ""
    local: str = ""
    bind: str = ""
    document: str = ""
    """Empty: AWS's own."""
    sessions: str = AUTOMATIC
    keep_alive: str = LETS_END


def entered(draft: TunnelDraft | None, *, several: bool) -> TunnelEntries:
    """What the form begins with; ``several``: tunnels to more than one node, which need addresses of their own."""
    bind = OWN if several else LOOPBACK
    if draft is None:
        return TunnelEntries(bind=bind)
    forward, options = draft.forward, draft.options
    return TunnelEntries(
        destination=destination_text(forward),
        local="" if forward.local is None else str(forward.local),
        bind=forward.bind if forward.bind != LOOPBACK else bind,
        document=forward.document_name,
        sessions=str(options.sessions) if options.sessions else AUTOMATIC,
        keep_alive=KEEPS if options.keep_alive else LETS_END,
    )


def destination_text(forward: Forward) -> str:
    """A destination as it is typed: ``5432``, ``db.internal:5432``, ``socks``; empty where the document knows it."""
    if forward.socks:
        return "socks"
    if not forward.port:
        return ""
    host = f"[{forward.host}]:" if ":" in forward.host else f"{forward.host}:" if forward.host else ""
    return f"{host}{forward.port}"


def forward_of(fields: TunnelEntries) -> Forward:
    """The forward that is entered. Raises ValueError with a sentence's rest: ``must be ...``."""
    text = fields.destination.strip()
    if not text and fields.document:
        forward = Forward(0)
    elif text.lower() == "socks":
        forward = Forward(0, socks=True)
    elif not text:
        raise ValueError("is needed: a port, HOST:PORT, or socks")
    else:
        forward = _parsed(text)
    if fields.local.strip():
        forward = forward._replace(local=local_port(fields.local))
    bind = bind_address(fields.bind)
    if bind != LOOPBACK or forward.bind == LOOPBACK:
        forward = forward._replace(bind=bind)
    if fields.document:
        if forward.socks:
            raise ValueError("cannot be socks with a document of the account's own")
        given = destination_parameters(forward.port, forward.host)
        forward = forward._replace(document_name=fields.document, given=given)
    return forward


def _parsed(text: str) -> Forward:
    try:
        return port_forwards.parse(text)
    except ValueError:
        if _HOST_ALONE.fullmatch(text):
            raise ValueError(f"needs its port as well: {text:.30}:5432") from None
        if not _NUMBERS.fullmatch(text):
            raise ValueError("must be a port, HOST:PORT, LOCAL:HOST:PORT, or socks") from None
        raise


def options_of(fields: TunnelEntries, before: TunnelOptions) -> TunnelOptions:
    """The options that are entered; what the form does not ask for is as it was ``before``."""
    sessions = int(fields.sessions) if fields.sessions.isdecimal() else 0
    return before._replace(sessions=sessions, keep_alive=fields.keep_alive == KEEPS, exposed=False)


def local_port(text: str) -> int | None:
    """The local port that is entered; None for none. Raises ValueError with the rest of a sentence."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and int(text) <= 65_535):
        raise ValueError("must be a port from 0 to 65535")
    return int(text)


def bind_address(text: str) -> str:
    """The address that is entered, as :attr:`Forward.bind` has it. Raises ValueError with the rest of a sentence."""
    text = text.strip().strip("[]").lower()
    if text in ("", "localhost"):
        return LOOPBACK
    if text == "*":
        return EVERY_ADDRESS
    try:
        return text if text == OWN else str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError("must be an IP address, localhost, own, or * for all") from None


def told_of_destination(forward: Forward) -> str:
    """What the form says of a destination that is right."""
    service = service_of(forward).name
    if forward.socks:
        return "each program chooses its destination; the node resolves names"
    if not forward.port:
        return "the document says where it leads"
    where = f"on {forward.host}, as the node resolves it" if forward.host else "on the node itself"
    return f"{service or f'port {forward.port}'} {where}"


def told_of_address(forward: Forward, nodes: int) -> tuple[str, bool]:
    """What the form says of an address, and whether that is a warning."""
    if forward.is_exposed:
        return "other machines can connect: you are asked before", True
    if forward.bind == OWN:
        return "127.0.x.y, another for each node: all can have the same port", False
    if nodes > 1 and forward.local:
        return "own would give each node this port", True
    return "this machine alone", False


def problem_of_several(forward: Forward, nodes: int) -> str:
    """Why the tunnels of several ``nodes`` cannot all be opened so; empty where they can."""
    if nodes > 1 and forward.local and forward.bind != OWN:
        return f"{nodes} nodes cannot share one port of one address: enter own, or no local port"
    return ""


def documents_to_read(names: Sequence[str], most: int = 40) -> Sequence[str]:
    """Of the account's own documents those that are read to find which forward ports."""
    return [name for name in names if not name.startswith("AWS-")][:most]
