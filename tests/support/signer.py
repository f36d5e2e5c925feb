"""A person who signs in: keeps what is shown, gives codes, and opens pages as a browser would."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import Sequence
from urllib.parse import parse_qs, urlencode, urlsplit

from ssmtui.aws.sign_in.person import CodeWanted, Page


class Signer:
    """``codes`` are typed one after the other; asked for one more, it never answers."""

    def __init__(self, codes: Sequence[str] = ()) -> None:
        self.pages: list[Page] = []
        self.told: list[str] = []
        self.asked: list[CodeWanted] = []
        self._codes = list(codes)

    def show(self, page: Page) -> None:
        self.pages.append(page)

    def tell(self, text: str) -> None:
        self.told.append(text)

    async def ask(self, wanted: CodeWanted) -> str:
        self.asked.append(wanted)
        if not self._codes:
            await asyncio.Event().wait()
        return self._codes.pop(0)


def query_of(page: Page) -> dict[str, str]:
    """What the address of a page asks for."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.address).query).items()}


async def come_back(page: Page, host: str = "", **answer: str) -> tuple[int, str]:
    """Come back from ``page`` as the browser would, with the page's own state unless ``answer`` has one; the status and
    the text of what is answered."""
    asked = query_of(page)
    address = f"{asked['redirect_uri']}?{urlencode({'state': asked['state'], **answer})}"
    return await fetch(address, host)


async def fetch(address: str, host: str = "") -> tuple[int, str]:
    """GET ``address``, calling it ``host``."""

    def get() -> tuple[int, str]:
        request = urllib.request.Request(address, headers={"Host": host} if host else {})
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    return await asyncio.to_thread(get)
