"""The pages that a person sees in a browser to sign in. They ask for a yes or a no, and for the lab's password where it
has one."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from ssmtui.lab.http_server import HttpResponse

HEADERS: Mapping[str, str] = {
    # Nothing from anywhere else, and in no frame of another page: a click must be meant.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def page(title: str, body: str, status: int = 200) -> HttpResponse:
    """A page; ``body`` is HTML already."""
    head = f"<!doctype html><meta charset=utf-8><title>{escape(title)}</title>"
    return HttpResponse(status, f"{head}<h1>{escape(title)}</h1>{body}".encode(), "text/html; charset=utf-8", HEADERS)


def paragraph(text: str) -> str:
    """A paragraph of plain text."""
    return f"<p>{escape(text)}</p>"


_PASSWORD_FIELD = '<p><label>Password of the lab <input name="password" type="password"></label></p>'  # noqa: S105 (a form)


def device_page(user_code: str, *, asks: bool) -> HttpResponse:
    """Where a device is approved. With an empty code the person types it. ``asks``: for a password, too."""
    password = _PASSWORD_FIELD if asks else ""
    if not user_code:
        field = '<label>Code <input name="user_code" autofocus></label>'
    else:
        field = f'<input type="hidden" name="user_code" value="{escape(user_code)}"><p><b>{escape(user_code)}</b></p>'
    buttons = (
        '<button name="decision" value="approve">Approve</button> <button name="decision" value="deny">Deny</button>'
    )
    words = paragraph("Compare this code with the one that the program shows.")
    return page("Sign in to the lab", f'{words}<form method="post" action="/device">{field}{password}{buttons}</form>')


def consent_page(target: str, words: str, button: str, *, asks: bool) -> HttpResponse:
    """Where a person says yes; ``target`` is the address that the browser is at."""
    words = paragraph(words)
    password = _PASSWORD_FIELD if asks else ""
    form = f'<form method="post" action="{escape(target)}">{password}<button>{escape(button)}</button></form>'
    return page("Sign in to the lab", words + form)


def wrong_password_page() -> HttpResponse:
    """What a wrong password leads to."""
    return page("Wrong password", paragraph("The lab has printed it where it was started."), 403)


def code_page(code: str) -> HttpResponse:
    """What is copied into a program on another machine."""
    return page("Signed in", paragraph("Copy this code into the program:") + paragraph(code))
