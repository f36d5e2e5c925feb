"""What needs a sign-in, and what ends soon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ssmtui.errors import AccessDenied, CredentialsError
from ssmtui.inventory.states import ScopePhase, ScopeState
from ssmtui.model import CredentialFacts, Scope, StartRequest
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.ui.signing_in.needs import SignInNeed, Warnings, ending, needs

CORP = SignIn(SignInWay.SSO, "corp", "dev")
LAB = SignIn(SignInWay.SSO, "lab", "lab")
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def state(name: str, sign_in: SignIn | None) -> ScopeState:
    error = CredentialsError("expired")
    error.sign_in = sign_in
    return ScopeState(Scope(name, "eu-west-1"), ScopePhase.SIGNED_OUT, error=error)


def session(key: int, name: str, sign_in: SignIn | None) -> SessionSnapshot:
    request = StartRequest("i-1", scope=Scope(name, "eu-west-1"))
    return SessionSnapshot(key, "web-1", request, None, SessionState.SIGNED_OUT, sign_in=sign_in)


def test_those_that_share_a_source_need_one_sign_in() -> None:
    shared = SignIn(SignInWay.SSO, "corp", "prod")
    found = needs(
        [state("dev", CORP), state("other", None), state("prod", shared)],
        [session(1, "prod", shared), session(2, "ops", CORP), session(3, "lab", LAB), session(4, "fine", None)],
        {},
    )
    assert found == [SignInNeed(CORP, ("dev", "prod", "ops")), SignInNeed(LAB, ("lab",))]


def test_an_error_that_no_sign_in_helps_needs_none() -> None:
    denied = ScopeState(Scope("dev", "eu-west-1"), ScopePhase.DENIED, error=AccessDenied("no"))
    assert needs([denied, state("prod", None), ScopeState(Scope("x", "y"))], [], {}) == []


def test_an_error_that_does_not_know_the_way_is_helped_by_what_is_known_of_the_profile() -> None:
    known: dict[str | None, CredentialFacts] = {
        "dev": CredentialFacts("sso", None, CORP, missing=True),
        "prod": CredentialFacts("sso", None, CORP),
    }
    assert needs([state("dev", None), state("prod", None), ScopeState(Scope("dev", "x"))], [], known) == [
        SignInNeed(CORP, ("dev",))
    ]


def facts(minutes: float, sign_in: SignIn | None = CORP, *, missing: bool = False) -> CredentialFacts:
    return CredentialFacts("sso", NOW + timedelta(minutes=minutes), sign_in, missing)


def test_what_ends_soon_and_needs_the_person() -> None:
    found = ending(
        {
            "dev": facts(9),
            "prod": facts(8),
            "lab": facts(1, LAB),
            "later": facts(11, SignIn(SignInWay.SSO, "later", "later")),
            "over": facts(-1, SignIn(SignInWay.SSO, "over", "over")),
            "gone": facts(5, SignIn(SignInWay.SSO, "gone", "gone"), missing=True),
            "process": facts(1, None),
            None: CredentialFacts("environment"),
        },
        NOW,
    )
    assert [(one.sign_in, one.seconds, one.profiles) for one in found] == [
        (LAB, 60.0, ("lab",)),
        (CORP, 480.0, ("dev", "prod")),
    ]


def test_each_end_is_warned_of_twice_and_again_after_a_new_sign_in() -> None:
    warnings = Warnings()

    def due(minutes: float) -> int:
        return len(warnings.due(ending({"dev": facts(minutes)}, NOW)))

    assert [due(minutes) for minutes in (30, 9.9, 9.5, 5, 2, 1.9, 0.5)] == [0, 1, 0, 0, 1, 0, 0]
    assert [due(minutes) for minutes in (480, 9)] == [0, 1]


@pytest.mark.parametrize("minutes", [0.4, 1.9])
def test_an_end_that_is_near_from_the_start_is_warned_of_once(minutes: float) -> None:
    warnings = Warnings()
    found = [len(warnings.due(ending({"dev": facts(minutes)}, NOW))) for _ in range(3)]
    assert found == [1, 0, 0]
