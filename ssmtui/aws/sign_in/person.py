"""What a sign-in asks of the person, as values that the screen and the command line can show. Loads no botocore."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

PAGE_LASTS = 600.0
"""Seconds for which the AWS CLI waits for a page without a code of its own."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of AWS to open in a browser. What is in its address opens an account for a few minutes: it is shown to
    the person, and never logged."""

    address: str = field(repr=False)
    """The whole address: one that is opened with it needs no code typed."""
    typed: str = field(default="", repr=False)
    """A shorter one, to be typed on another device together with the code; empty where there is none."""
    code: str = field(default="", repr=False)
    """The code that the page must show, or asks for; empty where there is none."""
    lasts: float = PAGE_LASTS
    """Seconds from now until it cannot be used any more."""
    is_here: bool = False
    """Whether it leads back to this machine, so that only a browser here will do."""


class CodeWanted(NamedTuple):
    """A code that the person must type."""

    question: str
    """What it is, in one line: the MFA device and the role, or where AWS shows it."""
    is_mfa: bool = True
    """Whether it is the six digits of an MFA device; else the code that a page of AWS shows in the end."""
    wrong: str = ""
    """Why the one before did not do; empty the first time."""


class Person(Protocol):
    """Who signs in. Called on the event loop; what does not wait must not block."""

    def show(self, page: Page) -> None:
        """Have the person open ``page``; it replaces one that was shown before."""

    def tell(self, text: str) -> None:
        """Say what is waited for, or what goes wrong without ending the sign-in, in one line; empty: nothing."""

    async def ask(self, wanted: CodeWanted) -> str:
        """The code as it was typed. Cancelled with the sign-in."""


def problem_with_mfa_code(typed: str) -> str:
    """What is wrong with an MFA code as it was typed, before AWS is asked; empty for nothing."""
    code = typed.replace(" ", "")
    if not code:
        return "type the six digits that the device shows"
    if not (code.isascii() and code.isdecimal()):
        return "an MFA code has digits only"
    return "" if len(code) == 6 else f"an MFA code has six digits, not {len(code)}"
