"""What a session needs of the world: somebody to ask for it and somebody to open its channel, for each scope."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from ssmtui.aws.gateway import Gateway
from ssmtui.model import AccessCredentials, Scope
from ssmtui.transport.link import Dialer


class Line(NamedTuple):
    """One scope's."""

    gateway: Gateway
    dialer: Dialer


class Lines(Protocol):
    """Those of all scopes."""

    def line(self, scope: Scope | None = None) -> Line:
        """A scope's line, for None that of the scope the program was started for."""

    def approved(self, scope: Scope | None, credentials: AccessCredentials) -> Line:
        """A line with the credentials of an approved request for access. The caller closes its gateway."""
