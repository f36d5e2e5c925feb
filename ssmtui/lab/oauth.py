"""What the two sign-in services have in common: refusals in OAuth's words, and codes that a browser brings back
(RFC 6749, RFC 7636, RFC 8252)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from ssmtui.lab.signature import LOOPBACK

REMEMBERED = 1000
"""How many of a kind are remembered: clients, codes, proofs."""

Value = TypeVar("Value")

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class SignInRefused(Exception):
    """A refusal of a sign-in service."""

    def __init__(self, code: str, error: str, description: str, status: int = 400) -> None:
        """``code`` is the exception of the service's model, ``error`` the word of OAuth."""
        super().__init__(f"{code}: {error}: {description}")
        self.code = code
        self.error = error
        self.description = description
        self.status = status


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    """What a program asks for when it sends a person to the page of a sign-in service."""

    client_id: str
    redirect_uri: str
    state: str = field(repr=False)
    challenge: str = field(repr=False)
    """The SHA-256 of what the program will prove to know, base64url without padding."""

    @classmethod
    def of(cls, query: Mapping[str, str], method: str) -> AuthorizeRequest | None:
        """What an address asks for; None where something is missing. ``method`` is what the service calls SHA-256."""
        request = cls(
            query.get("client_id", ""),
            query.get("redirect_uri", ""),
            query.get("state", ""),
            query.get("code_challenge", ""),
        )
        asks = (query.get("response_type"), query.get("code_challenge_method"))
        complete = all((request.client_id, request.redirect_uri, request.state, request.challenge))
        return request if complete and asks == ("code", method) else None

    def proven_by(self, verifier: str) -> bool:
        """Whether ``verifier`` is what the challenge was made of."""
        if not _VERIFIER.fullmatch(verifier):
            return False
        made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        return hmac.compare_digest(made.encode(), self.challenge.encode())

    def answer(self, **facts: str) -> str:
        """The address that the browser is sent back to."""
        return f"{self.redirect_uri}?{urlencode({**facts, 'state': self.state})}"


@dataclass(slots=True)
class AuthCodes:
    """Codes that a browser brings back; each is good once."""

    _asked: dict[str, tuple[AuthorizeRequest, float]] = field(default_factory=dict)

    def issue(self, request: AuthorizeRequest, ends: float) -> str:
        """A code for what was asked."""
        code = secrets.token_urlsafe(32)
        remember(self._asked, code, (request, ends))
        return code

    def take(self, code: str) -> tuple[AuthorizeRequest, float] | None:
        """What it was issued for, and when it ends; None for one that was never issued, or is used."""
        return self._asked.pop(code, None)


def remember(known: dict[str, Value], key: str, value: Value) -> None:
    """Enter what somebody without a signature has asked for; the oldest one is forgotten where there are many."""
    if len(known) >= REMEMBERED:
        del known[next(iter(known))]
    known[key] = value


def is_loopback(uri: str) -> bool:
    """Whether a redirect leads to this machine, at whatever port."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def without_port(uri: str) -> str:
    """A redirect on this machine as it is registered."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.hostname}{parts.path}"
