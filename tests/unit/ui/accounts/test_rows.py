"""The rows of the account picker in words and columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.cells import cell_len

from ssmtui.errors import AccessDenied, ConnectionFailed, CredentialsError
from ssmtui.inventory.states import ScopePhase, ScopeState
from ssmtui.model import AwsProfile, CredentialFacts, Identity, Scope
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.ui.accounts import rows
from ssmtui.ui.accounts.choice import AccountChoice, AccountRow
from ssmtui.ui.look.tones import Tone

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
ROW = AccountRow("prod", "eu-west-1")
SIGN_IN = SignIn(SignInWay.SSO, "corp", "prod")


def choice() -> AccountChoice:
    made = AccountChoice(Scope("prod", "eu-west-1"))
    made.take_profiles([AwsProfile("prod", "eu-west-1", "sso", "123456789012", SIGN_IN), AwsProfile("bare", "", "")])
    return made


def row_state(made: AccountChoice, state: ScopeState | None = None) -> str:
    return rows.row_state(made, ROW, state, NOW.timestamp()).text


def state(**facts: Any) -> ScopeState:
    return ScopeState(Scope("prod", "eu-west-1"), **facts)


def signed_out() -> CredentialsError:
    error = CredentialsError("ended")
    error.sign_in = SIGN_IN
    return error


@pytest.mark.parametrize("width", range(20, 140))
def test_columns_fit_and_stand_below_their_heads(width: int) -> None:
    made = choice()
    made.of("prod").identity = Identity("123456789012", "arn:aws:iam::123456789012:user/jane")
    made.of("prod").alias = "a-very-long-alias-of-an-account"
    widths = rows.columns(width)
    drawn = [cell.text for cell in rows.cells(made, ROW, state(nodes=7), widths, NOW.timestamp())]
    assert len(drawn) == sum(1 for one in widths if one)
    assert rows.TICK + sum(map(cell_len, drawn)) <= width + 1, "the last cell's blank may be cut"
    starts = [rows.TICK + sum(map(cell_len, drawn[:number])) for number in range(len(drawn))]
    head = rows.heading(widths)
    shown = [name for name, one in zip(rows.HEADS, widths, strict=True) if one]
    assert all(head[start:].startswith(name[:4]) for start, name in zip(starts, shown, strict=True))


def test_an_account_that_has_no_room_for_its_alias_keeps_its_whole_id() -> None:
    made = choice()
    made.of("prod").identity = Identity("123456789012", "")
    made.of("prod").alias = "acme"
    narrow = rows.cells(made, ROW, None, rows.columns(73), 0.0)
    wide = rows.cells(made, ROW, None, rows.columns(110), 0.0)
    assert narrow[2].text.strip() == "123456789012"
    assert wide[2].text.strip() == "123456789012 acme"


@pytest.mark.parametrize(
    ("left", "text", "tone"),
    [
        (None, "sso", Tone.DIM),
        (timedelta(minutes=41), "sso 41 min", Tone.DIM),
        (timedelta(minutes=9), "sso 9 min", Tone.WARN),
        (timedelta(seconds=-1), "sso ended", Tone.BAD),
        (timedelta(days=30), "sso", Tone.DIM),
    ],
)
def test_credentials_say_how_long_they_last(left: timedelta | None, text: str, tone: Tone) -> None:
    facts = CredentialFacts("sso", NOW + left if left is not None else None)
    assert rows.credentials("sso", facts, NOW.timestamp()) == (text, tone)


def test_where_there_is_no_room_for_both_the_end_counts() -> None:
    facts = CredentialFacts("web identity", NOW + timedelta(minutes=41))
    assert rows.credentials("web identity", facts, NOW.timestamp(), 11).text == "41 min"


def test_a_row_says_how_its_listing_is() -> None:
    made = choice()
    assert row_state(made, state(phase=ScopePhase.COMPLETE, nodes=1204)) == "1,204"
    assert row_state(made, state(phase=ScopePhase.LOADING)) == "loading…"
    assert row_state(made, state(phase=ScopePhase.DENIED, error=AccessDenied("no"))) == "denied"
    assert row_state(made, state(phase=ScopePhase.NOT_ENABLED)) == "not enabled"
    assert row_state(made, state(phase=ScopePhase.SIGNED_OUT, error=CredentialsError("no"))) == "signed out"
    assert row_state(made, state(phase=ScopePhase.SIGNED_OUT, error=signed_out())) == "sign in"


def test_a_row_that_is_not_listed_says_what_stands_in_the_way() -> None:
    made = choice()
    facts = made.of("prod")
    assert row_state(made) == ""
    facts.not_enabled = {"eu-west-1"}
    assert row_state(made) == "not enabled"
    facts.not_enabled, facts.error = (), ConnectionFailed("nobody")
    assert row_state(made) == "failed"
    facts.error = signed_out()
    assert row_state(made) == "sign in"
    facts.error, facts.credentials = None, CredentialFacts("sso", NOW - timedelta(minutes=1), SIGN_IN)
    assert row_state(made) == "sign in"
    facts.identity = Identity("123456789012", "")
    assert row_state(made) == "", "AWS has taken them a moment ago"


def test_what_is_untrusted_is_inert() -> None:
    made = choice()
    made.take_profiles([AwsProfile("ev\x1b[31mil\n[red]", "eu-\x07west", "keys")])
    row = next(row for row in made.rows if row.aws_profile and row.aws_profile.startswith("ev"))
    made.of(row.aws_profile).error = CredentialsError("a\x1bb\nc")
    drawn = [*rows.cells(made, row, None, rows.columns(100), 0.0), *rows.about(made, row, None, 0.0)]
    assert all(cell.text.isprintable() for cell in drawn)
