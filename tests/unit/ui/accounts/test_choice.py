"""Rows of accounts, and what is ticked of them: without a screen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.inventory.states import ScopeState
from ssmtui.model import AwsProfile, Identity, Scope
from ssmtui.ui.accounts.choice import AccountChoice, AccountRow, RegionChoice, is_region

PROFILES = (
    AwsProfile("prod", "eu-west-1", "sso"),
    AwsProfile("staging", "eu-central-1", "role", "222222222222"),
    AwsProfile("proc", "us-east-1", "process"),
    AwsProfile("bare", "", "keys"),
)
HERE = Scope("prod", "eu-west-1")


def choice(default: Scope | None = HERE, *listed: Scope, known: Any = (), profiles: Any = PROFILES) -> AccountChoice:
    made = AccountChoice(default, [ScopeState(scope) for scope in listed], known)
    made.take_profiles(profiles)
    return made


def test_each_aws_profile_is_listed_in_its_own_region() -> None:
    assert choice().rows == [
        AccountRow("prod", "eu-west-1"),
        AccountRow("staging", "eu-central-1"),
        AccountRow("proc", "us-east-1"),
        AccountRow("bare", "eu-west-1"),
    ]


def test_b7_accounts_in_different_regions_are_listed_without_their_product() -> None:
    made = choice()
    assert made.toggle(AccountRow("proc", "us-east-1"))
    assert made.scopes == [HERE, Scope("proc", "us-east-1")]


def test_the_region_of_the_command_line_comes_before_that_of_the_settings() -> None:
    made = choice(Scope("prod", "ap-south-1"))
    assert made.rows[:2] == [AccountRow("prod", "ap-south-1"), AccountRow("prod", "eu-west-1")]
    assert made.scopes == [Scope("prod", "ap-south-1")]


def test_without_a_default_nothing_is_ticked_and_what_has_no_region_cannot_be() -> None:
    made = choice(None)
    assert not made.scopes
    bare = AccountRow("bare", "")
    assert bare in made.rows
    assert not made.toggle(bare)
    assert not made.toggle_organization(bare)
    assert made.taken_by(bare) == []
    assert made.scope_to_ask("bare") is None
    made.change_regions(["bare"], {"us-west-2"}, set())
    assert bare not in made.rows
    assert made.scopes == [Scope("bare", "us-west-2")]
    assert made.scope_to_ask("bare") == Scope("bare", "us-west-2")


def test_b6_a_row_that_is_not_ticked_is_switched_to_alone_and_a_ticked_one_takes_all() -> None:
    made = choice()
    made.toggle(AccountRow("staging", "eu-central-1"))
    assert made.taken_by(AccountRow("proc", "us-east-1")) == [Scope("proc", "us-east-1")]
    assert made.taken_by(AccountRow("staging", "eu-central-1")) == [HERE, Scope("staging", "eu-central-1")]


def test_the_only_ticked_row_can_be_unticked() -> None:
    made = choice()
    made.toggle(AccountRow("prod", "eu-west-1"))
    assert not made.scopes
    assert made.taken_by(AccountRow("prod", "eu-west-1")) == [HERE]


def test_a_row_that_was_unticked_just_now_is_not_what_enter_takes() -> None:
    made = choice(HERE, HERE, Scope("staging", "eu-central-1"))
    made.toggle(AccountRow("prod", "eu-west-1"))
    assert made.taken_by(AccountRow("prod", "eu-west-1")) == [Scope("staging", "eu-central-1")]
    assert made.taken_by(AccountRow("proc", "us-east-1")) == [Scope("proc", "us-east-1")]


def test_the_stand_in_goes_with_every_account() -> None:
    made = choice(Scope("prod", "eu-west-1", "http://127.0.0.1:1"))
    assert {made.scope(row).endpoint_url for row in made.rows} == {"http://127.0.0.1:1"}


def test_a_whole_organization_is_a_way_to_list_a_row() -> None:
    made = choice()
    row = AccountRow("staging", "eu-central-1")
    made.toggle_organization(row)
    assert Scope("staging", "eu-central-1", None, True) in made.scopes
    made.toggle_organization(row)
    assert Scope("staging", "eu-central-1") in made.scopes
    again = choice(HERE, Scope("audit", "eu-west-1", None, True))
    assert again.scopes == [Scope("audit", "eu-west-1", None, True)]


def test_a_region_that_was_added_is_offered_until_it_is_taken_away() -> None:
    made = choice(HERE, HERE, known=[Scope("prod", "us-east-1"), Scope("gone", "us-east-1")])
    added = AccountRow("prod", "us-east-1")
    assert made.rows[1] == added
    assert added not in made.ticked
    assert made.remove(added)
    assert added not in made.rows
    assert not made.remove(AccountRow("prod", "eu-west-1"))
    assert AccountRow("gone", "us-east-1") in made.rows
    assert made.known == [Scope("gone", "us-east-1")]


def test_what_is_typed_finds_rows_by_all_that_is_shown_of_them() -> None:
    made = choice()
    made.of("prod").identity = Identity("123456789012", "arn:aws:iam::123456789012:user/jane")
    made.of("prod").alias = "acme"
    for text in ("PRO eu", "1234", "acme", "sso"):
        assert made.matching(text)[0] == AccountRow("prod", "eu-west-1"), text
    assert [row.aws_profile for row in made.matching("2222")] == ["staging"]
    assert made.matching("zz") == []


def test_regions_are_added_to_all_ticked_aws_profiles() -> None:
    made = choice(HERE, HERE, Scope("staging", "eu-central-1"))
    regions = RegionChoice(made, made.ticked_profiles)
    assert regions.names == ["prod", "staging"]
    assert regions.is_partly("eu-west-1")
    regions.toggle("us-east-1")
    made.change_regions(regions.names, regions.add, regions.drop)
    assert made.scopes == [
        HERE,
        Scope("prod", "us-east-1"),
        Scope("staging", "eu-central-1"),
        Scope("staging", "us-east-1"),
    ]


def test_a_region_of_some_becomes_one_of_all_then_of_none() -> None:
    made = choice(HERE, HERE, Scope("staging", "eu-central-1"))
    regions = RegionChoice(made, made.ticked_profiles)
    regions.toggle("eu-west-1")
    assert (regions.add, regions.drop) == ({"eu-west-1"}, set())
    regions.toggle("eu-west-1")
    assert (regions.add, regions.drop) == (set(), {"eu-west-1"})
    made.change_regions(regions.names, regions.add, regions.drop)
    assert made.scopes == [Scope("staging", "eu-central-1")]


def test_any_well_formed_region_can_be_typed() -> None:
    made = choice()
    made.of("prod").regions = ("eu-west-1", "us-east-1")
    made.of("prod").not_enabled = {"af-south-1"}
    regions = RegionChoice(made, ["prod"])
    assert regions.matching("us") == ["us-east-1"]
    assert regions.matching(" xx-New-9 ") == ["xx-new-9"]
    assert regions.matching("nowhere") == []
    assert regions.not_enabled == {"af-south-1"}
    assert regions.matching("af-south-1") == ["af-south-1"]
    regions.toggle("xx-new-9")
    assert regions.add == {"xx-new-9"}
    assert "xx-new-9" in regions.matching("")


def test_regions_of_other_aws_profiles_come_before_the_rest() -> None:
    made = choice()
    made.of("prod").regions = ("ap-south-1", "eu-central-1", "eu-west-1", "us-east-1")
    made.of("prod").not_enabled = {"af-south-1"}
    assert RegionChoice(made, ["prod"]).regions == [
        "eu-west-1",
        "eu-central-1",
        "us-east-1",
        "ap-south-1",
        "af-south-1",
    ]


def test_where_aws_does_not_say_which_there_are_the_known_ones_are_offered() -> None:
    made = choice()
    made.known_regions = ("us-west-2", "cn-north-1")
    assert RegionChoice(made, ["staging"]).matching("cn") == ["cn-north-1"]


@pytest.mark.parametrize(
    "name", ["eu-west-1", "us-gov-east-1", "us-isob-east-1", "eu-isoe-west-1", "eusc-de-east-1", "cn-northwest-1"]
)
def test_names_of_regions_of_all_partitions_are_well_formed(name: str) -> None:
    assert is_region(name)


@pytest.mark.parametrize(
    "text", ["", "eu", "eu-west", "eu-west-1a", "EU-WEST-1", "eu west 1", "a-b-1\n", f"{'x' * 99}-1"]
)
def test_anything_else_is_not(text: str) -> None:
    assert not is_region(text)


NAMES = st.sampled_from([None, "prod", "staging", "proc", "bare", "gone"])
REGIONS = st.sampled_from(["eu-west-1", "eu-central-1", "us-east-1", "xx-new-9"])
SCOPES = st.builds(Scope, NAMES, REGIONS, st.none(), st.booleans())
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("toggle"), st.integers(0, 30)),
        st.tuples(st.just("organization"), st.integers(0, 30)),
        st.tuples(st.just("remove"), st.integers(0, 30)),
        st.tuples(st.just("regions"), st.lists(NAMES, min_size=1, max_size=3), st.sets(REGIONS), st.sets(REGIONS)),
        st.tuples(st.just("profiles"), st.lists(st.sampled_from(PROFILES), unique=True)),
    ),
    max_size=12,
)


@given(st.none() | SCOPES, st.lists(SCOPES, max_size=4), st.lists(SCOPES, max_size=4), STEPS)
def test_whatever_is_done_what_is_ticked_is_there_once_and_has_a_region(
    default: Scope | None, listed: list[Scope], known: list[Scope], steps: list[Any]
) -> None:
    made = choice(default, *listed, known=known)
    for step, *arguments in steps:
        rows = made.rows
        row = rows[arguments[0] % len(rows)] if isinstance(arguments[0], int) and rows else None
        if step == "toggle" and row:
            before = set(made.ticked)
            assert made.toggle(row) == bool(row.region)
            assert made.ticked ^ before == ({row} if row.region else set())
        elif step == "organization" and row and made.toggle_organization(row):
            assert row in made.ticked
        elif step == "remove" and row and made.remove(row):
            assert row not in made.rows
        elif step == "regions":
            names, add, drop = arguments
            made.change_regions(names, add, drop - add)
            assert all(AccountRow(name, region) in made.ticked for name in names for region in add)
            assert not any(AccountRow(name, region) in made.ticked for name in names for region in drop - add)
        elif step == "profiles":
            made.take_profiles(arguments[0])
        rows, scopes = made.rows, made.scopes
        assert len(set(rows)) == len(rows)
        assert made.ticked <= set(rows)
        assert len(scopes) == len(made.ticked) == len(set(scopes))
        assert all(scope.region for scope in scopes)
        assert {row.aws_profile for row in rows} == set(made.names)
        for one in rows:
            taken = made.taken_by(one)
            assert bool(taken) == bool(one.region)
            assert taken in (scopes, [made.scope(one)], [])
            assert one not in made.ticked or taken == scopes


@given(st.lists(SCOPES, min_size=1, max_size=6), st.lists(REGIONS, max_size=8))
def test_regions_ticked_for_several_hold_for_each_and_the_untouched_stay(
    listed: list[Scope], toggled: list[str]
) -> None:
    made = choice(HERE, *listed)
    before = set(made.ticked)
    names = made.ticked_profiles
    regions = RegionChoice(made, names)
    for region in toggled:
        regions.toggle(region)
    made.change_regions(names, regions.add, regions.drop)
    touched = set(toggled)
    assert {row for row in before if row.region not in touched} == {
        row for row in made.ticked if row.region not in touched
    }
    for region in touched:
        here = {AccountRow(name, region) in made.ticked for name in names}
        assert here == {region in regions.ticked}
