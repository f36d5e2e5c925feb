"""Tunnels that can be brought back, as they are kept on disk: where each leads, from which port, how it is kept. Pure.

A file that they are read from may be another release's, or have been edited: nothing of it is trusted. So it cannot say
that a person has agreed to a tunnel that other machines reach.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

from ssmtui.documents.port_forwards import Forward, parse
from ssmtui.documents.secrets import is_secret
from ssmtui.ledger import saved_request
from ssmtui.ledger.saved_request import MAX_TEXT, SavedSession
from ssmtui.model import StartRequest
from ssmtui.profiles.keys import TUNNEL_SESSIONS

MAX_TUNNELS = 100
MAX_NAMES = 50


class SavedTunnel(NamedTuple):
    """What is kept of one tunnel."""

    session: SavedSession
    """Target, scope, reason and title of its sessions."""
    forward: Forward
    was_open: bool = True
    sessions: int = 0
    """As a profile's ``tunnel_sessions``."""
    keep_alive: bool = False
    group: str = ""
    """What it was opened with."""
    database_user: str = ""
    lacks: tuple[str, ...] = ()
    """Parameters of its document whose values may be secrets, and were not kept."""


def kept(tunnel: SavedTunnel) -> SavedTunnel:
    """``tunnel`` without what is not kept."""
    given = tunnel.forward.given
    session = tunnel.session
    request = replace(
        saved_request.kept(session.request),
        document_name=None,
        parameters=MappingProxyType({}),
        container=None,
        command="",
    )
    return tunnel._replace(
        session=session._replace(request=request),
        forward=tunnel.forward.without_secrets,
        lacks=tuple(name for name, _ in given if is_secret(name)),
    )


def as_json(tunnel: SavedTunnel) -> dict[str, Any]:
    """A tunnel as it is in a file."""
    facts = {
        "forward": tunnel.forward.text,
        "session": saved_request.as_json(tunnel.session),
        "open": tunnel.was_open,
        "sessions": tunnel.sessions,
        "keep_alive": tunnel.keep_alive,
        "group": tunnel.group,
        "database_user": tunnel.database_user,
        "lacks": list(tunnel.lacks),
    }
    return {name: value for name, value in facts.items() if value}


def from_json(entry: object) -> SavedTunnel | None:
    """The tunnel that is in a file as ``entry``; None where that is none. What is invalid of the rest is left out."""
    if not isinstance(entry, dict):
        return None
    session, text = saved_request.from_json(entry.get("session")), _text(entry.get("forward"))
    if session is None or not text:
        return None
    try:
        forward = parse(text)
    except ValueError:
        return None
    lacks = entry.get("lacks")
    return SavedTunnel(
        session,
        forward,
        was_open=entry.get("open") is True,
        sessions=_number(entry.get("sessions")),
        keep_alive=entry.get("keep_alive") is True,
        group=_text(entry.get("group")),
        database_user=_text(entry.get("database_user")),
        lacks=tuple(filter(None, map(_text, lacks[:MAX_NAMES]))) if isinstance(lacks, list) else (),
    )


def request_of(tunnel: SavedTunnel) -> StartRequest:
    """What its sessions are started with."""
    return replace(tunnel.session.request, title=tunnel.session.title)


def _number(value: object) -> int:
    low, high = TUNNEL_SESSIONS
    return value if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high else 0


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= MAX_TEXT else ""
