"""Which stream addresses may be dialled. Text in, verdict out: no network, no environment.

The session's token and a signature in the caller's name go to the host that the StreamUrl names, so the address is
checked before anything else happens (protocol.md section 2.1). Without that, one forged answer of the API, or of
something between it and us, collects them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from ssmtui.errors import StreamRefused
from ssmtui.loopback import is_loopback

AWS_SUFFIXES = frozenset(
    {
        "amazonaws.com",
        "amazonaws.com.cn",
        "amazonaws.eu",
        "c2s.ic.gov",
        "cloud.adc-e.uk",
        "csp.hci.ic.gov",
        "sc2s.sgov.gov",
        "api.amazonwebservices.com.cn",
        "api.amazonwebservices.eu",
        "api.aws",
        "api.aws.hci.ic.gov",
        "api.aws.ic.gov",
        "api.aws.scloud",
        "api.cloud-aws.adc-e.uk",
    }
)
"""The DNS suffixes of all AWS partitions, dual-stack ones included."""

# The service's label is followed by a region and the suffix and by nothing else: a bucket or a load balancer that
# somebody names after the service has a label of its own kind ("s3", "elb") in the region's place. "Ends with
# amazonaws.com" alone would let anybody who rents one of those receive tokens.
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_REGION = r"[a-z]{2,}(?:-[a-z]+)+-\d{1,2}"
_AWS_HOST = re.compile(
    rf"(?:{_LABEL}\.)*ssmmessages(?:-fips)?\.{_REGION}\.(?:vpce\.)?"
    rf"(?:{'|'.join(map(re.escape, sorted(AWS_SUFFIXES)))})"
)
_VISIBLE = re.compile(r"[!-~]+")

_STREAM_HOSTS_HINT = "For a local test gateway name it in SSMTUI_STREAM_HOSTS (host or host:port, comma separated)."


@dataclass(frozen=True, slots=True)
class StreamPolicy:
    """The rule: Session Manager's own hosts over TLS, and local stand-ins that somebody has asked for.

    ``allowed`` holds ``host`` or ``host:port`` entries. ``endpoint_url`` is where the AWS calls go: when that is this
    machine, its stand-in may hand out addresses of this machine.
    """

    allowed: frozenset[str] = frozenset()
    endpoint_url: str | None = None

    def check(self, url: str) -> None:
        """Return when ``url`` may be dialled, else raise :class:`StreamRefused`, which never shows path or query: they
        hold the session's id. Then dial ``url`` byte for byte."""
        parts, host, port = _split(url)
        if parts.scheme == "wss" and port in (None, 443) and _AWS_HOST.fullmatch(host):
            return
        if self._is_asked_for(host, port):
            if parts.scheme == "wss" or is_loopback(host):
                return
            raise StreamRefused(f"{host} would get the session's token without TLS", remedy="Use a wss address.")
        raise StreamRefused(_reason(parts.scheme, host, port), remedy=_STREAM_HOSTS_HINT)

    def _is_asked_for(self, host: str, port: int | None) -> bool:
        listed = {entry.strip().lower() for entry in self.allowed}
        bracketed = f"[{host}]" if ":" in host else host
        if not listed.isdisjoint({host, bracketed, f"{bracketed}:{port}"}):
            return True
        return is_loopback(host) and self.endpoint_url is not None and is_loopback(_host_of(self.endpoint_url))


def _split(url: str) -> tuple[SplitResult, str, int | None]:
    """The parts of ``url``; refuses what two readers could read differently."""
    # What is checked here is parsed again by websockets, and by the proxy. A backslash, a space or a second "@" is read
    # as the end of the host by some and as part of it by others, so the host that was checked would not be the one
    # dialled.
    if not _VISIBLE.fullmatch(url) or "\\" in url or "#" in url:
        raise StreamRefused("it contains characters that are invalid in an address")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise StreamRefused("it is not a valid address") from None
    if parts.scheme not in ("wss", "ws"):
        raise StreamRefused("its scheme is not wss")
    if "@" in parts.netloc:
        raise StreamRefused("it contains a user name")
    if not host or "%" in host or parts.netloc.endswith(":"):
        raise StreamRefused("it names no host that can be checked")
    return parts, host, port


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _reason(scheme: str, host: str, port: int | None) -> str:
    if not _AWS_HOST.fullmatch(host):
        return f"{host} is not an ssmmessages host of AWS"
    return f"{host} must be reached " + (f"on port 443, not {port}" if scheme == "wss" else "over TLS (wss)")
