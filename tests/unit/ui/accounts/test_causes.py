"""What is wrong with accounts is said once for each cause."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ssmtui.errors import AccessDenied, ConnectionFailed, CredentialsError, RegionNotEnabled, SsmtuiError
from ssmtui.inventory.states import ScopePhase, ScopeState, failed_phase
from ssmtui.model import Identity, Scope
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.ui.accounts.causes import LISTING, causes
from ssmtui.ui.accounts.words import TROUBLES


def failed(profile: str, region: str, error: SsmtuiError, account: str = "") -> ScopeState:
    identity = Identity(account, f"arn:aws:sts::{account}:assumed-role/Dev/jane") if account else None
    return ScopeState(Scope(profile, region), failed_phase(error, 0), error=error, identity=identity)


def signed_out(profile: str, source: str) -> CredentialsError:
    error = CredentialsError(f"the token of {profile} has expired")
    error.sign_in = SignIn(SignInWay.SSO, source, profile)
    return error


def test_accounts_of_one_sign_in_are_one_cause() -> None:
    states = [failed(name, "eu-west-1", signed_out(name, "corp")) for name in ("a", "b")]
    found = causes([*states, failed("c", "eu-west-1", signed_out("c", "other"))], TROUBLES)
    assert [len(one.states) for one in found] == [2, 1]
    assert found[0].sign_in == SignIn(SignInWay.SSO, "corp", "a")


def test_b9_words_that_differ_in_the_accounts_own_names_are_one_cause() -> None:
    def denied(account: str, region: str) -> AccessDenied:
        return AccessDenied(
            f"User: arn:aws:sts::{account}:assumed-role/Dev/jane is not authorized to perform: "
            f"ssm:DescribeInstanceInformation on resource: arn:aws:ssm:{region}:{account}:*",
            remedy="The caller needs it.",
        )

    one = failed("dev", "eu-west-1", denied("1" * 12, "eu-west-1"), "1" * 12)
    other = failed("test", "us-east-1", denied("2" * 12, "us-east-1"), "2" * 12)
    unlike = failed("test", "us-west-2", denied("2" * 12, "us-east-1"), "2" * 12)
    assert [[state.scope for state in cause.states] for cause in causes([one, other, unlike], TROUBLES)] == [
        [one.scope, other.scope],
        [unlike.scope],
    ]


def test_a_name_within_a_word_is_no_name() -> None:
    one = failed("prod", "eu-west-1", ConnectionFailed("product-1 does not answer"))
    other = failed("dev", "eu-west-1", ConnectionFailed("devuct-1 does not answer"))
    assert len(causes([one, other], TROUBLES)) == 2


def test_what_kept_nodes_from_being_listed_comes_before_what_they_lack() -> None:
    lacking = ScopeState(Scope("a", "r"), ScopePhase.COMPLETE, problems=(("EC2", AccessDenied("no")),))
    also = ScopeState(Scope("b", "r"), ScopePhase.COMPLETE, problems=(("EC2", AccessDenied("no")),))
    gone = failed("c", "r", RegionNotEnabled("r is not enabled for account 1"))
    throttled = ScopeState(Scope("d", "r"), ScopePhase.THROTTLED)
    found = causes([lacking, also, gone, throttled], TROUBLES)
    assert [(one.source, [state.scope.aws_profile for state in one.states]) for one in found] == [
        (LISTING, ["c"]),
        (LISTING, ["d"]),
        ("EC2", ["a", "b"]),
    ]
    assert found[1].error is None


ERRORS = st.sampled_from(
    [AccessDenied("no"), ConnectionFailed("gone"), signed_out("a", "corp"), RegionNotEnabled("eu-west-1 is off")]
)
STATES = st.builds(failed, st.sampled_from(["a", "b", "c"]), st.sampled_from(["eu-west-1", "us-east-1"]), ERRORS)


@given(st.lists(STATES, max_size=12, unique_by=lambda state: state.scope))
def test_each_account_has_its_cause_once(states: list[ScopeState]) -> None:
    found = causes(states, TROUBLES)
    told = [state.scope for cause in found for state in cause.states]
    assert sorted(map(str, told)) == sorted(str(state.scope) for state in states)
    assert all({type(state.error) for state in cause.states} == {type(cause.error)} for cause in found)
