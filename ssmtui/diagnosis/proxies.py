"""Which proxy a connection from here takes. Read from the environment (and the system's settings, where urllib knows
them) by the rules of who really connects: botocore for AWS's calls, websockets for the data channel."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from ssmtui.loopback import is_loopback

_SCHEMES = {
    "https": ("https",),
    "http": ("http",),
    "wss": ("wss", "socks", "https"),
    "ws": ("ws", "socks", "https", "http"),
}
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy; its user and password are in ``authorization`` alone, which is never shown."""

    scheme: str
    host: str
    port: int
    authorization: str = field(default="", repr=False)
    """Value of Proxy-Authorization; empty: none."""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def is_http(self) -> bool:
        """Whether it is asked by CONNECT; others (SOCKS) are not spoken here."""
        return self.scheme in _PORTS


def proxy_for(url: str) -> Proxy | None:
    """The proxy on the way to ``url`` (https, http, wss or ws); None: straight. Raises ``ValueError`` for one that
    cannot be read, without its text. May block on some systems."""
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme in ("ws", "wss") and is_loopback(host):
        return None
    if proxy_bypass(parts.netloc) or proxy_bypass(host):
        return None
    found = getproxies()
    chosen = next((found[scheme] for scheme in _SCHEMES[parts.scheme] if found.get(scheme)), "")
    return _read(chosen) if chosen else None


def _read(address: str) -> Proxy:
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host:
        raise ValueError("the proxy's address cannot be read") from None
    return Proxy(parts.scheme, host, port or _PORTS.get(parts.scheme, 1080), _authorization(parts))


def _authorization(parts: SplitResult) -> str:
    if parts.username is None:
        return ""
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
