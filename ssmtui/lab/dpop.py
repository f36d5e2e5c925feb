"""Proof of possession (DPoP, RFC 9449): whether a request brings a proof that its sender holds a key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from ssmtui.lab.oauth import remember
from ssmtui.lab.web_identity import InvalidToken, decoded, unpadded

TOLERANCE = 300.0
"""Seconds that a proof's time may be away from the service's."""


class InvalidProof(Exception):
    """What is wrong with a proof, in words."""


class Proofs:
    """Judges proofs, and remembers those that it has seen: each is good once."""

    def __init__(self) -> None:
        self._seen: dict[str, None] = {}

    def check(self, proof: str, method: str, url: str, now: float) -> str:
        """The thumbprint (RFC 7638) of the key that signed ``proof`` for this request; raises :class:`InvalidProof`."""
        head, _, rest = proof.partition(".")
        body, _, signature = rest.partition(".")
        try:
            header, claims, raw = decoded(head), decoded(body), unpadded(signature)
        except (InvalidToken, ValueError):
            raise InvalidProof("it is not a token") from None
        if (header.get("typ"), header.get("alg")) != ("dpop+jwt", "ES256"):
            raise InvalidProof("its type or algorithm is another one")
        _verify(_key(header.get("jwk")), f"{head}.{body}".encode(), raw)
        if (claims.get("htm"), claims.get("htu")) != (method, url):
            raise InvalidProof("it is for another request")
        if not isinstance(claims.get("iat"), int) or abs(claims["iat"] - now) > TOLERANCE:
            raise InvalidProof("it was made at another time")
        once = str(claims.get("jti", ""))
        if not once or once in self._seen:
            raise InvalidProof("it has been used")
        remember(self._seen, once, None)
        return _thumbprint(header["jwk"])


def _key(jwk: object) -> ec.EllipticCurvePublicKey:
    if not isinstance(jwk, dict) or (jwk.get("kty"), jwk.get("crv")) != ("EC", "P-256") or "d" in jwk:
        raise InvalidProof("it has no public key of the curve P-256")
    try:
        x, y = (int.from_bytes(unpadded(str(jwk.get(name, ""))), "big") for name in ("x", "y"))
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError:
        raise InvalidProof("its key is not a point of the curve") from None


def _verify(key: ec.EllipticCurvePublicKey, text: bytes, raw: bytes) -> None:
    if len(raw) != 64:
        raise InvalidProof("its signature has another length")
    pair = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    try:
        key.verify(encode_dss_signature(*pair), text, ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise InvalidProof("its signature is wrong") from None


def _thumbprint(jwk: Mapping[str, Any]) -> str:
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return hashlib.sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode()).hexdigest()
