"""The lab's own issuer of web identities: signed tokens that say who a program is, as a cluster gives its pods."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

AUDIENCE = "sts.amazonaws.com"
SUBJECT = "system:serviceaccount:tools:ssmtui"


class InvalidToken(Exception):
    """Not a token of this issuer, or one that was changed."""


class WebIdentities:
    """Gives tokens and reads them. ``clock`` gives seconds since 1970."""

    def __init__(self, issuer: Callable[[], str], clock: Callable[[], float] = time.time) -> None:
        self._issuer = issuer
        self._clock = clock
        self._key = secrets.token_bytes(32)

    def token(self, seconds: float, audience: str = AUDIENCE) -> str:
        """A token that ends after so many seconds. It is signed with HS256; AWS takes RS256 and others only."""
        now = self._clock()
        claims = {"iss": self._issuer(), "sub": SUBJECT, "aud": audience, "iat": int(now), "exp": int(now + seconds)}
        text = f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{encoded(claims)}"
        return f"{text}.{_base64(hmac.digest(self._key, text.encode(), 'sha256'))}"

    def read(self, token: str) -> Mapping[str, Any]:
        """The claims of a token of this issuer's, ended or not; raises :class:`InvalidToken`."""
        text, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature, _base64(hmac.digest(self._key, text.encode(), "sha256"))):
            raise InvalidToken
        return decoded(text.partition(".")[2])


def issuer_of(token: str) -> str:
    """Who says to have issued a token, unchecked; raises :class:`InvalidToken`."""
    parts = token.split(".")
    if len(parts) != 3:
        raise InvalidToken
    return str(decoded(parts[1]).get("iss", ""))


def encoded(claims: Mapping[str, object]) -> str:
    """A part of a JSON Web Token (RFC 7515)."""
    return _base64(json.dumps(claims, separators=(",", ":")).encode())


def decoded(part: str) -> Mapping[str, Any]:
    """What a part of a JSON Web Token says; raises :class:`InvalidToken`."""
    try:
        claims = json.loads(unpadded(part))
    except ValueError as error:
        raise InvalidToken from error
    if not isinstance(claims, dict):
        raise InvalidToken
    return claims


def unpadded(text: str) -> bytes:
    """Decode base64url without its padding; raises ``ValueError``."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
