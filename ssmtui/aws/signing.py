"""SigV4 for the web-socket upgrade, exactly as the official clients do it (protocol.md section 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit, urlunsplit

if TYPE_CHECKING:
    from botocore.credentials import ReadOnlyCredentials

SERVICE = "ssmmessages"
_PRESIGNED = frozenset(
    {
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-expires",
        "x-amz-signedheaders",
        "x-amz-signature",
        "x-amz-security-token",
    }
)
_PLAIN_SCHEMES = {"wss": "https", "ws": "http"}


def is_presigned(stream_url: str) -> bool:
    """Whether the address brings its own signature in its query."""
    query = parse_qsl(urlsplit(stream_url).query, keep_blank_values=True)
    return any(name.lower() in _PRESIGNED for name, _ in query)


def sign_upgrade(stream_url: str, credentials: ReadOnlyCredentials, region: str) -> Mapping[str, str]:
    """The headers to send with ``GET stream_url``: Authorization, X-Amz-Date and, for temporary credentials,
    X-Amz-Security-Token.

    The service builds the canonical query from form-decoded values: a raw ``+`` is a space. botocore would sign the
    query's text as it stands, so it gets the address without it and the decoded values beside.
    """
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    parts = urlsplit(stream_url)
    scheme = _PLAIN_SCHEMES.get(parts.scheme, parts.scheme)
    request = AWSRequest(
        method="GET",
        url=urlunsplit((scheme, parts.netloc, parts.path, "", "")),
        params=dict(parse_qsl(parts.query, keep_blank_values=True)),
    )
    SigV4Auth(credentials, SERVICE, region).add_auth(request)
    return dict(request.headers.items())
