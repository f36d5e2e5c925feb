"""The text that asks for faults: what it means, that it is written as it is read, and what is said of mistakes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.errors import UsageError
from ssmtui.lab.call_faults import CALLS, DENIED, EXPIRED, THROTTLED, ApiFault, SlowCall
from ssmtui.lab.fault_spec import (
    NO_FAULTS,
    BlackHole,
    Chances,
    Churn,
    Delay,
    Delays,
    ExpiringToken,
    FaultSpec,
    parse_faults,
)
from ssmtui.lab.lab import Lab

chances = st.floats(0, 1)
times = st.floats(0.001, 1e6)
sides = st.builds(Chances, chances, chances)
delays = st.builds(Delay, st.floats(0.001, 1), times)
accounts = st.sampled_from(["", "prod", "dev"])
amounts = st.one_of(st.tuples(st.integers(0, 99), st.just(1.0)), st.tuples(st.none(), chances))
api_faults = st.builds(
    lambda call, kind, amount, account: ApiFault(call, *kind, *amount, account),
    st.sampled_from(["*", *CALLS]),
    st.sampled_from(
        [
            (THROTTLED, 400),
            (EXPIRED, 400),
            (DENIED, 400),
            (DENIED, 403),
            ("InternalServerError", 500),
            ("ServiceUnavailable", 503),
        ]
    ),
    amounts,
    accounts,
)
specs = st.builds(
    FaultSpec,
    seed=st.integers(0, 2**64),
    lose=sides,
    double=sides,
    reorder=sides,
    corrupt=sides,
    withhold_acks=sides,
    publication=sides,
    malformed=sides,
    delay=st.one_of(st.builds(Delays, delays, delays), st.builds(Delays, delays)),
    drop_dial=st.integers(0, 99),
    cut_client=st.integers(0, 2**40),
    cut_every=times,
    cut_chance=chances,
    cut_agent=times,
    black_hole=st.one_of(st.builds(BlackHole, times), st.builds(BlackHole, times, times)),
    bye=times,
    gone=times,
    lose_closed=st.booleans(),
    mute_agent=st.booleans(),
    stuck_handshake=st.booleans(),
    never_pause=st.booleans(),
    forget_acks=st.one_of(st.none(), chances),
    deaf=st.one_of(st.none(), times),
    agent_version=st.sampled_from(["", "3.1.1476.0", "2.3"]),
    expire_token=st.builds(ExpiringToken, st.integers(2, 99), st.integers(0, 9)),
    churn=st.builds(Churn, chances, times),
    odd_nodes=st.booleans(),
    odd_tags=st.booleans(),
    slow=st.lists(st.builds(SlowCall, st.sampled_from(["*", *CALLS]), times, accounts), max_size=2).map(tuple),
    api=st.lists(api_faults, max_size=3).map(tuple),
)


@given(specs)
def test_what_is_written_is_read_again(spec: FaultSpec) -> None:
    assert parse_faults(str(spec)) == spec


def test_nothing_is_asked_for_by_nothing() -> None:
    assert parse_faults("") == parse_faults(" , ") == NO_FAULTS
    assert str(NO_FAULTS) == ""


def test_a_list_of_everything() -> None:
    spec = parse_faults(
        "seed=7, lose=0.02,double@agent=0.01,delay=0.05:200ms,cut-client=200000,black-hole=3s,bye=5s,gone=10,"
        "mute-agent,agent-version=3.1.1476.0,http=StartSession:500:2,throttle=DescribeInstanceInformation:0.5,"
        "expired=ResumeSession,deny=DescribeInstances@dev,slow=*@dev:50ms,expire-token=3,churn=0.01:10s,odd-nodes"
    )
    late = Delay(0.05, 0.2)
    assert spec == FaultSpec(
        seed=7,
        lose=Chances(0.02, 0.02),
        double=Chances(agent=0.01),
        delay=Delays(late, late),
        cut_client=200_000,
        black_hole=BlackHole(3.0),
        bye=5.0,
        gone=10.0,
        mute_agent=True,
        agent_version="3.1.1476.0",
        expire_token=ExpiringToken(3),
        churn=Churn(0.01, 10.0),
        odd_nodes=True,
        slow=(SlowCall("*", 0.05, "dev"),),
        api=(
            ApiFault("StartSession", "InternalServerError", 500, 2),
            ApiFault("DescribeInstanceInformation", THROTTLED, times=None, chance=0.5),
            ApiFault("ResumeSession", EXPIRED),
            ApiFault("DescribeInstances", DENIED, times=None, account="dev"),
        ),
    )


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("loose=0.1", "did you mean 'lose'?"),
        ("zzzzzzz", "there are: seed, lose,"),
        ("lose@agnet=0.1", "did you mean 'agent'?"),
        ("bye@client=3", "no direction"),
        ("mute-agent@client", "no direction"),
        ("http@agent=StartSession:500", "no direction"),
        ("lose", "needs a value"),
        ("mute-agent=1", "takes no value"),
        ("lose=1.5", "chance from 0 to 1"),
        ("lose=nan", "chance from 0 to 1"),
        ("lose=often", "chance from 0 to 1"),
        ("bye=soon", "3s or 250ms"),
        ("cut-agent=0", "longer than 0"),
        ("delay=0.5", "a chance and a time"),
        ("cut-client=-1", "not a whole number"),
        ("agent-version=new", "3.1.1476.0"),
        ("throttle=StartSesion:1", "did you mean 'StartSession'?"),
        ("deny=DescribeInstances@deb", "did you mean 'dev'?"),
        ("slow=ListDocuments", "ListDocuments:2s"),
        ("slow@client=ListDocuments:1s", "no direction"),
        ("expire-token=1", "2 or more"),
        ("churn=0.1", "0.01:10s"),
        ("odd-tags=1", "takes no value"),
        ("http=StartSession:200", "not the status of an error"),
        ("http=StartSession", "not a whole number"),
    ],
)
def test_a_bad_item_is_named_and_the_right_one_hinted_at(item: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_faults(f"seed=3,{item},bye=4s")
    assert refused.value.detail.startswith(f"'{item}': ")
    assert said in refused.value.detail


async def test_the_calls_that_may_fail_are_those_that_the_service_plays() -> None:
    assert Lab()._service().calls | {"OpenDataChannel"} == set(CALLS)
