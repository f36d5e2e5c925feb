"""The pages that a person sees in a browser to sign in. Nothing is asked of them but a yes or a no."""

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


def device_page(user_code: str) -> HttpResponse:
    """Where a device is approved. With an empty code the person types it."""
    if not user_code:
        field = '<label>Code <input name="user_code" autofocus></label>'
    else:
        field = f'<input type="hidden" name="user_code" value="{escape(user_code)}"><p><b>{escape(user_code)}</b></p>'
    buttons = (
        '<button name="decision" value="approve">Approve</button> <button name="decision" value="deny">Deny</button>'
    )
    words = paragraph("Compare this code with the one that the program shows.")
    return page("Sign in to the lab", f'{words}<form method="post" action="/device">{field}{buttons}</form>')


def consent_page(target: str) -> HttpResponse:
    """Where a program on this machine is approved; ``target`` is the address that it has sent the browser to."""
    words = paragraph("A program on this machine asks to sign in.")
    form = f'<form method="post" action="{escape(target)}"><button>Approve</button></form>'
    return page("Sign in to the lab", words + form)


def code_page(code: str) -> HttpResponse:
    """What is copied into a program on another machine."""
    return page("Signed in", paragraph("Copy this code into the program:") + paragraph(code))
