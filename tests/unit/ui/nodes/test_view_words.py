import pytest

from ssmtui.errors import AccessDenied, CredentialsError, SsmtuiError
from ssmtui.inventory.states import ScopePhase, ScopeState
from ssmtui.model import Scope
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.nodes.words import counts, nothing

NOW = 1_000_000.0


def state(**facts) -> ScopeState:
    return ScopeState(Scope("prod", "eu-west-1"), **facts)


def test_nodes_of_an_earlier_run_have_an_age_while_they_are_listed_again():
    kept = state(phase=ScopePhase.LOADING, from_cache=True, nodes=23, refreshed_at=NOW - 7200, listed=50)
    fullest, shorter, tersest, _ = counts([kept], "23 nodes", 0, NOW)
    assert [piece.text for piece in fullest] == [" 23 nodes ", " 2 h ago ", " listing… 50 "]
    assert fullest[1].tone is Tone.WARN
    assert [piece.text for piece in shorter] == [" 23 nodes ", " 2 h ago "]
    assert [piece.text for piece in tersest] == [" 23 nodes "]


def test_a_first_listing_has_no_age():
    assert [piece.text for piece in counts([state(phase=ScopePhase.LOADING)], "", 0, NOW)[0]] == [" listing… "]


def test_a1_every_form_says_that_the_filter_was_stopped():
    forms = counts([state(phase=ScopePhase.COMPLETE, refreshed_at=NOW)], "297 of 20,300", 2, NOW, stopped=True)
    for form in forms:
        assert [piece.text for piece in form[:2]] == [" 297 of 20,300 ", " incomplete: the filter was stopped "]
        assert form[1].tone is Tone.BAD


def test_a1_an_empty_table_does_not_say_that_nothing_matches_when_the_filter_was_stopped():
    states = [state(phase=ScopePhase.COMPLETE)]
    told = nothing(states, None, progress="", region="eu-west-1", filtered=True, width=72, stopped=True, key_of=key_of)
    assert "was stopped before it had looked at every node" in told[0].text
    assert "No node matches" not in "".join(cell.text for cell in told)


def key_of(command: str) -> str:
    return {"refresh": "r", "accounts": "A", "sign-in": "I", "setup": "E"}[command]


def test_a_command_without_a_key_is_not_offered() -> None:
    states = [state(phase=ScopePhase.FAILED, error=AccessDenied("no"))]
    told = nothing(
        states,
        None,
        progress="",
        region="",
        filtered=False,
        width=72,
        key_of=lambda command: {"refresh": "", "accounts": "F5"}[command],
    )
    assert told[-1].text == "F5  other accounts"


def signed_out(sign_in: SignIn | None) -> SsmtuiError:
    error = CredentialsError("expired")
    error.sign_in = sign_in
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (AccessDenied("no"), "r  try again     A  other accounts"),
        (signed_out(None), "r  try again     A  other accounts     E  how access is set up"),
        (
            signed_out(SignIn(SignInWay.SSO, "corp", "prod")),
            "I  sign in     r  try again     A  other accounts     E  how access is set up",
        ),
    ],
)
def test_an_account_that_cannot_be_listed_says_what_can_be_done(error: SsmtuiError, expected: str) -> None:
    states = [state(phase=ScopePhase.FAILED, error=error)]
    told = nothing(states, None, progress="", region="eu-west-1", filtered=False, width=72, key_of=key_of)
    assert told[-1].text == expected
    assert len(expected) <= 78
