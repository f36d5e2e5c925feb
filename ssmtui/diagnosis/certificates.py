"""The certificates that an endpoint, or what stands between, shows: whose they are, and until when they hold."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

MOST = 8
"""Certificates of a chain that are read."""
_NAME_LIMIT = 200

PUBLIC_SUFFIXES = ("amazonaws.com", "api.aws", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "amazonaws.eu")
"""Where AWS's certificates are by a public authority; the isolated partitions have their own."""
_AUTHORITIES = ("amazon", "starfield", "digicert", "globalsign")
"""Who signs AWS's certificates, now or some time ago (Amazon Trust Services: its repository of CA certificates)."""


class Certificate(NamedTuple):
    """One certificate of a chain. Its names are whatever the other side says: untrusted."""

    subject: str
    """``ssm.eu-west-1.amazonaws.com``."""
    issuer: str
    """``Amazon RSA 2048 M01 (Amazon)``."""
    ends: datetime
    """Time zone aware."""


def chain_of(connection: Any) -> tuple[Certificate, ...]:
    """The chain that the other side of a TLS connection has sent, its own certificate first; empty where that is not to
    be known. ``connection`` is an ``ssl.SSLObject`` or an ``ssl.SSLSocket``."""
    try:
        sent = _sent(connection)
    except (ssl.SSLError, ValueError):
        return ()
    return tuple(found for one in sent[:MOST] if (found := _read(one)) is not None)


def _sent(connection: Any) -> list[bytes]:
    # Public from Python 3.13 on; before that only the object within has it, and its elements are no bytes.
    within = getattr(connection, "_sslobj", None)
    ask = getattr(connection, "get_unverified_chain", None) or getattr(within, "get_unverified_chain", None)
    chain: Iterable[Any] = (ask() or ()) if ask is not None else ()
    encoded = [one if isinstance(one, bytes) else _encoded(one) for one in chain]
    if not all(encoded) or not encoded:
        own = connection.getpeercert(binary_form=True)
        return [own] if own else []
    return encoded


def _encoded(certificate: Any) -> bytes:
    encode = getattr(certificate, "public_bytes", None)
    text = encode() if encode is not None else None  # PEM, unless it is told otherwise
    return ssl.PEM_cert_to_DER_cert(text) if isinstance(text, str) else b""


def _read(der: bytes) -> Certificate | None:
    from cryptography import x509

    try:
        certificate = x509.load_der_x509_certificate(der)
        return Certificate(
            _name(certificate.subject), _name(certificate.issuer), certificate.not_valid_after_utc.astimezone(UTC)
        )
    except (ValueError, TypeError, OverflowError):  # x509's own errors are ValueErrors
        return None


def _name(name: Any) -> str:
    """A name in the way that browsers show it: the common name, and the organization beside it."""
    from cryptography.x509.oid import NameOID

    def one(oid: Any) -> str:
        found = name.get_attributes_for_oid(oid)
        return str(found[0].value)[:_NAME_LIMIT] if found else ""

    common, organization = one(NameOID.COMMON_NAME), one(NameOID.ORGANIZATION_NAME)
    if common and organization and organization not in common:
        return f"{common} ({organization})"
    return common or organization or "a name without words"


def is_by_aws(host: str, chain: Iterable[Certificate]) -> bool | None:
    """Whether the certificate of AWS's ``host`` is by an authority that signs AWS's own; None where nothing can be said
    of the host."""
    if not host.endswith(tuple(f".{suffix}" for suffix in PUBLIC_SUFFIXES)):
        return None
    issuers = [one.issuer.casefold() for one in chain]
    if not issuers:
        return None
    return any(name in issuers[0] for name in _AUTHORITIES)
