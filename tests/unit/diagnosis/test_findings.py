"""The order of findings, and what they come to."""

from __future__ import annotations

from ssmtui.diagnosis.findings import HERE, Check, Finding, TargetKind, Verdict, checks_for, conclude, in_order

OK, WARN, BAD, UNKNOWN = Verdict.OK, Verdict.WARN, Verdict.BAD, Verdict.UNKNOWN


def finding(check: Check, verdict: Verdict) -> Finding:
    return Finding(check, verdict, check.value, "evidence", f"mend {check.value}")


def test_the_first_bad_one_in_causal_order_is_the_cause_however_they_come() -> None:
    found = [finding(Check.PING, BAD), finding(Check.CLOCK, WARN), finding(Check.INSTANCE, BAD)]
    conclusion = conclude(found)
    assert conclusion == (BAD, "State", "mend State", Check.INSTANCE)
    assert [one.check for one in in_order(found)] == [Check.CLOCK, Check.INSTANCE, Check.PING]


def test_a_warning_counts_only_without_a_bad_one() -> None:
    found = [finding(Check.CREDENTIALS, OK), finding(Check.AGENT, WARN), finding(Check.PLACE, UNKNOWN)]
    assert conclude(found).cause is Check.AGENT


def test_what_could_not_be_found_out_is_counted() -> None:
    unknown = finding(Check.PLACE, UNKNOWN)
    assert "one check could not" in conclude([unknown, finding(Check.CLOCK, OK)]).what
    several = conclude([unknown._replace(fix=""), finding(Check.PING, UNKNOWN)])
    assert "2 checks could not" in several.what
    assert several.fix == "mend Ping"
    assert conclude([finding(Check.CLOCK, OK)]) == (OK, "No problem was found on this side", "", None)
    assert "ssm:StartSession" in conclude([finding(Check.TARGET, OK)]).fix


def test_each_form_of_target_has_the_checks_that_mean_something_there() -> None:
    assert checks_for(None) == (*HERE, Check.DOCUMENT)
    instance = checks_for(TargetKind.INSTANCE)
    assert list(instance) == [check for check in Check if check not in (Check.REFUSAL, Check.TAGS)]
    managed = checks_for(TargetKind.MANAGED)
    assert list(managed) == [check for check in Check if check not in (Check.REFUSAL, Check.INSTANCE)]
    container = checks_for(TargetKind.CONTAINER, refused=True)
    assert not {Check.PERMISSIONS, Check.TAGS} & set(container)
    assert container[-1] is Check.REFUSAL
