"""For which addresses RDS takes a token of IAM in the place of a password, and what region it is signed for. Pure."""

from __future__ import annotations

import re

from ssmtui import inert

_REGION = r"(?P<region>[a-z]+(?:-[a-z]+)+-[0-9]+)"
_HOST = re.compile(rf"\.{_REGION}\.rds\.amazonaws\.[a-z]+$")
_CHINESE_HOST = re.compile(rf"\.rds\.{_REGION}\.amazonaws\.com\.cn$")
_CUSTOM = ".cluster-custom-"


def region_of_host(host: str) -> str:
    """The region that an address of RDS names: a database's token is signed for the database's own region, which need
    not be that of the node before it. Empty for any other host."""
    name = host.lower().rstrip(".")
    found = _HOST.search(name) or _CHINESE_HOST.search(name)
    return found["region"] if found else ""


def reason_against_token(host: str) -> str | None:
    """Why there is no token for ``host``, as a sentence without a full stop; None where there may be one.

    AWS ("Connecting to your DB cluster using IAM authentication"): neither a name of one's own in DNS nor a custom
    endpoint of Aurora can be signed for.
    """
    if _CUSTOM in host.lower():
        return "RDS takes no token for a custom endpoint: use the address of the writer or the reader"
    if not region_of_host(host):
        return f"RDS takes a token for its own address only (….rds.amazonaws.com), and not for {inert.line(host, 60)}"
    return None
