import pytest
from rich.cells import cell_len

from ssmtui.errors import AccessDenied
from ssmtui.inventory.states import ScopePhase, ScopeState, aliases
from ssmtui.model import Identity, Scope
from ssmtui.ui.accounts.words import differing, scope_name, status, summary
from ssmtui.ui.look.tones import Tone

NOW = 1_000_000.0


def state(profile: str, region: str, account: str = "", **facts) -> ScopeState:
    identity = Identity(account, f"arn:aws:iam::{account}:user/jane") if account else None
    return ScopeState(Scope(profile, region), identity=identity, **facts)


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"phase": ScopePhase.WAITING}, "waiting"),
        ({"phase": ScopePhase.LOADING}, "loading…"),
        ({"phase": ScopePhase.LOADING, "listed": 1400}, "loading 1,400…"),
        ({"phase": ScopePhase.COMPLETE, "nodes": 1204, "refreshed_at": NOW - 130}, "1,204 nodes, 2 min ago"),
        ({"phase": ScopePhase.STALE, "nodes": 12, "refreshed_at": NOW - 7200}, "12 from 2 h ago"),
        ({"phase": ScopePhase.DENIED}, "denied"),
        ({"phase": ScopePhase.SIGNED_OUT, "nodes": 5, "refreshed_at": NOW - 60}, "signed out (5, 1 min old)"),
    ],
)
def test_a_scope_says_how_far_it_is(facts, text):
    assert status(state("prod", "eu-west-1", **facts), NOW).text == text


def test_a_scope_of_which_something_could_not_be_read_says_so():
    problems = (("EC2", AccessDenied("no")),)
    told = status(state("prod", "x", phase=ScopePhase.COMPLETE, nodes=3, refreshed_at=NOW, problems=problems), NOW)
    assert told == ("3 nodes, 0 s ago, not all could be read", Tone.WARN)


def test_columns_come_for_what_differs():
    prod, dev = state("prod", "eu-west-1", "1"), state("dev", "eu-west-1", "2")
    assert differing([prod]) == frozenset()
    assert differing([prod, state("prod", "us-east-1", "1")]) == {"region"}
    assert differing([prod, dev]) == {"account"}
    assert differing([prod, state("ops", "eu-west-1", "1")]) == {"account", "profile"}
    assert differing([state("prod", "a"), state("dev", "a")]) == {"account"}
    assert differing([ScopeState(Scope("org", "eu-west-1", organization=True))]) == {"account", "region"}


def test_aliases_are_told_by_account():
    assert aliases([state("prod", "a", "1", alias="acme"), state("dev", "a", "2"), state("x", "a")]) == {"1": "acme"}


@pytest.mark.parametrize("width", [20, 40, 76, 116, 300])
def test_the_line_fits_and_counts_what_has_no_room(width):
    well = [state(f"p{n}\x1b", "eu-west-1", phase=ScopePhase.COMPLETE, nodes=n, refreshed_at=NOW) for n in range(9)]
    line = summary([*well, state("dev", "eu-west-1", phase=ScopePhase.DENIED, error=AccessDenied("no"))], NOW, width)
    assert sum(cell_len(cell.text) for cell in line) <= width
    text = "".join(cell.text for cell in line)
    assert text.startswith(" 10 accounts")
    if width > 40:
        assert "dev eu-west-1 denied" in text
        assert text.index("denied") < text.index("p0␛")
    assert (" more" in text) == (20 < width < 300)


def line(*states: ScopeState, width: int = 100) -> str:
    return "".join(cell.text for cell in summary(states, NOW, width))


def test_accounts_with_the_same_trouble_are_told_as_one():
    denied = [state("audit", region, phase=ScopePhase.DENIED, error=AccessDenied("no")) for region in ("a", "b")]
    kept = state("audit", "c", phase=ScopePhase.DENIED, nodes=3, refreshed_at=NOW, error=AccessDenied("no"))
    well = state("prod", "a", phase=ScopePhase.COMPLETE, nodes=60, refreshed_at=NOW)
    assert line(well, *denied) == " 3 accounts · audit 2 regions denied · prod a 60"
    assert line(well, *denied, kept) == " 4 accounts · audit 3 regions denied (3) · prod a 60"
    assert line(well, kept) == " 2 accounts · audit c denied (3, 0 s old) · prod a 60"
    others = [state(name, "a", phase=ScopePhase.DENIED, error=AccessDenied("no")) for name in ("dev", "test", "ops")]
    assert line(well, *denied, *others[:1]) == " 4 accounts · audit, dev denied · prod a 60"
    assert line(well, *denied, *others) == " 6 accounts · audit, dev and 2 more denied · prod a 60"
    assert line(well, *denied, *others, width=53) == " 6 accounts · audit, dev and 2 more denied · 1 more"


def test_credentials_without_a_profile_have_a_name():
    assert scope_name(Scope(None, "eu-west-1")) == "default credentials eu-west-1"
