"""Which accounts are listed: rows of an AWS profile in a region, some of them ticked. Pure; the dialogs are in
``ui.accounts.dialog`` and ``ui.accounts.regions``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ssmtui.errors import SsmtuiError
from ssmtui.inventory.states import ScopeState
from ssmtui.model import AwsProfile, CredentialFacts, Identity, Scope

MOST = 200
"""Accounts that can be listed at once."""
MAX_REGION = 40

_REGION = re.compile(r"[a-z]{2,5}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}")
"""``eu-west-1``, ``us-gov-east-1``, ``eusc-de-east-1``: partitions to come have names of this form as well (botocore's
``partitions.json`` has an expression for each of those that exist)."""


def is_region(text: str) -> bool:
    """Whether ``text`` is formed like the name of a region; nobody is asked whether there is one."""
    return len(text) <= MAX_REGION and _REGION.fullmatch(text) is not None


class AccountRow(NamedTuple):
    """What can be ticked."""

    aws_profile: str | None
    """None: the credentials of the environment or the machine."""
    region: str
    """Empty where neither the AWS profile nor the program has one: it cannot be listed before it is given one."""


@dataclass(slots=True)
class ProfileFacts:
    """What is known of an AWS profile."""

    identity: Identity | None = None
    alias: str = ""
    regions: Sequence[str] = ()
    """Those that can be completed."""
    not_enabled: Collection[str] = ()
    """Regions that its account would have to enable."""
    regions_are_guessed: bool = False
    """Whether the account may not say which it has, so that they are all that AWS had when botocore was made."""
    error: SsmtuiError | None = None
    credentials: CredentialFacts | None = None
    asked: bool = False
    """Whether AWS has been asked."""


class AccountChoice:
    """The rows, and what is ticked.

    Each AWS profile has a row for its own region, and one for each region that was added to it. ``default`` is what the
    program was started for, None where that has no region or does not exist; ``states`` are of what is listed now,
    ``known`` the accounts that were listed before.
    """

    def __init__(self, default: Scope | None, states: Iterable[ScopeState] = (), known: Iterable[Scope] = ()) -> None:
        self._default = default
        self._endpoint_url = default.endpoint_url if default is not None else None
        self._profiles: Mapping[str | None, AwsProfile] = {}
        self.facts: dict[str | None, ProfileFacts] = {}
        states = list(states)
        listed = [state.scope for state in states]
        if not listed and default is not None:
            listed = [default]
        elif default is None and listed:
            self._endpoint_url = listed[0].endpoint_url
        self._added = dict.fromkeys(map(_row, [*listed, *known]))
        self.ticked = set(map(_row, listed))
        self.known_regions: Sequence[str] = ()
        """Those that are completed for AWS profiles of which AWS does not say which regions they have."""
        self._unticked: set[AccountRow] = set()
        """Those that a person has unticked since."""
        self.organizations = {_row(scope) for scope in listed if scope.organization}
        """Rows that are listed with their whole organization."""
        for state in states:
            facts = self.of(state.scope.aws_profile)
            facts.identity = state.identity or facts.identity
            facts.alias = state.alias or facts.alias

    # What there is

    def of(self, name: str | None) -> ProfileFacts:
        """What is known of an AWS profile."""
        return self.facts.setdefault(name, ProfileFacts())

    def take_profiles(self, profiles: Iterable[AwsProfile]) -> None:
        """The AWS configuration has been read: these are there, in its order."""
        self._profiles = {profile.name: profile for profile in profiles}

    def take_default(self, default: Scope | None) -> None:
        """It is known by now what the program was started for."""
        if self._default is None and default is not None:
            self._default, self._endpoint_url = default, default.endpoint_url

    def profile(self, name: str | None) -> AwsProfile | None:
        """What the AWS configuration says of it; None where it says nothing."""
        return self._profiles.get(name)

    def kind(self, name: str | None) -> str:
        """Where its credentials come from."""
        facts, profile = self.of(name).credentials, self.profile(name)
        return (facts.kind if facts is not None else "") or (profile.kind if profile is not None else "")

    def account(self, name: str | None) -> str:
        """The id of its account: as AWS reports it, else from the configuration, else empty."""
        identity, profile = self.of(name).identity, self.profile(name)
        return identity.account if identity else profile.account if profile else ""

    @property
    def names(self) -> list[str | None]:
        """All AWS profiles: the one the program was started for first, then those of the configuration."""
        first = [self._default.aws_profile] if self._default is not None else []
        return list(dict.fromkeys([*first, *self._profiles, *(row.aws_profile for row in self._added)]))

    def own_regions(self, name: str | None) -> list[str]:
        """Where an AWS profile is listed unless somebody says otherwise: the region that the program was started for
        where it is that AWS profile's, and the one that its settings name; the program's where they name none."""
        default, profile = self._default, self.profile(name)
        started = default.region if default is not None and default.aws_profile == name else ""
        named = profile.region if profile is not None else ""
        own = [region for region in dict.fromkeys((started, named)) if region]
        return own or [default.region if default is not None else ""]

    @property
    def rows(self) -> list[AccountRow]:
        """All rows: those of an AWS profile stand together, its own regions first."""
        return [row for name in self.names for row in self._rows_of(name)]

    def _rows_of(self, name: str | None) -> list[AccountRow]:
        added = sorted(row.region for row in self._added if row.aws_profile == name)
        own = self.own_regions(name)
        if added and not any(own):
            own = []
        return [AccountRow(name, region) for region in dict.fromkeys((*own, *added))]

    def matching(self, text: str) -> list[AccountRow]:
        """The rows that ``text`` is found in: every word of it in the AWS profile's name, the region, the account's id
        or alias, or the kind of credentials."""
        wanted = text.casefold().split()
        return [row for row in self.rows if all(word in self._searched(row) for word in wanted)]

    def _searched(self, row: AccountRow) -> str:
        name = row.aws_profile
        parts = (called(name), row.region, self.account(name), self.of(name).alias, self.kind(name))
        return "\n".join(parts).casefold()

    def is_enabled(self, row: AccountRow) -> bool:
        """Whether the account has the region, as far as that is known."""
        return row.region not in self.of(row.aws_profile).not_enabled

    def is_own(self, row: AccountRow) -> bool:
        """Whether the row is there without having been added."""
        return row.region in self.own_regions(row.aws_profile)

    # What is ticked

    def toggle(self, row: AccountRow) -> bool:
        """Tick a row, or no longer. False where it has no region to be listed in."""
        if row.region:
            self.ticked ^= {row}
            self._unticked.discard(row)
            if row not in self.ticked:
                self._unticked.add(row)
            self._added.setdefault(row)
        return bool(row.region)

    def toggle_organization(self, row: AccountRow) -> bool:
        """Switch a row between its whole organization, which ticks it, and its account alone. False where it has no
        region to be listed in."""
        if row.region:
            self.organizations ^= {row}
            self.ticked.add(row)
            self._added.setdefault(row)
        return bool(row.region)

    def change_regions(self, names: Iterable[str | None], add: Collection[str], drop: Collection[str]) -> None:
        """List these AWS profiles in the regions of ``add`` as well, and no longer in those of ``drop``."""
        for name in names:
            for region in add:
                self._added.setdefault(AccountRow(name, region))
                self.ticked.add(AccountRow(name, region))
            self.ticked -= {AccountRow(name, region) for region in drop}

    def remove(self, row: AccountRow) -> bool:
        """Take away a row that was added. False where it is the AWS profile's own."""
        if self.is_own(row):
            return False
        self._added.pop(row, None)
        self.ticked.discard(row)
        self.organizations.discard(row)
        return True

    @property
    def ticked_profiles(self) -> list[str | None]:
        """The AWS profiles with a ticked row."""
        return [name for name in self.names if any(row in self.ticked for row in self._rows_of(name))]

    @property
    def scopes(self) -> list[Scope]:
        """What is ticked, in the order of the rows."""
        return [self.scope(row) for row in self.rows if row in self.ticked]

    @property
    def known(self) -> list[Scope]:
        """The rows that were added, to be offered the next time."""
        return [self.scope(row) for row in self.rows if row in self._added and not self.is_own(row)]

    def taken_by(self, row: AccountRow) -> list[Scope]:
        """What is listed when ``row`` is chosen: it alone if it is not ticked, else all that is ticked. A row that was
        unticked just now is what the person does not want: the others are listed. Nothing where it has no region."""
        if not row.region:
            return []
        return self.scopes if self.takes_all(row) else [self.scope(row)]

    def takes_all(self, row: AccountRow) -> bool:
        """Whether all that is ticked is listed when ``row`` is chosen."""
        return row in self.ticked or (row in self._unticked and bool(self.ticked))

    def scope(self, row: AccountRow) -> Scope:
        """What the row lists."""
        return Scope(row.aws_profile, row.region, self._endpoint_url, row in self.organizations)

    def scope_to_ask(self, name: str | None) -> Scope | None:
        """Where to ask about an AWS profile: in its own region, else in one that is ticked; None where it has none."""
        for row in sorted(self._rows_of(name), key=lambda row: (not self.is_own(row), row not in self.ticked)):
            if row.region:
                return replace(self.scope(row), organization=False)
        return None


class RegionChoice:
    """The regions that some AWS profiles are listed in, and what is changed about that."""

    def __init__(self, choice: AccountChoice, names: Sequence[str | None]) -> None:
        self.names = names
        listed = [{row.region for row in choice.ticked if row.aws_profile == name} for name in names]
        self._before = set.intersection(*listed) if listed else set()
        self._some = set().union(*listed) - self._before
        """Ticked for some of them only."""
        self.ticked = set(self._before)
        self._untouched = set(self._some)
        self._typed: list[str] = []
        self.own: set[str] = set()
        """The regions that their settings name."""
        self.are_guessed = False
        """Whether one of their accounts may not say which regions it has."""
        self.not_enabled: set[str] = set()
        """Regions that none of their accounts has enabled."""
        self.regions: list[str] = []
        self.learn(choice)

    def learn(self, choice: AccountChoice) -> None:
        """More may be known of the AWS profiles now."""
        offered = sorted({region for name in self.names for region in choice.of(name).regions})
        self.are_guessed = any(choice.of(name).regions_are_guessed for name in self.names)
        barred = [set(choice.of(name).not_enabled) for name in self.names]
        self.own = {region for name in self.names for region in choice.own_regions(name) if region}
        self.not_enabled = set.intersection(*barred) if barred else set()
        first = sorted({*self.own, *self._before, *self._some})
        # What other AWS profiles are listed in is a likely wish.
        likely = sorted({row.region for row in choice.rows if row.region} & {*offered, *choice.known_regions})
        others = [*likely, *(offered or choice.known_regions), *sorted(self.not_enabled)]
        self.regions = list(dict.fromkeys([*self._typed, *first, *others]))

    def is_partly(self, region: str) -> bool:
        """Whether only some of the AWS profiles are listed there, and that stays."""
        return region in self._untouched

    def matching(self, text: str) -> list[str]:
        """The regions that ``text`` is found in; it itself, if it is formed like one and is not among them."""
        wanted = text.strip().casefold()
        found = [region for region in self.regions if wanted in region]
        if is_region(wanted) and wanted not in self.regions:
            found.append(wanted)
        return found

    def toggle(self, region: str) -> None:
        """Tick a region, for all of the AWS profiles, or no longer."""
        if region not in self.regions:
            self._typed.insert(0, region)
            self.regions.insert(0, region)
        self._untouched.discard(region)
        self.ticked ^= {region}

    @property
    def add(self) -> set[str]:
        """The regions that are new to some of the AWS profiles."""
        return self.ticked - self._before

    @property
    def drop(self) -> set[str]:
        """The regions that they are no longer listed in."""
        return (self._before | self._some) - self.ticked - self._untouched

    @property
    def is_changed(self) -> bool:
        """Whether anything was ticked or unticked."""
        return bool(self.add or self.drop)


def called(name: str | None) -> str:
    """An AWS profile's name, and words for the credentials that have none."""
    return name or "default credentials"


def _row(scope: Scope) -> AccountRow:
    return AccountRow(scope.aws_profile, scope.region)
