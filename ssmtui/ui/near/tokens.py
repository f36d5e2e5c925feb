"""Which tunnels lead to a database whose password can be a token of IAM. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.aws.database_listing import region_of_host
from ssmtui.ui.look.cells import tidy

if TYPE_CHECKING:
    from ssmtui.documents.port_forwards import Forward

LONGEST_USER = 128
_CUSTOM = ".cluster-custom-"
_NO_DATABASE = "The tunnel leads to no database: tokens of IAM are passwords for those of RDS"


def reason_against(forward: Forward) -> str | None:
    """Why there is no token for what a tunnel leads to, as commands say it; None where there may be one.

    AWS ("Connecting to your DB cluster using IAM authentication"): neither a name of one's own in DNS nor a custom
    endpoint of Aurora can be signed for.
    """
    if not forward.host or not forward.port:
        return _NO_DATABASE
    if _CUSTOM in forward.host.lower():
        return "RDS takes no token for a custom endpoint: make a tunnel to the writer or reader"
    if not region_of_host(forward.host):
        return f"RDS takes a token for its own address only (….rds.amazonaws.com), and not for {tidy(forward.host, 60)}"
    return None


def problem_of_user(text: str) -> str:
    """What is wrong with the name of a database's user; empty: nothing."""
    if not text.strip():
        return "A name is needed"
    return "" if text.isprintable() else "It must be one line of printable characters"
