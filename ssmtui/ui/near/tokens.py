"""Which tunnels lead to a database whose password can be a token of IAM. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.aws.database_tokens import reason_against_token

if TYPE_CHECKING:
    from ssmtui.documents.port_forwards import Forward

LONGEST_USER = 128
_NO_DATABASE = "The tunnel leads to no database: tokens of IAM are passwords for those of RDS"


def reason_against(forward: Forward) -> str | None:
    """Why there is no token for what a tunnel leads to, as commands say it; None where there may be one."""
    return reason_against_token(forward.host) if forward.host and forward.port else _NO_DATABASE


def problem_of_user(text: str) -> str:
    """What is wrong with the name of a database's user; empty: nothing."""
    if not text.strip():
        return "A name is needed"
    return "" if text.isprintable() else "It must be one line of printable characters"
