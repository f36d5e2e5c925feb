"""Sign-ins in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ssmtui.aws.sign_in.person import Page
from ssmtui.model import CredentialFacts
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.ui.signing_in import words

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
CORP = SignIn(SignInWay.SSO, "corp", "dev")


@pytest.mark.parametrize(
    ("sign_in", "name"),
    [
        (CORP, "corp"),
        (SignIn(SignInWay.SSO, "https://old.awsapps.com/start", "old"), "old.awsapps.com"),
        (SignIn(SignInWay.LOGIN, "arn:aws:sts::123456789012:assumed-role/Ops/jane", "x"), "Ops"),
        (SignIn(SignInWay.LOGIN, "arn:aws:iam::123456789012:user/jane", "x"), "jane"),
        (SignIn(SignInWay.LOGIN, "arn:aws:iam::123456789012:root", "x"), "root"),
        (SignIn(SignInWay.MFA, "arn:aws:iam::1:mfa/jane arn:aws:iam::1:role/path/Ops", "x"), "Ops"),
        (SignIn(SignInWay.SSO, "bad\x1b[31m", "x"), "bad␛[31m"),
    ],
)
def test_what_is_signed_in_to_has_a_short_name(sign_in: SignIn, name: str) -> None:
    assert words.name_of(sign_in) == name


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (CredentialFacts("keys"), ("", False)),
        (CredentialFacts("sso", NOW + timedelta(hours=8), CORP), ("exp 8 h", False)),
        (CredentialFacts("sso", NOW + timedelta(days=89), CORP), ("", False)),
        (CredentialFacts("sso", NOW + timedelta(minutes=41), CORP), ("exp 41 min", False)),
        (CredentialFacts("sso", NOW + timedelta(minutes=9), CORP), ("exp 9 min", True)),
        (CredentialFacts("process", NOW + timedelta(minutes=9)), ("exp 9 min", False)),
        (CredentialFacts("environment", NOW - timedelta(minutes=9)), ("expired", True)),
        (CredentialFacts("sso", None, CORP, missing=True), ("signed out", True)),
    ],
)
def test_how_long_credentials_last(facts: CredentialFacts, said: tuple[str, bool]) -> None:
    assert words.left(facts, NOW) == said


def test_many_profiles_are_counted() -> None:
    assert words.profiles(["a", "b", "c"]) == "a, b, c"
    assert words.profiles(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


def text(page: Page, *, was_opened: bool | None = None, width: int = 70) -> str:
    return "\n".join(cell.text for cell in words.page_lines(page, width, was_opened=was_opened))


def test_a_code_is_shown_with_the_address_that_has_it() -> None:
    shown = text(Page("https://device.example/?user_code=ABCD", "https://device.example/", "ABCD"))
    assert "  ABCD\n" in shown
    assert "allow the access only then" in shown
    assert "https://device.example/?user_code=ABCD" in shown


def test_a_page_that_leads_back_needs_its_address_only_where_no_browser_took_it() -> None:
    page = Page("https://oidc.example/authorize?state=x", is_here=True)
    assert "authorize" not in text(page, was_opened=True)
    assert "is open in your browser" in text(page, was_opened=True)
    assert "authorize?state=x" in text(page, was_opened=False)
    assert "copy the address" in text(page, was_opened=False)


def test_an_address_is_whole_and_inert_however_long_it_is() -> None:
    address = "https://signin.example/v1/authorize?" + "x" * 200
    assert "".join(words.broken(address, 60)) == address
    assert max(map(len, words.broken(address, 60))) == 60
    endless = words.broken("https://x/" + "y" * 5000, 60)
    assert len(endless) == words.ADDRESS_LINES
    assert endless[-1].startswith("…")
    assert "\x1b" not in text(Page("https://x/\x1b]0;title\x07"))


def test_the_time_that_is_left() -> None:
    assert words.waiting(581.9, "").text == "Waiting for you in the browser · 9:41 left"
    assert words.waiting(-1, "").text == "The time is over"
    assert words.waiting(10, "AWS cannot be reached; trying again").text.startswith("AWS cannot be reached")


def test_keys_are_named_as_far_as_there_are_any() -> None:
    assert words.keys("I", "ctrl+] I") == "I in a list or ctrl+] I in a session signs in"
    assert words.keys("", "ctrl+] I") == "ctrl+] I in a session signs in"
    assert words.keys("", "") == ":sign-in"
