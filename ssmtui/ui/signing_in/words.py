"""Sign-ins in words: what is signed in to, what the dialog says, how much time is left. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from ssmtui import inert
from ssmtui.aws.sign_in.person import CodeWanted, Page
from ssmtui.model import CredentialFacts
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import age, and_more, wrap

SHORT = 24
"""Characters of a name in a badge."""
NAMED = 3
"""AWS profiles that are named; the others are counted."""
ADDRESS_LINES = 8
SHOWN_WITHIN = 86_400.0
"""Seconds before their end from which credentials are said to end: what lasts for weeks concerns nobody today."""


def name_of(sign_in: SignIn, limit: int = 60) -> str:
    """What is signed in to, in a word: the sso-session, the host of a start URL, a role."""
    source = sign_in.source
    if sign_in.way is SignInWay.SSO:
        return tidy(urlsplit(source).hostname or source if "://" in source else source, limit)
    # An ARN: of the session that `aws login` has made, or of the role behind the MFA device.
    resource = source.rpartition(":")[2]
    parts = resource.split("/")
    named = parts[1] if parts[0] == "assumed-role" and len(parts) > 1 else parts[-1]
    return tidy(named or source, limit)


def title(sign_in: SignIn) -> str:
    """The dialog's title."""
    match sign_in.way:
        case SignInWay.SSO:
            return f"Sign in to {name_of(sign_in)}"
        case SignInWay.LOGIN:
            return f"Sign in as {name_of(sign_in)}"
    return f"MFA code for {name_of(sign_in)}"


def way(sign_in: SignIn) -> str:
    """How one signs in."""
    match sign_in.way:
        case SignInWay.SSO:
            return "IAM Identity Center"
        case SignInWay.LOGIN:
            return "the console's sign-in (aws login)"
    return "a code of the MFA device"


def profiles(names: Sequence[str]) -> str:
    """AWS profiles by name: ``dev, prod and 3 more``."""
    shown = ", ".join(tidy(name, 30) for name in names[:NAMED])
    return shown + and_more(len(names) - NAMED)


def purpose(sign_in: SignIn, names: Sequence[str]) -> str:
    """What the sign-in is good for; without ``names`` an AWS profile is made of it."""
    noun = "AWS profile" if len(names) == 1 else "AWS profiles"
    how = way(sign_in)
    if not names:
        return f"{how[0].upper()}{how[1:]}; then you choose an account and a role."
    return f"{how[0].upper()}{how[1:]}, for the {noun} {profiles(names)}."


def page_lines(page: Page, width: int, *, was_opened: bool | None) -> list[Cell]:
    """What to do with a page. ``was_opened``: whether a browser here has taken it; None: nobody has tried."""
    lines = []
    host = tidy(urlsplit(page.address).hostname or "", 80)
    if page.code:
        lines += [
            Cell(f"  {tidy(page.code, 40)}", Tone.STRONG),
            Cell(""),
            *_cells("The page must show this code: allow the access only then.", width),
        ]
    elif page.is_here:
        where = "is open in your browser" if was_opened else "must be opened in a browser on this machine"
        lines += _cells(f"The page of {host} {where}. Sign in there; it leads back here by itself.", width)
    else:
        lines += _cells(f"Open the page of {host} on any device, sign in, and paste the code that it shows.", width)
    if was_opened is False:
        lines += _cells("No browser could be opened here: copy the address.", width, Tone.WARN)
    # An address that leads back here is of use in this machine's browser alone, which has it.
    if not (page.is_here and was_opened):
        lines += [Cell(""), *(Cell(line, Tone.PRIMARY) for line in broken(page.address, width))]
    return lines


def question(wanted: CodeWanted, width: int) -> list[Cell]:
    """What code is wanted, above the entry."""
    return _cells(inert.line(wanted.question, 300), width)


def broken(address: str, width: int) -> list[str]:
    """A long address in lines, to be read or copied by hand."""
    shown = inert.line(address, 2000)
    width = max(10, width)
    lines = [shown[at : at + width] for at in range(0, len(shown), width)]
    return lines if len(lines) <= ADDRESS_LINES else [*lines[: ADDRESS_LINES - 1], "… (copy it to have all of it)"]


def _cells(text: str, width: int, tone: Tone = Tone.PLAIN) -> list[Cell]:
    return [Cell(line, tone) for line in wrap(text, width, 6)]


def waiting(left: float, told: str) -> Cell:
    """What is waited for, and for how much longer."""
    if told:
        return Cell(tidy(told, 200), Tone.WARN)
    if left <= 0:
        return Cell("The time is over", Tone.WARN)
    return Cell(f"Waiting for you in the browser · {clock(left)} left", Tone.DIM)


def clock(seconds: float) -> str:
    """``9:41``."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02}"


def left(facts: CredentialFacts, now: datetime) -> tuple[str, bool]:
    """How long an AWS profile's credentials still last, and whether a person should do something about that soon;
    empty where they have no known end."""
    if facts.missing:
        return "signed out", True
    if facts.expires is None:
        return "", False
    seconds = (facts.expires - now).total_seconds()
    if seconds <= 0:
        return "expired", True
    if seconds > SHOWN_WITHIN:
        return "", False
    return f"exp {age(seconds)}", seconds < 600 and facts.sign_in is not None


def warning(sign_in: SignIn, seconds: float, names: Sequence[str], keys: str) -> str:
    """That a sign-in ends soon, once it does."""
    return f"{name_of(sign_in)} ends in {age(max(0, seconds))} ({profiles(names)}): {keys}"


def offer(sign_in: SignIn, names: Sequence[str], keys: str) -> str:
    """That there are no credentials until a person signs in."""
    wanted = "wants an MFA code" if sign_in.way is SignInWay.MFA else "wants you to sign in"
    return f"AWS {wanted}: {name_of(sign_in)} ({profiles(names)}). {keys}"


def keys(in_lists: str, in_panes: str) -> str:
    """Which keys sign in."""
    both = [f"{key} {where}" for key, where in ((in_lists, "in a list"), (in_panes, "in a session")) if key]
    return f"{' or '.join(both)} signs in" if both else ":sign-in"
