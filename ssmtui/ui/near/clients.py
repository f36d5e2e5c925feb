"""The command line of the usual client for what a tunnel leads to. Pure.

A URL would do for most, but not for TLS: certificates are for the database's own name, and a tunnel is reached at
127.0.0.1. Clients that can be told both, name and address, check the certificate as they do without a tunnel.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from typing import NamedTuple

_IS_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?").fullmatch
_TLS_CACHE = re.compile(r"(master|replica)\..+\.cache\.amazonaws\.|\.serverless\..+\.cache\.amazonaws\.").match


class Way(NamedTuple):
    """Where a client connects to, and to whom."""

    address: str
    """An IP address of this machine."""
    port: int
    host: str = ""
    """What the node knows the service by; empty: the node itself."""
    host_port: int = 0
    user: str = ""


def _psql(way: Way) -> list[str]:
    facts = {"host": way.host or way.address, "hostaddr": way.address if way.host else "", "port": str(way.port)}
    facts |= {"user": way.user, "sslmode": "require" if _is_of_aws(way.host) else ""}
    # libpq's own quoting: a user's name may hold spaces and quotes.
    words = (f"{name}={_libpq_value(value)}" for name, value in facts.items() if value)
    return ["psql", " ".join(words)]


def _mysql(way: Way) -> list[str]:
    user = [f"--user={way.user}"] if way.user else []
    # A token of IAM is sent as it is, which the client does within TLS when it is told to.
    aws = ["--ssl-mode=REQUIRED", "--enable-cleartext-plugin"] if _is_of_aws(way.host) else []
    return ["mysql", f"--host={way.address}", f"--port={way.port}", *user, *aws, "--password"]


def _redis(way: Way) -> list[str]:
    tls = ["--tls", "--sni", way.host] if _TLS_CACHE(way.host) else []
    return ["redis-cli", "-h", way.address, "-p", str(way.port), *tls]


def _mongosh(way: Way) -> list[str]:
    user = ["--username", way.user] if way.user else []
    # DocumentDB has neither retryable writes nor a certificate for this address.
    aws = "&retryWrites=false&tls=true&tlsAllowInvalidHostnames=true" if _is_of_aws(way.host) else ""
    return ["mongosh", f"mongodb://{_joined(way)}/?directConnection=true{aws}", *user]


def _sqlcmd(way: Way) -> list[str]:
    return ["sqlcmd", "-S", f"{way.address},{way.port}", *(["-U", way.user] if way.user else [])]


def _curl(way: Way) -> list[str]:
    if not way.host:
        return ["curl", "--insecure", f"https://{_joined(way)}/"]
    return [
        "curl",
        "--connect-to",
        f"{way.host}:{way.host_port}:{_joined(way)}",
        f"https://{way.host}:{way.host_port}/",
    ]


def _ssh(way: Way) -> list[str]:
    alias = ["-o", f"HostKeyAlias={way.host}"] if way.host else []
    return ["ssh", "-p", str(way.port), *alias, f"{way.user}@{way.address}" if way.user else way.address]


_CLIENTS: Mapping[int, Callable[[Way], list[str]]] = {
    22: _ssh,
    443: _curl,
    1433: _sqlcmd,
    3306: _mysql,
    5432: _psql,
    5439: _psql,
    6379: _redis,
    6380: _redis,
    8443: _curl,
    27017: _mongosh,
}
"""By the port on the far side."""


def client_line(way: Way) -> str:
    """The line for a shell; empty where no client is known for the port on the far side, or where a client would take
    the name of the host or of the user for something else, such as an option."""
    make = _CLIENTS.get(way.host_port)
    is_plain = way.user.isprintable() and not way.user.startswith("-")
    if make is None or not is_plain or (way.host and not _IS_HOST(way.host)):
        return ""
    return shlex.join(make(way))


def _is_of_aws(host: str) -> bool:
    """Whether AWS runs it, which takes TLS from all of its databases."""
    return ".amazonaws." in host.lower()


def _joined(way: Way) -> str:
    return f"[{way.address}]:{way.port}" if ":" in way.address else f"{way.address}:{way.port}"


def _libpq_value(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9._:@-]+", text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
