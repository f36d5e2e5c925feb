"""Which proxy a connection from here takes: one reading of the environment, for AWS's calls and for web sockets.

The rules are botocore's (``utils.get_environ_proxies`` and ``httpsession.ProxyConfiguration``), which makes the calls.
A data channel that went another way than the call that opened it would fail where the call works, and the other way
round. Only for this machine's own addresses there is never a proxy, as with the official client (Go's
``http.ProxyFromEnvironment``).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from ssmtui.errors import ConfigurationError, ConnectionFailed, ProxyRefused
from ssmtui.loopback import is_loopback

_CALLED_AS = {"https": "https", "http": "http", "wss": "https", "ws": "http"}
"""An address's scheme, and whose proxy it takes: a web socket is opened by a call over HTTP."""
_PORTS = {"https": 443, "http": 80}
_UNAUTHENTICATED = 407


class UnusableProxy(ValueError):
    """A proxy's address that nothing can be done with. The text says why, and holds nothing of the address."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy, which is asked by CONNECT. Its user and password are never shown."""

    scheme: str
    """``http``, or ``https`` for one that is itself reached over TLS."""
    host: str
    """A name or an address, an IPv6 one without brackets."""
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def has_credentials(self) -> bool:
        """Whether it is told who asks. A user without a password is not sent, as in botocore."""
        return bool(self.user and self.password)

    @property
    def authorization(self) -> str:
        """Value of Proxy-Authorization; empty where none is sent."""
        if not self.has_credentials:
            return ""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()

    @property
    def url(self) -> str:
        """Its address in full, credentials included: for what connects, not to be shown."""
        login = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}@" if self.has_credentials else ""
        return f"{self.scheme}://{login}{self}"


def proxy_for(url: str) -> Proxy | None:
    """The proxy on the way to ``url`` (https, http, wss or ws; others have none); None: straight.

    Reads the environment, and where that names no proxy the settings of macOS or Windows, which may block. Raises
    :class:`UnusableProxy`.
    """
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    if is_loopback(parts.hostname or "") or proxy_bypass(parts.netloc):
        return None
    chosen = getproxies().get(_CALLED_AS.get(parts.scheme, ""))
    return _read(chosen) if chosen else None


def are_set() -> bool:
    """Whether the environment, or else the system, names any proxy."""
    from urllib.request import getproxies

    return any(getproxies().get(scheme) for scheme in _PORTS)


def given(address: str) -> Proxy | None:
    """The proxy at an address that somebody has tried; None where it cannot be read."""
    try:
        return _read(address)
    except UnusableProxy:
        return None


def _read(address: str) -> Proxy:
    if "://" in address and not address.lower().startswith(("http://", "https://")):
        kind = "SOCKS proxies" if address.lower().startswith("socks") else "proxies of this kind"
        raise UnusableProxy(f"AWS's SDK cannot use {kind}, only http:// and https:// ones")
    try:
        # As in botocore: what has no scheme is an HTTP proxy.
        parts = urlsplit(address if "://" in address else f"http://{address.removeprefix('//')}")
        host, port = parts.hostname, parts.port
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
    except ValueError:
        host, port, user, password = None, None, "", ""
    if not host:
        raise UnusableProxy(
            "its address cannot be read; characters such as / # ? % of a password must be percent-encoded"
        ) from None
    if not (user + password).isascii():
        raise UnusableProxy("its user or password has characters that AWS's SDK cannot send (only ASCII ones)")
    return Proxy(parts.scheme, host, port or _PORTS[parts.scheme], user, password)


def unusable(why: UnusableProxy) -> ConfigurationError:
    """The error for a proxy's address that nothing can be done with."""
    return ConfigurationError(str(why), title="The proxy cannot be used", remedy="Check HTTPS_PROXY and NO_PROXY.")


def unreachable(proxy: Proxy | None, what: str) -> ConnectionFailed:
    """The error for a proxy that there is no connection to; ``what`` it does."""
    return ConnectionFailed(
        f"{proxy or 'it'} {what}",
        title="The proxy cannot be reached",
        remedy="Check the network, HTTPS_PROXY and NO_PROXY.",
    )


def refused(proxy: Proxy | None, status: int, *, host: str = "", asks_for: str = "") -> ConnectionFailed:
    """The error for a proxy that answers CONNECT to ``host`` with the HTTP status ``status``, and with ``asks_for`` as
    the value of Proxy-Authenticate."""
    answered = f"{proxy or 'it'} answered {status}"
    if status == _UNAUTHENTICATED:
        return _unauthenticated(proxy, answered, _schemes(asks_for))
    if status >= 500:
        return ConnectionFailed(
            answered + (f" for {host}" if host else ""),
            title="The proxy cannot connect",
            remedy="Try again in a moment. Where AWS can be reached without the proxy, name it in NO_PROXY.",
        )
    return ProxyRefused(
        answered + (f" for {host}" if host else ""),
        remedy=f"Ask its administrator to allow CONNECT to {host or 'AWS'} on port 443. Where AWS can be reached "
        "without the proxy, name it in NO_PROXY.",
    )


def _unauthenticated(proxy: Proxy | None, answered: str, schemes: list[str]) -> ProxyRefused:
    title = "The proxy requires a user and a password"
    if schemes and "Basic" not in schemes:
        remedy = (
            f"It accepts {' or '.join(schemes)} only, and AWS's SDK can only send Basic: run a local proxy that signs "
            "in for you (px or cntlm, for example), and name that one in HTTPS_PROXY."
        )
    elif proxy is not None and proxy.has_credentials:
        title = "The proxy does not accept the user and the password"
        remedy = "Check those in HTTPS_PROXY; characters such as @ : / # ? % of a password must be percent-encoded."
    elif proxy is not None and proxy.user:
        remedy = (
            f"HTTPS_PROXY has a user without a password, who is not sent: write {proxy.scheme}://USER:PASSWORD@{proxy}."
        )
    else:
        remedy = f"Put them into HTTPS_PROXY: http://USER:PASSWORD@{proxy or 'HOST:PORT'}."
    return ProxyRefused(answered, title=title, remedy=remedy)


def _schemes(asks_for: str) -> list[str]:
    """The names in a value of Proxy-Authenticate (RFC 9110 section 11.7.1) that are known; what else is in there is
    the proxy's, and may be anything."""
    words = asks_for.lower().replace(",", " ").split()
    return [scheme for scheme in ("Basic", "Digest", "NTLM", "Negotiate", "Kerberos") if scheme.lower() in words]
