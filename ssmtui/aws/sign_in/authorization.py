"""OAuth 2.0's authorization code with PKCE (RFC 7636), and the redirect to this machine that brings the code
(RFC 8252 section 7.3)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlsplit

from ssmtui import inert
from ssmtui.errors import ConnectionFailed, CredentialsError

CALLBACK = "/oauth/callback"
REDIRECT = f"http://127.0.0.1{CALLBACK}"
"""What a client is registered with: AWS lets the port differ, as RFC 8252 wants it."""
LONGEST_REQUEST = 16_384
REQUEST_WITHIN = 10.0
"""Seconds that a browser has for its request, which is one small packet."""

_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>ssmtui</title>'
    '<body style="font-family:sans-serif;margin:4em"><h1>{heading}</h1><p>{text}</p></body></html>'
)


@dataclass(frozen=True, slots=True)
class Proof:
    """What ties the answer, and the code in it, to this client and this attempt."""

    state: str = field(repr=False)
    verifier: str = field(repr=False)

    @classmethod
    def new(cls) -> Proof:
        """One for a single attempt."""
        return cls(str(uuid.uuid4()), secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        """What the page gets of the verifier."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


def page_address(base: str, path: str, query: Mapping[str, str]) -> str:
    """The address of a page under ``base``, with ``query`` percent-encoded."""
    return f"{base}{path}?" + "&".join(f"{name}={quote(value, safe='-._~')}" for name, value in query.items())


class Redirect:
    """Listens on the loopback address until the browser comes back with the code. Use :func:`listening`."""

    def __init__(self, state: str) -> None:
        self._state = state
        self._answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.port = 0

    @property
    def address(self) -> str:
        """Where the page must lead back to."""
        return f"http://127.0.0.1:{self.port}{CALLBACK}"

    async def code(self, within: float) -> str:
        """The authorization code. Raises :class:`ssmtui.errors.CredentialsError` where the page says that there is
        none, and after ``within`` seconds."""
        try:
            async with asyncio.timeout(within):
                return await asyncio.shield(self._answer)
        except TimeoutError:
            raise CredentialsError(
                f"the page has not led back within {within / 60:.0f} minutes",
                title="Nobody signed in",
                remedy="Try again; on another device use the code instead.",
            ) from None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request. Others than the expected one change nothing: any page may send them."""
        with suppress(OSError, ValueError, asyncio.LimitOverrunError, asyncio.IncompleteReadError, TimeoutError):
            async with asyncio.timeout(REQUEST_WITHIN):
                head = await reader.readuntil(b"\r\n\r\n")
                status, heading, text = self._take(head.decode("latin-1"))
                body = _PAGE.format(heading=heading, text=text).encode()
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
                    "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
                    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n"
                    "Connection: close\r\n\r\n".encode()
                    + body
                )
                await writer.drain()
        writer.close()

    def _take(self, head: str) -> tuple[str, str, str]:
        """What to answer to a request with this head."""
        first, *fields = head.split("\r\n")
        method, _, rest = first.partition(" ")
        target = urlsplit(rest.partition(" ")[0])
        host = next((line[5:].strip() for line in fields if line.lower().startswith("host:")), "")
        # Another name that leads here is one that a foreign page has chosen (DNS rebinding).
        if method != "GET" or target.path != CALLBACK or host != f"127.0.0.1:{self.port}":
            return "404 Not Found", "Not found", ""
        query = {name: values[0] for name, values in parse_qs(target.query).items()}
        if not secrets.compare_digest(query.get("state", "").encode(), self._state.encode()):
            return "400 Bad Request", "This is not the sign-in that ssmtui waits for", "Use the page it opened last."
        if self._answer.done():
            return "200 OK", "ssmtui has the answer already", "You can close this page."
        if "code" in query:
            self._answer.set_result(query["code"])
            return "200 OK", "ssmtui is signing in", "You can close this page and go back to the terminal."
        told = query.get("error_description") or query.get("error") or "no code came back"
        self._answer.set_exception(refused(told))
        return "200 OK", "Not signed in", "Go back to the terminal: ssmtui says why."


def refused(told: str) -> CredentialsError:
    """The error for a page that says that nobody is signed in; ``told`` is untrusted."""
    return CredentialsError(
        inert.line(told, 200), title="The sign-in was refused in the browser", remedy="Try again, and allow the access."
    )


@asynccontextmanager
async def listening(state: str) -> AsyncIterator[Redirect]:
    """A redirect that takes the answer with this ``state``, until the block is left. Raises
    :class:`ssmtui.errors.ConnectionFailed` where no port can be had."""
    redirect = Redirect(state)
    try:
        server = await asyncio.start_server(redirect.serve, "127.0.0.1", 0, limit=LONGEST_REQUEST)
    except OSError as error:
        raise ConnectionFailed(
            error.strerror or str(error),
            title="No local port can be opened for the sign-in",
            remedy="Sign in with a code instead.",
        ) from error
    redirect.port = server.sockets[0].getsockname()[1]
    try:
        yield redirect
    finally:
        server.close()
        if redirect._answer.done() and not redirect._answer.cancelled():
            redirect._answer.exception()  # read, or asyncio complains of one that nobody waited for
        else:
            redirect._answer.cancel()
