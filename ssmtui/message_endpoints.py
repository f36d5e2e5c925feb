"""Where data channels are dialled in place of the address that AWS gives out: interface endpoints (PrivateLink).

AWS answers StartSession with its public address. A network that reaches AWS by interface endpoints alone, and has no
private DNS for them, cannot open it (aws/session-manager-plugin#122). Only the host is replaced; the signature is then
made for the one that is dialled, and the rules of what may be dialled hold for it as for AWS's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

WORDS = "the host of an interface endpoint, such as vpce-0a1b-2c3d.ssmmessages.eu-west-1.vpce.amazonaws.com"
"""What one must be, to go on after ``must be``."""

_PUBLIC = re.compile(r"ssmmessages(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?!vpce\.)[a-z0-9.-]+")
_NAMES_A_REGION = re.compile(r"(?:.+\.)?ssmmessages(?:-fips)?\.(?P<region>[a-z0-9-]+)\..+")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")


def read(text: str) -> str:
    """``host`` or ``host:port`` of an endpoint that somebody wrote: a host, perhaps with a port, or its ``https`` or
    ``wss`` address. Empty stays empty. Raises ``ValueError``."""
    written = text.strip()
    if not written:
        return ""
    try:
        parts = urlsplit(written if "://" in written else f"wss://{written}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"must be {WORDS}") from None
    plain = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
    # urlsplit leaves out line breaks and tabs.
    plain = plain and not re.search(r"\s", written)
    if parts.scheme not in ("https", "wss") or not plain or not _HOST.fullmatch(host):
        raise ValueError(f"must be {WORDS}")
    return host if port in (None, 443) else f"{host}:{port}"


def dialled(stream_url: str, endpoints: Iterable[str]) -> str:
    """``stream_url`` with the host of the first of ``endpoints`` (:func:`read`) that is for its region, or as it is.

    An endpoint that names a region is for that region only; one that names none is for all. Addresses that are no
    public ones of AWS stay: an interface endpoint that AWS itself gives out, and those of a stand-in.
    """
    try:
        parts = urlsplit(stream_url)
        public = _PUBLIC.fullmatch(parts.hostname or "") if parts.scheme == "wss" else None
    except ValueError:
        return stream_url  # which is refused where it is dialled
    if public is None:
        return stream_url
    for endpoint in endpoints:
        named = _NAMES_A_REGION.fullmatch(endpoint.partition(":")[0])
        if named is None or named["region"] == public["region"]:
            return urlunsplit(parts._replace(netloc=endpoint))
    return stream_url
