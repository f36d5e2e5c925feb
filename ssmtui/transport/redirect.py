"""A dialer that replaces the host of what it dials: see :mod:`ssmtui.message_endpoints`."""

from __future__ import annotations

from collections.abc import Sequence

from ssmtui import message_endpoints
from ssmtui.transport.link import Dialer, Link


class RedirectedDialer:
    """Dials by ``dialer``, at one of ``endpoints`` where one is for the address. ``dialer`` checks what may be
    dialled."""

    def __init__(self, dialer: Dialer, endpoints: Sequence[str]) -> None:
        self._dialer = dialer
        self._endpoints = endpoints

    async def dial(self, stream_url: str, opening: str) -> Link:
        """As the dialer within does."""
        return await self._dialer.dial(message_endpoints.dialled(stream_url, self._endpoints), opening)


def redirected(dialer: Dialer, endpoints: Sequence[str]) -> Dialer:
    """``dialer``, or one over it where there are ``endpoints``; empty ones do not count."""
    found = [endpoint for endpoint in endpoints if endpoint]
    return RedirectedDialer(dialer, found) if found else dialer
